"""COCO captions."""

from __future__ import annotations

import contextlib
import io
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from tqdm.auto import tqdm

from shapiq_fixlip._optional import require
from shapiq_fixlip.datasets.base import Example, PairDataset, checked_text, found, numbers
from shapiq_fixlip.errors import InputError, first_line, whole_number
from shapiq_fixlip.sides.images import load_image

if TYPE_CHECKING:
    from typing import Self

    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["CocoCaptions"]

_SITE = "cocodataset.org"


class CocoCaptions(PairDataset):
    """Images of COCO, each with one of the captions that people wrote for it.

    By default that is the first one. The paper takes the 1,000 images that are most similar to the
    best of their captions, which :meth:`most_similar` finds.
    """

    def __init__(
        self, annotations: Path | str, images: Path | str, *, n: int | None = None
    ) -> None:
        """Read the annotations.

        Args:
            annotations: Such as ``annotations/captions_val2017.json``.
            images: The folder of the images, such as ``val2017``.
            n: The most images. Default all.

        Raises:
            InputError: If they are not there or no captions of COCO, or the package pycocotools is
                not installed.
        """
        what = f"the captions of COCO, a JSON file from {_SITE}"
        annotations = found(Path(annotations), what)
        images = found(Path(images), f"the images of COCO, a folder from {_SITE}", is_folder=True)
        coco = require("pycocotools.coco", argument="data of COCO", extra="data")
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints what it does
                self._annotations = coco.COCO(str(annotations))
            identifiers = sorted(self._annotations.imgs)
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            msg = f"must have {what}, got {str(annotations)!r} ({first_line(error)})."
            raise InputError("data", msg) from error
        self._folder = images.resolve()
        wanted = identifiers[: numbers(n, len(identifiers))]
        self._chosen = [(identifier, 0) for identifier in wanted]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._chosen)

    def _source(self, number: int) -> str:
        return f"COCO image {self._chosen[number][0]}"

    def _text(self, number: int) -> str:
        identifier, caption = self._chosen[number]
        return self._captions(identifier)[caption]

    def _example(self, number: int) -> Example:
        identifier, _ = self._chosen[number]
        return Example(load_image(self._file(identifier)), self._text(number), self._source(number))

    def pairs(self) -> list[tuple[str, str]]:
        """List the image files and the captions of all pairs, as a table of them has it."""
        return [
            (str(self._file(identifier)), self._text(number))
            for number, (identifier, _) in enumerate(self._chosen)
        ]

    def _file(self, identifier: int) -> Path:
        (record,) = self._annotations.loadImgs([identifier])
        return self._folder / record["file_name"]

    def _captions(self, identifier: int) -> list[str]:
        found_ = self._annotations.imgToAnns[identifier]
        if not found_:
            msg = f"must have captions of all images, got none of {identifier}."
            raise InputError("data", msg)
        source = f"COCO image {identifier}"
        return [checked_text(annotation.get("caption"), source) for annotation in found_]

    @torch.inference_mode()
    def most_similar(self, encoder: Encoder, n: int, *, verbose: bool = False) -> Self:
        """Return the pairs of an image and its best caption that are most similar.

        Args:
            encoder: Tells how similar they are.
            n: How many pairs, the most similar first.
            verbose: Whether to show a progress bar. Default ``False``.

        Returns:
            These pairs of this data set.

        Raises:
            InputError: If ``n`` is no positive number, or an image cannot be read.
        """
        whole_number("n", n)
        found_: list[tuple[float, tuple[int, int]]] = []
        for identifier, _ in tqdm(self._chosen, desc="COCO", unit="image", disable=not verbose):
            image, captions = load_image(self._file(identifier)), self._captions(identifier)
            embedded = encoder.image_tower.embed_pixels(encoder.image_tower.prepare(image).pixels)
            texts = [encoder.text_tower.prepare(caption) for caption in captions]
            cosines = [
                (encoder.text_tower.embed(text.ids, text.attention_mask) @ embedded[0]).item()
                for text in texts
            ]
            best = max(range(len(captions)), key=cosines.__getitem__)
            found_.append((cosines[best], (identifier, best)))
        chosen = copy(self)
        chosen._chosen = [pair for _, pair in sorted(found_, reverse=True)[:n]]  # noqa: SLF001
        return chosen
