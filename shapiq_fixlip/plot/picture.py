"""An image with the colours of its players on top."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.collections import LineCollection
from scipy import ndimage

from shapiq_fixlip.plot.caption import FAINT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from shapiq_fixlip.plot.canvas import Canvas
    from shapiq_fixlip.plot.style import Style
    from shapiq_fixlip.sides.pictured import Pictured
    from shapiq_fixlip.typing import FloatArray, IntMatrix

__all__ = [
    "Frame",
    "centres",
    "draw_numbers",
    "draw_outlines",
    "draw_picture",
    "draw_ticks",
    "draw_veil",
    "lowest_points",
]

_OUTLINE_OPACITY = 0.35
_VEIL = 0.65
_MANY_PLAYERS = 256
_TICK_POINTS = 6.5
_PLACE = re.compile(r"\((\d+),(\d+)\)$")  # of a patch or a cell


class Frame(NamedTuple):
    """Where an image is: left, top, width and height, in inches, downwards."""

    left: float
    top: float
    width: float
    height: float

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top, for matplotlib."""
        return self.left, self.left + self.width, self.top + self.height, self.top

    def places(self, pixels: FloatArray, shape: tuple[int, ...]) -> FloatArray:
        """Return the places of pixels, from ``(n, 2)`` rows and columns to x and y."""
        rows, columns = pixels.reshape(-1, 2).T
        x = self.left + columns * self.width / shape[1]
        y = self.top + rows * self.height / shape[0]
        return np.column_stack([x, y])


def draw_picture(
    axes: Axes,
    side: Pictured,
    tints: FloatArray,
    frame: Frame,
    *,
    style: Style,
    chosen: Sequence[int] = (),
) -> None:
    """Draw the image and the colours of its players on top.

    Args:
        axes: The axes.
        side: The image side.
        tints: The RGBA colour of each player.
        frame: Place of the image.
        style: How it looks.
        chosen: Players with a thick outline. Default: none.
    """
    shown = side.image
    if style.is_grey:
        grey = shown @ (0.299, 0.587, 0.114)
        shown = np.repeat((128 + grey[..., None] / 2).astype(np.uint8), 3, axis=2)
    axes.imshow(shown, extent=frame.extent, interpolation="lanczos", aspect="auto", zorder=1)
    of_players = np.vstack([tints, np.zeros(4)])  # no player: clear
    axes.imshow(
        of_players[side.regions],
        extent=frame.extent,
        interpolation="nearest",
        aspect="auto",
        zorder=2,
    )
    if len(chosen):
        is_chosen = np.isin(side.regions, chosen).astype(int)
        for colour, width in (("white", 3.0), ("black", 1.6)):
            _draw_borders(axes, is_chosen, frame, 0, color=colour, linewidth=width, zorder=2.6)


def draw_outlines(axes: Axes, side: Pictured, frame: Frame) -> None:
    """Draw thin lines around all players."""
    thin = 0.5 if len(side.player_names) <= _MANY_PLAYERS else 0.25
    for colour, width in (("black", 2 * thin), ("white", thin)):  # one of them is seen
        look = {"color": colour, "linewidth": width, "alpha": _OUTLINE_OPACITY}
        _draw_borders(axes, side.regions, frame, -1, **look, zorder=2.5)


def draw_ticks(canvas: Canvas, side: Pictured, frame: Frame) -> None:
    """Number rows and columns at the upper and the left edge, if players have such names."""
    found = [_PLACE.search(name) for name in side.player_names]
    if not found or not all(found):
        return
    numbers = np.array([match.groups() for match in found if match], dtype=int)
    places_of = centres(side, frame)
    points = canvas.points(_TICK_POINTS)
    spaces = (2.2 * points / 72, 1.7 * points / 72)  # what a label takes across and downwards
    for axis, space in ((1, spaces[0]), (0, spaces[1])):
        along = places_of[:, 1 - axis]
        n = numbers[:, axis].max() + 1
        places = np.array([along[numbers[:, axis] == i].mean() for i in range(n)])
        step = next(
            s
            for s in (1, 2, 4, 5, 10, 20, 50, n)
            if n == 1 or s * np.ptp(places) / (n - 1) >= space
        )
        for i in range(0, n, step):
            x, y = (places[i], frame.top - 0.03) if axis else (frame.left - 0.04, places[i])
            canvas.axes.text(
                x,
                y,
                str(i),
                fontsize=points,
                color=FAINT,
                ha="center" if axis else "right",
                va="bottom" if axis else "center",
            )


