"""The parameters of a Gaussian process that make what was observed most likely."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg, optimize
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapiq_fixlip.typing import FloatArray

__all__ = ["most_likely", "restricted_unlikeliness"]

_MOST_STEPS = 100
_TOLERANCE = 1e-6
"""Relative change of the unlikeliness at which the search ends."""

_SMALLEST_SQUARE = 1e-100


def most_likely(
    unlikeliness: Callable[..., tuple[float, FloatArray]],
    start: FloatArray,
    bounds: Sequence[tuple[float, float]],
    observed: tuple[Any, ...],
) -> FloatArray:
    """Search for the parameters that are least unlikely.

    Args:
        unlikeliness: From parameters, of shape ``(k,)``, and what was observed to a number and its
            gradient.
        start: From where the search starts.
        bounds: The least and the largest value of each parameter.
        observed: Further arguments of ``unlikeliness``.
    """
    with threadpool_limits(1, "blas"):  # many small products, which threads only slow down
        found = optimize.minimize(
            unlikeliness,
            start,
            args=observed,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": _MOST_STEPS, "ftol": _TOLERANCE},
        )
    best: FloatArray = found.x
    return best


def restricted_unlikeliness(
    covariance: FloatArray, outputs: FloatArray
) -> tuple[float, FloatArray]:
    """Return twice the negative logarithm of the restricted likelihood, up to a constant.

    The mean is unknown, and the scale of the outputs is the most likely one
    (Patterson and Thompson, 1971).

    Args:
        covariance: Of the observations, up to a factor, of shape ``(m, m)``; is overwritten.
        outputs: What was observed, ``r`` times independently, of shape ``(m, r)``.

    Returns:
        The number, and its gradient with respect to the covariance, of shape ``(m, m)``.
    """
    factor = linalg.cho_factor(covariance, lower=True, overwrite_a=True)
    inverse = linalg.cho_solve(factor, np.eye(len(outputs)))
    of_ones = inverse.sum(axis=1)
    contrast = inverse - np.outer(of_ones, of_ones) / of_ones.sum()
    solved = contrast @ outputs
    square = max(np.sum(outputs * solved), _SMALLEST_SQUARE)
    freedom = len(outputs) - 1
    log_determinant = 2 * np.log(np.diag(factor[0])).sum() + math.log(of_ones.sum())
    unlikeliness = log_determinant + freedom * math.log(square)
    return unlikeliness, contrast - freedom / square * (solved @ solved.T)
