"""Batches: every explanation reads back as the one that a single call gives."""

import contextlib
import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from small_models import REFERENCE

from shapiq_fixlip import (
    CrossModalShapley,
    FIxLIP,
    InputError,
    VisionLanguageGame,
    __version__,
    explain,
    read_batch,
)
from shapiq_fixlip.commands.app import run_command
from shapiq_fixlip.datasets.demo import DemoScenes
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.encoders.loading import model_identity
from shapiq_fixlip.experiments.batch import Batch
from shapiq_fixlip.experiments.parquet import write_parquet
from shapiq_fixlip.experiments.runner import run

NUMBERS = range(3)


def written(batch, folder, numbers=NUMBERS):
    records = run(batch, numbers, folder, examples=batch.examples())
    write_parquet(records, numbers, folder)
    return read_batch(folder)


@pytest.mark.parametrize("index", ["FWBII", "k-SII", "SV"])
def test_explanations_read_back_as_they_were(tmp_path, encoder, index):
    order = 1 if index == "SV" else 2
    batch = Batch(
        index=index,
        max_order=order,
        p=0.4 if index == "FWBII" else None,
        budget_image=64,
        budget_text=32,
        random_state=5,
        n_inputs=3,
    )
    explained = written(batch, tmp_path)
    assert list(explained) == [0, 1, 2]
    example = DemoScenes(3)[2]
    game = VisionLanguageGame(encoder, example.image, example.text)
    if index == "FWBII":
        approximator = FIxLIP(game.n_players, p=0.4, random_state=5)
    else:
        approximator = CrossModalShapley(game.n_players, order, index, random_state=5)
    expected = approximator.approximate(game=game, budget_image=64, budget_text=32)
    found = explained[2]
    assert found.values.interactions == pytest.approx(expected.interactions, rel=1e-9, abs=1e-9)
    for name in ("index", "max_order", "min_order", "n_players", "estimated", "estimation_budget"):
        assert getattr(found.values, name) == getattr(expected, name)
    assert found.values.baseline_value == pytest.approx(expected.baseline_value)
    assert (found.run.passes, found.run.is_exact) == ((64, 32), False)
    assert found.run.r2 == pytest.approx(approximator.last_run.r2)
    assert (found.game.text, found.game.player_names) == (example.text, game.player_names)
    assert (found.game.image_side.image == game.image_side.image).all()
    row = explained.table.loc[2]
    assert row["text"] == example.text
    assert row["source"] == example.source
    assert list(row["player_names"]) == list(game.player_names)
    assert (row["passes_image"], row["passes_text"]) == (64, 32)
    assert row["r2"] == pytest.approx(approximator.last_run.r2)
    assert (row["model"], row["random_state"], row["shapiq_fixlip"]) == ("demo", 5, __version__)
    assert (row["image_players"], row["text_players"]) == ("patches", "tokens")
    assert (row["image_removal"], row["text_removal"]) == ("zero", "attention")
    assert json.loads(row["model_identity"]) == model_identity("demo")
    expected_errors = approximator.standard_errors().interactions
    errors = found.standard_errors.interactions
    assert errors == pytest.approx(expected_errors, rel=1e-6, abs=1e-9)
    assert found.resolved == approximator.resolved()


def test_failed_inputs_have_a_row_with_the_reason(tmp_path):
    DemoScenes(1)[0].image.save(tmp_path / "good.png")
    table = tmp_path / "pairs.csv"
    table.write_text("image,caption\nnone.png,a dog\ngood.png,a television\n")
    explained = written(Batch(data=f"csv:{table}", budget_image=64), tmp_path / "out", range(2))
    assert list(explained) == [1]
    assert len(explained) == 1
    assert "image must be a file" in explained.table.loc[0, "error"]
    assert explained.table["source"].tolist() == ["none.png", "good.png"]
    assert explained.table["text"].tolist() == ["a dog", "a television"]
    assert pd.read_csv(tmp_path / "out" / "failures.csv").to_dict("records") == [
        {
            "input": 0,
            "source": "none.png",
            "text": "a dog",
            "error": explained.table.loc[0, "error"],
        }
    ]
    assert pd.isna(explained.table.loc[1, "error"])
    with pytest.raises(KeyError):
        explained[0]
    assert explained[1].values.n_players == 51


