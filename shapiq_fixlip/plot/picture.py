"""An image with the colours of its players on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from scipy import ndimage

from shapiq_fixlip.plot.palettes import ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from shapiq_fixlip.sides.pictured import Pictured
    from shapiq_fixlip.typing import FloatArray, Palette

__all__ = ["draw_picture", "places_of_players"]

_MAX_OPACITY = 0.85  # of a coloured player

type Extent = tuple[float, float, float, float]
"""Left, right, bottom and top in the axes."""


def draw_picture(
    axes: Axes,
    side: Pictured,
    numbers: FloatArray,
    *,
    limit: float,
    palette: Palette,
    extent: Extent,
    chosen: Sequence[int] = (),
) -> None:
    """Draw the image in pale colours, and its players on top: the stronger, the more opaque.

    Args:
        axes: The axes.
        side: The image side.
        numbers: A number for each player.
        limit: The absolute value of the greatest opacity.
        palette: The colours.
        extent: Place of the image in the axes.
        chosen: Players with an outline. Default: none.
    """
    shown = side.image
    grey = shown.mean(axis=2, keepdims=True)
    pale = 255 - (255 - (shown * 0.4 + grey * 0.6)) * 0.55
    axes.imshow(pale.astype(np.uint8), extent=extent, interpolation="lanczos")
    lowers, raises = (to_rgb(colour) for colour in ends(palette))
    tints = np.where(numbers[:, None] > 0, raises, lowers)
    opacity = _MAX_OPACITY * (np.abs(numbers) / limit).clip(0, 1)
    of_players = np.vstack([np.column_stack([tints, opacity]), np.zeros(4)])  # no player: clear
    axes.imshow(of_players[side.regions], extent=extent, interpolation="nearest", zorder=2)
    for player in chosen:
        is_inside = np.pad((side.regions == player).astype(float), 1)
        _outline(axes, is_inside, extent)


def _outline(axes: Axes, is_inside: FloatArray, extent: Extent) -> None:
    left, right, bottom, top = extent
    height, width = (size - 2 for size in is_inside.shape)
    x = left + (np.arange(width + 2) - 0.5) * (right - left) / width
    y = top - (np.arange(height + 2) - 0.5) * (top - bottom) / height
    axes.contour(x, y, is_inside, levels=[0.5], colors="black", linewidths=2, zorder=2.5)


def places_of_players(side: Pictured, extent: Extent) -> FloatArray:
    """Return the centres of the players in the axes, of shape ``(n, 2)``."""
    left, right, bottom, top = extent
    height, width = side.regions.shape
    players = np.arange(len(side.player_names))
    centres = np.array(ndimage.center_of_mass(side.regions >= 0, side.regions, players))
    row, column = centres.reshape(-1, 2).T + 0.5
    x = left + column * (right - left) / width
    y = top - row * (top - bottom) / height
    return np.column_stack([x, y])
