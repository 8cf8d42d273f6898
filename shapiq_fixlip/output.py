"""A folder for results: checked before the work, filled only with whole files."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["result_folder"]


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
        try:
            new_folders += (path for path in (folder, *folder.parents) if not path.exists())
            folder.mkdir(parents=True, exist_ok=True)
            workplace = tempfile.TemporaryDirectory(dir=folder, prefix=".unfinished-")
        except OSError as error:
            msg = (
                "out must be a folder that can be written, "
                f"got {str(folder)!r} ({first_line(error)})"
            )
            raise InputError(msg) from error
        with workplace as name:
            yield Path(name)
            for file in sorted(Path(name).iterdir()):
                file.replace(folder / file.name)
    except BaseException:
        for path in new_folders:
            if path.exists() and not any(path.iterdir()):
                path.rmdir()
        raise
