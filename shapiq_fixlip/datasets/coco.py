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
from shapiq_fixlip.datasets.base import Example, Origin, PairDataset, found, numbers
from shapiq_fixlip.errors import InputError, first_line, whole_number
from shapiq_fixlip.images import load_image

if TYPE_CHECKING:
    from typing import Self

    from PIL import Image

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
        require("pycocotools.coco", argument="data of COCO", extra="data")
        from torchvision import datasets  # noqa: PLC0415 - slow

        try:
            with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints what it does
                self._reader = datasets.CocoCaptions(str(images), str(annotations))
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            msg = f"data must have {what}, got {str(annotations)!r} ({first_line(error)})."
            raise InputError(msg) from error
        self._folder = images.resolve()
        self._chosen = [(place, 0) for place in range(numbers(n, len(self._reader)))]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._chosen)

    def origin(self, number: int) -> Origin:
        """Return the ``source`` and the ``text`` of a pair, which is empty if it has none."""
        place, caption = self._chosen[number]
        identifier = self._reader.ids[place]
        found_ = self._reader.coco.imgToAnns[identifier]
        text = found_[caption]["caption"].strip() if found_ else ""
        return {"source": f"COCO image {identifier}", "text": text}

    def _example(self, number: int) -> Example:
        place, _ = self._chosen[number]
        image, _ = self._read(place)
        return Example(image, **self.origin(number))

    def pairs(self) -> list[tuple[str, str]]:
        """List the image files and the captions of all pairs, as a table of them has it."""
        records = self._reader.coco.loadImgs([self._reader.ids[place] for place, _ in self._chosen])
        return [
            (str(self._folder / record["file_name"]), self._read(place)[1][caption])
            for record, (place, caption) in zip(records, self._chosen, strict=True)
        ]

    def _read(self, place: int) -> tuple[Image.Image, list[str]]:
        try:
            image, captions = self._reader[place]
        except OSError as error:
            msg = f"data must have all images of COCO, got an error ({first_line(error)})."
            raise InputError(msg) from error
        if not captions:
            msg = f"data must have captions of all images, got none of {self._reader.ids[place]}."
            raise InputError(msg)
        return load_image(image), [caption.strip() for caption in captions]

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
        for place, _ in tqdm(self._chosen, desc="COCO", unit="image", disable=not verbose):
            image, captions = self._read(place)
            embedded = encoder.image_tower.embed_pixels(encoder.image_tower.prepare(image).pixels)
            texts = [encoder.text_tower.prepare(caption) for caption in captions]
            cosines = [
                (encoder.text_tower.embed(text.ids, text.attention_mask) @ embedded[0]).item()
                for text in texts
            ]
            best = max(range(len(captions)), key=cosines.__getitem__)
            found_.append((cosines[best], (place, best)))
        chosen = copy(self)
        chosen._chosen = [pair for _, pair in sorted(found_, reverse=True)[:n]]  # noqa: SLF001
        return chosen
