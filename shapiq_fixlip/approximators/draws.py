"""Coalitions of one side, as many as a fit needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.least_squares import check_enough_coalitions

if TYPE_CHECKING:
    import numpy as np

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.typing import Estimator

__all__ = ["draw_for_fit", "fewest_coalitions", "fewest_for_fit"]

_FEWEST_COALITIONS = 8
"""Coalitions of a side below which nothing can be learnt about its interactions."""

_MOST_COALITIONS = 2**22
"""What a machine can hold."""


def fewest_coalitions(n: int) -> int:
    """Return how many coalitions of a side with ``n`` players tell anything about it."""
    return min(_FEWEST_COALITIONS, 2**n)


def fewest_for_fit(n: int, max_degree: int, estimator: Estimator) -> int:
    """Return how many coalitions of a side with ``n`` players a fit needs."""
    fewest = fewest_coalitions(n)
    return fewest if estimator == "shrinkage" else max(fewest, n_products(n, max_degree))


def draw_for_fit(
    n: int,
    p: float,
    size: int,
    rng: np.random.Generator,
    *,
    max_degree: int,
    estimator: Estimator,
) -> Sample:
    """Draw the coalitions of a side, and refuse too few of them before they cost anything.

    Args:
        n: Number of players.
        p: Probability that a player is present.
        size: The most coalitions wanted.
        rng: The only source of randomness.
        max_degree: The most players of an interaction.
        estimator: How the side is fitted.

    Raises:
        InputError: If there are too few, or more than a machine can hold.
    """
    fewest = fewest_coalitions(n)
    if not fewest <= min(size, 2**n) <= _MOST_COALITIONS:
        msg = (
            f"must give at least {fewest} and at most {_MOST_COALITIONS:,} coalitions "
            f"of a side with {n} players, got {size:,}."
        )
        raise InputError("budget", msg)
    sample = draw_sample(n, p, size, rng)
    if len(sample) < fewest:
        msg = (
            f"must leave at least {fewest} different coalitions of a side with {n} players "
            f"among the draws, got {len(sample)} at {p}."
        )
        raise InputError("p", msg)
    if estimator == "least_squares" and not sample.is_exact:
        check_enough_coalitions(len(sample), n, max_degree)
    return sample
