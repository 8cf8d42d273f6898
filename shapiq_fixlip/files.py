"""Existence of files and folders, digests of contents, and numbers in JSON."""

from __future__ import annotations

import hashlib
import math
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "PACKAGE_FOLDER",
    "as_json",
    "as_path",
    "file_digest",
    "is_file",
    "is_folder",
    "json_entries",
    "or_nan",
    "or_none",
    "text_digest",
    "writable",
]

PACKAGE_FOLDER = str(Path(__file__).parent)
"""The folder of this package, so that warnings name the line of the caller."""

_N_DIGITS = 32
"""Hexadecimal digits of a digest: half of SHA-256, 128 bits, enough against chance collisions."""


def is_file(name: str | Path) -> bool:
    """Return whether a name is that of a file; ``False`` for a name that no file can have."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def is_folder(name: str | Path) -> bool:
    """Return whether a name is that of a folder; ``False`` for an empty name."""
    try:
        return bool(str(name)) and Path(name).is_dir()
    except (OSError, ValueError):
        return False


def file_digest(path: Path) -> str:
    """Return the digest of the contents of a file.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:_N_DIGITS]


def text_digest(text: str) -> str:
    """Return the digest of a text; see :func:`writable`."""
    return hashlib.sha256(writable(text).encode()).hexdigest()[:_N_DIGITS]


def writable(text: str) -> str:
    """Return a text with "?" for what UTF-8 cannot encode, such as a lone surrogate."""
    return text.encode("utf-8", "replace").decode()


def or_none(number: float) -> float | None:
    """Return a number for JSON, which has only finite ones; ``None`` for any other."""
    return float(number) if math.isfinite(number) else None


def or_nan(number: float | None) -> float:
    """Return a number from JSON; NaN for ``None``, as :func:`or_none` writes it."""
    return math.nan if number is None else float(number)


def as_json(value: object) -> object:
    """Return a setting as JSON has it: a name, a number, ``None``, a list of these, or its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return or_none(float(value))
    if isinstance(value, list | tuple):
        return [as_json(part) for part in value]
    return writable(str(value))


def json_entries(content: object, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield the path, the name and the value of all entries of JSON objects, at any depth.

    >>> list(json_entries({"a": [{"b": 1}]}))
    [('a', 'a', [{'b': 1}]), ('a.b', 'b', 1)]
    """
    if isinstance(content, dict):
        for name, value in content.items():
            yield path + name, name, value
            yield from json_entries(value, f"{path}{name}.")
    elif isinstance(content, list):
        for part in content:
            yield from json_entries(part, path)


def as_path(argument: str, given: Path | str) -> Path:
    """Return a path.

    Args:
        argument: Its name in errors.
        given: The path.

    Raises:
        InputError: If it is neither a path nor a text that can be one.
    """
    value: object = given
    if not isinstance(value, str | Path) or "\0" in str(value):
        msg = f"must be a path, got {brief(value)}."
        raise InputError(argument, msg)
    return Path(value)
