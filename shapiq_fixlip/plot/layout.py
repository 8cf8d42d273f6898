"""Where the parts of a picture are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.plot.picture import Frame

if TYPE_CHECKING:
    from shapiq_fixlip.plot.canvas import Canvas

__all__ = [
    "GAP",
    "LINKS_HEIGHT",
    "MARGIN",
    "MIN_WIDTH_OF_MAPS",
    "frames_with_maps",
    "grid",
    "single_frame",
]

LINKS_HEIGHT = 0.6
"""Height between an image and the caption where links are drawn, in inches."""

MARGIN = 0.08
_TICKS = 0.2  # beside and above an image
GAP = 0.1
MIN_WIDTH_OF_MAPS = 4.5
"""Width of a picture, in inches, from which on maps are beside the image and not below it."""

_SHARE = {"narrow": 0.7, "single": 0.66}  # of the width, for the image
_COLUMNS_OF_NARROW = 3


def single_frame(canvas: Canvas, ratio: float, below: float) -> Frame:
    """Return the place of an image alone.

    Args:
        canvas: What to draw on.
        ratio: Height of the image divided by its width.
        below: Height of what is below it, in inches.
    """
    width = _SHARE["single"] * canvas.width / max(1.0, ratio)
    if canvas.height is not None:
        free = canvas.height - canvas.top - _TICKS - MARGIN - below
        width = min(width, max(free, MARGIN) / ratio)
    left = (canvas.width - width) / 2
    return Frame(left, canvas.top + MARGIN + _TICKS, width, width * ratio)


def frames_with_maps(
    canvas: Canvas, ratio: float, n_maps: int, title: float, below: float
) -> tuple[Frame, list[Frame]]:
    """Return the places of an image and of the maps beside it, or below it on a narrow canvas.

    Args:
        canvas: What to draw on.
        ratio: Height of an image divided by its width.
        n_maps: Number of maps.
        title: Height of the title of a map, in inches.
        below: Height of what is below them.
    """
    height = math.inf if canvas.height is None else canvas.height - canvas.top - MARGIN - below
    if canvas.width < MIN_WIDTH_OF_MAPS and canvas.height is None:
        return _below_each_other(canvas, ratio, n_maps, title)
    free = canvas.width - 2 * MARGIN - _TICKS - GAP
    highest = max(height - max(_TICKS, title), MARGIN)
    widths = np.minimum(free * np.linspace(0.1, 0.7, 61), highest / ratio)
    side, width, n_columns = max(  # the largest maps
        (min(_across(free - w, c), _down(w * ratio + title, n_maps, c, title) / ratio), w, c)
        for w in widths
        for c in range(1, n_maps + 1)
    )
    side = max(side, MARGIN)
    total = _TICKS + width + GAP + n_columns * (side + GAP) - GAP
    left = (canvas.width - total) / 2 + _TICKS
    top = canvas.top + MARGIN + max(_TICKS, title)
    image = Frame(left, top, width, width * ratio)
    first = Frame(left + width + GAP, top, side, side * ratio)
    return image, grid(first, n_maps, n_columns, title)


def _below_each_other(
    canvas: Canvas, ratio: float, n_maps: int, title: float
) -> tuple[Frame, list[Frame]]:
    width = canvas.width
    n_columns = math.ceil(n_maps / math.ceil(n_maps / _COLUMNS_OF_NARROW))  # 4 maps: 2 rows of 2
    image = _SHARE["narrow"] * width / max(1.0, ratio)
    side = min(_across(width - 2 * MARGIN, n_columns), image)
    frame = Frame((width - image) / 2, canvas.top + MARGIN + _TICKS, image, image * ratio)
    left = (width - n_columns * (side + GAP) + GAP) / 2
    top = frame.top + frame.height + GAP + title
    return frame, grid(Frame(left, top, side, side * ratio), n_maps, n_columns, title)


def _across(width: float, n_columns: int) -> float:
    return (width - (n_columns - 1) * GAP) / n_columns


def _down(height: float, n_maps: int, n_columns: int, title: float) -> float:
    n_rows = math.ceil(n_maps / n_columns)
    return height / n_rows - title


def grid(first: Frame, n_maps: int, n_columns: int, title: float) -> list[Frame]:
    """Return the places of maps in rows, each below a title.

    Args:
        first: The place of the first one.
        n_maps: Number of maps.
        n_columns: Number of maps in a row.
        title: Height of a title, in inches.
    """
    return [
        first._replace(
            left=first.left + (i % n_columns) * (first.width + GAP),
            top=first.top + (i // n_columns) * (first.height + title),
        )
        for i in range(n_maps)
    ]
