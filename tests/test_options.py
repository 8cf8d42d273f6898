"""Options are the arguments of Python: with their names, their defaults and their words."""

import dataclasses
import inspect
import json
import pkgutil
import re
from pathlib import Path

import pytest
import typer

from shapiq_fixlip import InputError
from shapiq_fixlip.commands.app import app
from shapiq_fixlip.comparisons.indices import compare
from shapiq_fixlip.comparisons.models import compare_models
from shapiq_fixlip.experiments.batch import Batch
from shapiq_fixlip.experiments.experiment import Evaluation
from shapiq_fixlip.experiments.presets import EXPERIMENTS, evaluation_of
from shapiq_fixlip.experiments.runner import run as run_work
from shapiq_fixlip.explaining.explain import explain
from shapiq_fixlip.games.loading import load_game

COMMANDS = typer.main.get_command(app).commands
CALLED = {
    "explain": [explain],
    "compare": [load_game, compare],
    "compare-models": [compare_models],
    "evaluate": [Evaluation, run_work, evaluation_of],
    "batch": [Batch, run_work],
}
"""The functions and dataclasses whose arguments a command takes."""

OF_COMMANDS = {"out", "quiet", "json"}
OF_PYTHON = {
    *("game", "verbose", "settings"),
    *("work", "numbers", "folder", "examples"),
    "chosen",
}

PARAMETERS = [
    pytest.param(command, parameter, id=f"{command} {parameter.name}")
    for command, found in COMMANDS.items()
    for parameter in found.params
    if parameter.name not in OF_COMMANDS
]


def arguments_of(command):
    """Return the arguments of all that a command calls, with the one who takes each."""
    return {
        argument.name: (argument, called)
        for called in CALLED[command]
        for argument in inspect.signature(called).parameters.values()
    }


def documented(called):
    """Return what a docstring in Google's style says of arguments."""
    if dataclasses.is_dataclass(called):
        sections = {}
        for base in reversed(called.__mro__):
            if dataclasses.is_dataclass(base):
                sections |= entries(base, "Attributes")
        return sections
    return entries(called, "Args")


def entries(documented_object, section):
    lines = inspect.cleandoc(documented_object.__doc__).splitlines()
    found, name = {}, None
    for line in lines[lines.index(f"{section}:") + 1 :]:
        if line and not line.startswith(" "):
            break
        if entry := re.fullmatch(r" {4}(\w+): (.*)", line):
            name, text = entry.groups()
            found[name] = text
        elif name is not None:
            found[name] += f" {line.strip()}"
    return found


def plain(text):
    """Return a text without markup, and without its sentences about defaults."""
    text = re.sub(r":[\w:]+:`~?(?:[\w.]+\.)?(\w+)`", r"\1", text)
    text = re.sub(r'``"(.*?)"``', r"'\1'", text)
    text = re.sub(r"``(.*?)``", r"\1", text)
    sentences = re.split(r"(?<=\.)\s+", " ".join(text.split()))
    return " ".join(
        sentence for sentence in sentences if not sentence.startswith(("Default", "Repeat"))
    )


def normal(default):
    """Return a default as all write it: lists as tuples, paths as texts."""
    if isinstance(default, list | tuple):
        return tuple(default)
    return str(default) if isinstance(default, Path) else default


def test_markup_and_defaults_are_no_words():
    text = (
        'See :func:`~shapiq_fixlip.load_encoder`: ``"cuda"`` or\n  ``p``. Default ``"cpu"``. End.'
    )
    assert plain(text) == "See load_encoder: 'cuda' or p. End."


def test_every_command_is_held_against_python():
    assert CALLED.keys() == COMMANDS.keys()


@pytest.mark.parametrize(("command", "parameter"), PARAMETERS)
def test_an_option_is_an_argument_with_dashes(command, parameter):
    assert parameter.name in arguments_of(command)
    if parameter.param_type_name == "argument":
        return
    name = parameter.name.replace("_", "-")
    assert parameter.opts == [f"--{name}"]
    assert parameter.secondary_opts in ([], [f"--no-{name}"])
    assert parameter.is_flag or not parameter.secondary_opts


