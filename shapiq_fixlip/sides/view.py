"""What a tower sees of an image, and which parts of the image these are."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy import ndimage

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.encoders.base import ImageTower, PreparedImage
    from shapiq_fixlip.typing import FloatArray, IntMatrix

__all__ = ["View"]

_MAX_BYTE = 255

_MIN_RANGE = 0.5
"""The smallest range from black to white of a pixel inside the image, as a share of the largest.

It fades at the edge of padding. Other shares were not compared.
"""


class View:
    """An image as a tower sees it: resized, perhaps cropped or padded.

    Attributes:
        prepared: The image as the tower takes it.
        picture: The same for a person to look at, uint8, of shape ``(H, W, 3)``.
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
        """Return what the tower sees of a label image.

        Args:
            labels: A label for each pixel of the image, of its height and width.
            fill: The label of what lies outside the image (padding).

        Returns:
            Of shape :attr:`shape`.
        """
        rows, columns = self._sources
        inside = (rows >= 0)[:, None] & (columns >= 0)
        return np.where(inside, labels[rows[:, None], columns], fill)

    def centres(self, regions: IntMatrix, n_players: int) -> FloatArray:
        """Return the centres of players in the image itself.

        Args:
            regions: The player of each pixel that the tower sees, of shape :attr:`shape`.
            n_players: The number of players.

        Returns:
            Shares of the image's height and width, of shape ``(n_players, 2)``.
        """
        places = np.stack(np.broadcast_arrays(self._sources[0][:, None], self._sources[1]))
        players = np.arange(n_players)
        means = [ndimage.mean(along, regions, players) for along in places]
        return np.stack(means, axis=1).reshape(-1, 2) / self.image_size[::-1]

    @cached_property
    def _sources(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """For each row that the tower sees the row of the image, likewise for columns; -1 for none.

        Towers resize, crop and normalise in many ways, but always linearly in each coordinate. So
        the tower is shown images whose brightness is a coordinate. Its output is scaled from that
        for black to that for white, and a line is fitted. In padding, black and white are the same.
        """
        width, height = self.image_size
        row, column = (np.linspace(0, 1, size) for size in (height, width))
        black, white = (self._seen_grey(np.full((height, width), level)) for level in (0.0, 1.0))
        range_ = white - black
        inside = np.abs(range_) > _MIN_RANGE * np.abs(range_).max()
        if not inside.any():
            msg = (
                "must be marked for a preprocessing that resizes, crops and scales "
                "brightness, got one that makes the same of black and of white."
            )
            raise InputError("image_players", msg)
        brightness = np.where(inside, range_, 1.0)
        by_row, by_column = (
            (self._seen_grey(np.broadcast_to(ramp, (height, width))) - black) / brightness
            for ramp in (row[:, None], column)
        )
        return (
            _nearest(_line(by_row, inside, axis=1) * (height - 1), height),
            _nearest(_line(by_column, inside, axis=0) * (width - 1), width),
        )

    def _seen_grey(self, brightness: FloatArray) -> FloatArray:
        """Return what the tower sees of a grey image, averaged over channels."""
        grey = (brightness * _MAX_BYTE).round().astype(np.uint8)
        image = Image.fromarray(np.repeat(grey[..., None], 3, axis=2))
        height, width = self.shape
        pixels = self._tower.prepare(image).pixels[0, :, :height, :width]
        return np.asarray(pixels.float().cpu().numpy().mean(axis=0), dtype=float)


def _line(ramp: FloatArray, inside: NDArray[np.bool_], axis: int) -> FloatArray:
    """Fit a line to the means of a ramp, without its outer quarters, which filters bend."""
    counts = inside.sum(axis=axis)
    used = np.flatnonzero(counts)
    quarter = len(used) // 4
    used = used[quarter : len(used) - quarter]
    means = np.where(inside, ramp, 0).sum(axis=axis)[used] / counts[used]
    slope, intercept = np.polyfit(used, means, 1) if len(used) > 1 else (0.0, means[0])
    return slope * np.arange(len(counts)) + intercept


def _nearest(coordinates: FloatArray, size: int) -> NDArray[np.intp]:
    """Round coordinates to pixels of the image; -1 beyond its borders."""
    slack = 1 + np.abs(np.diff(coordinates)).max(initial=0)  # the line is not exact
    inside = (coordinates > -slack) & (coordinates < size - 1 + slack)
    nearest = np.rint(coordinates).clip(0, size - 1)
    return np.where(inside, nearest, -1).astype(np.intp)
