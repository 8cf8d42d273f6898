"""Curved links between patches and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.plot.canvas import Canvas
    from shapiq_fixlip.plot.picture import Frame
    from shapiq_fixlip.plot.shown import Link
    from shapiq_fixlip.plot.style import Style
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "LINK",
    "Strength",
    "draw_arc_below",
    "draw_arc_inside",
    "draw_link",
    "draw_links",
    "link_width",
]

LINK = "link"
"""The id of links in SVG files."""

_THIN, _WIDER = 0.8, 3.0
_OPAQUE, _PALE = 0.9, 0.35
_DASHES = (0, (4, 2))
_LEAN = 0.2


def link_width(value: float, limit: float) -> float:
    """Return the width of a link in points: 0.8 for nothing, 3.8 at the limit.

    The page draws links by the same rule.
    """
    return _THIN + _WIDER * min(abs(value) / limit, 1.0)


class Strength(NamedTuple):
    """How strong a drawn interaction is.

    Attributes:
        value: The interaction.
        limit: The absolute value of the thickest link.
        is_resolved: Whether it is resolved; others are pale, with hollow ends.
    """

    value: float
    limit: float
    is_resolved: bool = True


def draw_links(
    canvas: Canvas,
    links: Sequence[Link],
    places: tuple[FloatArray, FloatArray],
    limit: float,
    style: Style,
) -> None:
    """Draw curves from the lower edges of patches to words, the strongest on top.

    Args:
        canvas: What to draw on.
        links: The links, the strongest first.
        places: Where the links of each patch and of each word end.
        limit: The absolute value of the thickest link.
        style: The colours.
    """
    for link in reversed(links):
        ends = np.array([places[0][link.patch], places[1][link.word]])
        draw_link(canvas, ends, Strength(link.value, limit, link.is_resolved), style)


def draw_link(canvas: Canvas, ends: FloatArray, strength: Strength, style: Style) -> None:
    """Draw a curve from a patch downwards to a word; ``ends`` are of shape ``(2, 2)``."""
    (x0, y0), (x1, y1) = ends
    bend = 0.5 * (y1 - y0)
    lean = _LEAN * max(0.0, y1 - y0 - abs(x1 - x0))  # so that links of a column do not coincide
    points = [(x0, y0), (x0 + lean, y0 + bend), (x1 + lean, y1 - bend), (x1, y1)]
    _draw_curve(canvas, points, strength, style)
    _draw_end(canvas, ends[0], strength, style)


def draw_arc_inside(
    canvas: Canvas, ends: FloatArray, frame: Frame, strength: Strength, style: Style
) -> None:
    """Draw an arc between two patches, bent to the middle of the image."""
    across, down = ends[1] - ends[0]
    bend = 0.25 * np.array([down, -across])
    middle = (frame.left + frame.width / 2, frame.top + frame.height / 2)
    if bend @ (middle - ends.mean(axis=0)) < 0:
        bend = -bend
    _draw_curve(canvas, [ends[0], ends[0] + bend, ends[1] + bend, ends[1]], strength, style)
    for end in ends:
        _draw_end(canvas, end, strength, style)


def draw_arc_below(
    canvas: Canvas, ends: FloatArray, depth: float, strength: Strength, style: Style
) -> None:
    """Draw an arc between two words, below them by at most ``depth`` inches."""
    share = min(1.0, 0.5 + np.hypot(*(ends[1] - ends[0])) / canvas.width)
    bend = np.array([0.0, depth * share])
    _draw_curve(canvas, [ends[0], ends[0] + bend, ends[1] + bend, ends[1]], strength, style)


def _draw_curve(
    canvas: Canvas,
    points: Sequence[tuple[float, float] | FloatArray],
    strength: Strength,
    style: Style,
) -> None:
    """Draw a Bézier curve of four points."""
    codes = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
    canvas.axes.add_patch(
        PathPatch(
            Path(np.array(points), codes),
            fill=False,
            edgecolor=style.colour(strength.value),
            linewidth=link_width(strength.value, strength.limit),
            linestyle="-" if strength.value > 0 else _DASHES,
            alpha=_OPAQUE if strength.is_resolved else _PALE,
            zorder=3,
            gid=LINK,
        )
    )


def _draw_end(canvas: Canvas, end: FloatArray, strength: Strength, style: Style) -> None:
    colour = style.colour(strength.value)
    canvas.axes.plot(
        *end,
        "o",
        color=colour,
        markerfacecolor=colour if strength.is_resolved else "white",
        markersize=2.5 + link_width(strength.value, strength.limit),
        zorder=3.1,
    )
