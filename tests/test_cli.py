"""The command line, as a person types it."""

import errno
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from shapiq import InteractionValues
from small_models import CAPTION, REFERENCE, SCENE

import shapiq_fixlip
from shapiq_fixlip import Explanation
from shapiq_fixlip.commands.printing import print_summary
from shapiq_fixlip.encoders.huggingface import ClassTokenTower

MODEL = str(REFERENCE / "models" / "clip-32-8")
PAIR = (SCENE, CAPTION, "--model", MODEL)
FILES = {
    "explanation-image.png",
    "explanation-regions.png",
    "explanation.csv",
    "explanation.html",
    "explanation.json",
    "explanation.png",
}


def names(folder):
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def written(run_in, tmp_path_factory):
    """A whole run into a folder with two older files: the folder, the code and what is printed."""
    folder = tmp_path_factory.mktemp("written")
    out = folder / "here" / "there"
    out.mkdir(parents=True)
    for name in ("explanation.csv", "explanation.html", "notes.txt"):
        (out / name).write_text("mine")
    options = ("--p", "0.3", "--random-state", "5", "--out", "here/there")
    code, printed, _ = run_in(folder, "explain", *PAIR, *options)
    return out, code, printed


@pytest.fixture
def ready(written, monkeypatch):
    """Let the command have its explanation at once, as far as it is written."""
    explanation = Explanation.load(written[0])
    monkeypatch.setattr("shapiq_fixlip.explaining.explain.explain", lambda *_, **__: explanation)


def test_demo_needs_no_arguments(run, tmp_path):
    code, out, err = run("explain")
    assert code == 0
    assert err.splitlines()[0] == "Loading demo …"
    assert "Text         a lion next to a unicorn and a tent\n" in out
    assert "Similarity" in out
    assert "patch × word" in out
    assert "Passes       256 image, 256 text\n" in out
    assert "Fit quality" in out
    assert "of the map depends on the caption (similarity to that of random words" in out
    assert f"Written: {', '.join(f'explanation/{name}' for name in sorted(FILES))}\n" in out
    assert "Replaced" not in out
    assert names(tmp_path / "explanation") == FILES
    loaded = Explanation.load(tmp_path / "explanation")
    assert (loaded.values.index, loaded.values.max_order) == ("FBII", 2)
    assert loaded.settings["model"] == "demo"
    assert loaded.settings["random_state"] == 0


def test_explanation_is_printed_and_written(written):
    folder, code, out = written
    assert code == 0
    assert "here/there/explanation.json" in out
    assert names(folder) == FILES | {"notes.txt"}
    assert "Replaced: explanation.csv, explanation.html\n" in out
    values = InteractionValues.load(folder / "explanation.json")
    assert (values.index, values.n_players, values.max_order) == ("FWBII", 24, 2)
    assert len(values.interactions) == 1 + 24 + 24 * 23 // 2
    assert np.isfinite(values.values).all()
    facts = json.loads((folder / "explanation.json").read_text())["parameters"]
    game, run, settings = facts["game"], facts["run"], facts["settings"]
    assert facts["shapiq_fixlip"] == shapiq_fixlip.__version__
    assert game["text"] == CAPTION
    assert game["patch_grid"] == [4, 4]
    assert len(game["player_names"]) == 24
    assert run["passes"] == [256, 256]
    assert (settings["p"], settings["random_state"], settings["model"]) == (0.3, 5, MODEL)
    assert len(facts["standard_errors"]) == len(values.interactions)
    assert f"{game['full_value']:.3f}" in out
    assert f"R² = {run['r2']:.3f} at p = 0.3 (cross-validated)" in out
    random_words, other_orders = (
        settings[f"similarity_to_{name}"] for name in ("random_words", "other_orders")
    )
    assert f"random words {random_words:.2f}, of its own reordered {other_orders:.2f}" in out
    with Image.open(folder / "explanation.png") as picture:
        assert min(picture.size) > 400


def test_the_image_is_written_as_the_model_sees_it(written, explained):
    loaded, again = Explanation.load(written[0]), explained(*PAIR, "--budget-image", 16)
    assert (loaded.game.image_side.image == again.game.image_side.image).all()
    assert (loaded.game.image_side.regions == again.game.image_side.regions).all()


