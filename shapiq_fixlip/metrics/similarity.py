"""Similarity of two explanations of the same players."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from shapiq_fixlip.results.views import cross_pairs, shared_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import InteractionValues

    from shapiq_fixlip.typing import FloatArray

__all__ = ["agreement", "agreement_sentence"]

_N_TOP = 10
"""Number of pairs that are among the strongest."""


def agreement(one: InteractionValues, other: InteractionValues, n_image: int) -> dict[str, float]:
    """Compare two explanations by their pairs of a player of each side, and by their players.

    Args:
        one: Interactions.
        other: Interactions of the same players.
        n_image: Number of players of the first side.

    Returns:
        ``pairs`` and ``pairs_linear``: Spearman's and Pearson's correlation of all pairs.
        ``pairs_sign``: of the ten strongest pairs of either explanation, the share with the same
        sign in both. ``pairs_top``: the share of the ten strongest pairs of one explanation that
        are among those of the other. ``players``: Spearman's correlation of the players, each with
        an equal share of all its interactions. Pairs of value 0 are not among the strongest. A
        figure is NaN if there is nothing to compare.
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


def agreement_sentence(one: InteractionValues, other: InteractionValues, n_image: int) -> str:
    """Say how similar two explanations are, by :func:`agreement`."""
    found = agreement(one, other, n_image)
    if np.isnan(found["pairs_linear"]):
        return f"the players of both have a rank correlation of {found['players']:.2f}"
    same = f"{100 * found['pairs_top']:.0f} % of the ten strongest are the same"
    return f"the pairs of both have a correlation of {found['pairs_linear']:.2f}, and {same}"


def _strongest(pairs: FloatArray) -> set[int]:
    order = np.argsort(-np.abs(pairs), kind="stable")[:_N_TOP]
    return {int(place) for place in order if pairs[place]}


def _correlation(kind: Callable[..., Any], one: FloatArray, other: FloatArray) -> float:
    """Return a correlation; NaN if one of both arrays is constant."""
    varies = len(one) > 1 and min(np.ptp(one), np.ptp(other)) > 0
    return float(kind(one, other).statistic) if varies else np.nan
