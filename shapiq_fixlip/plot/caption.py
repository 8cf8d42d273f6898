"""A caption as lines of coloured words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import font_manager

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from matplotlib.axes import Axes

    from shapiq_fixlip.typing import FloatArray

__all__ = ["LINE_HEIGHT", "draw_caption", "draw_note", "shortened"]

LINE_HEIGHT = 0.42
"""Height of a line in inches, the unit of all lengths in this module."""

_MARGIN = 0.1
_WORD_GAP = 0.22
_JOINED_GAP = 0.11  # between letters whose boxes touch
_EDGE, _CHOSEN_EDGE = "#aaaaaa", "#000000"

_FONT_SIZE = 12
_FONT = "DejaVu Sans"  # part of matplotlib
_FONTS_OF_OTHER_SCRIPTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Arial Unicode MS",
)

_MAX_WORD_LENGTH = 56  # characters that fit in a line

_NOTE_SIZE, _NOTE_COLOUR = 9, "#666666"
_MAX_NOTE_LENGTH = 80  # characters of a note that fit in a line


def draw_caption(
    axes: Axes,
    words: Sequence[str],
    joins_previous: Sequence[bool],
    colours: FloatArray,
    *,
    width: float,
    top: float,
    chosen: Collection[int] = (),
) -> FloatArray:
    """Draw words in centred lines, each in a box of its colour.

    Args:
        axes: The axes, with units of inches.
        words: The words.
        joins_previous: Whether each word continues the one before, so that their boxes touch.
        colours: The RGBA colour of each word, of shape ``(n, 4)``.
        width: Width of the lines.
        top: Height of the middle of the first line.
        chosen: Numbers of words whose boxes have a thick edge. Default: none.

    Returns:
        Midpoints of the upper edges of the boxes, of shape ``(n, 2)``.
    """
    fonts = _fonts()
    texts = [
        axes.text(
            0,
            0,
            shortened(word, _MAX_WORD_LENGTH),
            fontsize=_FONT_SIZE,
            va="center",
            zorder=4,
            bbox=_box(colour, is_chosen=number in chosen),
            family=fonts,
            parse_math=False,  # a caption may contain $
        )
        for number, (word, colour) in enumerate(zip(words, colours, strict=True))
    ]
    widths = [text.get_window_extent().width / axes.figure.dpi for text in texts]
    gaps = [_JOINED_GAP if joins else _WORD_GAP for joins in joins_previous]
    places = np.zeros((len(words), 2))
    for number, line in enumerate(_lines(widths, gaps, joins_previous, width)):
        x = (width - _length(line, widths, gaps)) / 2
        y = top - number * LINE_HEIGHT
        for i in line:
            x += gaps[i] if i > line[0] else 0
            texts[i].set_position((x, y))
            places[i] = x + widths[i] / 2, y + LINE_HEIGHT / 3
            x += widths[i]
    return places


def draw_note(axes: Axes, note: str, *, width: float, middle: float) -> None:
    """Draw a line of small grey letters, cut if it is too long.

    Args:
        axes: The axes, with units of inches.
        note: What it says.
        width: Width of the line, in whose middle it stands.
        middle: Height of the middle of the line.
    """
    axes.text(
        width / 2,
        middle,
        shortened(note, _MAX_NOTE_LENGTH),
        fontsize=_NOTE_SIZE,
        color=_NOTE_COLOUR,
        ha="center",
        va="center",
        family=_fonts(),
        parse_math=False,
    )


def _fonts() -> list[str]:
    """Return the fonts for captions that are installed."""
    installed = set(font_manager.get_font_names())
    return [_FONT, *(font for font in _FONTS_OF_OTHER_SCRIPTS if font in installed)]


def shortened(text: str, most_letters: int) -> str:
    """Return a text, cut if it has more than ``most_letters`` characters.

    >>> shortened("hippopotamus", 6)
    'hippo…'
    """
    return text if len(text) <= most_letters else f"{text[: most_letters - 1]}…"


def _box(colour: FloatArray, *, is_chosen: bool) -> dict[str, Any]:
    edge, width = (_CHOSEN_EDGE, 2.0) if is_chosen else (_EDGE, 1.0)
    return {
        "boxstyle": "round,pad=0.3",
        "facecolor": colour,
        "edgecolor": edge,
        "linewidth": width,
    }


def _length(line: Sequence[int], widths: Sequence[float], gaps: Sequence[float]) -> float:
    return sum(widths[i] for i in line) + sum(gaps[i] for i in line[1:])


def _lines(
    widths: Sequence[float], gaps: Sequence[float], joins: Sequence[bool], width: float
) -> list[list[int]]:
    """Break words into lines; words that touch are parted only if they do not fit in a line."""
    fitting = width - 2 * _MARGIN
    lines: list[list[int]] = []
    for i, is_joined in enumerate(joins):
        if lines and _length([*lines[-1], i], widths, gaps) <= fitting:
            lines[-1].append(i)
            continue
        first = i
        while is_joined and joins[first] and lines and first > lines[-1][0]:
            first -= 1
        touching = list(range(first, i + 1))
        if first < i and first > lines[-1][0] and _length(touching, widths, gaps) <= fitting:
            del lines[-1][lines[-1].index(first) :]
            lines.append(touching)
        else:
            lines.append([i])
    return lines
