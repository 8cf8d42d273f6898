"""Images of COCO with their captions."""

from __future__ import annotations

import contextlib
import io
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, override

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
    """Images of COCO, each with one of its captions, by default the first one.

    The paper takes the 1,000 images that are most similar to the best of their captions; see
    :meth:`most_similar`.
    """

    def __init__(
        self, annotations: Path | str, images: Path | str, *, n: int | None = None
    ) -> None:
        """Read the annotations.

        Args:
            annotations: The file of captions, such as ``annotations/captions_val2017.json``.
            images: The folder of images, such as ``val2017``.
            n: Maximum number of images. Default: all.

        Raises:
            InputError: If the file or the folder does not exist, the file has no captions of COCO,
                or the package pycocotools is not installed.
        """
        what = f"the captions of COCO, a JSON file from {_SITE}"
        annotations = found(Path(annotations), what)
        images = found(Path(images), f"the images of COCO, a folder from {_SITE}", is_folder=True)
        coco = require("pycocotools.coco", argument="data", extra="data")
        try:
            with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints its progress
                self._annotations = coco.COCO(str(annotations))
            identifiers = sorted(self._annotations.imgs)
        except (ValueError, KeyError, TypeError, AssertionError, RecursionError) as error:
            msg = f"must have {what}, got {str(annotations)!r} ({first_line(error)})."
            raise InputError("data", msg) from error
        if not identifiers:
            msg = f"must have {what}, got no image in {str(annotations)!r}."
            raise InputError("data", msg)
        self._folder = images.resolve()
        wanted = identifiers[: numbers(n, len(identifiers))]
        self._chosen = [(identifier, 0) for identifier in wanted]

    @override
    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self._chosen)

    @override
    def _source(self, number: int) -> str:
        return f"COCO image {self._chosen[number][0]}"

    @override
    def _text(self, number: int) -> str:
        identifier, caption = self._chosen[number]
        return self._captions(identifier)[caption]

    @override
    def _example(self, number: int) -> Example:
        identifier, _ = self._chosen[number]
        return Example(load_image(self._file(identifier)), self._text(number), self._source(number))

    def pairs(self) -> list[tuple[str, str]]:
        """Return the image file and the caption of every pair, as the rows of a table."""
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
            encoder: The encoder whose cosine is the similarity.
            n: Number of pairs.
            verbose: Whether to show a progress bar. Default ``False``.

        Returns:
            A data set of these pairs, the most similar first.

        Raises:
            InputError: If ``n`` is not a positive integer, or an image cannot be read.
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
