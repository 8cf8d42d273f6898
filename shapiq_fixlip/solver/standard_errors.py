"""Standard errors of interactions, from the same passes.

They tell how far interactions may be from those of all coalitions. An interaction of a separable
game is a sum of inner products of parts of both sides, ``e = sum_(t, u) <x_t, y_u>`` over the
degrees ``t`` and ``u`` that may go together. The errors of both sides are independent and normal,
so the variance follows from their covariances: each side's error times the other side's estimate,
plus the product of both errors. Where a fit has no posterior, the coalitions get random weights
instead (Bayesian bootstrap).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from shapiq_fixlip.solver.combine import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapiq.typing import InteractionScores

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.combine import Terms
    from shapiq_fixlip.solver.side_fit import PosteriorFit
    from shapiq_fixlip.typing import FloatArray

__all__ = ["bootstrap_standard_errors", "posterior_standard_errors"]

_N_RESAMPLES = 100
"""Repetitions of the bootstrap. Other numbers were not compared."""

_MIN_DIRECTION = 1e-4
"""Smaller directions of the noise, relative to the largest, are left out.

Other bounds were not compared.
"""


def posterior_standard_errors(
    first: PosteriorFit, second: PosteriorFit, terms: Terms
) -> InteractionScores:
    """Return the posterior standard deviation of every interaction of ``<f, g>``.

    Args:
        first: The fit of ``f``, whose players come first.
        second: The fit of ``g``.
        terms: Which interactions are wanted.

    Returns:
        Keys and order are those of :func:`~shapiq_fixlip.solver.combine.joint_interactions`.
    """
    blocks = (np.sqrt(block.clip(min=0)) for block in _variances(first, second, terms))
    return listed(blocks, first.basis, second.basis, terms)


def bootstrap_standard_errors(
    solve: Callable[[tuple[Sample, Sample]], InteractionScores],
    samples: tuple[Sample, Sample],
    n_columns: tuple[int, int],
    rng: np.random.Generator,
) -> InteractionScores:
    """Return how far interactions scatter when the sampled coalitions get random weights.

    This is the Bayesian bootstrap (Rubin, 1981), which loses no coalition. Resampling with
    replacement loses some, and least squares can often not be solved with the rest. Residuals are
    smaller than errors, so the standard deviation is enlarged by ``sqrt(m / (m - q))`` for ``m``
    coalitions and ``q`` columns.

    Args:
        solve: From samples of both sides to interactions.
        samples: Those that were evaluated; a side that is exact stays as it is.
        n_columns: The number of columns of each side's fit.
        rng: The only source of randomness.

    Returns:
        A standard error for each interaction; NaN where a sampled side has no more coalitions than
        columns.
    """
    sampled = [side for side in (0, 1) if not samples[side].is_exact]
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
        inflation *= math.sqrt(m / (m - q)) if m > q else math.nan
    scatter = np.std([list(found.values()) for found in resamples], axis=0, ddof=1) * inflation
    return dict(zip(resamples[0], scatter.tolist(), strict=True))


def _reweighted(sample: Sample, rng: np.random.Generator) -> Sample:
    weights = sample.weights * rng.exponential(size=len(sample))
    return replace(sample, weights=weights / weights.sum())


def _variances(first: PosteriorFit, second: PosteriorFit, terms: Terms) -> Iterator[FloatArray]:
    """Yield the variances of interactions in blocks, one for each size of their first part."""
    together = _degrees_together(first, second, terms)
    trace = np.sum(first.value_covariance * second.value_covariance)
    errors, weights = [], []  # of the second parts, by size
    for size, estimates in enumerate(_squares_of_parts(second, first.value_covariance)):
        errors.append(second.part_covariances(size))
        weights.append(_summed(together, estimates + trace * errors[size]))
    for size, estimates in enumerate(_squares_of_parts(first, second.value_covariance)):
        n_second = terms.partner_degree(size, 0) + 1
        own_errors, own_weights = first.part_covariances(size), _summed(together.T, estimates)
        of_first = _contracted(own_errors, np.concatenate(weights[:n_second]))
        of_second = _contracted(own_weights, np.concatenate(errors[:n_second]))
        yield of_first + of_second


def _degrees_together(first: PosteriorFit, second: PosteriorFit, terms: Terms) -> FloatArray:
    """Return ones where a degree of the first side (row) may go with one of the second (column)."""
    together = np.zeros((first.basis.max_degree + 1, second.basis.max_degree + 1))
    for degree in range(terms.max_degrees[0] + 1):
        together[degree, : terms.partner_degree(degree, 0) + 1] = 1
    return together


def _squares_of_parts(fit: PosteriorFit, covariance: FloatArray) -> Iterator[FloatArray]:
    """Yield the products ``x_t' covariance x_u`` of parts of interactions, for every size.

    Each array is of shape ``(q_size, degrees, degrees)``.
    """
    squares, directions = linalg.eigh(covariance)
    kept = squares > _MIN_DIRECTION**2 * max(squares.max(), 0)
    roots = (directions[:, kept] * np.sqrt(squares[kept])).T
    max_degree = fit.basis.max_degree
    along = fit.contract(roots, max_degree)
    for size in range(max_degree + 1):
        parts = np.zeros((len(fit.basis.subsets[size]), max_degree + 1, len(roots)))
        for degree in range(size, max_degree + 1):
            parts[:, degree] = fit.basis.parts(size, degree) @ along[fit.basis.degree_slice(degree)]
        yield np.einsum("qtr,qur->qtu", parts, parts)


def _summed(together: FloatArray, squares: FloatArray) -> FloatArray:
    """Sum products of parts over the degrees that may go with each degree of the other side."""
    return np.einsum("tu,quv,sv->qts", together, squares, together, optimize=True)


def _contracted(left: FloatArray, right: FloatArray) -> FloatArray:
    """Return the inner products of all pairs of small matrices, of shape ``(q, q')``."""
    return left.reshape(len(left), -1) @ right.reshape(len(right), -1).T
