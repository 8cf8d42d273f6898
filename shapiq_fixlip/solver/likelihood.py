"""Maximum likelihood for the hyper-parameters of a Gaussian process."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg, optimize
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapiq_fixlip.typing import FloatArray

__all__ = ["minimise", "negative_restricted_log_likelihood"]

_MAX_STEPS = 100
"""The most steps of the search. Other numbers were not compared."""

_TOLERANCE = 1e-6
"""Relative change of the objective at which the search ends. Others were not compared."""

_MIN_SQUARE = 1e-100
"""The smallest sum of squares whose logarithm is taken, for outputs that do not vary."""


def minimise(
    negative_log_likelihood: Callable[..., tuple[float, FloatArray]],
    start: FloatArray,
    bounds: Sequence[tuple[float, float]],
    observed: tuple[Any, ...],
) -> FloatArray:
    """Return the parameters that minimise a negative log-likelihood, by L-BFGS-B.

    Args:
        negative_log_likelihood: From parameters, of shape ``(k,)``, and the observations to a
            number and its gradient.
        start: Where the search starts, of shape ``(k,)``.
        bounds: The smallest and the largest value of each parameter.
        observed: The observations, as further arguments of ``negative_log_likelihood``.
    """
    with threadpool_limits(1, "blas"):  # threads slow down many small products
        found = optimize.minimize(
            negative_log_likelihood,
            start,
            args=observed,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": _MAX_STEPS, "ftol": _TOLERANCE},
        )
    best: FloatArray = found.x
    return best


def negative_restricted_log_likelihood(
    covariance: FloatArray, outputs: FloatArray
) -> tuple[float, FloatArray]:
    """Return twice the negative restricted log-likelihood per output, up to a constant.

    The mean of each output is unknown, and their common scale is the most likely one (Patterson and
    Thompson, 1971).

    Args:
        covariance: That of the observations, up to a factor, of shape ``(m, m)``. It is
            overwritten.
        outputs: What was observed, ``r`` times independently, of shape ``(m, r)``.

    Returns:
        The number, and its gradient with respect to the covariance, of shape ``(m, m)``.
    """
    factor = linalg.cho_factor(covariance, lower=True, overwrite_a=True)
    inverse = linalg.cho_solve(factor, np.eye(len(outputs)))
    solved_ones = inverse.sum(axis=1)
    contrast = inverse - np.outer(solved_ones, solved_ones) / solved_ones.sum()
    solved = contrast @ outputs
    square = max(np.sum(outputs * solved), _MIN_SQUARE)
    freedom = len(outputs) - 1
    log_determinant = 2 * np.log(np.diag(factor[0])).sum() + math.log(solved_ones.sum())
    negative_log_likelihood = log_determinant + freedom * math.log(square)
    return negative_log_likelihood, contrast - freedom / square * (solved @ solved.T)
