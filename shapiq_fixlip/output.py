"""Result folders: locked by one run, checked before the work, filled with whole files or none."""

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

from shapiq_fixlip.errors import InputError, ResourceError, first_line, is_of_the_machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Results", "remove_unfinished", "replacing", "result_folder", "writing"]

_LOCK = ".shapiq-fixlip.lock"

_WORKPLACE = ".unfinished-"
_IS_WORKPLACE = re.compile(r"\.unfinished-[a-z0-9_]{8}")
"""Names of temporary folders, as :mod:`tempfile` makes them."""

_OLDER = "older"
"""The folder inside a temporary folder that keeps replaced files until all files are moved."""

_MARK = "shapiq_fixlip"
"""An entry of all JSON files of this package; its value is the version of the package."""

_MAX_ATTEMPTS = 100
"""Attempts at making a folder that failed runs of other processes remove at the same time."""


@dataclass
class Results:
    """The files of a run.

    Attributes:
        workplace: A temporary folder for new files.
        written: Names of the files that the run has written.
        replaced: Names of those of them that have replaced older files.
        removed: Names of files of an earlier run that were removed, so that results of two runs are
            not mixed.
    """

    workplace: Path
    written: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` into an error about the folder, or about the machine.

    Args:
        folder: The folder of the results.

    Raises:
        InputError: If writing fails, as without permission.
        ResourceError: If it fails because of the machine, as on a full disk.
    """
    try:
        yield
    except OSError as error:
        reason = first_line(error)
        if is_of_the_machine(error):
            msg = f"Writing into {str(folder)!r} failed: {reason}."
            raise ResourceError(msg) from error
        msg = f"must be a writable folder, got {str(folder)!r} ({reason})."
        raise InputError("out", msg) from error


@contextmanager
def result_folder(folder: Path, known: Sequence[str]) -> Iterator[Results]:
    """Lock a folder and yield a temporary one, whose files are moved into it at the end.

    If the work fails, no result in the folder has changed, and no new folder is left. Unfinished
    files of runs that were killed are removed at the start.

    Args:
        folder: The folder of the results; made if it does not exist.
        known: Patterns of all names that the files may have. Files of an earlier run with such
            names are removed.

    Yields:
        The temporary folder; at the end also the names of all files.

    Raises:
        InputError: If another run has locked the folder, or files cannot be written there.
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
    """Write a file whole or not at all, even if the process is killed.

    Args:
        path: The file.

    Yields:
        A unique temporary path to write to. The file is renamed to ``path`` at the end.
    """
    unfinished = path.with_name(f".{path.name}-{secrets.token_hex(8)}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def remove_unfinished(path: Path) -> None:
    """Remove temporary files that :func:`replacing` left when it was killed.

    Args:
        path: The file; its name may be a pattern. No other process may be writing it.
    """
    for unfinished in path.parent.glob(f".{path.name}-{'[0-9a-f]' * 16}.unfinished"):
        unfinished.unlink()


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Make a folder and lock it against other runs.

    Raises:
        InputError: If another run has locked it, or it cannot be made.
    """
    lock = FileLock(folder / _LOCK, timeout=0)
    with writing(folder):
        for _ in range(_MAX_ATTEMPTS):
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire()
                break
            except FileNotFoundError:
                continue  # another run has failed and removed the folder
            except Timeout:
                if folder.exists():
                    break
    if not lock.is_locked:
        msg = f"must be a folder that no other run is using, got {str(folder)!r}."
        raise InputError("out", msg)
    try:
        yield
    finally:
        with suppress(OSError):  # on systems where an open file cannot be removed
            (folder / _LOCK).unlink()
        lock.release()


def _check_name(folder: Path) -> None:
    """Check that the name of a folder can be encoded in UTF-8.

    Raises:
        InputError: If it cannot.
    """
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        msg = f"must have a name that UTF-8 can encode, got {str(folder)!r}."
        raise InputError("out", msg) from error


def _older_files(folder: Path, known: Sequence[str]) -> dict[str, bool]:
    """Return the files with known names, and whether an earlier run has written them.

    A JSON file of this package has an entry that says so. Any other file is of an earlier run if
    the plan of a run is in the folder, or a JSON file of this package whose name it shares.

    Raises:
        InputError: If a folder has the name of a file.
    """
    stems = [path.stem for path in folder.glob("*.json") if _is_ours(path)]
    found: dict[str, bool] = {}
    for path in sorted({path for pattern in known for path in folder.glob(pattern)}):
        if path.is_dir():
            msg = f"must not contain a folder named {path.name!r}, got {str(folder)!r}."
            raise InputError("out", msg)
        is_ours = path.stem in stems
        if path.suffix != ".json":
            is_companion = path.stem.removesuffix("-image").removesuffix("-regions") in stems
            is_ours = is_companion or "plan" in stems
        found[path.name] = is_ours
    return found


def _is_ours(path: Path) -> bool:
    """Return whether this package wrote a JSON file; users may have files of such names."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    if not isinstance(content, dict):
        return False
    parameters = content.get("parameters")  # in files of shapiq
    return _MARK in content or (isinstance(parameters, dict) and _MARK in parameters)


def _move_files(results: Results, folder: Path, older: Mapping[str, bool]) -> None:
    """Move all new files into the folder, replacing older ones, or change nothing."""
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
