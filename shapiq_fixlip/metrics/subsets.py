"""Subsets of players whose interactions sum up to the most or to the least, one of every size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.coalitions.sampling import enumerate_coalitions
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["EXHAUSTIVE_PLAYERS", "exhaustive_subsets", "greedy_subsets"]

EXHAUSTIVE_PLAYERS = 12
"""The most players of which all subsets are tried."""


def greedy_subsets(players: FloatArray, pairs: FloatArray) -> BoolMatrix:
    """Find subsets of large sums by growing one from every player.

    Each grows by the player who adds the most, alone and in pairs with those inside; of every size
    the best of all these subsets is kept. Without pairs they are the best subsets there are.

    Args:
        players: What each player adds alone, of shape ``(n,)``.
        pairs: What each pair adds, symmetric with a diagonal of zeros, of shape ``(n, n)``.

    Returns:
        Of shape ``(n, n)``: in row ``k`` a subset of ``k + 1`` players.
    """
    n = len(players)
    rows = np.arange(n)  # one for the subset that started with each player
    inside = np.eye(n, dtype=bool)
    totals = players.copy()
    gains = players + pairs
    np.fill_diagonal(gains, -np.inf)
    best = np.empty((n, n), dtype=bool)
    for size in range(n):
        best[size] = inside[totals.argmax()]
        if size == n - 1:
            break
        joining = gains.argmax(axis=1)
        totals += gains[rows, joining]
        inside[rows, joining] = True
        gains += pairs[joining]
        gains[rows, joining] = -np.inf
    return best


def exhaustive_subsets(players: FloatArray, pairs: FloatArray) -> BoolMatrix:
    """Find the subsets of largest sums among all of them; as :func:`greedy_subsets`.

    Raises:
        InputError: If there are more than 12 players.
    """
    n = len(players)
    if n > EXHAUSTIVE_PLAYERS:
        msg = (
            f"must be 'greedy' for more than {EXHAUSTIVE_PLAYERS} players, "
            f"got 'exhaustive' for {n}."
        )
        raise InputError("search", msg)
    coalitions = enumerate_coalitions(n)
    inside = coalitions.astype(np.float64)
    totals = inside @ players + ((inside @ pairs) * inside).sum(axis=1) / 2
    sizes = coalitions.sum(axis=1)
    best = [np.where(sizes == size, totals, -np.inf).argmax() for size in range(1, n + 1)]
    return coalitions[best]
