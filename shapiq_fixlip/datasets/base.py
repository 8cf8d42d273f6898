"""The base class of data sets: numbered pairs of an image and a text."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict, overload, override

from shapiq_fixlip import files
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.files import text_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PIL.Image import Image

__all__ = ["Example", "Origin", "PairDataset", "checked_text", "found", "numbers"]


class Origin(TypedDict):
    """The facts about a pair that need no image; see :class:`Example`."""

    source: str
    text: str


@dataclass(frozen=True)
class Example:
    """A pair of an image and a text, with the places of the objects in the text, if known.

    Attributes:
        image: The image, in RGB.
        text: The caption.
        source: Origin of the pair, for people to read.
        quadrants: The quadrant of each named object of a 2 × 2 collage; see
            :func:`~shapiq_fixlip.metrics.quadrant_targets`.
        boxes: The box of each named object; see :func:`~shapiq_fixlip.metrics.box_targets`.
    """

    image: Image
    text: str
    source: str
    quadrants: Mapping[str, int] = field(default_factory=dict)
    boxes: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)

    @cached_property
    def image_content(self) -> tuple[str, tuple[int, int]]:
        """A digest of the pixels of the image, and its size."""
        return hashlib.sha256(self.image.tobytes()).hexdigest(), self.image.size

    @property
    def content(self) -> str:
        """A digest of everything but the source, to detect a changed image or caption."""
        told = (*self.image_content, self.text, dict(self.quadrants), dict(self.boxes))
        return text_digest(repr(told))


class PairDataset(ABC, Sequence[Example]):
    """Deterministic pairs by number, each made or read on access."""

    @abstractmethod
    @override
    def __len__(self) -> int:
        """Return the number of pairs."""

    @abstractmethod
    def _example(self, number: int) -> Example:
        """Make or read the pair of a number from 0 to ``len(self) - 1``."""

    @abstractmethod
    def _source(self, number: int) -> str:
        """Return the origin of a pair, even if the pair cannot be read."""

    @abstractmethod
    def _text(self, number: int) -> str:
        """Return the text of a pair, even if its image cannot be read."""

    def origin(self, number: int) -> Origin:
        """Return the origin and the text of a pair; an unreadable text is empty."""
        try:
            text = self._text(number)
        except InputError:
            text = ""
        return {"source": self._source(number), "text": text}

    def content(self, number: int) -> str | None:
        """Return the digest of a pair, ``None`` if it cannot be read."""
        try:
            return self[number].content
        except Exception:  # noqa: BLE001 - decoders fail in many ways
            return None

    @overload
    def __getitem__(self, number: int) -> Example: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Example]: ...
    @override
    def __getitem__(self, number: int | slice) -> Example | Sequence[Example]:
        """Return a pair, or several.

        Raises:
            IndexError: If there is no pair of this number.
            InputError: If its image cannot be read.
        """
        if isinstance(number, slice):
            return [self._example(i) for i in range(len(self))[number]]
        return self._example(range(len(self))[number])


def numbers(n_wanted: int | None, n_there: int) -> int:
    """Return the number of pairs: all of ``n_there``, or at most ``n_wanted``."""
    return n_there if n_wanted is None else min(n_wanted, n_there)


def checked_text(text: object, source: str) -> str:
    """Return a text without surrounding whitespace.

    Raises:
        InputError: If it is not a text.
    """
    if not isinstance(text, str):
        msg = f"must have a text for every image, got {brief(text)} for {source}."
        raise InputError("data", msg)
    return text.strip()


def found(path: Path, what: str, *, is_folder: bool = False, argument: str = "data") -> Path:
    """Check that a file or a folder exists, and return its path.

    Args:
        path: The path.
        what: Description of what should be there, and of how to get it, for the error.
        is_folder: Whether it should be a folder. Default: ``False``, a file.
        argument: Name of the argument, for the error. Default ``"data"``.

    Raises:
        InputError: If it does not exist.
    """
    if not (files.is_folder(path) if is_folder else files.is_file(path)):
        msg = f"must have {what}, got nothing at {str(path)!r}."
        raise InputError(argument, msg)
    return path