@pytest.mark.parametrize("command", COMMANDS)
def test_an_argument_is_an_option(command):
    options = {parameter.name for parameter in COMMANDS[command].params}
    assert arguments_of(command).keys() - OF_PYTHON == options - OF_COMMANDS


@pytest.mark.parametrize(("command", "parameter"), PARAMETERS)
def test_the_defaults_are_the_same(command, parameter):
    argument, _ = arguments_of(command)[parameter.name]
    if parameter.name in {"image", "text"}:  # without them, a demo scene is explained
        assert argument.default in {inspect.Parameter.empty, None}
        assert parameter.default is None
        return
    if argument.default is inspect.Parameter.empty:
        assert parameter.required
        return
    assert not parameter.required
    decided = {name for preset in EXPERIMENTS.values() for name in preset}
    if command == "evaluate" and parameter.name in decided and parameter.default is None:
        return
    assert normal(parameter.default) == normal(argument.default)


@pytest.mark.parametrize(("command", "parameter"), PARAMETERS)
def test_the_words_are_the_same(command, parameter):
    _, called = arguments_of(command)[parameter.name]
    helped = plain(parameter.help).removesuffix(".")
    assert helped
    said = plain(documented(called)[parameter.name])
    assert said.startswith(helped)


RECEIVERS = {
    "explain": ["shapiq_fixlip.explaining.explain.explain"],
    "compare": [
        "shapiq_fixlip.games.loading.load_game",
        "shapiq_fixlip.comparisons.indices.compare",
    ],
    "compare-models": ["shapiq_fixlip.comparisons.models.compare_models"],
    "evaluate": [
        "shapiq_fixlip.experiments.presets.evaluation_of",
        "shapiq_fixlip.commands.evaluate.run_into",
    ],
    "batch": [
        "shapiq_fixlip.experiments.batch.Batch",
        "shapiq_fixlip.commands.batch.run_into",
    ],
}
"""Where what is typed arrives, in the order of the calls."""

SAMPLES = {
    "image": ("scene.png", "scene.png"),
    "text": ("a dog", "a dog"),
    "experiment": ("time", "time"),
    "data": ("csv:pairs.csv", "csv:pairs.csv"),
    "n_inputs": ("3", 3),
    "data_random_state": ("4", 4),
    "model": ("some/model", "some/model"),
    "models": (("some/model", "other/model"), ("some/model", "other/model")),
    "revision": ("branch", "branch"),
    "revisions": (("branch", ""), ("branch", "")),
    "against": ("a cat", "a cat"),
    "class_names": ("dog, cat", ("dog", "cat")),
    "class_value": ("probability", "probability"),
    "prompt_template": ("one {}", "one {}"),
    "image_players": ("3x4", "3x4"),
    "text_players": ("phrases:a dog", "phrases:a dog"),
    "image_removal": ("mean", "mean"),
    "text_removal": ("replace", "replace"),
    "truncation": ((), True),
    "crop": ((), False),
    "value": ("cosine", "cosine"),
    "index": ("k-SII", "k-SII"),
    "indices": ("SII, SV", ("SII", "SV")),
    "p": ("0.3", 0.3),
    "ps": ("0.2,0.4", (0.2, 0.4)),
    "max_order": ("3", 3),
    "max_order_image": ("1", 1),
    "max_order_text": ("2", 2),
    "estimator": ("least_squares", "least_squares"),
    "budget": ("auto", "auto"),
    "budget_image": ("16", 16),
    "budget_text": ("17", 17),
    "budgets_image": ("16,32", (16, 32)),
    "n_coalitions": ("50", 50),
    "methods": ("occlusion,rise:0.5", ("occlusion", "rise:0.5")),
    "metrics": ("time,shares", ("time", "shares")),
    "random_state": ("7", 7),
    "random_states": ("7,8", (7, 8)),
    "device": ("cuda", "cuda"),
    "dtype": ("bfloat16", "bfloat16"),
    "compile": ((), True),
    "ray": ("local", "local"),
    "n_workers": ("2", 2),
    "retry_failed": ((), True),
}
"""What is typed after an option, and what Python gets; none of it is a default."""


