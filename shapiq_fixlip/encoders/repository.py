"""Where the files of a model are, and what tells them from others of the same name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import snapshot_download

from shapiq_fixlip.encoders.foreign_code import CONFIGURATION_FILES, check_no_foreign_code
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import file_digest, is_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Repository", "find_repository", "folder_repository", "hub_repository"]


@dataclass(frozen=True)
class Repository:
    """A folder, or a repository of the Hugging Face hub at one commit.

    Attributes:
        source: The folder or the id on the hub.
        folder: Where the configuration is: the folder itself, or a copy of what is on the hub.
        revision: The commit; ``None`` for a folder.
    """

    source: str
    folder: Path
    revision: str | None

    def identity(self) -> dict[str, str]:
        """Return what changes with anything that a value depends on.

        Returns:
            The commit, or a digest of every file, also in folders inside, but for hidden folders
            and texts for people.

        Raises:
            InputError: If weights are outside the folder.
            OSError: If a file cannot be read.
        """
        if self.revision is not None:
            return {"revision": self.revision}
        self._check_weights()
        return {
            file.relative_to(self.folder).as_posix(): file_digest(file)
            for file in sorted(self._files())
        }

    def _files(self) -> Iterator[Path]:
        for place, folders, names in self.folder.walk(follow_symlinks=True):
            folders[:] = [name for name in folders if not name.startswith(".")]
            files = (place / name for name in names)
            yield from (file for file in files if file.suffix != ".md" and file.is_file())

    def _check_weights(self) -> None:
        """Check that the parts in which weights are saved are in the folder, too."""
        for index in self.folder.glob("*.index.json"):
            try:
                names = json.loads(index.read_bytes())["weight_map"].values()
            except (ValueError, LookupError, TypeError, AttributeError):
                continue  # as whoever loads it will say
            for name in map(str, names):
                if Path(name).is_absolute() or ".." in Path(name).parts:
                    msg = (
                        "model must have its weights in its own folder, "
                        f"got {self.source!r}, whose {index.name} names {name!r}."
                    )
                    raise InputError(msg)


def find_repository(source: str, revision: str | None = None) -> Repository:
    """Find a folder, or else a repository on the hub, and check that it names no code.

    Args:
        source: A folder or an id on the hub.
        revision: See :func:`hub_repository`.

    Raises:
        InputError: If the configuration names code, or a folder is given with a revision.
        Exception: Whatever the library of the hub raises where there is nothing.
    """
    if not is_folder(source):
        return hub_repository(source, revision)
    if revision is not None:
        msg = f"revision must be of a model on the hub, got {revision!r} for {source!r}."
        raise InputError(msg)
    return folder_repository(source)


def folder_repository(
    source: str, checked: Sequence[str] = CONFIGURATION_FILES, *, label: str | None = None
) -> Repository:
    """Take a folder, and check that it names no code.

    Args:
        source: The folder.
        checked: Patterns of the files that are looked at. Default: of all that libraries read.
        label: What an error calls it. Default: its name.

    Raises:
        InputError: If the configuration names code.
    """
    check_no_foreign_code(Path(source), label or source, checked)
    return Repository(source, Path(source), None)


def hub_repository(
    source: str,
    revision: str | None = None,
    checked: Sequence[str] = CONFIGURATION_FILES,
    *,
    more_files: Sequence[str] = (),
    label: str | None = None,
) -> Repository:
    """Fetch the configuration of a repository on the hub, and check that it names no code.

    Args:
        source: Its id.
        revision: A branch, tag or commit of the hub. Default: what the hub has now.
        checked: Patterns of the files that are looked at. Default: of all that libraries read.
        more_files: Patterns of other files to fetch.
        label: What an error calls it. Default: its name.

    Raises:
        InputError: If the configuration names code.
        Exception: Whatever the library of the hub raises where there is nothing.
    """
    patterns = [*CONFIGURATION_FILES, *more_files]
    copy = Path(snapshot_download(source, revision=revision, allow_patterns=patterns))
    check_no_foreign_code(copy, label or source, checked)
    return Repository(source, copy, copy.name)
