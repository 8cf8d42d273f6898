"""Sampling of the coalitions of one side, with a check that they suffice for a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.solver.fitted_game import MAX_SHRUNK
from shapiq_fixlip.solver.least_squares import check_enough_coalitions

if TYPE_CHECKING:
    import numpy as np

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.typing import Estimator

__all__ = ["check_takes_shrinkage", "draw_for_fit", "min_coalitions", "min_coalitions_for_fit"]

_MIN_COALITIONS = 8
"""Minimum number of coalitions of a sampled side. A plain lower limit, not a measured one."""

_MAX_COALITIONS = 2**22
"""Maximum number of coalitions of a side, for the memory that a machine has; not measured."""

_MANY = 4
"""Shrinkage of more than 8,192 coalitions is least squares, which needs this many for each
interaction; not measured."""


def min_coalitions(n: int) -> int:
    """Return the minimum number of coalitions of a side with ``n`` players."""
    return min(_MIN_COALITIONS, 2**n)


def min_coalitions_for_fit(n: int, n_columns: int, estimator: Estimator) -> int:
    """Return the minimum number of coalitions for a fit of a side with ``n`` players."""
    fewest = min_coalitions(n)
    return fewest if estimator == "shrinkage" else max(fewest, n_columns)


def draw_for_fit(
    n: int,
    size: int,
    rng: np.random.Generator,
    *,
    p: float,
    n_columns: int,
    estimator: Estimator,
    argument: str,
) -> Sample:
    """Draw the coalitions of a side, and check their number before any pass.

    Args:
        n: Number of players.
        size: Maximum number of coalitions.
        rng: The only source of randomness.
        p: Probability that a player is present.
        n_columns: The number of sets of players in the interactions that are fitted.
        estimator: How the side is fitted.
        argument: Name of the argument that gives ``size``, for errors.

    Raises:
        InputError: If there are too few coalitions for a fit, a number that shrinkage does not
            take, or more than 2^22.
    """
    fewest = min_coalitions(n)
    if not fewest <= min(size, 2**n) <= _MAX_COALITIONS:
        msg = (
            f"must give at least {fewest} and at most {_MAX_COALITIONS:,} coalitions "
            f"of a side with {n} players, got {size:,}."
        )
        raise InputError(argument, msg)
    sample = draw_sample(n, p, size, rng)
    if len(sample) < fewest:
        msg = (
            f"must leave at least {fewest} different coalitions of a side with {n} players "
            f"among the draws, got {len(sample)} at {p}."
        )
        raise InputError("p", msg)
    if sample.is_exact:
        return sample
    if estimator == "least_squares":
        check_enough_coalitions(len(sample), n, n_columns, argument)
    else:
        check_takes_shrinkage(len(sample), n, n_columns, argument)
    return sample


def check_takes_shrinkage(n_coalitions: int, n: int, n_columns: int, argument: str) -> None:
    """Check that shrinkage takes this number of sampled coalitions of a side.

    Args:
        n_coalitions: Number of coalitions.
        n: Number of players.
        n_columns: The number of sets of players in the interactions that are fitted.
        argument: Name of the argument that gives ``n_coalitions``, for errors.

    Raises:
        InputError: If there are too many for a Gaussian process, and too few to do without.
    """
    fewest_without = _MANY * n_columns
    if MAX_SHRUNK < n_coalitions < fewest_without:
        msg = (
            f"must give shrinkage at most {MAX_SHRUNK:,} coalitions of a side with {n} players, or "
            f"at least {fewest_without:,}, got {n_coalitions:,}."
        )
        raise InputError(argument, msg)
