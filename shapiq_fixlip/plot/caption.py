"""A caption as lines of coloured words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.colors import to_rgb

from shapiq_fixlip.plot.fonts import Lettering, is_right_to_left
from shapiq_fixlip.plot.legibility import legible_on

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from matplotlib.text import Text

    from shapiq_fixlip.plot.canvas import Canvas
    from shapiq_fixlip.typing import FloatArray

__all__ = ["FAINT", "WORD", "Caption", "shorten", "shortened", "width_of"]

FAINT = "#757575"
"""Colour of small letters, legible on white and on black."""

WORD = "word"
"""The id of words in SVG files."""

_POINTS = 10.5
_NOTE_POINTS = 8.0

# lengths relative to the size of letters
_LINE = 2.3
_WORD_GAP = 1.25
_JOINED_GAP = 0.64  # between parts of a word, whose boxes touch
_PAD = 0.3

_EDGE, _CHOSEN_EDGE, _ABSENT = "#aaaaaa", "#000000", "#c4c4c4"
_MARGIN = 0.1  # in inches, at both ends of a line


class Caption:
    """Words in centred lines, each in a box of its colour.

    Attributes:
        height: Height of all lines, in inches.
        tops: Midpoints of the upper edges of the boxes, of shape ``(n, 2)``, once it is placed.
        bottoms: Those of the lower edges.
    """

    def __init__(
        self, canvas: Canvas, words: Sequence[str], joins_previous: Sequence[bool], note: str = ""
    ) -> None:
        """Measure the words.

        Args:
            canvas: What to draw on.
            words: The words.
            joins_previous: Whether each word continues the one before, so that their boxes touch.
            note: What a line of small letters below says. Default: no line.
        """
        self._canvas, self._note = canvas, note
        self._points = canvas.points(_POINTS)
        self._em = self._points / 72
        lettering = Lettering([*words, note])
        self._families = lettering.families
        fitting = canvas.width - 2 * _MARGIN
        self._texts = [self._text(word, fitting) for word in lettering.words[:-1]]
        widths = [width_of(canvas, text) for text in self._texts]
        gaps = [self._em * (_JOINED_GAP if joins else _WORD_GAP) for joins in joins_previous]
        self._lines = [
            (line, [widths[i] for i in line], [0.0, *(gaps[i] for i in line[1:])])
            for line in _lines(widths, gaps, joins_previous, fitting)
        ]
        self._runs_left = is_right_to_left(" ".join(words))
        self.height = self._em * _LINE * (len(self._lines) + bool(note))
        self.tops, self.bottoms = np.zeros((2, len(words), 2))

    def place(
        self,
        top: float,
        colours: FloatArray,
        chosen: Collection[int] = (),
        absent: Collection[int] = (),
    ) -> None:
        """Draw the caption.

        Args:
            top: Height of the upper edge, in inches.
            colours: The RGB colour of each word, of shape ``(n, 3)``.
            chosen: Numbers of words whose boxes have a thick edge. Default: none.
            absent: Numbers of words that are pale. Default: none.
        """
        middle = self._canvas.width / 2
        for number, (line, widths, gaps) in enumerate(self._lines):
            x = -(sum(widths) + sum(gaps)) / 2
            y = top + self._em * _LINE * (number + 0.5)
            for i, width, gap in zip(line, widths, gaps, strict=True):
                x += gap
                left = middle - x - width if self._runs_left else middle + x
                text = self._texts[i]
                text.set_position((left, y))
                text.set_color(_ABSENT if i in absent else legible_on(colours[i]))
                text.set_bbox(_box(colours[i], is_chosen=i in chosen))
                half = self._em * (0.5 + _PAD)
                self.tops[i], self.bottoms[i] = (
                    (left + width / 2, y - half),
                    (left + width / 2, y + half),
                )
                x += width
        if self._note:
            self._draw_note(top + self.height - self._em * _LINE / 2)

    def _text(self, word: str, fitting: float) -> Text:
        text = self._canvas.axes.text(
            0,
            0,
            word,
            fontsize=self._points,
            va="center",
            zorder=4,
            family=self._families,
            parse_math=False,  # a caption may contain $
            gid=WORD,
        )
        shorten(self._canvas, text, fitting)
        return text

    def _draw_note(self, middle: float) -> None:
        note = self._canvas.axes.text(
            self._canvas.width / 2,
            middle,
            self._note,
            fontsize=self._canvas.points(_NOTE_POINTS),
            color=FAINT,
            ha="center",
            va="center",
            family=self._families,
            parse_math=False,
        )
        shorten(self._canvas, note, self._canvas.width - 2 * _MARGIN)


def shortened(text: str, most_letters: int) -> str:
    """Return a text, cut if it has more than ``most_letters`` characters.

    >>> shortened("hippopotamus", 6)
    'hippo…'
    """
    return text if len(text) <= most_letters else f"{text[: most_letters - 1]}…"


def width_of(canvas: Canvas, text: Text) -> float:
    """Return the width of a text, in inches."""
    return text.get_window_extent().width / canvas.root.dpi


def shorten(canvas: Canvas, text: Text, fitting: float) -> None:
    """Cut a text that is wider than what fits."""
    whole = text.get_text()
    while len(text.get_text()) > 1 and (width := width_of(canvas, text)) > fitting:
        n_letters = len(text.get_text())
        n_fitting = int(n_letters * fitting / width)
        text.set_text(shortened(whole, max(1, min(n_letters - 1, n_fitting))))


def _box(colour: FloatArray, *, is_chosen: bool) -> dict[str, Any]:
    edge, width = (_CHOSEN_EDGE, 2.0) if is_chosen else (_EDGE, 0.8)
    return {
        "boxstyle": f"round,pad={_PAD}",
        "facecolor": to_rgb(tuple(colour)),
        "edgecolor": edge,
        "linewidth": width,
    }


def _length(line: Sequence[int], widths: Sequence[float], gaps: Sequence[float]) -> float:
    return sum(widths[i] for i in line) + sum(gaps[i] for i in line[1:])


def _lines(
    widths: Sequence[float], gaps: Sequence[float], joins: Sequence[bool], fitting: float
) -> list[list[int]]:
    """Break words into lines; words that touch are parted only if they do not fit in a line."""
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
