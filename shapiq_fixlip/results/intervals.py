"""From standard errors to intervals, and to probabilities of signs and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special, stats

from shapiq_fixlip.validation import probability

if TYPE_CHECKING:
    from shapiq_fixlip.typing import FloatArray

__all__ = ["error_bars"]

_N_STRONGEST = 10
"""Rank up to which an interaction is among the strongest."""

_N_DRAWS = 4000
"""Draws for the rank stability, whose own standard error then is at most 0.008."""

_N_EXCEEDING = 40
"""Expected number of interactions that exceed a size in a draw, of which the ten strongest count.

Fewer than ten do with a probability below 1e-8. Only those that do are drawn, and so thousands of
weak ones cost nothing.
"""

_N_HALVINGS = 20
"""Steps in which this size is found, to 1e-6 of the largest."""

_FARTHEST = 5
"""Standard errors by which the largest size is beyond the estimate at most."""


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
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
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
    """Return how often each is among the strongest if all are drawn from their normal errors.

    Only sizes beyond ``least`` can be among them. Each is beyond it in a binomial number of draws,
    at random ones among all; there its size follows the normal tail beyond ``least``.
    """
    if len(values) <= _N_STRONGEST:
        return np.where(np.isnan(errors), np.nan, 1.0)
    if np.isnan(errors).any():
        return np.full(len(values), np.nan)
    rng = np.random.default_rng(0)
    least = _least_of_strongest(values, errors)
    above, below = _tails(values, errors, least)
    counts = rng.binomial(_N_DRAWS, np.minimum(above + below, 1.0))
    which = np.repeat(np.arange(len(values)), counts)
    draws = np.concatenate([rng.choice(_N_DRAWS, n, replace=False) for n in counts[counts > 0]])
    sizes = _sizes_in_tails(values[which], errors[which], above[which], below[which], rng)
    order = np.lexsort((-sizes, draws))
    of_draw = draws[order]
    ranks = np.arange(len(order)) - np.searchsorted(of_draw, of_draw)
    strongest = which[order[ranks < _N_STRONGEST]]
    return np.bincount(strongest, minlength=len(values)) / _N_DRAWS


def _sizes_in_tails(
    values: FloatArray,
    errors: FloatArray,
    above: FloatArray,
    below: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Draw sizes beyond a bound: quantiles at a uniform share of the probability of both tails."""
    shares = rng.uniform(0, above + below)
    is_above = shares < above
    tails = np.where(is_above, shares, shares - above)
    sizes = np.where(is_above, 1, -1) * values
    is_drawn = errors > 0
    sizes[is_drawn] -= errors[is_drawn] * special.ndtri(tails[is_drawn])
    return sizes


def _least_of_strongest(values: FloatArray, errors: FloatArray) -> float:
    """Return a size that the tenth strongest hardly ever falls short of, and few exceed."""
    low, high = 0.0, float(np.max(np.abs(values) + _FARTHEST * errors))
    if len(values) <= _N_EXCEEDING:
        return low
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2
        exceeding = sum(np.sum(tail) for tail in _tails(values, errors, middle))
        low, high = (middle, high) if exceeding >= _N_EXCEEDING else (low, middle)
    return low


def _tails(values: FloatArray, errors: FloatArray, least: float) -> tuple[FloatArray, FloatArray]:
    """Return the probabilities of draws above ``least`` and below its negative."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        above, below = (
            special.ndtr((values - least) / errors),
            special.ndtr((-values - least) / errors),
        )
    is_sure = errors == 0
    above[is_sure], below[is_sure] = (values >= least)[is_sure], (-values > least)[is_sure]
    return above, below
