"""The command line, as a person types it."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from shapiq import InteractionValues
from small_models import CAPTION, REFERENCE, SCENE

import shapiq_fixlip
from shapiq_fixlip.commands import app as cli
from shapiq_fixlip.encoders.huggingface import ClassTokenTower

MODEL = str(REFERENCE / "models" / "clip-32-8")


def explain(*more):
    return ("explain", SCENE, CAPTION, "--model", MODEL, *more)


def test_demo_needs_no_arguments(run, tmp_path):
    code, out, _ = run("explain")
    assert code == 0
    assert "Similarity" in out
    assert "patch × word" in out
    assert "Fit quality" in out
    assert {file.name for file in (tmp_path / "explanation").iterdir()} == {
        "explanation.json",
        "explanation.csv",
        "explanation.html",
        "explanation.png",
    }


def test_explanation_is_printed_and_written(run, tmp_path):
    code, out, _ = run(*explain("--p", "0.3", "--seed", "5", "--out", "here/there"))
    assert code == 0
    folder = tmp_path / "here" / "there"
    assert "here/there/explanation.json" in out
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = InteractionValues.load(folder / "explanation.json")
    assert (values.index, values.n_players, values.max_order) == ("FWBII", 24, 2)
    facts = json.loads((folder / "explanation.json").read_text())["parameters"]
    assert facts["text"] == CAPTION
    assert facts["image"] == str(SCENE)
    assert facts["passes"] == [256, 256]
    assert (facts["p"], facts["seed"], facts["patch_grid"]) == (0.3, 5, [4, 4])
    assert len(facts["player_names"]) == 24
    assert f"{facts['similarity']:.3f}" in out
    assert f"R² = {facts['faithfulness']:.3f}" in out
    with Image.open(folder / "explanation.png") as picture:
        assert min(picture.size) > 400


def test_what_is_replaced_is_said(run, tmp_path):
    (tmp_path / "explanation").mkdir()
    (tmp_path / "explanation" / "explanation.csv").write_text("mine")
    few = ("--players", "2x2", "--budget-image", 8, "--budget-text", 8)
    assert "Replaced: explanation.csv\n" in run(*explain(*few))[1]
    assert "Replaced: explanation.csv, explanation.html, expl" in run(*explain(*few))[1]


def test_what_is_not_a_number_is_null(run, tmp_path):
    few = ("--players", "2x3", "--words", "words", "--budget-image", "22", "--seed", "6")
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        code, out, _ = run("explain", *few, "--estimator", "least_squares")
    assert code == 0
    assert "R² = nan" in out
    written = (tmp_path / "explanation" / "explanation.json").read_text()
    facts = json.loads(written, parse_constant=pytest.fail)["parameters"]
    assert facts["faithfulness"] is None


def test_strongest_pair_is_printed_first(run, tmp_path):
    _, out, _ = run(*explain())
    values = InteractionValues.load(tmp_path / "explanation" / "explanation.json")
    pairs = {s: v for s, v in values.interactions.items() if len(s) == 2 and s[0] < 16 <= s[1]}
    patch, word = max(pairs, key=lambda pair: abs(pairs[pair]))
    words = ("black", "dog", "next", "to", "a", "yellow", "hydr", "ant")
    line = f"patch ({patch // 4},{patch % 4}) × {words[word - 16]}"
    lines = out.splitlines()
    first = next(i for i, text in enumerate(lines) if "strongest" in text) + 1
    assert lines[first].startswith(line)
    table = pd.read_csv(tmp_path / "explanation" / "explanation.csv", float_precision="round_trip")
    row = table[table["players"] == str((patch, word))].iloc[0]
    assert row["value"] == pairs[patch, word]
    half_width = (row["high"] - row["low"]) / 2
    assert lines[first].split()[-2:] == [f"{pairs[patch, word]:+.3f}", f"{half_width:.3f}"]


def test_a_budget_can_stop_by_itself(run, tmp_path):
    code, _, _ = run(*explain("--budget", "auto", "--players", "2x2"))
    assert code == 0
    facts = json.loads((tmp_path / "explanation" / "explanation.json").read_text())["parameters"]
    assert facts["passes"] == [16, 256]
    assert facts["is_exact"] is True


def test_orders_can_be_limited_on_each_side(run, tmp_path):
    options = ("--order", 3, "--order-image", 1, "--order-text", 2, "--budget-image", 64)
    code, out, _ = run(*explain(*options))
    assert code == 0
    assert "patch × word × word" in out
    values = InteractionValues.load(tmp_path / "explanation" / "explanation.json")
    assert max(sum(player < 16 for player in players) for players in values.interactions) == 1


def test_same_seed_writes_the_same_values(run, tmp_path):
    loaded = []
    for folder in ("first", "second"):
        run(*explain("--budget-image", 40, "--out", folder))
        loaded.append(json.loads((tmp_path / folder / "explanation.json").read_text())["data"])
    assert loaded[0] == loaded[1]


@pytest.mark.parametrize(
    ("options", "index", "order"),
    [
        (("--order", 1), "BV", 1),
        (("--order", 3, "--budget-image", 64), "FBII", 3),
        (("--budget", 4096), "FBII", 2),
        (("--estimator", "least_squares", "--budget-image", 400), "FBII", 2),
    ],
)
def test_options_are_used(run, tmp_path, options, index, order):
    code, _, err = run(*explain(*options))
    assert code == 0, err
    values = InteractionValues.load(tmp_path / "explanation" / "explanation.json")
    assert (values.index, values.max_order) == (index, order)


def test_captions_that_look_like_markup_are_printed_as_they_are(run):
    _, out, _ = run("explain", SCENE, "[bold]dog[/bold]", "--model", MODEL)
    assert "Text         [bold]dog[/bold]" in out


def test_images_of_other_kinds_work(run, tmp_path):
    Image.new("I;16", (40, 30), 40_000).save(tmp_path / "deep.png")
    Image.new("CMYK", (40, 30), (9, 99, 50, 7)).save(tmp_path / "print.jpg")
    for name in ("deep.png", "print.jpg"):
        code, _, err = run("explain", name, CAPTION, "--model", MODEL, "--budget-image", 16)
        assert code == 0, err


BAD_INPUT = [
    (("no.png", CAPTION), "image must be a file, got 'no.png', where there is nothing"),
    (("empty.png", CAPTION), "image must be a picture that Pillow can read, got 'empty.png'"),
    (("text.png", CAPTION), "image must be a picture that Pillow can read, got 'text.png'"),
    (("cut.png", CAPTION), "image must be a whole, readable picture, got 'cut.png'"),
    ((SCENE,), "text must be given along with an image, got only"),
    ((SCENE, ""), "text must have at least one word, got ''"),
    ((SCENE, "  "), "text must have at least one word, got '  '"),
    ((SCENE, "dog " * 90), "text must have at most 77 tokens, got 90 words"),
    ((SCENE, "dog " * 77), "text must have at most 77 tokens, those that begin and end"),
    ((SCENE, CAPTION, "--p", "0"), "p must be greater than 0 and less than 1, got 0.0"),
    ((SCENE, CAPTION, "--p", "1.5"), "p must be greater than 0 and less than 1, got 1.5"),
    ((SCENE, CAPTION, "--p", "half"), "'--p': must be a number, got 'half'"),
    (
        (SCENE, CAPTION, "--budget", "soon"),
        "'--budget': must be a whole number or 'auto', got 'soon'",
    ),
    (
        (SCENE, CAPTION, "--budget", "auto", "--budget-image", "64"),
        "budget must be given alone, or budget_image and budget_text instead, got 'auto', 64",
    ),
    ((SCENE, CAPTION, "--order", "0"), "order must be at least 1, got 0"),
    ((SCENE, CAPTION, "--order-image", "3"), "order_image must be at most 2, the order, got 3"),
    ((SCENE, CAPTION, "--order", "99"), "order must be 1 to the number of players (24), got 99"),
    ((SCENE, CAPTION, "--order", "2.5"), "'--order': must be a whole number, got '2.5'"),
    ((SCENE, CAPTION, "--budget", "0"), "budget must be at least 1, got 0"),
    ((SCENE, CAPTION, "--budget", "-5"), "budget must be at least 1, got -5"),
    ((SCENE, CAPTION, "--budget", "20"), "budget must be at least 64 for the balanced split"),
    ((SCENE, CAPTION, "--budget-text", "7"), "budget must give at least 8 and at most"),
    ((SCENE, CAPTION, "--seed", "-1"), "seed must be at least 0, got -1"),
    ((SCENE, CAPTION, "--budget", "9999", "--budget-image", "9"), "budget must be given alone"),
    (
        (SCENE, CAPTION, "--estimator", "least_squares", "--budget-image", "136"),
        "budget must give least squares at least 137 distinct coalitions of a side with 16 players",
    ),
    ((SCENE, CAPTION, "--estimator", "ols"), "estimator must be 'shrinkage' or 'least_squares'"),
    ((SCENE, CAPTION, "--device", "abacus"), "device must be one that torch can use here"),
    (
        (SCENE, CAPTION, "--model", "."),
        "model must be 'demo', 'demo-siglip', a folder, an id on the",
    ),
    ((SCENE, CAPTION, "--model", "bert"), "model must be a dual encoder such as CLIP or SigLIP"),
    ((SCENE, CAPTION, "--out", "text.png"), "out must be a folder that can be written"),
    ((SCENE, CAPTION, "--out", "text.png/sub"), "out must be a folder that can be written"),
    ((SCENE, CAPTION, "--out", "long" * 99), "out must be a folder that can be written"),
    ((SCENE, CAPTION, "--colour", "red"), "--colour"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT)
def test_bad_input_gets_one_clear_line(run, tmp_path, arguments, message):
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    Image.effect_noise((64, 64), 90).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text('{"model_type": "bert"}')
    model = () if "--model" in arguments else ("--model", MODEL)
    code, out, err = run("explain", *arguments, *model)
    assert code == 2
    assert message in err
    assert "Traceback" not in err + out
    assert len([line for line in err.splitlines() if line.startswith("Error")]) == 1
    assert not (tmp_path / "explanation").exists()


def test_output_folder_is_checked_before_anything_is_computed(run, monkeypatch, tmp_path):
    (tmp_path / "taken").touch()
    monkeypatch.setattr("shapiq_fixlip.encoders.loading.load_encoder", None)
    code, _, err = run(*explain("--out", "taken"))
    assert code == 2
    assert "out must be a folder that can be written, got 'taken'" in err


def test_files_that_cannot_be_replaced_are_named(run, tmp_path):
    (tmp_path / "explanation" / "explanation.png").mkdir(parents=True)
    code, _, err = run(*explain())
    assert code == 2
    assert "out must have no folder 'explanation.png' in it, got 'explanation'" in err
    assert [file.name for file in (tmp_path / "explanation").iterdir()] == ["explanation.png"]


def test_full_disks_are_named(run, monkeypatch, tmp_path):
    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(InteractionValues, "to_json_file", full)
    code, _, err = run(*explain())
    assert code == 2
    assert "No space left on device" in err
    assert not (tmp_path / "explanation").exists()


def test_model_with_numbers_that_are_not_finite_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(
        ClassTokenTower, "embed_tokens", lambda _, tokens: tokens[:, 0] * float("nan")
    )
    code, _, err = run(*explain())
    assert code == 2
    assert "model must return finite embeddings" in err
    assert not (tmp_path / "explanation").exists()


def test_failed_run_leaves_older_results_alone(run, tmp_path):
    folder = tmp_path / "explanation"
    folder.mkdir()
    (folder / "explanation.json").write_text("older")
    code, _, _ = run(*explain("--budget", "0"))
    assert code == 2
    assert [file.name for file in folder.iterdir()] == ["explanation.json"]
    assert (folder / "explanation.json").read_text() == "older"


def test_defects_are_not_hidden(run, monkeypatch):
    def broken(*_arguments, **_options):
        message = "a defect"
        raise RuntimeError(message)

    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        run(*explain())


def test_help_is_quick_and_loads_no_torch():
    code = (
        "import sys; from shapiq_fixlip.commands import app as cli\n"
        "sys.argv = ['shapiq-fixlip', 'explain', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
    for option in ("--model", "--p", "--order", "--budget", "--seed", "--device", "--out"):
        assert option in done.stdout


def test_version_is_printed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["shapiq-fixlip", "--version"])
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().out.strip() == shapiq_fixlip.__version__


def test_interrupt_stops_cleanly(tmp_path):
    code = (  # whoever runs the tests in the background may have them ignore interrupts
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from shapiq_fixlip.commands.app import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, explain("--budget-image", 60_000))],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    folder = tmp_path / "explanation"
    deadline = time.monotonic() + 120
    while not folder.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode not in {0, None}
    assert "Traceback" not in out + err
    assert not folder.exists()


def test_values_are_numbers_of_the_game(run, tmp_path):
    run(*explain())
    values = InteractionValues.load(tmp_path / "explanation" / "explanation.json")
    assert np.isfinite(values.values).all()
    assert len(values.interactions) == 1 + 24 + 24 * 23 // 2
