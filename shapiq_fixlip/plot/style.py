"""Colours and paleness that all parts of a picture share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from matplotlib.colors import to_rgb

from shapiq_fixlip.plot.legibility import are_confused, mean_colours
from shapiq_fixlip.plot.palettes import ends
from shapiq_fixlip.typing import Base, Palette
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.sides.pictured import Pictured
    from shapiq_fixlip.typing import FloatArray

__all__ = ["Style"]

_MAX_OPACITY = 0.7
_FADED = 0.35
"""What the opacity of what may be chance is multiplied with."""


@dataclass(frozen=True)
class Style:
    """How a picture looks.

    Attributes:
        palette: The colours of what lowers and of what raises the similarity.
        base: The image below the colours, as it was chosen.
        is_grey: Whether it is grey, as found by :meth:`on`.
    """

    palette: Palette = "shapiq"
    base: Base = "auto"
    is_grey: bool = False

    def __post_init__(self) -> None:
        """Check the choices."""
        check_choice("palette", self.palette, Palette)
        check_choice("base", self.base, Base)

    def on(self, *pictures: tuple[Pictured, FloatArray]) -> Self:
        """Return a style whose base lets the strong colours of some pictures be seen.

        Args:
            *pictures: Image sides, each with the RGBA colours of its players.
        """
        if self.base != "auto":
            return replace(self, is_grey=self.base == "grey")
        is_confused = any(
            are_confused(tints, mean_colours(side), _MAX_OPACITY)
            for side, tints in pictures
            if (side.image != side.image[..., :1]).any()
        )
        return replace(self, is_grey=is_confused)

    def plain(self) -> Self:
        """Return the style of an image without colours, which is grey only if that was chosen."""
        return replace(self, is_grey=self.base == "grey")

    def ground(self, side: Pictured) -> float:
        """Return the mean grey below the colours, from 0 to 1."""
        return float(0.5 + side.image.mean() / 510) if self.is_grey else 1.0

    def colour(self, value: float) -> str:
        """Return the colour of what has a value."""
        return ends(self.palette)[int(value > 0)]

    def tints(
        self, numbers: FloatArray, limit: float, faded: NDArray[np.bool_] | None = None
    ) -> FloatArray:
        """Return the RGBA colours of numbers: the larger, the more opaque, of shape ``(n, 4)``.

        Args:
            numbers: Of shape ``(n,)``.
            limit: The absolute value of the greatest opacity.
            faded: Whether each may be chance, of shape ``(n,)``. Default: none.
        """
        lowers, raises = (to_rgb(colour) for colour in ends(self.palette))
        colours = np.where(numbers[:, None] > 0, raises, lowers)
        opacity = _MAX_OPACITY * np.clip(np.abs(numbers) / limit, 0, 1)
        if faded is not None:
            opacity = opacity * np.where(faded, _FADED, 1)
        return np.column_stack([colours, opacity])

    def on_white(self, numbers: FloatArray, limit: float) -> FloatArray:
        """Return the RGB colours of words, on a white ground, of shape ``(n, 3)``."""
        tints = self.tints(numbers, limit)
        return 1 - tints[:, 3:] / _MAX_OPACITY * (1 - tints[:, :3])

    def on_ground(self, numbers: FloatArray, limit: float, ground: float) -> FloatArray:
        """Return the RGB colours of image players on a grey ground, of shape ``(n, 3)``."""
        tints = self.tints(numbers, limit)
        return ground + tints[:, 3:] * (tints[:, :3] - ground)
