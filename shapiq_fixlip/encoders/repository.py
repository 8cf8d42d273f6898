"""Where the files of a model are, and what tells them from others of the same name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import snapshot_download

from shapiq_fixlip.digests import file_digest
from shapiq_fixlip.encoders.foreign_code import CONFIGURATION_FILES, check_no_foreign_code
from shapiq_fixlip.errors import InputError

__all__ = ["Repository", "find_repository"]


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
            The commit, or a digest of every file but hidden ones and texts for people.
        """
        if self.revision is not None:
            return {"revision": self.revision}
        files = sorted(path for path in self.folder.iterdir() if path.is_file())
        return {
            file.name: file_digest(file)
            for file in files
            if file.suffix != ".md" and not file.name.startswith(".")
        }


def find_repository(source: str, revision: str | None = None) -> Repository:
    """Find the configuration of a model, and check that it names no code.

    Args:
        source: A folder or an id on the hub.
        revision: A branch, tag or commit of the hub. Default: what the hub has now.

    Raises:
        InputError: If the configuration names code, or a folder is given with a revision.
        OSError: If there is nothing, or the hub cannot be reached. So are other errors of the hub.
        ValueError: If this can be no id.
    """
    folder = Path(source)
    if folder.is_dir():
        if revision is not None:
            msg = f"revision must be of a model on the hub, got {revision!r} for a folder."
            raise InputError(msg)
        found = Repository(source, folder, None)
    else:
        copy = snapshot_download(source, revision=revision, allow_patterns=CONFIGURATION_FILES)
        found = Repository(source, Path(copy), Path(copy).name)
    check_no_foreign_code(found.folder, source)
    return found
