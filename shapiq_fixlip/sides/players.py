"""Helpers for the players of a side: names, and players by what they say."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import IntMatrix

__all__ = ["distinct_names", "grid_names", "players_saying", "with_background"]


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
    for match in re.finditer(rf"\b{re.escape(phrase)}\b", text, re.IGNORECASE):
        is_said |= (starts < match.end()) & (ends > match.start())
    players = np.unique(token_player[is_said])
    return tuple(players[players >= 0].tolist())
