"""Data sets of the Hugging Face hub, streamed: only the needed pairs are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, cast, override

from shapiq_fixlip._optional import require
from shapiq_fixlip.datasets.base import Example, PairDataset, checked_text
from shapiq_fixlip.errors import InputError, brief, first_line, whole_number
from shapiq_fixlip.sides.images import load_image

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image

    from shapiq_fixlip.sides.images import ImageLike

__all__ = ["HubCaptions"]

_IMAGE_COLUMNS = ("image", "jpg", "png")
_TEXT_COLUMNS = ("caption", "text", "txt", "captions", "sentences", "sentence")
"""Usual names of columns, in the order in which they are looked for."""


class HubCaptions(PairDataset):
    """The first pairs of a data set of images and captions, such as a copy of COCO captions.

    If an image has several captions, the first one is taken.
    """

    def __init__(
        self,
        name: str,
        n: int = 100,
        *,
        split: str = "test",
        image_column: str | None = None,
        text_column: str | None = None,
    ) -> None:
        """Load the first pairs.

        Args:
            name: Id on the hub, or anything else that ``datasets.load_dataset`` takes, such as a
                folder.
            n: Maximum number of pairs. Default 100.
            split: Split of the data set. Default ``"test"``.
            image_column: Column of the images. Default: the first of ``image``, ``jpg``, ``png``.
            text_column: Column of the captions. Default: the first of ``caption``, ``text``,
                ``txt``, ``captions``, ``sentences``, ``sentence``.

        Raises:
            InputError: If the package datasets is not installed, or the data set cannot be loaded,
                is empty, or has no such columns.
        """
        whole_number("n", n)
        datasets = require("datasets", argument="data", extra="data")
        try:
            stream: Iterable[Mapping[str, Any]] = datasets.load_dataset(
                name, split=split, streaming=True
            ).decode(enable=False)  # images are opened below
            rows = list(islice(stream, n))
        except Exception as error:  # networks and data sets fail in many ways
            msg = (
                "must be a data set that can be loaded, "
                f"got {name!r}, split {split!r} ({first_line(error)})."
            )
            raise InputError("data", msg) from error
        if not rows:
            msg = f"must have at least one pair, got none in {name!r}."
            raise InputError("data", msg)
        self._name = name
        self._image_column = _column(rows[0], image_column, _IMAGE_COLUMNS, "image_column")
        self._text_column = _column(rows[0], text_column, _TEXT_COLUMNS, "text_column")
        self._rows = rows

    @override
    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._rows)

    @override
    def _source(self, number: int) -> str:
        return f"{self._name} {number}"

    @override
    def _text(self, number: int) -> str:
        captions = self._rows[number][self._text_column]
        first = captions[0] if isinstance(captions, list) and captions else captions
        return checked_text(first, self._source(number))

    @override
    def _example(self, number: int) -> Example:
        source = self._source(number)
        image = _image(self._rows[number][self._image_column], source)
        return Example(image, self._text(number), source)


def _image(stored: object, source: str) -> Image.Image:
    """Open an image that a data set stores as bytes or as a path."""
    if not isinstance(stored, Mapping):
        return load_image(cast("ImageLike", stored))
    if stored.get("bytes") is None:
        return load_image(str(stored.get("path")))
    try:
        return load_image(stored["bytes"])
    except InputError as error:
        msg = f"{error.problem.removesuffix('.')} (in {source})."
        raise InputError("image", msg) from error


def _column(
    row: Mapping[str, Any], wanted: str | None, usual: tuple[str, ...], argument: str
) -> str:
    names = usual if wanted is None else (wanted,)
    present = [name for name in names if name in row]
    if not present:
        msg = f"must be one of {brief(list(row))}, got {' or '.join(map(repr, names))}."
        raise InputError(argument, msg)
    return present[0]
