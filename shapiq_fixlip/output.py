"""A folder for results: checked before the work, filled only with whole files."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replacing", "result_folder", "writing"]


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
def result_folder(folder: Path) -> Iterator[Path]:
    """Make a folder ready and give a place for new files, which are moved into it at the end.

    If the work fails, nothing in the folder has changed, and no folder is left that was not there.

    Args:
        folder: Where the files shall be; made if it does not exist.

    Yields:
        A temporary folder inside it.

    Raises:
        InputError: If files cannot be written there.
    """
    new_folders: list[Path] = []
    try:
        with writing(folder):
            new_folders += (path for path in (folder, *folder.parents) if not path.exists())
            folder.mkdir(parents=True, exist_ok=True)
            workplace = tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-")
        with workplace as name:
            yield Path(name)
            _move_files(Path(name), folder)
    except BaseException:
        for path in new_folders:
            if path.exists() and not any(path.iterdir()):
                path.rmdir()
        raise


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file that is there whole or not at all, even if the process is killed meanwhile.

    Args:
        path: Where it shall be.

    Yields:
        Where to write it; it goes to its place at the end.
    """
    unfinished = path.with_name(f".unfinished-{path.name}")
    try:
        yield unfinished
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.replace(path)


def _move_files(workplace: Path, folder: Path) -> None:
    """Move all files into the folder, or none if one of them cannot go there."""
    files = sorted(workplace.iterdir())
    for file in files:
        if (folder / file.name).is_dir():
            msg = f"out must have no folder {file.name!r} in it, got {str(folder)!r}."
            raise InputError(msg)
    with writing(folder):
        for file in files:
            file.replace(folder / file.name)
