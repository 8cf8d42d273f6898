"""What the colours and the widths of links of a picture stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from shapiq_fixlip.plot.caption import FAINT, width_of
from shapiq_fixlip.plot.links import link_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.text import Text

    from shapiq_fixlip.plot.canvas import Canvas
    from shapiq_fixlip.plot.style import Style

__all__ = ["Key", "draw_keys", "height_of_keys"]

_POINTS = 7.0
_MAX_WIDTH = 1.9
_GAP = 0.2
_BAR = 0.09
_MINUS = "\N{MINUS SIGN}"


class Key(NamedTuple):
    """A kind of numbers.

    Attributes:
        label: What they are.
        short: The same in a word, for a narrow picture.
        limit: The absolute value of the strongest colour, or of the thickest link.
        has_links: Whether they are the widths of links.
    """

    label: str
    short: str
    limit: float
    has_links: bool = False


def height_of_keys(canvas: Canvas) -> float:
    """Return the height of keys, in inches."""
    return _BAR + 3.6 * canvas.points(_POINTS) / 72


def draw_keys(canvas: Canvas, keys: Sequence[Key], top: float, style: Style) -> None:
    """Draw the keys side by side."""
    em = canvas.points(_POINTS) / 72
    width = min(_MAX_WIDTH, canvas.width / len(keys) - _GAP)
    x = (canvas.width - len(keys) * width - (len(keys) - 1) * _GAP) / 2
    for key in keys:
        numbers = _ticks(key.limit)
        if key.has_links:
            _draw_widths(canvas, key, (x, top, width), style)
            numbers = _ticks(key.limit, 3)
            numbers = numbers[numbers > 0]
            places = x + width * (np.arange(len(numbers)) + 0.5) / len(numbers)
        else:
            ramp = style.on_white(np.linspace(-key.limit, key.limit, 255), key.limit)
            extent = (x, x + width, top + _BAR, top)
            canvas.axes.imshow(ramp[None], extent=extent, aspect="auto", zorder=1)
            places = x + width * (numbers / key.limit + 1) / 2
        y = top + _BAR + 0.7 * em
        for place, number in zip(places, numbers, strict=True):
            _write(canvas, place, y, f"{number:g}".replace("-", _MINUS))
        label = _write(canvas, x + width / 2, y + 1.25 * em, key.label)
        if width_of(canvas, label) > width + _GAP / 2:
            label.set_text(key.short)
        x += width + _GAP


def _draw_widths(canvas: Canvas, key: Key, place: tuple[float, float, float], style: Style) -> None:
    x, top, width = place
    numbers = _ticks(key.limit, 3)
    numbers = numbers[numbers > 0]
    step = width / len(numbers)
    for i, number in enumerate(numbers):
        left = x + step * i
        canvas.axes.plot(
            [left + 0.15 * step, left + 0.85 * step],
            [top + _BAR / 2] * 2,
            color=style.colour(1),
            linewidth=link_width(number, key.limit),
            solid_capstyle="round",
        )


def _ticks(limit: float, nbins: int = 2) -> np.ndarray:
    """Return round numbers between both ends of a scale: zero and the same on both sides."""
    numbers = MaxNLocator(nbins=nbins, steps=[1, 2, 2.5, 5, 10]).tick_values(0, limit)
    positive = [number for number in numbers if 0 < number <= limit * (1 + 1e-9)]
    return np.array([*(-number for number in reversed(positive)), 0.0, *positive])


def _write(canvas: Canvas, x: float, y: float, text: str) -> Text:
    return canvas.axes.text(
        x,
        y,
        text,
        fontsize=canvas.points(_POINTS),
        color=FAINT,
        ha="center",
        va="center",
        parse_math=False,
    )
