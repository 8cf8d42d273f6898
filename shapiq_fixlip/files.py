"""What a name leads to, and digests, by which contents are told apart."""

from __future__ import annotations

import hashlib
from pathlib import Path

__all__ = ["file_digest", "is_file", "is_folder", "text_digest", "writable"]

_N_DIGITS = 32
"""Half of those of SHA-256: more than enough for contents that nobody has made alike on purpose."""


def is_file(name: str | Path) -> bool:
    """Tell whether a name leads to a file; one that no file can have does not."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def is_folder(name: str | Path) -> bool:
    """Tell whether a name leads to a folder; an empty one does not."""
    try:
        return bool(str(name)) and Path(name).is_dir()
    except (OSError, ValueError):
        return False


def file_digest(path: Path) -> str:
    """Return the digest of what is in a file.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_N_DIGITS]


def text_digest(text: str) -> str:
    """Return the digest of a text; see :func:`writable`."""
    return hashlib.sha256(writable(text).encode()).hexdigest()[:_N_DIGITS]


def writable(text: str) -> str:
    """Return a text with a "?" for everything that no file can hold, such as half a letter."""
    return text.encode("utf-8", "replace").decode()
