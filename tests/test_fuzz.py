"""Whatever is typed, a command ends well or in one line, and leaves nothing half-written."""

import contextlib
import io
import os
import re
import shutil
import signal
import sys
import warnings
from functools import cache
from unittest import mock

import matplotlib as mpl
import pytest
from command_lines import command_lines, make_files
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from shapiq_fixlip.commands import app as cli
from shapiq_fixlip.encoders.loading import load_encoder

N_CASES = int(os.environ.get("FUZZ_CASES", "300"))
N_PARTS = 10
SECONDS = 120
"""A command that takes longer hangs."""


class _HangsError(BaseException):
    """Not an ``Exception``, which a command may record as the failure of an input."""


def _hangs(*_):
    raise _HangsError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("fuzz")
    make_files(made)
    return made


def run(arguments, encoding):
    """Return the exit code, what was printed, and what was said on standard error."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    err = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    code = 0
    before = signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(SECONDS)
    try:
        with (
            warnings.catch_warnings(),
            mock.patch.object(sys, "argv", ["shapiq-fixlip", *arguments]),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            warnings.simplefilter("default")  # as on the command line, no errors
            cli.main()
    except SystemExit as ended:
        code = ended.code or 0
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    out.flush()
    err.flush()
    return code, *(stream.buffer.getvalue().decode(encoding, "replace") for stream in (out, err))


@pytest.mark.parametrize("part", range(N_PARTS))
def test_every_command_line_ends_well_or_in_one_line(part, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("shapiq_fixlip.games.loading.load_encoder", cache(load_encoder))
    inputs = {path.name for path in folder.iterdir()}

    @seed(part)
    @settings(
        max_examples=N_CASES // N_PARTS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(command_lines(), st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252"]))
    def check(arguments, encoding):
        with mpl.rc_context({"savefig.dpi": 20}):
            code, out, err = run(arguments, encoding)
        assert code in {0, 1, 2}
        assert "Traceback" not in out + err
        said = [line for line in err.splitlines() if not re.match(r"Loading .*|Warning: ", line)]
        if code == 2:
            assert len(said) == 1, said
            assert said[0].startswith("Error: ")
        results = [path for path in folder.rglob("*") if ".unfinished" in path.name]
        assert not results
        assert not [*folder.rglob(".shapiq-fixlip.lock")]
        new = [path for path in folder.iterdir() if path.name not in inputs]
        if code == 2:
            assert not [path for path in new if path.is_dir() and not any(path.rglob("*"))]
        for path in new:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    check()
