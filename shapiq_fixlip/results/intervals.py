"""From standard errors to intervals, and to probabilities of signs and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from shapiq_fixlip.validation import probability

if TYPE_CHECKING:
    from shapiq_fixlip.typing import FloatArray

__all__ = ["error_bars"]

_N_STRONGEST = 10
"""Rank up to which an interaction is among the strongest."""

_N_DRAWS = 1000
"""Draws for the rank stability, whose own standard error then is at most 0.016."""

_FARTHEST = 5
"""Standard errors by which a draw is taken to differ from the estimate at most.

Only interactions that can be among the strongest within this distance are drawn. A normal draw is
farther away with a probability of 6e-7.
"""


def error_bars(values: FloatArray, errors: FloatArray, *, level: float = 0.95) -> pd.DataFrame:
    """Return intervals and stabilities of interactions.

    Args:
        values: Interactions, of shape ``(q,)``.
        errors: Their standard errors, of shape ``(q,)``.
        level: Level of the intervals, between 0 and 1. Default 0.95.

    Returns:
        One row for each interaction, with the columns ``standard_error``, ``low``, ``high``,
        ``sign_stability`` and ``rank_stability``; see
        :func:`~shapiq_fixlip.interaction_table`.

    Raises:
        InputError: If the level is not allowed.

    >>> error_bars(np.array([3.0, -1.0]), np.array([1.0, 0.0])).round(3)
       standard_error   low  high  sign_stability  rank_stability
    0             1.0  1.04  4.96           0.999             1.0
    1             0.0 -1.00 -1.00           1.000             1.0
    """
    level = probability("level", level)
    reach = stats.norm.ppf((1 + level) / 2) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.where(values == 0, 0.0, np.abs(values) / errors)
    return pd.DataFrame(
        {
            "standard_error": errors,
            "low": values - reach,
            "high": values + reach,
            "sign_stability": stats.norm.cdf(distances),
            "rank_stability": _rank_stability(values, errors),
        }
    )


def _rank_stability(values: FloatArray, errors: FloatArray) -> FloatArray:
    """Return how often each is among the strongest if all are drawn from their normal errors."""
    if len(values) <= _N_STRONGEST:
        return np.where(np.isnan(errors), np.nan, 1.0)
    if np.isnan(errors).any():
        return np.full(len(values), np.nan)
    least = np.sort(np.abs(values) - _FARTHEST * errors)[-_N_STRONGEST]
    rivals = np.flatnonzero(np.abs(values) + _FARTHEST * errors >= least)
    rng = np.random.default_rng(0)
    counts = np.zeros(len(values))
    for _ in range(_N_DRAWS):
        drawn = np.abs(values[rivals] + errors[rivals] * rng.standard_normal(len(rivals)))
        strongest = np.argpartition(drawn, -_N_STRONGEST)[-_N_STRONGEST:]
        counts[rivals[strongest]] += 1
    return counts / _N_DRAWS
