"""Predictions of an explanation: the sum of the interactions inside a coalition."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq import InteractionValues
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import FloatArray

__all__ = ["explained_at", "explained_values"]

_CHUNK = 4096
"""Parts of interactions that are compared with all coalitions at once, to limit memory."""


def explained_at(values: InteractionValues, coalitions: CoalitionMatrix) -> FloatArray:
    """Predict the values of coalitions from the interactions inside them.

    Args:
        values: Interactions of ``n`` players. Their ``baseline_value`` is the prediction for the
            empty coalition.
        coalitions: Coalitions of shape ``(m, n)``.

    Returns:
        The predictions, of shape ``(m,)``.
    """
    return explained_values(values, coalitions, np.zeros((1, 0), dtype=bool))[:, 0]


def explained_values(
    values: InteractionValues, first: CoalitionMatrix, second: CoalitionMatrix
) -> FloatArray:
    """Predict the values of all pairs of coalitions of two sides.

    Args:
        values: Interactions of ``n_1 + n_2`` players. Their ``baseline_value`` is the prediction
            for the empty coalition.
        first: Coalitions of the first side, of shape ``(m_1, n_1)``.
        second: Coalitions of the second side, of shape ``(m_2, n_2)``.

    Returns:
        The predictions, of shape ``(m_1, m_2)``.
    """
    n_first = first.shape[1]
    lefts: dict[tuple[int, ...], int] = {}
    rights: dict[tuple[int, ...], int] = {}
    entries = [
        (
            lefts.setdefault(tuple(i for i in players if i < n_first), len(lefts)),
            rights.setdefault(tuple(i - n_first for i in players if i >= n_first), len(rights)),
            value,
        )
        for players, value in values.interactions.items()
        if players
    ]
    rows, columns, strengths = zip(*entries, strict=True) if entries else ((), (), ())
    shape = (len(lefts), len(rights))
    table = sparse.csr_array((strengths, (rows, columns)), shape=shape, dtype=np.float64)
    half = np.zeros((len(first), len(rights)))
    left_parts = list(lefts)
    for start in range(0, len(left_parts), _CHUNK):
        chunk = slice(start, start + _CHUNK)
        half += _are_inside(left_parts[chunk], first) @ table[chunk]
    predicted = half @ _are_inside(list(rights), second).T
    return np.asarray(predicted + values.baseline_value, dtype=np.float64)


def _are_inside(parts: Sequence[tuple[int, ...]], coalitions: CoalitionMatrix) -> FloatArray:
    """Return 1 where all players of a part (column) are in a coalition (row), else 0."""
    present = np.ascontiguousarray(coalitions.T)
    inside = np.empty((len(parts), len(coalitions)))
    for row, players in enumerate(parts):
        inside[row] = present[list(players)].all(axis=0)
    return inside.T
