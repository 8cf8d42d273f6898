"""A folder for results: held by one run, checked before the work, filled only with whole files."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Results", "remove_unfinished", "replacing", "result_folder", "writing"]

_LOCK = ".shapiq-fixlip.lock"

_WORKPLACE = ".unfinished-"
_IS_WORKPLACE = re.compile(r"\.unfinished-[a-z0-9_]{8}")
"""As :mod:`tempfile` names folders."""

_OLDER = "older"
"""The folder, in a workplace, that keeps what is replaced until all is done."""

_MARK = "shapiq_fixlip"
"""The entry of all JSON files of this package: its version."""

_MAX_ATTEMPTS = 100
"""At making a folder while other runs that have failed remove it again."""


@dataclass
class Results:
    """What becomes of the files of a run.

    Attributes:
        workplace: A temporary folder for new ones.
        written: Names of those that are there in the end.
        replaced: Names of those of them that have taken the place of others.
        removed: Names of files of an earlier run that would now be a mixture with the new ones.
    """

    workplace: Path
    written: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of what fails here, as on a full disk, that the folder cannot be written.

    Args:
        folder: Where the files shall be in the end.

    Raises:
        InputError: If writing fails.
    """
    try:
        yield
    except OSError as error:
        reason = first_line(error)
        msg = f"must be a folder that can be written, got {str(folder)!r} ({reason})"
        raise InputError("out", msg) from error


@contextmanager
def result_folder(folder: Path, known: Sequence[str]) -> Iterator[Results]:
    """Hold a folder and give a place for new files, which are moved into it at the end.

    If the work fails, no result in the folder has changed, and no folder is left that was not
    there. What runs that were killed have left unfinished is removed at the start.

    Args:
        folder: Where the files shall be; made if it does not exist.
        known: Patterns of all names that the files may have. Files of such names that an earlier
            run has written do not stay beside the new ones.

    Yields:
        The place, and in the end the names of all files.

    Raises:
        InputError: If another run holds the folder, or files cannot be written there.
    """
    _check_name(folder)
    new_folders: list[Path] = []
    try:
        with writing(folder):
            new_folders += (path for path in (folder, *folder.parents) if not path.exists())
        with _held(folder):
            older = _older_files(folder, known)
            with writing(folder):
                for path in folder.iterdir():
                    if _IS_WORKPLACE.fullmatch(path.name) and path.is_dir():
                        shutil.rmtree(path)
                workplace = tempfile.TemporaryDirectory(dir=folder, prefix=_WORKPLACE)
            with workplace as name:
                results = Results(Path(name) / "new")
                results.workplace.mkdir()
                yield results
                with writing(folder):
                    _move_files(results, folder, older)
    except BaseException:
        for path in new_folders:
            with suppress(OSError):  # another run may use it by now
                path.rmdir()
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file that is there whole or not at all, even if the process is killed meanwhile.

    Args:
        path: Where it shall be.

    Yields:
        Where to write it, a name that no other process has; it goes to its place at the end.
    """
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def remove_unfinished(path: Path) -> None:
    """Remove what :func:`replacing` left where it was killed.

    Args:
        path: Where the file should be; its name may be a pattern. Nobody else must write it.
    """
    for unfinished in path.parent.glob(f".{path.name}-{'[0-9a-f]' * 16}.unfinished"):
        unfinished.unlink()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Make a folder, and keep every other run out of it.

    Raises:
        InputError: If another run holds it, or it cannot be made.
    """
    lock = FileLock(folder / _LOCK, timeout=0)
    with writing(folder):
        for _ in range(_MAX_ATTEMPTS):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
                break
            except FileNotFoundError:
                continue  # the run that had made the folder has failed and removed it
            except Timeout:
                if folder.exists():
                    break
    if not lock.is_locked:
        msg = f"must be a folder that no other run is using, got {str(folder)!r}."
        raise InputError("out", msg)
    try:
        yield
    finally:
        with suppress(OSError):  # where files that are open cannot be removed
            (folder / _LOCK).unlink()
        lock.release()


def _check_name(folder: Path) -> None:
    """Check that the name of a folder can be written into files.

    Raises:
        InputError: If it cannot.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        msg = f"must have a name in Unicode, got {str(folder)!r}."
        raise InputError("out", msg) from error


def _older_files(folder: Path, known: Sequence[str]) -> dict[str, bool]:
    """Return the files of known names, and whether an earlier run has written them.

    JSON files say so; of others it is known where the plan of a run is beside them.

    Raises:
        InputError: If a folder is in the place of a file.
    """
    is_of_run = _is_ours(folder / "plan.json")
    found: dict[str, bool] = {}
    for path in sorted({path for pattern in known for path in folder.glob(pattern)}):
        if path.is_dir():
            msg = f"must have no folder {path.name!r} in it, got {str(folder)!r}."
            raise InputError("out", msg)
        found[path.name] = _is_ours(path) if path.suffix == ".json" else is_of_run
    return found


def _is_ours(path: Path) -> bool:
    """Tell whether a JSON file is of this package, as people have files of such names, too."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(content, dict):
        return False
    parameters = content.get("parameters")  # of shapiq's files
    return _MARK in content or (isinstance(parameters, dict) and _MARK in parameters)


def _move_files(results: Results, folder: Path, older: Mapping[str, bool]) -> None:
    """Move all new files into the folder in the place of older ones, or change nothing."""
    results.written = sorted(path.name for path in results.workplace.iterdir())
    results.replaced = sorted(older.keys() & {*results.written})
    results.removed = sorted(
        name for name, is_ours in older.items() if is_ours and name not in results.written
    )
    kept = results.workplace.with_name(_OLDER)
    kept.mkdir()
    try:
        for name in (*results.replaced, *results.removed):
            (folder / name).rename(kept / name)
        for name in results.written:
            (results.workplace / name).rename(folder / name)
    except BaseException:
        for path in kept.iterdir():
            path.replace(folder / path.name)
        for name in {*results.written} - {*results.replaced}:
            if not (results.workplace / name).exists():
                (folder / name).unlink(missing_ok=True)
        raise