def test_a_batch_without_any_success_is_readable(tmp_path):
    table = tmp_path / "pairs.csv"
    table.write_text("image,caption\nnone.png,a dog\n")
    explained = written(Batch(data=f"csv:{table}"), tmp_path / "out", range(1))
    assert len(explained) == 0
    assert explained.table["error"].notna().all()


def test_a_batch_grows(tmp_path):
    batch = Batch(budget_image=32, n_inputs=1)
    assert len(written(batch, tmp_path, range(1))) == 1
    more = dataclasses.replace(batch, n_inputs=2)
    assert len(written(more, tmp_path, range(2))) == 2
    assert not list(tmp_path.glob(".unfinished*"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": "ELC"}, "index must be one of FWBII, .*, got 'ELC'"),
        ({"index": "SV", "max_order": 2}, "max_order must be at most 1 for SV, got 2"),
        ({"index": "k-SII", "max_order": 3}, "max_order must be at most 2 for k-SII, got 3"),
        ({"p": 0}, "p must be a number greater than 0"),
        (
            {"index": "SII", "p": 0.4},
            "p must be left out for SII, as it is only for FWBII and WBII, got 0.4",
        ),
        ({"budget_text": 0}, "budget_text must be at least 1, got 0"),
        ({"random_state": -1}, "random_state must be at least 0"),
        ({"dtype": "int8"}, "dtype must be one of float32, .*, got 'int8'"),
        ({"compile": 1}, "compile must be True or False, got 1"),
    ],
)
def test_bad_batches_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Batch(**options)


def test_a_batch_runs_in_half_precision(tmp_path):
    batch = Batch(dtype="bfloat16", budget_image=64, budget_text=32, n_inputs=1)
    explained = written(batch, tmp_path, range(1))[0]
    example = DemoScenes(1)[0]
    passes = {"budget_image": 64, "budget_text": 32}
    half, full = (
        explain(example.image, example.text, dtype=dtype, **passes)
        for dtype in (torch.bfloat16, None)
    )
    assert explained.values.values == pytest.approx(half.values.values, abs=1e-9)
    assert explained.settings["dtype"] == "bfloat16"
    assert half.settings["dtype"] == "torch.bfloat16"
    assert "dtype" not in full.settings
    assert half.values.values != pytest.approx(full.values.values, abs=1e-5)
    assert half.values.values == pytest.approx(full.values.values, abs=1)


def test_a_batch_runs_compiled(tmp_path, monkeypatch):
    compiled = []

    def compile_later(block):
        compiled.append(block)

    monkeypatch.setattr(torch.nn.Module, "compile", compile_later)
    written(Batch(compile=True, budget_image=8, budget_text=8, n_inputs=1), tmp_path, range(1))
    assert compiled


def test_what_is_no_batch_is_refused(tmp_path):
    with pytest.raises(InputError, match="folder must have the files explanations.parquet and"):
        read_batch(tmp_path)


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
@pytest.mark.parametrize("name", ["explanations.parquet", "interactions.parquet"])
def test_a_truncated_batch_is_refused_at_once(tmp_path, name, share):
    batch = Batch(image_players="2x2", budget_image=16, budget_text=16)
    write_parquet(run(batch, [0], tmp_path), [0], tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="folder must have the files explanations.parquet and"):
        read_batch(tmp_path)


def test_the_command_writes_a_batch(run, tmp_path):
    code, out, _ = run("batch", "--n-inputs", 2, "--budget-image", 32, "--image-players", "3x3")
    assert code == 0
    assert "2 of 2 inputs" in out
    assert len(read_batch(tmp_path / "batch")) == 2
    code, _, err = run("batch", "--n-inputs", 2, "--budget-image", 64, "--image-players", "3x3")
    assert code == 2
    assert "--out must be a new folder or one of a run with the same settings" in err


def test_the_command_evaluates(run, tmp_path):
    options = ("--methods", "occlusion,rollout", "--metrics", "insertion-deletion,shares")
    code, out, _ = run("evaluate", "stability", "--n-inputs", 2, *options, "--random-states", "0")
    assert code == 0
    assert "area ↑" in out
    assert "occlusion" in out
    names = {path.name for path in (tmp_path / "evaluation").iterdir()}
    assert names >= {"summary.md", "summary.csv", "rows.csv", "curves.csv", "figure.png"}
    assert "Some failed" not in out


