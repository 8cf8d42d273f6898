import sys

import pytest

from shapiq_fixlip.commands import app as cli


@pytest.fixture
def notes(tmp_path):
    """A folder in which work of :class:`counting.Counting` notes what it does."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


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