def test_strongest_pair_is_printed_first(written):
    folder, _, out = written
    values = InteractionValues.load(folder / "explanation.json")
    pairs = {s: v for s, v in values.interactions.items() if len(s) == 2 and s[0] < 16 <= s[1]}
    patch, word = max(pairs, key=lambda pair: abs(pairs[pair]))
    words = ("black", "dog", "next", "to", "a", "yellow", "hydr", "ant")
    line = f"patch ({patch // 4},{patch % 4}) × {words[word - 16]}"
    lines = out.splitlines()
    first = next(i for i, text in enumerate(lines) if "strongest" in text) + 1
    assert lines[first].startswith(line)
    table = pd.read_csv(folder / "explanation.csv", float_precision="round_trip")
    row = table[table["players"] == str((patch, word))].iloc[0]
    assert row["value"] == pairs[patch, word]
    half_width = (row["high"] - row["low"]) / 2
    resolved = "yes" if row["resolved"] in {True, "True"} else "no"
    printed = [f"{pairs[patch, word]:+.3f}", f"{half_width:.3f}", resolved]
    assert lines[first].split()[-3:] == printed


def test_how_many_are_resolved_is_printed(written):
    folder, _, out = written
    table = pd.read_csv(folder / "explanation.csv")
    (line,) = (line for line in out.splitlines() if line.startswith("Resolved"))
    for kind, rows in table[table["resolved"].notna()].groupby("kind"):
        n_resolved = (rows["resolved"].astype(str) == "True").sum()
        assert f"{n_resolved:,} of {len(rows):,} {kind}" in line
    assert table.loc[table["players"].str.count(",") == 0, "resolved"].isna().all()


def test_what_is_not_a_number_is_null(quiet_json, capsys):
    folder, code, out, _ = quiet_json
    assert code == 0
    assert json.loads(out)["run"]["r2"] is None
    written = (folder / "explanation" / "explanation.json").read_text()
    facts = json.loads(written, parse_constant=pytest.fail)["parameters"]
    assert facts["run"]["r2"] is None
    print_summary(Explanation.load(folder / "explanation"))
    assert "R² = nan" in capsys.readouterr().out


def test_a_budget_can_stop_by_itself(explained):
    run = explained(*PAIR, "--budget", "auto", "--image-players", "2x2").run
    assert run.passes == (16, 256)
    assert run.is_exact is True


def test_orders_can_be_limited_on_each_side(explained, capsys):
    options = ("--max-order", 3, "--max-order-image", 1, "--max-order-text", 2)
    explanation = explained(*PAIR, *options, "--budget-image", 64)
    print_summary(explanation)
    assert "patch × word × word" in capsys.readouterr().out
    groups = explanation.values.interactions
    assert max(sum(player < 16 for player in players) for players in groups) == 1


def test_same_seed_writes_the_same_values(explained, tmp_path):
    loaded = []
    for folder in ("first", "second"):
        explained(*PAIR, "--budget-image", 40).save(folder)
        loaded.append(json.loads((tmp_path / folder / "explanation.json").read_text())["data"])
    assert loaded[0] == loaded[1]


@pytest.mark.parametrize(
    ("options", "index", "order"),
    [
        (("--max-order", 1), "BV", 1),
        (("--max-order", 3, "--budget-image", 64), "FBII", 3),
        (("--budget", 4096), "FBII", 2),
        (("--estimator", "least_squares", "--budget-image", 400), "FBII", 2),
        (("--index", "k-SII", "--budget-image", 64), "k-SII", 2),
        (("--index", "SV", "--budget-image", 64), "SV", 1),
    ],
)
def test_options_are_used(explained, options, index, order):
    explanation = explained(*PAIR, *options)
    assert (explanation.values.index, explanation.values.max_order) == (index, order)
    given = dict(zip(options[::2], options[1::2], strict=True))
    if "--budget" in given:
        assert explanation.run.passes == (64, 64)
    if "--budget-image" in given:
        assert explanation.run.passes[0] == given["--budget-image"]
    if "--estimator" in given:
        assert explanation.settings["estimator"] == "least_squares"