@pytest.fixture
def received(monkeypatch, run):
    """Run a command, and return what all that it calls gets."""

    def _received(command, *arguments):
        given = {}

        def receive(target):
            signature = inspect.signature(pkgutil.resolve_name(target))

            def call(*arguments, **options):
                given.update(signature.bind(*arguments, **options).arguments)
                if target == RECEIVERS[command][-1]:
                    raise InputError("out", "must wait.")

            monkeypatch.setattr(target, call)

        for target in RECEIVERS[command]:
            receive(target)
        assert run(command, *arguments)[0] == 2
        return {**given, **given.get("chosen", {})}

    return _received


def written(parameter):
    """Return what a person types of an option, or of what has no option's name."""
    values, _ = SAMPLES[parameter.name]
    if parameter.param_type_name == "argument":
        return [values]
    name = (parameter.secondary_opts or parameter.opts)[0]
    if isinstance(values, str):
        return [name, values]
    return [part for value in values for part in (name, value)] or [name]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_typed_arrives_under_the_same_name(received, command):
    options = [option for option in COMMANDS[command].params if option.name not in OF_COMMANDS]
    given = received(command, *(part for option in options for part in written(option)))
    found = {option.name: normal(given[option.name]) for option in options}
    assert found == {option.name: SAMPLES[option.name][1] for option in options}
    assert given["verbose"] is True


def test_what_is_not_typed_is_left_to_python(received):
    given = received("explain", "--quiet")
    defaults = inspect.signature(explain).parameters
    others = {"image", "text", "verbose"}  # --quiet was typed
    assert {name: given[name] for name in given if name not in others} == {
        name: argument.default for name, argument in defaults.items() if name not in others
    }


def test_what_is_not_typed_is_left_to_the_experiment(received):
    decided = {name for preset in EXPERIMENTS.values() for name in preset}
    assert decided.isdisjoint(received("evaluate", "stability", "--device", "cuda")["chosen"])


def test_without_arguments_there_is_help(run):
    _, out, err = run()
    assert "Usage: " in out
    assert all(command in out for command in COMMANDS)
    assert err == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_a_short_name(run, command):
    code, out, err = run(command, "-h")
    assert (code, err) == (0, "")
    assert "Usage: " in out
    for parameter in COMMANDS[command].params:
        assert parameter.opts[0] in out
    assert run(command, "--help") == (code, out, err)


def test_quiet_is_quiet_and_json_is_json(quiet_json):
    folder, code, out, err = quiet_json
    assert (code, err) == (0, "")
    summary = json.loads(out, parse_constant=pytest.fail)
    written = summary["files"]
    assert sorted(written) == sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    )
    assert "explanation/explanation.json" in written
    parameters = json.loads((folder / "explanation" / "explanation.json").read_text())["parameters"]
    assert summary["settings"] == parameters["settings"]
    assert summary["run"] == parameters["run"]
    assert summary["full_value"] == parameters["game"]["full_value"]
    assert len(summary["strongest"]) > 8


@pytest.mark.parametrize(
    ("command", "loading"),
    [
        ("explain", "demo"),
        ("compare", "demo"),
        ("compare-models", "demo, demo-siglip"),
    ],
)
def test_an_error_names_the_option_that_was_typed(run, tmp_path, command, loading):
    code, out, err = run(command, "--image-players", "2x3", "--budget-image", 4)
    assert (code, out) == (2, "")
    told, line = err.splitlines()
    assert told == f"Loading {loading} …"
    assert line.startswith("Error: --budget-image must give at least 8 and at most ")
    assert line.endswith(" coalitions of a side with 6 players, got 4.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_option_is_told_in_one_line(run, command):
    code, out, err = run(command, "--colour", "red")
    assert (code, out) == (2, "")
    assert err.startswith("Error: No such option")
    assert "--colour" in err
    assert err.count("\n") == 1
