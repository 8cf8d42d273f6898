"""Titles of the parts of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.plot.caption import FAINT, shorten
from shapiq_fixlip.plot.fonts import Lettering
from shapiq_fixlip.plot.picture import Frame

if TYPE_CHECKING:
    from shapiq_fixlip.plot.canvas import Canvas

__all__ = ["TITLE", "draw_heading", "draw_headings", "draw_title", "height_of_title"]

TITLE = "title"
"""The id of titles in SVG files."""

_POINTS = 9.0
_MARGIN = 0.1


def height_of_title(canvas: Canvas) -> float:
    """Return the height of a title, in inches."""
    return 1.7 * canvas.points(_POINTS) / 72


def draw_title(canvas: Canvas, title: str, frame: Frame) -> None:
    """Write a title above an image, cut if it is wider; its letters are told elsewhere."""
    lettering = Lettering([title], is_told=True)
    text = canvas.axes.text(
        frame.left + frame.width / 2,
        frame.top - 0.04,
        lettering.words[0],
        fontsize=canvas.points(_POINTS),
        color=FAINT,
        ha="center",
        va="bottom",
        family=lettering.families,
        parse_math=False,
        gid=TITLE,
    )
    shorten(canvas, text, frame.width)


def draw_heading(canvas: Canvas, heading: str) -> None:
    """Write a title at the upper edge of a canvas, and let all else begin below it."""
    canvas.top = 1.2 * height_of_title(canvas)
    draw_title(canvas, heading, Frame(_MARGIN, canvas.top, canvas.width - 2 * _MARGIN, 0))


def draw_headings(canvas: Canvas, row: str, heading: str) -> None:
    """Write the title of a row of canvases, which may be wider than one, and a title below."""
    height = height_of_title(canvas)
    canvas.axes.text(
        _MARGIN,
        0.2 * height,
        row,
        fontsize=canvas.points(_POINTS),
        color=FAINT,
        va="top",
        weight="bold",
        clip_on=False,
    )
    canvas.top = 2.4 * height
    draw_title(canvas, heading, Frame(_MARGIN, canvas.top, canvas.width - 2 * _MARGIN, 0))
