"""Player maps of images: which pixels belong to which player.

Pixels of no player always stay. ``check`` checks whatever can be checked without a model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip._optional import require
from shapiq_fixlip.encoders.base import DEFAULT_GRID
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.sides.players import grid_names

if TYPE_CHECKING:
    from PIL import Image

    from shapiq_fixlip.sides.view import View
    from shapiq_fixlip.typing import IntMatrix

__all__ = ["Grid", "ImagePlayers", "Patches", "Superpixels"]


class ImagePlayers(ABC):
    """Assigns every pixel that a tower sees to a player, or to none.

    Attributes:
        kind: What one player is called.
        n_wanted: The number of players, or ``None`` if it depends on the model.
    """

    kind: str
    n_wanted: int | None = None

    def check(self, image: Image.Image) -> None:  # noqa: B027 - most fit every image
        """Check that these players fit an image, before any model is loaded.

        Raises:
            InputError: If they do not fit.
        """

    @override
    @abstractmethod
    def __str__(self) -> str:
        """Return how the map is written on the command line."""

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    @abstractmethod
    def regions(self, view: View) -> tuple[IntMatrix, list[str]]:
        """Divide an image among players.

        Returns:
            Each pixel's player, -1 for none, of shape ``view.shape``; and the players' names.
        """


class Patches(ImagePlayers):
    """The patches of a vision transformer, or a grid of 7 x 7 cells for other towers (default)."""

    kind = "patch"

    @override
    def regions(self, view: View) -> tuple[IntMatrix, list[str]]:
        grid = view.prepared.grid
        return _cells(view.shape, grid), grid_names("patch", grid)

    @override
    def __str__(self) -> str:
        return "patches"


class Grid(ImagePlayers):
    """Equal cells of what the model sees.

    Examples:
        >>> Grid(3, 4).n_wanted
        12
    """

    kind = "cell"

    def __init__(self, rows: int = DEFAULT_GRID[0], columns: int = DEFAULT_GRID[1]) -> None:
        """Choose the cells.

        Args:
            rows: The number of rows. Default 7.
            columns: The number of columns. Default 7.

        Raises:
            InputError: If a number is less than 1.
        """
        self.shape = whole_number("rows", rows), whole_number("columns", columns)
        self.n_wanted = rows * columns

    @override
    def regions(self, view: View) -> tuple[IntMatrix, list[str]]:
        if self.shape[0] > view.shape[0] or self.shape[1] > view.shape[1]:
            msg = (
                f"must be at most a grid of {view.shape[0]} x {view.shape[1]}, the pixels "
                f"that the model sees, got {self.shape[0]} x {self.shape[1]}."
            )
            raise InputError("image_players", msg)
        return _cells(view.shape, self.shape), grid_names("cell", self.shape)

    @override
    def __str__(self) -> str:
        return f"{self.shape[0]}x{self.shape[1]}"


class Superpixels(ImagePlayers):
    """Connected areas of similar colour (SLIC); needs the extra ``segments``."""

    kind = "segment"

    def __init__(self, n_segments: int = 40, compactness: float = 10.0) -> None:
        """Choose the segments.

        Args:
            n_segments: About how many there will be. Default 40.
            compactness: Large values make them square, small ones follow the colours. Default 10.

        Raises:
            InputError: If scikit-image is missing, or a number is not positive.
        """
        self._slic = require(
            "skimage.segmentation", argument="image_players", extra="segments"
        ).slic
        self.n_segments = self.n_wanted = whole_number("n_segments", n_segments, least=2)
        given: object = compactness
        if not isinstance(given, int | float) or not given > 0:
            msg = f"must be greater than 0, got {compactness!r}."
            raise InputError("compactness", msg)
        self.compactness = compactness

    @override
    def regions(self, view: View) -> tuple[IntMatrix, list[str]]:
        labels = self._slic(
            view.picture,
            n_segments=self.n_segments,
            compactness=self.compactness,
            start_label=0,
            channel_axis=-1,
        )
        _, labels = np.unique(labels, return_inverse=True)
        labels = labels.reshape(view.shape)
        return labels, [f"segment {i}" for i in range(labels.max() + 1)]

    @override
    def __str__(self) -> str:
        return f"superpixels:{self.n_segments}"


def _cells(shape: tuple[int, int], grid: tuple[int, int]) -> IntMatrix:
    """Divide an image into rows and columns that are as equal as its pixels allow."""
    row, column = (np.arange(size) * n // size for size, n in zip(shape, grid, strict=True))
    return row[:, None] * grid[1] + column
