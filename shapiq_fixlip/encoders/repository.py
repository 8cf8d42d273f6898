"""Where the files of a model are, and what tells the model from others of the same name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huggingface_hub import snapshot_download

from shapiq_fixlip.encoders.foreign_code import CONFIGURATION_FILES, check_no_foreign_code
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import file_digest, is_file, is_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Repository", "find_repository", "folder_repository", "hub_repository"]


_FOR_PEOPLE = {".md", ".csv", ".html", ".parquet", ".png", ".lock"}
"""Suffixes of files beside a model that change no value, such as results of this package."""

_PLAN = "plan.json"
"""The file of a run whose results are in the folder of a model."""

_WEIGHTS = "transformers_weights"
"""The entry of a configuration that names a file of weights."""


@dataclass(frozen=True)
class Repository:
    """A folder, or a repository of the Hugging Face hub at one commit.

    Attributes:
        source: The folder, or the id on the hub.
        folder: Where the configuration is: the folder itself, or a local copy from the hub.
        revision: The commit; ``None`` for a folder.
    """

    source: str
    folder: Path
    revision: str | None

    def identity(self) -> dict[str, str]:
        """Return what changes whenever anything changes that values depend on.

        Returns:
            The commit on the hub; for a folder, a digest of every file directly in it, except those
            for people, and of the files of weights that an index or the configuration names.

        Raises:
            InputError: If weights are outside the folder.
            OSError: If a file cannot be read.
        """
        if self.revision is not None:
            return {"revision": self.revision}
        beside = {
            path.name
            for path in self.folder.iterdir()
            if path.is_file() and path.suffix not in _FOR_PEOPLE and path.name != _PLAN
        }
        return {
            name: file_digest(self.folder / name)
            for name in sorted({*beside, *self._parts()})
            if is_file(self.folder / name)
        }

    def _parts(self) -> Iterator[str]:
        """Yield the files of weights that an index or the configuration names.

        Raises:
            InputError: If one is outside the folder.
        """
        for file in (*self.folder.glob("*.index.json"), self.folder / "config.json"):
            try:
                content = json.loads(file.read_bytes())
                named = [*content.get("weight_map", {}).values()]
                named += [content[_WEIGHTS]] if _WEIGHTS in content else []
            except (OSError, ValueError, AttributeError):
                continue  # an error follows when it is loaded
            for name in dict.fromkeys(map(str, named)):
                if Path(name).is_absolute() or ".." in Path(name).parts:
                    msg = (
                        "must have its weights in its own folder, "
                        f"got {self.source!r}, whose {file.name} names {name!r}."
                    )
                    raise InputError("model", msg)
                yield Path(name).as_posix()


def find_repository(source: str, revision: str | None = None) -> Repository:
    """Find a folder, or else a repository on the hub, and check that it names no code.

    Args:
        source: A folder or an id on the hub.
        revision: See :func:`hub_repository`.

    Raises:
        InputError: If the configuration names code, or a folder is given with a revision.
        Exception: Whatever the library of the hub raises if nothing is found.
    """
    if not is_folder(source):
        return hub_repository(source, revision)
    if revision is not None:
        msg = f"must be of a model on the hub, got {revision!r} for {source!r}."
        raise InputError("revision", msg)
    return folder_repository(source)


def folder_repository(
    source: str, checked: Sequence[str] = CONFIGURATION_FILES, *, label: str | None = None
) -> Repository:
    """Take a folder, and check that it names no code.

    Args:
        source: The folder.
        checked: Patterns of the files that are checked. Default: of all that libraries read.
        label: What errors call it. Default: its name.

    Raises:
        InputError: If the configuration names code, or something in the folder is no file.
    """
    folder = Path(source)
    for path in folder.iterdir():  # reading a pipe or a device might never end
        if path.exists() and not path.is_file() and not path.is_dir():
            msg = f"must have nothing but files and folders, got {source!r} with {path.name!r}."
            raise InputError("model", msg)
    check_no_foreign_code(folder, label or source, checked)
    return Repository(source, folder, None)


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
        revision: A branch, tag or commit. Default: the latest one on the hub.
        checked: Patterns of the files that are checked. Default: of all that libraries read.
        more_files: Patterns of other files to fetch.
        label: What errors call it. Default: its id.

    Raises:
        InputError: If the configuration names code.
        Exception: Whatever the library of the hub raises if nothing is found.
    """
    patterns = [*CONFIGURATION_FILES, *more_files]
    copy = Path(snapshot_download(source, revision=revision, allow_patterns=patterns))
    check_no_foreign_code(copy, label or source, checked)
    return Repository(source, copy, copy.name)
