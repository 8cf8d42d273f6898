import os

os.environ["HF_HUB_OFFLINE"] = "1"  # no test may need a hub

import sys

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import torch

from shapiq_fixlip import cli

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _global_state_stays():
    """Fail a test that leaves the global state of torch or open figures behind."""
    before = (torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads())
    yield
    assert (
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        torch.get_num_threads(),
    ) == before
    plt.close("all")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command in an empty folder; return its exit code, output and error output."""
    monkeypatch.chdir(tmp_path)

    def _run(*arguments):
        monkeypatch.setattr(sys, "argv", ["shapiq-fixlip", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capsys.readouterr()
        return ended.value.code or 0, output.out, output.err

    return _run
