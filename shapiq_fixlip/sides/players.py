"""Helpers for the players of a side: names, parts of a text, and players by what they say."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.encoders.tokenizer import Span
    from shapiq_fixlip.typing import IntMatrix

__all__ = [
    "LETTERS_WITHOUT_BLANKS",
    "distinct_names",
    "grid_names",
    "merged",
    "occurrences",
    "players_saying",
    "with_background",
]

LETTERS_WITHOUT_BLANKS = "\u3040-\u3098\u309b-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Japanese and Chinese letters, each of which is taken as a word, without the marks on them."""


def grid_names(kind: str, grid: tuple[int, int]) -> list[str]:
    """Name cells by row and column, counted from 0 at the top left.

    >>> grid_names("patch", (1, 2))
    ['patch (0,0)', 'patch (0,1)']
    """
    rows, columns = grid
    return [f"{kind} ({row},{column})" for row in range(rows) for column in range(columns)]


def distinct_names(names: Iterable[str]) -> list[str]:
    """Number the second and later ones of equal names, because shapiq finds players by name.

    >>> distinct_names(["a", "dog", "and", "a", "cat"])
    ['a', 'dog', 'and', 'a (2)', 'cat']
    """
    distinct: dict[str, None] = {}
    for name in names:
        numbered = (f"{name} ({number})" for number in count(2))
        free = next(option for option in chain([name], numbered) if option not in distinct)
        distinct[free] = None
    return list(distinct)


def with_background(coalitions: CoalitionMatrix) -> CoalitionMatrix:
    """Append a column for what belongs to no player (-1): it is always present."""
    return np.hstack([coalitions, np.ones((len(coalitions), 1), dtype=bool)])


def merged(spans: Iterable[Span]) -> list[Span]:
    """Merge parts of a text that share letters, in reading order.

    >>> merged([(4, 7), (0, 2), (1, 4)])
    [(0, 4), (4, 7)]
    """
    runs: list[Span] = []
    for start, end in sorted(spans):
        if runs and start < runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


def occurrences(phrase: str, text: str) -> list[Span]:
    """Find a phrase in whole words, of which Chinese and Japanese letters are one each.

    >>> occurrences("cat", "a category of cat"), occurrences("\u72d7", "\u9ed1\u72d7")
    ([(14, 17)], [(1, 2)])
    """
    letter = f"[^\\W{LETTERS_WITHOUT_BLANKS}]"
    before = f"(?<!{letter})" if re.match(letter, phrase) else ""
    after = f"(?!{letter})" if re.match(letter, phrase[-1:]) else ""
    found = re.finditer(before + re.escape(phrase) + after, text, re.IGNORECASE)
    return [match.span() for match in found if match[0]]


def players_saying(
    phrase: str, text: str, spans: IntMatrix, token_player: NDArray[np.integer]
) -> tuple[int, ...]:
    """Return the text players who say a phrase; see :meth:`shapiq_fixlip.sides.TextSide.naming`.

    Args:
        phrase: A part of the text.
        text: The text.
        spans: Where each token begins and ends in the text, of shape ``(L, 2)``.
        token_player: Each token's player, -1 for none, of shape ``(L,)``.
    """
    starts, ends = spans.T
    is_said = np.zeros(len(starts), dtype=bool)
    for start, end in occurrences(phrase, text):
        is_said |= (starts < end) & (ends > start)
    players = np.unique(token_player[is_said])
    return tuple(players[players >= 0].tolist())