PAIRS = "image,caption\nscene.png,a lion\nnone.png,a dog\nscene.png, \n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("evaluate", "insertion-deletion", "--methods", "occlusion"),
        ("batch", "--budget-image", 8, "--budget-text", 8),
    ],
)
def test_the_commands_name_every_failure(run, tmp_path, arguments):
    demo_scene().image.save(tmp_path / "scene.png")
    (tmp_path / "pairs.csv").write_text(PAIRS)
    options = ("--data", "csv:pairs.csv", "--image-players", "2x2", "--out", "out")
    code, out, err = run(*arguments, *options)
    assert code == 1
    assert "Failed: input 1 (none.png): InputError: image must be a file" in err
    assert "Failed: input 2 (scene.png)" in err
    assert "text must have at least one word" in err
    assert "out/failures.csv" in out
    failures = pd.read_csv(tmp_path / "out" / "failures.csv")
    assert failures["input"].tolist() == [1, 2]
    assert failures["source"].tolist() == ["none.png", "scene.png"]
    demo_scene().image.save(tmp_path / "none.png")
    (tmp_path / "pairs.csv").write_text(PAIRS)  # the same
    code, out, err = run(*arguments, *options, "--n-inputs", 2)
    assert code == 2  # what failed stays so until it is asked for again
    assert "1 (none.png); --retry-failed does those again that failed" in err
    code, out, err = run(*arguments, *options, "--n-inputs", 2, "--retry-failed", "--quiet")
    assert (code, err) == (0, "")
    assert "Removed (files of an earlier run): failures.csv" in out
    assert not (tmp_path / "out" / "failures.csv").exists()
    code, out, err = run(*arguments, *options, "--n-inputs", 2, "--json", "--quiet")
    assert (code, err) == (0, "")
    written = json.loads(out, parse_constant=pytest.fail)["files"]
    assert written
    assert all((tmp_path / file).is_file() for file in written)


@pytest.mark.parametrize(
    "arguments", [("evaluate", "insertion-deletion", "--methods", "occlusion"), ("batch",)]
)
def test_the_commands_end_in_an_error_if_everything_fails(run, tmp_path, arguments):
    (tmp_path / "pairs.csv").write_text("image,caption\nnone.png,a dog\n")
    code, _, err = run(*arguments, "--data", "csv:pairs.csv")
    assert code == 1
    assert "Failed: input 0 (none.png): InputError: image must be a file" in err


OPTIONS = (
    *("--data", "csv:pairs.csv", "--model", "./m", "--budget-image", "4", "--out", "out"),
    *("--image-players", "labels:labels.png", "--image-removal", "fill:fill.png"),
)


@pytest.fixture(scope="module")
def first_of_pairs(tmp_path_factory):
    """A batch of one input, beside its table, model, tokenizer and files of choices."""
    folder = tmp_path_factory.mktemp("pairs")
    shutil.copytree(REFERENCE / "models" / "clip-32-8", folder / "m")
    picture = demo_scene().image
    for name in ("scene.png", "fill.png"):
        picture.save(folder / name)
    halves = np.repeat([[1, 2]], picture.height, axis=0).repeat(picture.width // 2, axis=1)
    Image.fromarray(halves.astype(np.uint8)).save(folder / "labels.png")
    (folder / "pairs.csv").write_text("image,caption\nscene.png,black dog\nscene.png,a dog\n")
    with contextlib.chdir(folder):
        run_command(["batch", *OPTIONS, "--n-inputs", "1"])
    return folder


@pytest.fixture
def pairs(tmp_path, run, first_of_pairs):
    """A command on a table, in a folder where its first input is finished."""
    shutil.copytree(first_of_pairs, tmp_path, dirs_exist_ok=True)
    return lambda *more: run("batch", *OPTIONS, *more)


def add(file):
    """Change a file so that it still means the same to whoever reads it."""
    if file.suffix == ".json":
        file.write_text(file.read_text() + "\n")
    elif file.suffix == ".safetensors":
        tensors = load_file(file)
        save_file(tensors, file, metadata={"format": "pt", "more": "1"})
    else:
        file.write_bytes(file.read_bytes() + b"\n")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ("m/model.safetensors", "model_identity.model.safetensors"),
        ("m/config.json", "model_identity.config.json"),
        ("m/tokenizer.json", "model_identity.tokenizer.json"),
        ("m/tokenizer_config.json", "model_identity.tokenizer_config.json"),
        ("m/processor_config.json", "model_identity.processor_config.json"),
        ("pairs.csv", "data_digests.pairs.csv"),
        ("labels.png", "choice_digests.labels.png"),
        ("fill.png", "choice_digests.fill.png"),
    ],
)
def test_changed_files_are_told_and_never_mixed(pairs, tmp_path, changed, told):
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    add(tmp_path / changed)
    code, _, err = pairs()
    assert code == 2
    assert "--out must be a new folder or one of a run with the same settings" in err
    assert told in err
    after = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert before == after


