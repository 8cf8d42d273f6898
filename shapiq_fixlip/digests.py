"""Digests, by which files and texts are told from others of the same name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["file_digest", "text_digest"]

_N_DIGITS = 32
"""Half of those of SHA-256: enough to tell apart what nobody has made alike."""


def file_digest(path: Path) -> str:
    """Return the digest of what is in a file.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_N_DIGITS]


def text_digest(text: str) -> str:
    """Return the digest of a text; letters that no file has count as a "?"."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_N_DIGITS]
