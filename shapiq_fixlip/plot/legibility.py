"""Colours that can be told from what is below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.sides.pictured import Pictured
    from shapiq_fixlip.typing import FloatArray

__all__ = ["are_confused", "legible_on", "mean_colours"]

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_MIN_DISTANCE = 0.22
"""In OKLab. No colour of either palette that is farther from the image differs by less than 20 in
CIEDE2000 (40,000 random colours of an image)."""

_STRONG = 0.5
"""Share of the greatest opacity from which on a colour must be seen."""


def are_confused(tints: FloatArray, below: FloatArray, max_opacity: float) -> bool:
    """Return whether a strong colour can hardly be told from the image below it.

    Colours of half the greatest opacity or more are judged, as if they had the greatest one.

    Args:
        tints: RGBA colours, of shape ``(n, 4)``.
        below: RGB colours of the image, of shape ``(n, 3)``.
        max_opacity: The greatest opacity.
    """
    is_strong = tints[:, 3] >= _STRONG * max_opacity
    if not is_strong.any():
        return False
    mixed = max_opacity * tints[is_strong, :3] + (1 - max_opacity) * below[is_strong]
    distances = np.linalg.norm(_oklab(mixed) - _oklab(below[is_strong]), axis=1)
    return bool(distances.min() < _MIN_DISTANCE)


def mean_colours(side: Pictured) -> FloatArray:
    """Return the mean RGB colour of each image player, of shape ``(n, 3)``, from 0 to 1."""
    players = np.arange(len(side.player_names))
    channels = [ndimage.mean(side.image[..., i], side.regions, players) for i in range(3)]
    return np.column_stack(channels).reshape(-1, 3) / 255


def legible_on(colour: FloatArray) -> str:
    """Return black or white, whichever is easier to read on a colour (WCAG 2.2)."""
    luminance = float(_linear(colour) @ (0.2126, 0.7152, 0.0722))
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def _linear(colours: FloatArray) -> FloatArray:
    """Return the light of colours of sRGB."""
    dark = 0.04045
    return np.where(colours <= dark, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def _oklab(colours: FloatArray) -> NDArray[np.float64]:
    """Return colours in OKLab (Ottosson, 2020), where equal distances look alike."""
    return np.cbrt(_linear(colours) @ _TO_CONES.T) @ _TO_OKLAB.T
