"""A folder for results: held by one run, checked before the work, filled only with whole files."""

from __future__ import annotations

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
    from collections.abc import Iterator, Sequence

__all__ = ["Results", "replacing", "result_folder", "writing"]

_LOCK = ".lock"
_WORKPLACE = ".unfinished-"

_OURS = b'"shapiq_fixlip"'
"""What a JSON file of this package has in it: its version."""

_MAX_ATTEMPTS = 100
"""At a folder that other runs make and take back."""


@dataclass
class Results:
    """What becomes of the files of a run.

    Attributes:
        workplace: A temporary folder for new ones.
        written: Names of those that are there in the end.
        replaced: Names of those of them that have taken the place of others.
        removed: Names of older ones that would now be a mixture with the new ones.
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
        msg = f"out must be a folder that can be written, got {str(folder)!r} ({reason})"
        raise InputError(msg) from error


@contextmanager
def result_folder(folder: Path, known: Sequence[str]) -> Iterator[Results]:
    """Hold a folder and give a place for new files, which are moved into it at the end.

    If the work fails, no result in the folder has changed, and no folder is left that was not
    there. What runs that were killed have left unfinished is taken away at the start.

    Args:
        folder: Where the files shall be; made if it does not exist.
        known: Patterns of all names that the files may have. Older files of such names do not stay
            beside the new ones.

    Yields:
        The place, and in the end the names of all files.

    Raises:
        InputError: If another run holds the folder, or files cannot be written there.
    """
    new_folders: list[Path] = []
    try:
        with writing(folder):
            new_folders += (path for path in (folder, *folder.parents) if not path.exists())
        with _held(folder):
            _check_names(folder, known)
            with writing(folder):
                for path in folder.glob(f"{_WORKPLACE}*"):
                    shutil.rmtree(path)
                workplace = tempfile.TemporaryDirectory(dir=folder, prefix=_WORKPLACE)
            with workplace as name:
                results = Results(Path(name))
                yield results
                with writing(folder):
                    _move_files(results, folder, known)
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
                continue  # the run that had made the folder has taken it back
            except Timeout:
                if folder.exists():
                    break
    if not lock.is_locked:
        msg = f"out must be a folder that no other run is using, got {str(folder)!r}."
        raise InputError(msg)
    try:
        yield
    finally:
        with suppress(OSError):  # where files that are open cannot be removed
            (folder / _LOCK).unlink()
        lock.release()


def _matching(folder: Path, known: Sequence[str]) -> set[str]:
    return {path.name for pattern in known for path in folder.glob(pattern)}


def _check_names(folder: Path, known: Sequence[str]) -> None:
    """Check that no folder is in the place of a file.

    Raises:
        InputError: If one is.
    """
    for name in sorted(_matching(folder, known)):
        if (folder / name).is_dir():
            msg = f"out must have no folder {name!r} in it, got {str(folder)!r}."
            raise InputError(msg)


def _move_files(results: Results, folder: Path, known: Sequence[str]) -> None:
    """Move all files into the folder, and take away those of an earlier run that are not anew."""
    results.written = sorted(path.name for path in results.workplace.iterdir())
    older = _matching(folder, known)
    results.replaced = sorted(older & {*results.written})
    for name in sorted(older - {*results.written}):
        if _is_ours(folder / name):
            (folder / name).unlink()
            results.removed.append(name)
    for name in results.written:
        (results.workplace / name).replace(folder / name)


def _is_ours(path: Path) -> bool:
    """Tell whether a file is of an earlier run, as people keep JSON files of such names, too."""
    return path.suffix != ".json" or _OURS in path.read_bytes()