def test_captions_that_look_like_markup_are_printed_as_they_are(explained, capsys):
    few = ("--model", MODEL, "--image-players", "2x2")
    print_summary(explained(SCENE, "[bold]dog[/bold]", *few))
    assert "Text         [bold]dog[/bold]\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "mode", "colour", "seen"),
    [
        ("deep.png", "I;16", 40_000, (155, 155, 155)),
        ("print.jpg", "CMYK", (9, 99, 50, 7), (239, 152, 199)),
    ],
)
def test_images_of_other_kinds_work(explained, tmp_path, name, mode, colour, seen):
    Image.new(mode, (40, 30), colour).save(tmp_path / name)
    few = ("--model", MODEL, "--budget-image", 16)
    image = explained(name, CAPTION, *few).game.image_side.image
    assert image.reshape(-1, 3).mean(axis=0) == pytest.approx(seen, abs=3)


BAD_INPUT = [
    (("no.png", CAPTION), "image must be a file, got 'no.png', where there is nothing"),
    (("empty.png", CAPTION), "image must be an image that Pillow can read, got 'empty.png'"),
    (("text.png", CAPTION), "image must be an image that Pillow can read, got 'text.png'"),
    (("cut.png", CAPTION), "image must be a complete, readable image, got 'cut.png'"),
    ((SCENE,), "text must be given along with an image, got only"),
    ((SCENE, ""), "text must have at least one word, got ''"),
    ((SCENE, "  "), "text must have at least one word, got '  '"),
    ((SCENE, "dog " * 90), "text must have at most 77 tokens, got 90 words"),
    ((SCENE, "dog " * 77), "text must have at most 77 tokens, those that begin and end"),
    ((SCENE, CAPTION, "--p", "0"), "--p must be a number greater than 0 and less than 1, got 0.0"),
    (
        (SCENE, CAPTION, "--p", "1.5"),
        "--p must be a number greater than 0 and less than 1, got 1.5",
    ),
    ((SCENE, CAPTION, "--p", "half"), "Invalid value for '--p': must be a number, got 'half'"),
    (
        (SCENE, CAPTION, "--p", "0.3", "--index", "SV"),
        "--p must be left out for SV, as it is only for FWBII and WBII, got 0.3",
    ),
    (
        (SCENE, CAPTION, "--index", "JointSV"),
        "Invalid value for '--index': must be one of FWBII, FBII, WBII, BII, BV, Fourier, ",
    ),
    (
        (SCENE, CAPTION, "--budget", "soon"),
        "Invalid value for '--budget': must be a whole number or 'auto', got 'soon'",
    ),
    (
        (SCENE, CAPTION, "--budget", "auto", "--budget-image", "64"),
        "--budget must be left out if a side has its own, got auto beside image 64",
    ),
    ((SCENE, CAPTION, "--max-order", "0"), "--max-order must be at least 1, got 0"),
    (
        (SCENE, CAPTION, "--max-order-image", "3"),
        "--max-order-image must be at most 2, the maximum order, got 3",
    ),
    (
        (SCENE, CAPTION, "--max-order", "99"),
        "--max-order must be 1 to the number of players (24), got 99",
    ),
    (
        (SCENE, CAPTION, "--max-order", "2.5"),
        "Invalid value for '--max-order': must be a whole number, got '2.5'",
    ),
    ((SCENE, CAPTION, "--budget", "0"), "--budget must be at least 1, got 0"),
    ((SCENE, CAPTION, "--budget", "-5"), "--budget must be at least 1, got -5"),
    ((SCENE, CAPTION, "--budget", "20"), "--budget must be at least 64 for the balanced split"),
    ((SCENE, CAPTION, "--budget-text", "7"), "--budget-text must give at least 8 and at most"),
    ((SCENE, CAPTION, "--random-state", "-1"), "--random-state must be at least 0, got -1"),
    (
        (SCENE, CAPTION, "--budget", "9999", "--budget-image", "9"),
        "--budget must be left out if a side has its own",
    ),
    (
        (SCENE, CAPTION, "--estimator", "least_squares", "--budget-image", "136"),
        "--budget-image must give least squares at least 137 distinct coalitions of a side with 16",
    ),
    (
        (SCENE, CAPTION, "--estimator", "ols"),
        "Invalid value for '--estimator': must be one of shrinkage, least_squares, got 'ols'",
    ),
    (
        (SCENE, CAPTION, "--device", "abacus"),
        "--device must be a device that torch can use on this machine",
    ),
    (
        (SCENE, CAPTION, "--model", "."),
        "--model must be 'demo', 'demo-siglip', 'demo-shortcut', a folder, an id on the",
    ),
    ((SCENE, CAPTION, "--model", "bert"), "--model must be a dual encoder such as CLIP or SigLIP"),
    ((SCENE, CAPTION, "--out", "text.png"), "--out must be a writable folder"),
    ((SCENE, CAPTION, "--out", "text.png/sub"), "--out must be a writable folder"),
    ((SCENE, CAPTION, "--out", "long" * 99), "--out must be a writable folder"),
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
    assert (code, out) == (2, "")
    (line,) = [line for line in err.splitlines() if not line.startswith("Loading ")]
    assert line.startswith(f"Error: {message}")
    assert not (tmp_path / "explanation").exists()


def test_output_folder_is_checked_before_anything_is_computed(run, monkeypatch, tmp_path):
    (tmp_path / "taken").touch()
    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", None)
    code, _, err = run("explain", *PAIR, "--out", "taken")
    assert code == 2
    assert "Error: --out must be a writable folder, got 'taken'" in err


def test_files_that_cannot_be_replaced_are_named(run, monkeypatch, tmp_path):
    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", None)
    (tmp_path / "explanation" / "explanation.png").mkdir(parents=True)
    code, _, err = run("explain", *PAIR)
    assert code == 2
    assert "--out must not contain a folder named 'explanation.png', got 'explanation'" in err
    assert names(tmp_path / "explanation") == {"explanation.png"}


@pytest.mark.usefixtures("ready")
def test_full_disks_are_named(run, monkeypatch, tmp_path):
    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(InteractionValues, "to_json_file", full)
    code, _, err = run("explain", *PAIR)
    assert code == 1
    assert "Error: Writing into 'explanation' failed: [Errno 28] No space left on device" in err
    assert not (tmp_path / "explanation").exists()


def test_model_with_numbers_that_are_not_finite_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(
        ClassTokenTower, "embed_tokens", lambda _, tokens: tokens[:, 0] * float("nan")
    )
    code, _, err = run("explain", *PAIR)
    assert code == 2
    assert "Error: --model must return finite embeddings" in err
    assert not (tmp_path / "explanation").exists()


def test_failed_run_leaves_older_results_alone(run, tmp_path):
    folder = tmp_path / "explanation"
    folder.mkdir()
    (folder / "explanation.json").write_text("older")
    code, _, _ = run("explain", *PAIR, "--budget", "0")
    assert code == 2
    assert names(folder) == {"explanation.json"}
    assert (folder / "explanation.json").read_text() == "older"


def test_defects_are_not_hidden(run, monkeypatch):
    def broken(*_arguments, **_options):
        message = "a defect"
        raise RuntimeError(message)

    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        run("explain", *PAIR)


def test_help_is_quick_and_loads_no_torch():
    code = (
        "import sys; from shapiq_fixlip.commands import app as cli\n"
        "sys.argv = ['shapiq-fixlip', 'explain', '--help']\n"
        "try: cli.main()\n"
        "finally: print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")
    for option in ("--model", "--p", "--max-order", "--budget", "--random-state", "--device"):
        assert option in done.stdout
    assert "--out" in done.stdout


def test_version_is_printed(run):
    assert run("--version") == (0, f"{shapiq_fixlip.__version__}\n", "")


def test_interrupt_stops_cleanly(tmp_path):
    code = (  # whoever runs the tests in the background may have them ignore interrupts
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from shapiq_fixlip.commands.app import main; main()"
    )
    arguments = ("explain", *map(str, PAIR), "--budget-image", "60000")
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
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
