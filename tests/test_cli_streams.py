"""Standard output that is not UTF-8, full, closed or cut off; and what the machine lacks."""

import contextlib
import errno
import io
import os
import shutil
import sys
import warnings
from pathlib import Path

import pytest
import torch
from small_models import REFERENCE, SCENE

from shapiq_fixlip import Explanation, ResourceError
from shapiq_fixlip.commands import app as cli

FEW = ("--image-players", "2x2", "--text-players", "words", "--budget", "200", "--quiet")


@pytest.fixture
def run_on(monkeypatch, tmp_path):
    """Run a command with a file as standard output; return its code and what it said."""
    monkeypatch.chdir(tmp_path)

    def _run_on(stream, *arguments):
        monkeypatch.setattr(sys, "argv", ["shapiq-fixlip", *map(str, arguments)])
        said, code = io.StringIO(), 0
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(said):
            try:
                cli.main()
            except SystemExit as ended:
                code = ended.code or 0
        return code, said.getvalue()

    return _run_on


def printed(run_on, encoding, *arguments):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert run_on(stream, *arguments) == (0, "")
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("encoding", "dog", "half"),
    [("utf-8", "狗", "±"), ("cp1252", r"\u72d7", "±"), ("ascii", r"\u72d7", r"\xb1")],
)
@pytest.mark.filterwarnings("ignore:no installed font")
def test_what_an_encoding_lacks_is_escaped(run_on, encoding, dog, half):
    out = printed(run_on, encoding, "explain", SCENE, "black 狗 dog", *FEW)
    assert f"black {dog} dog" in out
    assert f"{half} 95 %" in out
    assert f"black {dog} dog" in printed(
        run_on, encoding, "explain", SCENE, "black 狗 dog", *FEW, "--json"
    )


@pytest.mark.parametrize("more", [(), ("--json",)])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_a_full_disk_behind_the_output_is_said(run_on, more):
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        code, said = run_on(full, "explain", *FEW, *more)
    assert (code, said) == (1, "Error: [Errno 28] No space left on device\n")


def test_a_reader_that_ends_early_is_no_error(run_on):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as pipe:
        assert run_on(pipe, "--help") == (1, "")


def test_a_closed_output_is_no_error(run_on, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert run_on(None, "--version") == (0, "")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError("Unable to allocate 7 TiB"), "Out of memory: Unable to allocate 7 TiB"),
        (torch.OutOfMemoryError("CUDA out of memory."), "Out of memory: CUDA out of memory."),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes"),
            "Out of memory: DefaultCPUAllocator: can't allocate memory: 9 bytes",
        ),
        (
            RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"),
            "Out of memory: CUDA error: CUBLAS_STATUS_ALLOC_FAILED",
        ),
        (OSError(errno.ENOSPC, "No space left", "f"), "[Errno 28] No space left: 'f'"),
        (ConnectionResetError(errno.ECONNRESET, "Reset"), f"[Errno {errno.ECONNRESET}] Reset"),
        (ResourceError("No more."), "No more."),
    ],
)
def test_what_the_machine_lacks_is_said_in_one_line(run, monkeypatch, error, line):
    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", fail)
    code, _, err = run("explain", "--quiet")
    assert (code, err) == (1, f"Error: {line}\n")


def test_what_was_printed_before_an_error_stays(run_on, monkeypatch, tmp_path):
    def fail(*_arguments, **_options):
        sys.stdout.write("printed before\n")
        raise MemoryError

    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", fail)
    with (tmp_path / "output").open("w", encoding="utf-8") as output:
        assert run_on(output, "explain", "--quiet") == (1, "Error: Out of memory: MemoryError\n")
    assert (tmp_path / "output").read_text(encoding="utf-8") == "printed before\n"


def test_warnings_are_one_line(run, monkeypatch):
    def warn(*_arguments, **_options):
        warnings.warn("Few  passes\nare left.", RuntimeWarning, stacklevel=1)
        raise ResourceError

    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", warn)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        _, _, err = run("explain", "--quiet")
    assert err == "Warning: Few passes are left.\nError: ResourceError\n"


def test_a_caption_may_look_like_an_option(typed):
    assert typed("--", "image.png", "--ray")["text"] == "--ray"


@pytest.fixture
def bad_name(tmp_path):
    """A picture whose name is not UTF-8, and a folder of four classes with such a name."""
    names = [b"\xff", b"eagle", b"fox", b"goat"]
    picture = tmp_path / os.fsdecode(b"\xff.png")
    shutil.copy(SCENE, picture)
    for name in names:
        folder = tmp_path / "classes" / os.fsdecode(name)
        folder.mkdir(parents=True)
        shutil.copy(SCENE, folder / "a.png")
    return str(picture)


def test_names_of_files_may_be_no_utf8(run, bad_name, tmp_path):
    code, _, err = run("explain", bad_name, "a dog", *FEW)
    assert (code, err) == (0, "")
    code, _, err = run("explain", SCENE, "a dog", "--image-removal", f"fill:{bad_name}", *FEW)
    assert (code, err) == (0, "")
    assert "fill:" in Explanation.load("explanation").settings["image_removal"]
    table = tmp_path / "\udcff.csv"
    table.write_text(f"image,caption\n{SCENE},a dog\n", encoding="utf-8")
    few = ("--image-players", "2x2", "--text-players", "words", "--quiet")
    code, _, err = run("batch", "--data", f"csv:{table}", *few)
    assert (code, err) == (0, "")


def test_names_that_become_captions_or_folders_are_checked_at_once(run, bad_name, tmp_path):
    few = ("--image-players", "2x2", "--text-players", "words", "--quiet")
    code, _, err = run("batch", "--data", f"collages:{tmp_path / 'classes'}", *few)
    assert code == 2
    assert err.startswith("Error: --data must be valid Unicode, got '")
    code, _, err = run("explain", bad_name, "a dog", *FEW, "--out", "\udcff")
    assert (code, err) == (
        2,
        "Error: --out must have a name that UTF-8 can encode, got '\\udcff'.\n",
    )


def test_names_of_models_are_no_markup(run, tmp_path):
    few = ("--budget-text", 14, "--quiet", "--text-players", "words")
    names = ["m[/x]", "m[v2]", "m[red]"]
    models = []
    for name in names[:2]:
        shutil.copytree(REFERENCE / "models" / "clip-32-8", tmp_path / name)
        models += ["--models", name]
    players = ("--image-players", "2x2")
    code, out, _ = run("compare-models", SCENE, "a dog", *models, *players, *few)
    assert code == 0
    assert "m[/x] and m[v2]" in out
    fast = (
        "--n-inputs",
        1,
        "--budgets-image",
        14,
        "--methods",
        "occlusion",
        "--image-players",
        "2x2",
    )
    code, out, _ = run("evaluate", "insertion-deletion", *models, *fast, *few)
    assert code == 0
    assert all(name in out for name in names[:2])
    code, _, err = run("explain", "--model", names[2])
    assert code != 0
    assert f"Loading {names[2]} \u2026" in err


def test_what_is_typed_cannot_move_the_terminal(run):
    code, _, err = run("explain", "--model", "a\rb\x1b[31m")
    assert code == 2
    assert err.splitlines()[0] == "Loading a\\rb\\x1b[31m \u2026"
    assert len(err.splitlines()) == 2


def test_numbers_of_thousands_of_digits_are_refused(run):
    for players in ("9" * 5000 + "x1", "superpixels:" + "9" * 5000):
        code, _, err = run("explain", "--image-players", players, "--quiet")
        assert code == 2
        assert err.startswith("Error: --image-players must be patches")
        assert len(err) < 500
