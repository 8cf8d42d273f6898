"""What the colours and the widths of links of a picture stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator

from shapiq_fixlip.plot.caption import FAINT, width_of
from shapiq_fixlip.plot.links import link_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matplotlib.text import Text

    from shapiq_fixlip.plot.canvas import Canvas
    from shapiq_fixlip.plot.style import Style

__all__ = ["MINUS", "Key", "draw_keys", "height_of_keys", "remark_on"]

_DASHED, _PALE = "dashed: negative", "pale: may be chance"

_POINTS = 7.0
_MAX_WIDTH = 1.9
_GAP = 0.2
_BAR = 0.09
_SPACE = 0.04  # between numbers
MINUS = "\N{MINUS SIGN}"


class Key(NamedTuple):
    """A kind of numbers.

    Attributes:
        label: What they are.
        short: The same in a word, for a narrow picture.
        limit: The absolute value of the strongest colour, or of the thickest link.
        ground: The grey that colours are laid over, 1 for white; ``None`` for widths of links.
    """

    label: str
    short: str
    limit: float
    ground: float | None = 1.0


def height_of_keys(canvas: Canvas) -> float:
    """Return the height of keys and a remark, in inches."""
    return _BAR + 4.6 * canvas.points(_POINTS) / 72


def remark_on(links: Iterable[float], *, has_pale: bool) -> str:
    """Return what else has to be told of links with these values, and of paleness."""
    return "; ".join([_DASHED] * any(value < 0 for value in links) + [_PALE] * has_pale)


def draw_keys(
    canvas: Canvas, keys: Sequence[Key], top: float, style: Style, remark: str = ""
) -> None:
    """Draw the keys side by side, with a remark below."""
    em = canvas.points(_POINTS) / 72
    width = min(_MAX_WIDTH, canvas.width / len(keys) - _GAP)
    x = (canvas.width - len(keys) * width - (len(keys) - 1) * _GAP) / 2
    for key in keys:
        draw = _draw_ramp if key.ground is not None else _draw_widths
        y = top + _BAR + 0.7 * em
        _write_numbers(canvas, draw(canvas, key, (x, top, width), style), (x, y, width))
        label = _write(canvas, x + width / 2, y + 1.25 * em, key.label)
        if width_of(canvas, label) > width + _GAP / 2:
            label.set_text(key.short)
        x += width + _GAP
    if remark:
        _write(canvas, canvas.width / 2, top + _BAR + 3.4 * em, remark)


def _draw_ramp(
    canvas: Canvas, key: Key, place: tuple[float, float, float], style: Style
) -> list[tuple[float, float]]:
    """Draw all colours, and return some numbers and where they are."""
    x, top, width = place
    numbers = np.linspace(-key.limit, key.limit, 255)
    if key.ground == 1:
        ramp = style.on_white(numbers, key.limit)
    else:
        ramp = style.on_ground(numbers, key.limit, key.ground or 1.0)
    extent = (x, x + width, top + _BAR, top)
    canvas.axes.imshow(ramp[None], extent=extent, aspect="auto", zorder=1)
    ticks = _ticks(key.limit, 2)
    ticks = [*(-tick for tick in reversed(ticks)), 0.0, *ticks]
    return [(tick, x + width * (tick / key.limit + 1) / 2) for tick in ticks]


def _draw_widths(
    canvas: Canvas, key: Key, place: tuple[float, float, float], style: Style
) -> list[tuple[float, float]]:
    """Draw some links, and return their numbers and where they are."""
    x, top, width = place
    ticks = _ticks(key.limit, 3)
    step = width / len(ticks)
    for i, tick in enumerate(ticks):
        canvas.axes.plot(
            [x + step * (i + 0.15), x + step * (i + 0.85)],
            [top + _BAR / 2] * 2,
            color=style.colour(1),
            linewidth=link_width(tick, key.limit),
            solid_capstyle="round",
        )
    return [(tick, x + step * (i + 0.5)) for i, tick in enumerate(ticks)]


def _ticks(limit: float, n: int) -> list[float]:
    """Return about ``n`` round numbers up to a limit."""
    numbers = MaxNLocator(nbins=n, steps=[1, 2, 2.5, 5, 10]).tick_values(0, limit)
    return [float(number) for number in numbers if 0 < number <= limit * (1 + 1e-9)]


def _write_numbers(
    canvas: Canvas, numbers: Sequence[tuple[float, float]], place: tuple[float, float, float]
) -> None:
    """Write numbers below a key, within its width; what would overlap is left out."""
    x, y, width = place
    free = x
    for number, middle in numbers:
        text = _write(canvas, middle, y, f"{number:g}".replace("-", MINUS))
        half = width_of(canvas, text) / 2
        middle = min(max(middle, x + half), x + width - half)  # noqa: PLW2901 - moved inside
        text.set_x(middle)
        if middle - half < free:
            text.remove()
        else:
            free = middle + half + _SPACE


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