def test_results_may_be_in_the_folder_of_the_model(run, tmp_path):
    shutil.copytree(REFERENCE / "models" / "clip-32-8", tmp_path / "m")
    options = ("--model", "m", "--image-players", "2x2", "--budget-image", 16)
    for out in ("m/out", "m"):
        for n_inputs in (1, 2):
            code, _, err = run("batch", *options, "--n-inputs", n_inputs, "--out", out, "--quiet")
            assert (code, err) == (0, "")
            assert len(read_batch(tmp_path / out)) == n_inputs


def test_changed_images_are_told(pairs, tmp_path):
    demo_scene().image.rotate(90).save(tmp_path / "scene.png")
    code, _, err = pairs()
    assert code == 2
    assert "one of a run with the same inputs, got results of others: 0 (scene.png)" in err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--random-state", "1"),
        ("--p", "0.4"),
        ("--max-order", "1"),
        ("--estimator", "least_squares"),
        ("--budget-image", "5"),
        ("--budget-text", "3"),
        ("--index", "SII"),
        ("--text-players", "words"),
        ("--image-removal", "zero"),
        ("--text-removal", "remove"),
        ("--image-players", "2x2"),
        ("--data-random-state", "4"),
    ],
)
def test_changed_options_are_told(pairs, option, value):
    code, _, err = pairs(option, value)
    assert code == 2
    assert "Error: --out must be a new folder or one of a run with the same settings" in err
    assert f"with {option.removeprefix('--').replace('-', '_')} " in err


def test_the_options_of_a_run_go_on_where_it_ended(pairs, tmp_path):
    assert pairs()[0] == 0
    assert list(read_batch(tmp_path / "out")) == [0, 1]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--random-state", 2**64), ("--data-random-state", 10**30), ("--budget-text", 2**63)],
)
def test_numbers_that_no_table_holds_are_refused_before_the_work(pairs, tmp_path, option, value):
    code, _, err = pairs(option, value, "--out", "new")
    assert code == 2
    assert f"Error: {option} must be at most {2**63 - 1}, got {value}" in err
    assert not (tmp_path / "new").exists()


def test_the_largest_numbers_are_written(pairs, tmp_path):
    largest = ("--random-state", 2**63 - 1, "--data-random-state", 2**63 - 1)
    assert pairs(*largest, "--out", "new")[0] == 0
    assert read_batch(tmp_path / "new").table["random_state"].tolist() == [2**63 - 1] * 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("evaluate", "pointing"), "experiment must be one of pointing-game"),
        (("evaluate", "time", "--methods", "lime"), "--methods must be some of"),
        (("evaluate", "time", "--data", "csv:none.csv"), "--data must have a CSV file"),
        (("evaluate", "time", "--n-inputs", "0"), "--n-inputs must be at least 1, got 0"),
        (("evaluate", "time", "--models", "./nope"), "--models must be 'demo'"),
        (("batch", "--model", "./nope"), "--model must be 'demo'"),
        (
            ("batch", "--n-workers", "2"),
            "--n-workers must be left out if the run is not on Ray, got 2",
        ),
        (("batch", "--ray"), "Option '--ray' requires an argument"),
        (("batch", "--n-inputs", "-1"), "--n-inputs must be at least 1, got -1"),
        (
            ("evaluate", "time", "--data-random-state", "-1"),
            "--data-random-state must be at least 0, got -1",
        ),
        (
            ("evaluate", "time", "--methods", "exclip:1"),
            "--methods must have two blocks after exclip",
        ),
        (
            ("evaluate", "time", "--ps", "0.3,high"),
            "Invalid value for '--ps': must be a number, got 'high'",
        ),
        (("batch", "--ray", "local", "--n-workers", "0"), "--n-workers must be at least 1, got 0"),
        (("batch", "--max-order", "3", "--index", "SV"), "--max-order must be at most 1 for SV"),
    ],
)
def test_the_commands_refuse_bad_input(run, tmp_path, arguments, message):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith(f"Error: {message}")
    assert not list(tmp_path.rglob("*.json"))
