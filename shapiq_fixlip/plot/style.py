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
        base: The image below the colours.
    """

    palette: Palette = "shapiq"
    base: Base = "auto"

    def __post_init__(self) -> None:
        """Check the choices."""
        check_choice("palette", self.palette, Palette)
        check_choice("base", self.base, Base)

    def on(self, side: Pictured, *tints: FloatArray) -> Self:
        """Return a style whose base lets strong colours of a picture be seen."""
        if self.base != "auto":
            return self
        below = mean_colours(side)
        is_confused = any(are_confused(some, below) for some in tints)
        return replace(self, base="grey" if is_confused else "image")

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
        """Return the RGB colours of numbers on a white ground, of shape ``(n, 3)``."""
        tints = self.tints(numbers, limit)
        return 1 - tints[:, 3:] / _MAX_OPACITY * (1 - tints[:, :3])
