import contextlib
import io
import shutil
import sys

import pytest
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import sync_playwright

from shapiq_fixlip import explain
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
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        output = capsys.readouterr()
        return code, output.out, output.err

    return _run


@pytest.fixture(scope="session")
def run_in():
    """As :func:`run`, in a folder that several tests share."""

    def _run_in(folder, *arguments):
        out, err, code = io.StringIO(), io.StringIO(), 0
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                cli.run_command([*map(str, arguments)])
            except SystemExit as ended:
                code = ended.code or 0
        return code, out.getvalue(), err.getvalue()

    return _run_in


@pytest.fixture(scope="session")
def quiet_json(run_in, tmp_path_factory):
    """A whole run whose R² is not a number: its folder, exit code, output and error output."""
    folder = tmp_path_factory.mktemp("quiet")
    players = ("--image-players", "2x3", "--text-players", "words")
    few = ("--budget-image", 22, "--random-state", 6, "--estimator", "least_squares")
    return folder, *run_in(folder, "explain", *players, *few, "--json", "--quiet")


class _EnoughError(Exception):
    """Raised in the place of the work."""


@pytest.fixture
def typed(monkeypatch, run):
    """Return what ``explain`` of Python gets from what a person types after ``explain``."""

    def _typed(*arguments):
        given = {}

        def read(image, text, **options):
            given.update(image=image, text=text, **options)
            raise _EnoughError

        with monkeypatch.context() as patch:
            patch.setattr("shapiq_fixlip.explaining.explain.explain", read)
            with pytest.raises(_EnoughError):
                run("explain", *arguments)
        return given

    return _typed


@pytest.fixture
def explained(typed):
    """Return the explanation of what a person types after ``explain``, without any files."""
    return lambda *arguments: explain(**{**typed(*arguments), "verbose": False})


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        found = shutil.which("chromium")
        try:
            started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except BrowserError as error:
            if found:
                raise
            pytest.skip(f"no browser: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page; at the end, nothing must have been asked of a network or gone wrong."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    requests, problems = [], []

    def _open(page):
        path = tmp_path / "page.html"
        page.save(path)
        tab = context.new_page()
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda message: problems.append(message.text))
        tab.on("dialog", lambda dialog: (problems.append("a dialog"), dialog.dismiss()))
        tab.goto(path.as_uri())
        return tab

    yield _open
    context.close()
    assert not problems
    assert all(url.startswith(("file:", "data:", "blob:")) for url in requests)
