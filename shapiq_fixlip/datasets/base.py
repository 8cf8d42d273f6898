"""What a data set offers: numbered pairs of an image and a text."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict, overload

from shapiq_fixlip import files
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.files import text_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PIL.Image import Image

__all__ = ["Example", "Origin", "PairDataset", "checked_text", "found", "numbers"]


class Origin(TypedDict):
    """What is known of a pair even if its image cannot be read; see :class:`Example`."""

    source: str
    text: str


@dataclass(frozen=True)
class Example:
    """A pair, and where the objects are that the text names, as far as that is known.

    Attributes:
        image: RGB.
        text: The caption.
        source: Where it is from, for people.
        quadrants: The quadrant of each named object of a 2 × 2 collage; see
            :func:`~shapiq_fixlip.quadrant_targets`.
        boxes: The box of each named object; see :func:`~shapiq_fixlip.box_targets`.
    """

    image: Image
    text: str
    source: str
    quadrants: Mapping[str, int] = field(default_factory=dict)
    boxes: Mapping[str, tuple[int, int, int, int]] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """A digest of all but the source, by which a changed image or caption is known."""
        pixels = hashlib.sha256(self.image.tobytes()).hexdigest()
        told = (pixels, self.image.size, self.text, dict(self.quadrants), dict(self.boxes))
        return text_digest(repr(told))


class PairDataset(ABC, Sequence[Example]):
    """Pairs by number, each made or read when it is asked for, and always the same."""

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of pairs."""

    @abstractmethod
    def _example(self, number: int) -> Example:
        """Make or read a pair, 0 to ``len(self) - 1``."""

    @abstractmethod
    def _source(self, number: int) -> str:
        """Return where a pair is from, even if it cannot be read."""

    @abstractmethod
    def _text(self, number: int) -> str:
        """Return the text of a pair, even if its image cannot be read."""

    def origin(self, number: int) -> Origin:
        """Return what is known of a pair even if it cannot be read; no text is an empty one."""
        try:
            text = self._text(number)
        except InputError:
            text = ""
        return {"source": self._source(number), "text": text}

    def content(self, number: int) -> str | None:
        """Return the digest of a pair, ``None`` if it cannot be read."""
        try:
            return self[number].content
        except Exception:  # noqa: BLE001 - whatever decoders stumble over
            return None

    @overload
    def __getitem__(self, number: int) -> Example: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Example]: ...
    def __getitem__(self, number: int | slice) -> Example | Sequence[Example]:
        """Return a pair, or several.

        Raises:
            IndexError: If there is none of this number.
            InputError: If its image cannot be read.
        """
        if isinstance(number, slice):
            return [self._example(i) for i in range(len(self))[number]]
        return self._example(range(len(self))[number])


def numbers(n_wanted: int | None, n_there: int) -> int:
    """Return how many pairs a data set has of which at most some are wanted."""
    return n_there if n_wanted is None else min(n_wanted, n_there)


def checked_text(text: object, source: str) -> str:
    """Return a text without blanks around it.

    Raises:
        InputError: If it is none.
    """
    if not isinstance(text, str):
        msg = f"must have a text for every image, got {brief(text)} for {source}."
        raise InputError("data", msg)
    return text.strip()


def found(path: Path, what: str, *, is_folder: bool = False, argument: str = "data") -> Path:
    """Return a path if something is there.

    Args:
        path: Where it should be.
        what: What should be there, and how to get it, for the error.
        is_folder: Whether it should be a folder. Default ``False``, a file.
        argument: What the user calls it. Default ``"data"``.

    Raises:
        InputError: If it is not there.
    """
    if not (files.is_folder(path) if is_folder else files.is_file(path)):
        msg = f"must have {what}, got nothing at {str(path)!r}."
        raise InputError(argument, msg)
    return path
