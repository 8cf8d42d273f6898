"""2 × 2 collages of images of different classes, such as of ImageNet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, override

import numpy as np
from PIL import Image, ImageOps

from shapiq_fixlip.datasets.base import Example, PairDataset, found
from shapiq_fixlip.demo.captions import MAX_OBJECTS, caption
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.validation import check_unicode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["IMAGE_SUFFIXES", "ImageCollages"]

IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


class ImageCollages(PairDataset):
    """Collages of four images of different classes, with captions that name 1 to 4 of them.

    Every class is a folder of images. Captions use the name of the folder, with spaces for
    underscores. So folders of ImageNet must be renamed to words, such as ``golden_retriever``.
    """

    def __init__(
        self,
        folder: Path | str,
        n: int = 100,
        *,
        classes: Sequence[str] | None = None,
        n_named: int | None = None,
        size: int = 448,
        random_state: int = 0,
    ) -> None:
        """Find the classes and their images.

        Args:
            folder: The folder with a folder for each class.
            n: Number of collages. Default 100.
            classes: Names of at least four folders. Default: all folders.
            n_named: Number of classes in a caption, 1 to 4. Default: 1, 2, 3, 4 in turn.
            size: Side of a collage in pixels, at least 2. Default 448.
            random_state: Seed of the collages. Default 0.

        Raises:
            InputError: If there are fewer than four classes with images, or an argument is not
                allowed.
        """
        what = "folders of images of at least four classes, such as 'goldfish' and 'pizza'"
        root = found(Path(folder), what, is_folder=True)
        self._n = whole_number("n", n)
        self._side = whole_number("size", size, least=2) // 2
        self._seed = whole_number("random_state", random_state, least=0)
        if n_named is not None and whole_number("n_named", n_named) > MAX_OBJECTS:
            msg = f"must be 1 to {MAX_OBJECTS}, got {n_named}."
            raise InputError("n_named", msg)
        self._n_named = n_named
        folders = [path for path in sorted(root.iterdir()) if path.is_dir()]
        if classes is not None:
            folders = [found(root / name, f"a folder {name!r}", is_folder=True) for name in classes]
        images = {
            path.name.replace("_", " "): sorted(
                file for file in path.iterdir() if file.suffix.lower() in IMAGE_SUFFIXES
            )
            for path in folders
        }
        self._images = {name: files for name, files in images.items() if files}
        check_unicode("data", " ".join(self._images))  # names of classes become captions
        if len(self._images) < MAX_OBJECTS:
            msg = f"must have {what}, got {brief(sorted(self._images))} in {str(folder)!r}."
            raise InputError("data", msg)

    @override
    def __len__(self) -> int:
        """Return the number of collages."""
        return self._n

    @override
    def _source(self, number: int) -> str:
        files, _, _, _ = self._drawn(number)
        return ", ".join(f"{file.parent.name}/{file.name}" for file in files)

    @override
    def _text(self, number: int) -> str:
        _, names, _, rng = self._drawn(number)
        return caption(names[: self._n_of(number)], rng)

    def _n_of(self, number: int) -> int:
        """Return the number of classes in the caption of a collage."""
        return self._n_named or 1 + number % MAX_OBJECTS

    def _drawn(self, number: int) -> tuple[list[Path], list[str], list[int], np.random.Generator]:
        """Draw the images, classes and quadrants; also return the generator, to draw the text."""
        rng = np.random.default_rng([self._seed, number])
        names = rng.choice(sorted(self._images), MAX_OBJECTS, replace=False).tolist()
        files = [self._images[name][rng.integers(len(self._images[name]))] for name in names]
        return files, names, rng.permutation(MAX_OBJECTS).tolist(), rng

    @override
    def _example(self, number: int) -> Example:
        files, names, quadrants, _ = self._drawn(number)
        collage = Image.new("RGB", (2 * self._side, 2 * self._side))
        for file, quadrant in zip(files, quadrants, strict=True):
            row, column = divmod(quadrant, 2)
            part = ImageOps.fit(load_image(file), (self._side, self._side))
            collage.paste(part, (column * self._side, row * self._side))
        return Example(
            collage,
            self._text(number),
            self._source(number),
            quadrants=dict(zip(names[: self._n_of(number)], quadrants, strict=False)),
        )