def draw_numbers(canvas: Canvas, side: Pictured, frame: Frame) -> None:
    """Write the number of each player into it, except where it would cover another number."""
    em = canvas.points(_TICK_POINTS) / 72
    written: list[tuple[float, float]] = []
    for number, (x, y) in enumerate(centres(side, frame)):
        width = (0.7 * len(str(number)) + 0.5) * em
        if any(abs(x - other) < width and abs(y - above) < 1.6 * em for other, above in written):
            continue
        written.append((x, y))
        canvas.axes.text(
            x,
            y,
            str(number),
            fontsize=canvas.points(_TICK_POINTS),
            ha="center",
            va="center",
            zorder=2.8,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.8, "linewidth": 0},
        )


def draw_veil(axes: Axes, side: Pictured, seen: Sequence[int], frame: Frame) -> None:
    """Make all but some players pale, and draw a thick line around each of these."""
    veil = np.zeros((*side.regions.shape, 4))
    veil[~np.isin(side.regions, seen)] = (1, 1, 1, _VEIL)
    axes.imshow(veil, extent=frame.extent, interpolation="nearest", aspect="auto", zorder=2.4)
    bordered = np.where(np.isin(side.regions, seen), side.regions, -1)
    for colour, width in (("white", 2.4), ("black", 1.2)):
        _draw_borders(axes, bordered, frame, -1, color=colour, linewidth=width, zorder=2.6)


def lowest_points(side: Pictured, frame: Frame) -> FloatArray:
    """Return the middle of the lowest row of each player, where links end, as x and y."""
    points = []
    n_players = len(side.player_names)
    for player, box in enumerate(ndimage.find_objects(side.regions + 1, n_players)):
        columns = np.flatnonzero(side.regions[box][-1] == player)
        points.append((box[0].stop, box[1].start + np.median(columns) + 0.5))
    return frame.places(np.array(points, dtype=float), side.regions.shape)


def centres(side: Pictured, frame: Frame) -> FloatArray:
    """Return the centres of the players, of shape ``(n, 2)``, as x and y."""
    players = np.arange(len(side.player_names))
    pixels = ndimage.center_of_mass(side.regions >= 0, side.regions, players)
    return frame.places(np.array(pixels).reshape(-1, 2) + 0.5, side.regions.shape)


def _draw_borders(
    axes: Axes,
    regions: IntMatrix,
    frame: Frame,
    outside: int,
    **look: Any,  # noqa: ANN401 - of matplotlib
) -> None:
    """Draw lines between pixels of different regions; ``outside`` is that around the image."""
    padded = np.pad(regions, 1, constant_values=outside)
    across = [((row, a), (row, b)) for row, a, b in _borders(padded)]
    down = [((a, column), (b, column)) for column, a, b in _borders(padded.T)]
    ends = np.array(across + down, dtype=float).reshape(-1, 2) - 1
    lines = frame.places(ends, regions.shape).reshape(-1, 2, 2)
    axes.add_collection(LineCollection(list(lines), capstyle="projecting", **look), autolim=False)


def _borders(regions: IntMatrix) -> Iterator[tuple[int, int, int]]:
    """Yield rows between which regions differ, with the first column and the one after the last."""
    differs = np.diff(regions, axis=0) != 0
    for row, line in enumerate(differs, start=1):
        steps = np.flatnonzero(np.diff(line.astype(int), prepend=0, append=0))
        for start, stop in steps.reshape(-1, 2).tolist():
            yield row, start, stop
