"""What a tower sees of an image, and which parts of the image these are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.encoders.base import ImageTower, PreparedImage
    from shapiq_fixlip.typing import IntMatrix

__all__ = ["View"]

_LARGEST_BYTE = 255


class View:
    """An image as a tower sees it: resized, perhaps cropped or padded.

    Attributes:
        prepared: The image as the tower takes it.
        picture: What a person would see of that, uint8, ``(H, W, 3)``.
        image_size: Width and height of the image itself.
    """

    def __init__(self, tower: ImageTower, image: Image.Image) -> None:
        """Prepare the image."""
        self.prepared: PreparedImage = tower.prepare(image)
        self.picture: NDArray[np.uint8] = self.prepared.picture()
        self.image_size = image.size
        self._tower = tower

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of what the tower sees."""
        return self.prepared.size

    def seen(self, labels: IntMatrix, fill: int) -> IntMatrix:
        """Return what the tower sees of labels that are noted for every pixel of the image.

        Args:
            labels: Of the height and width of the image.
            fill: The label of what lies outside of the image (padding).

        Returns:
            Of shape :attr:`shape`.
        """
        rows, columns = self._sources
        inside = (rows >= 0)[:, None] & (columns >= 0)
        return np.where(inside, labels[rows[:, None], columns], fill)

    @property
    def part(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of what the tower sees, as shares of the image."""
        rows, columns = (lines[lines >= 0] for lines in self._sources)
        width, height = self.image_size
        right, bottom = (columns.max() + 1) / width, (rows.max() + 1) / height
        return columns.min() / width, rows.min() / height, right, bottom

    @cached_property
    def _sources(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The row of the image that every seen row shows, and the same of columns; -1 for none.

        Towers resize and crop in many ways, but always along straight lines. So they are shown an
        image whose colours are its coordinates, and a line is laid through what they make of it.
        """
        width, height = self.image_size
        x, y = (np.linspace(0, _LARGEST_BYTE, size).round() for size in (width, height))
        ramps = np.empty((height, width, 3), dtype=np.uint8)
        ramps[..., 0], ramps[..., 1], ramps[..., 2] = x, y[:, None], _LARGEST_BYTE - x
        shown = self._tower.prepare(Image.fromarray(ramps)).picture().astype(float)
        # in padding, whatever its colour, red and blue do not add up
        inside = np.abs(shown[..., 0] + shown[..., 2] - _LARGEST_BYTE) <= 3  # noqa: PLR2004 - rounded thrice
        by_row = _line(shown[..., 1], inside, axis=1) * (height - 1) / _LARGEST_BYTE
        by_column = _line(shown[..., 0], inside, axis=0) * (width - 1) / _LARGEST_BYTE
        return _nearest(by_row, height), _nearest(by_column, width)


def _line(ramp: NDArray[np.float64], inside: NDArray[np.bool_], axis: int) -> NDArray[np.float64]:
    """Lay a line through the means of a ramp; the ends, which filters bend, do not count."""
    counts = inside.sum(axis=axis)
    used = np.flatnonzero(counts)
    quarter = len(used) // 4
    used = used[quarter : len(used) - quarter]
    means = np.where(inside, ramp, 0).sum(axis=axis)[used] / counts[used]
    slope, intercept = np.polyfit(used, means, 1) if len(used) > 1 else (0.0, means[0])
    return slope * np.arange(len(counts)) + intercept


def _nearest(coordinates: NDArray[np.float64], size: int) -> NDArray[np.intp]:
    """Round coordinates to pixels of the image; those beyond its borders are none (-1)."""
    slack = 1 + np.abs(np.diff(coordinates)).max(initial=0)  # the line is not exact
    inside = (coordinates > -slack) & (coordinates < size - 1 + slack)
    nearest = np.rint(coordinates).clip(0, size - 1)
    return np.where(inside, nearest, -1).astype(np.intp)
