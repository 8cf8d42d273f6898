"""Which interactions of the highest order are resolved: told from zero after counting chance.

Shrunk estimates are sharp but biased, and their standard errors hold on average over all
interactions, not for one that was picked because it is large. The control variate

    mean_m ( estimate + error_m z_T(S_m) )

adds what the leave-one-out errors at the sampled coalitions say about one product ``z_T``. It is
unbiased whatever the prior, and its standard error is that of a mean. It is less sharp, so it is
not the estimate, but it tells of every interaction by itself whether it differs from zero. Of a
thousand interactions some would by chance; the procedure of Benjamini and Hochberg (1995) keeps the
expected share of these among all that are resolved below 5 percent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from shapiq_fixlip.solver.basis import products_of, standardised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.solver.side_fit import PosteriorFit
    from shapiq_fixlip.typing import FloatArray

__all__ = ["are_resolved", "control_variate"]

_LEVEL = 0.05
"""The expected share of interactions that are zero among all that are resolved."""


def are_resolved(estimates: FloatArray, errors: FloatArray, freedom: float) -> NDArray[np.bool_]:
    """Return which numbers differ from zero, after counting chance.

    Args:
        estimates: Unbiased estimates.
        errors: Their standard errors, of the same shape; 0 for what is known, NaN for what is not.
        freedom: Degrees of freedom of the standard errors, infinite if they are known.

    Returns:
        Of the same shape.

    >>> are_resolved(np.array([5.0, 2.0, 0.1, 1.0]), np.array([1.0, 1.0, 1.0, 0.0]), np.inf)
    array([ True, False, False,  True])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.where(estimates == 0, 0.0, np.abs(estimates) / errors)
    chances = 2 * stats.t.sf(distances, freedom)
    is_known = ~np.isnan(chances)
    resolved = np.zeros(estimates.shape, dtype=bool)
    if is_known.any():
        adjusted = stats.false_discovery_control(chances[is_known])
        resolved[is_known] = adjusted <= _LEVEL
    return resolved


def control_variate(
    first: PosteriorFit, second: PosteriorFit, sizes: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Return unbiased estimates of interactions of the highest order, and their standard errors.

    Args:
        first: The fit of one side, of faithful interactions.
        second: The fit of the other side.
        sizes: The numbers of players of each side.

    Returns:
        Both of shape ``(q, q')``.
    """
    of_second = _corrected(second, sizes[1], np.eye(second.embeddings.shape[1]))  # (q', d)
    errors = first.left_out_errors @ of_second.T  # (m, q')
    both = _corrected(first, sizes[0], np.vstack([of_second, second.left_out_errors]))
    estimates, errors_of_second = np.split(both, [len(of_second)], axis=1)
    variances = _variances_of_means(first, sizes[0], errors)
    variances = variances + _variances_of_means(second, sizes[1], errors_of_second.T).T
    return estimates, np.sqrt(variances)


def _corrected(fit: PosteriorFit, size: int, directions: FloatArray) -> FloatArray:
    """Return inner products of the unbiased derivatives of one size with vectors, ``(q, r)``."""
    shrunk = fit.parts(size, directions)[:, 0]
    if not len(fit.left_out_errors):
        return shrunk
    weights = fit.sample.weights[:, None] / fit.sample.weights.sum()
    along = weights * (fit.left_out_errors @ directions.T)
    return shrunk + _scaled_products(fit, size).T @ along


def _variances_of_means(fit: PosteriorFit, size: int, errors: FloatArray) -> FloatArray:
    """Return variances of the weighted means of products with errors, ``(q, r)``.

    Args:
        fit: The fit of one side.
        size: The number of players of the products.
        errors: Of the sampled coalitions, of shape ``(m, r)``.
    """
    if not len(fit.left_out_errors):
        return np.zeros((len(fit.subsets[size]), errors.shape[1]))
    m = len(fit.sample)
    weights = fit.sample.weights[:, None] / fit.sample.weights.sum()
    products = _scaled_products(fit, size)
    means = products.T @ (weights * errors)
    squares = (products**2).T @ (weights * errors) ** 2
    spread = squares - means**2 * np.sum(weights**2)
    return spread.clip(min=0) * m / (m - 1)


def _scaled_products(fit: PosteriorFit, size: int) -> FloatArray:
    """Return what turns a mean of values into derivatives of all sets of a size, ``(m, q)``."""
    (p,) = fit.index.nodes
    z = standardised(fit.sample.coalitions, p)
    return products_of(z, fit.subsets[size]) * (p * (1 - p)) ** (-size / 2)
