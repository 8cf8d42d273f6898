"""Standard errors of interactions, from the same passes.

They tell how far interactions may be from those of all coalitions. An interaction is a sum of inner
products of parts of both sides. The errors of both sides are independent, so the variance follows
from their covariances: each side's error times the other side's estimate, plus the product of both
errors. Where a fit has no posterior, coalitions get random weights instead (Bayesian bootstrap).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.combine import part_weights
from shapiq_fixlip.solver.side_fit import roots_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.blocks import Blocks
    from shapiq_fixlip.solver.side_fit import PosteriorFit
    from shapiq_fixlip.solver.terms import Terms
    from shapiq_fixlip.typing import FloatArray

__all__ = ["bootstrap_standard_errors", "posterior_standard_errors"]

_N_RESAMPLES = 100
"""Repetitions of the bootstrap. Other numbers were not compared."""


def posterior_standard_errors(first: PosteriorFit, second: PosteriorFit, terms: Terms) -> Blocks:
    """Return the standard error of every interaction of ``<f, g>``.

    Args:
        first: The fit of ``f``, whose players come first.
        second: The fit of ``g``.
        terms: Which interactions are wanted.
    """
    fits = (first, second)
    covariances = first.output_covariance, second.output_covariance
    trace = float((covariances[0] * covariances[1]).sum())
    max_sizes = [max(of_side) for of_side in zip(*terms.sizes, strict=True)]
    errors = [
        [fit.error_covariances(size) for size in range(max_size + 1)]
        for fit, max_size in zip(fits, max_sizes, strict=True)
    ]
    estimates = [
        [fit.products_of_parts(size, roots) for size in range(max_size + 1)]
        for fit, roots, max_size in zip(
            fits, map(roots_of, covariances[::-1]), max_sizes, strict=True
        )
    ]
    blocks = {}
    for sizes in terms.sizes:
        weights = part_weights(first.index, sizes, terms)
        left, right = errors[0][sizes[0]], errors[1][sizes[1]]
        around_first = _weighed(weights, estimates[1][sizes[1]] + trace * right)
        around_second = _weighed(weights.T, estimates[0][sizes[0]])
        variances = _contracted(left, around_first) + _contracted(around_second, right)
        blocks[sizes] = np.sqrt(variances.clip(min=0))
    return blocks


def bootstrap_standard_errors(
    solve: Callable[[tuple[Sample, Sample]], Blocks],
    values: Blocks,
    samples: tuple[Sample, Sample],
    n_columns: tuple[int, int],
    rng: np.random.Generator,
) -> Blocks:
    """Return how far interactions scatter when the sampled coalitions get random weights.

    This is the Bayesian bootstrap (Rubin, 1981), which loses no coalition. Resampling with
    replacement loses some, and least squares can often not be solved with the rest. Residuals are
    smaller than errors, so the standard deviation is enlarged by ``sqrt(m / (m - q))`` for ``m``
    coalitions and ``q`` columns.

    Args:
        solve: From samples of both sides to interactions.
        values: The interactions.
        samples: Those that were evaluated; a side that is exact stays as it is.
        n_columns: The number of columns of each side's fit.
        rng: The only source of randomness.

    Returns:
        A standard error for each interaction, NaN where a side has no more coalitions than columns.
    """
    sampled = [side for side in (0, 1) if not samples[side].is_exact]
    if any(len(samples[side]) <= n_columns[side] for side in sampled):
        return {sizes: np.full_like(block, math.nan) for sizes, block in values.items()}
    resamples = []
    for _ in range(_N_RESAMPLES):
        first, second = samples
        if 0 in sampled:
            first = _reweighted(first, rng)
        if 1 in sampled:
            second = _reweighted(second, rng)
        resamples.append(solve((first, second)))
    inflation = 1.0
    for side in sampled:
        m, q = len(samples[side]), n_columns[side]
        inflation *= math.sqrt(m / (m - q))
    return {
        sizes: np.std([found[sizes] for found in resamples], axis=0, ddof=1) * inflation
        for sizes in resamples[0]
    }


def _reweighted(sample: Sample, rng: np.random.Generator) -> Sample:
    weights = sample.weights * rng.exponential(size=len(sample))
    return replace(sample, weights=weights / weights.sum())


def _weighed(weights: FloatArray, squares: FloatArray) -> FloatArray:
    """Sum products of the parts of one side over those that go with each part of the other."""
    return np.einsum("pu,quv,sv->qps", weights, squares, weights, optimize=True)


def _contracted(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the inner products of all pairs of small matrices, of shape ``(q, q')``."""
    return left.reshape(len(left), -1) @ right.reshape(len(right), -1).T
