"""How alike two explanations of the same players are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from shapiq_fixlip.results.tables import cross_pairs, shared_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import InteractionValues

    from shapiq_fixlip.typing import FloatArray

__all__ = ["agreement"]

_N_TOP = 10


def agreement(one: InteractionValues, other: InteractionValues, n_image: int) -> dict[str, float]:
    """Compare the pairs of both sides, and the players, of two explanations.

    Args:
        one: Interactions.
        other: Others of the same players.
        n_image: The number of players of the first side.

    Returns:
        ``pairs`` and ``pairs_linear``, Spearman's and Pearson's correlation of all pairs of a
        player of each side; ``pairs_sign``, the share of the ten strongest pairs of either that
        have the same sign in both; ``pairs_top``, the share of the ten strongest pairs of one that
        are among those of the other; and ``players``, Spearman's correlation of players, each with
        an equal share of its interactions. Pairs of zero are not among the strongest. Not a number
        where there is nothing to compare.
    """
    pairs, other_pairs = (cross_pairs(values, n_image).ravel() for values in (one, other))
    top, other_top = _strongest(pairs), _strongest(other_pairs)
    either = sorted(top | other_top)
    n_top = max(len(top), len(other_top))
    return {
        "pairs": _correlation(stats.spearmanr, pairs, other_pairs),
        "pairs_linear": _correlation(stats.pearsonr, pairs, other_pairs),
        "pairs_sign": float(np.mean(pairs[either] * other_pairs[either] > 0)) if either else np.nan,
        "pairs_top": len(top & other_top) / n_top if n_top else np.nan,
        "players": _correlation(stats.spearmanr, shared_values(one), shared_values(other)),
    }


def _strongest(pairs: FloatArray) -> set[int]:
    order = np.argsort(-np.abs(pairs), kind="stable")[:_N_TOP]
    return {int(place) for place in order if pairs[place]}


def _correlation(kind: Callable[..., Any], one: FloatArray, other: FloatArray) -> float:
    """Return a correlation, not a number where one of both is constant."""
    varies = len(one) > 1 and min(np.ptp(one), np.ptp(other)) > 0
    return float(kind(one, other).statistic) if varies else np.nan
