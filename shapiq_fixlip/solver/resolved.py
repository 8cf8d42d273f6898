"""Which interactions of the highest order are resolved: told from zero after counting chance.

Shrunk estimates are sharp but biased, and their standard errors hold on average over all
interactions, not for one that was picked because it is large. The control variate

    mean_m ( estimate + error_m z_T(S_m) / (p (1 - p))^(|T| / 2) )

adds what the leave-one-out errors at the sampled coalitions say about one product ``z_T``. It is
unbiased, but for what one coalition contributes to the estimate and to the choice of the prior, and
its standard error is that of a mean. It is less sharp, so it is not the estimate, but it tells of
every interaction by itself whether it differs from zero. Of a thousand interactions some would by
chance; the procedure of Benjamini and Hochberg (1995) keeps the expected share of these among all
that are resolved below 5 percent.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from shapiq_fixlip.solver.basis import products_of, standardised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from shapiq_fixlip.solver.side_fit import PosteriorFit, SideFit
    from shapiq_fixlip.typing import FloatArray

__all__ = ["are_resolved", "control_variate", "degrees_of_freedom_of"]

_LEVEL = 0.05
"""The expected share of interactions that are zero among all that are resolved."""


def are_resolved(
    estimates: FloatArray, errors: FloatArray, degrees_of_freedom: float
) -> NDArray[np.bool_]:
    """Return which numbers differ from zero, after counting chance.

    Args:
        estimates: Estimates whose errors have mean zero.
        errors: Their standard errors, of the same shape; 0 for what is known, NaN for what is not.
        degrees_of_freedom: Those of the standard errors, infinite if they are known.

    Returns:
        Of the same shape.

    >>> are_resolved(np.array([5.0, 2.0, 0.1, 1.0]), np.array([1.0, 1.0, 1.0, 0.0]), np.inf)
    array([ True, False, False,  True])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.where(estimates == 0, 0.0, np.abs(estimates) / errors)
    p_values = 2 * stats.t.sf(distances, degrees_of_freedom)
    is_known = ~np.isnan(p_values)
    resolved = np.zeros(estimates.shape, dtype=bool)
    if is_known.any():
        adjusted = stats.false_discovery_control(p_values[is_known])
        resolved[is_known] = adjusted <= _LEVEL
    return resolved


def degrees_of_freedom_of(fit: SideFit, size: int) -> float:
    """Return the degrees of freedom of standard errors of the means of a side's control variates.

    Products of rare players are large at few coalitions, which tell little of a variance. The
    degrees are those of a chi-squared variable that varies as much as the sample variance of normal
    errors times products with the fourth moment ``kappa``.

    Args:
        fit: The fit of a side, whose index has one node.
        size: The number of players of a product.

    Returns:
        ``2 (m - 1) / (3 kappa - 1)`` for ``m`` equally weighted coalitions, infinite for all.
    """
    if fit.sample.is_exact:
        return math.inf
    (p,) = fit.index.nodes
    kappa = (1 / (p * (1 - p)) - 3) ** size
    weights = fit.sample.weights / fit.sample.weights.sum()
    return 2 * (1 / np.sum(weights**2) - 1) / (3 * kappa - 1)


def control_variate(
    first: PosteriorFit, second: PosteriorFit, sizes: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Return nearly unbiased interactions of the highest order, and their standard errors.

    Args:
        first: The fit of one side, whose index has one node.
        second: The fit of the other side.
        sizes: The numbers of players of each side.

    Returns:
        Both of shape ``(q, q')``.
    """
    if len(first.subsets[sizes[0]]) < len(second.subsets[sizes[1]]):
        estimates, errors = control_variate(second, first, sizes[::-1])
        return estimates.T, errors.T
    (weight,) = first.index.weights_of(sum(sizes))
    identity = np.eye(second.embeddings.shape[1])
    of_second = np.vstack([found for _, found in _corrected(second, sizes[1], identity)])
    products_of_second = _scaled_products(second, second.subsets[sizes[1]])
    errors = first.left_out_errors @ of_second.T  # (m, q')
    directions = np.vstack([of_second, second.left_out_errors])
    all_estimates, all_variances = [], []
    for products, found in _corrected(first, sizes[0], directions):
        of_chunk, errors_of_second = np.split(found, [len(of_second)], axis=1)
        variances = _variances_of_means(first, products, errors)
        variances += _variances_of_means(second, products_of_second, errors_of_second.T).T
        all_estimates.append(of_chunk)
        all_variances.append(variances)
    return weight * np.vstack(all_estimates), abs(weight) * np.sqrt(np.vstack(all_variances))


def _corrected(
    fit: PosteriorFit, size: int, directions: FloatArray
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield scaled products of some sets, and their corrected derivatives along directions.

    Yields:
        Arrays of shape ``(m, q)`` and ``(q, r)``.
    """
    along = _weights(fit) * (fit.left_out_errors @ directions.T)
    for subsets, parts in fit.parts_in_chunks(size, directions):
        products = _scaled_products(fit, subsets)
        yield products, parts[:, 0] + products.T @ along


def _variances_of_means(fit: PosteriorFit, products: FloatArray, errors: FloatArray) -> FloatArray:
    """Return variances of the weighted means of products with errors, ``(q, r)``.

    Args:
        fit: The fit of one side.
        products: At the sampled coalitions, of shape ``(m, q)``.
        errors: At the sampled coalitions, of shape ``(m, r)``.
    """
    m, weights = len(errors), _weights(fit)
    means = products.T @ (weights * errors)
    squares = (products**2).T @ (weights * errors) ** 2
    crossed = means * (products.T @ (weights**2 * errors))
    spread = squares - 2 * crossed + means**2 * np.sum(weights**2)
    return spread.clip(min=0) * m / max(m - 1, 1)


def _weights(fit: PosteriorFit) -> FloatArray:
    """Return the weights of the sampled coalitions, ``(m, 1)``; none of an enumerated side."""
    weights = fit.sample.weights / fit.sample.weights.sum()
    return weights[: len(fit.left_out_errors), None]


def _scaled_products(fit: PosteriorFit, subsets: np.ndarray) -> FloatArray:
    """Return what turns means over sampled coalitions into derivatives, ``(m, q)``."""
    (p,) = fit.index.nodes
    z = standardised(fit.sample.coalitions[: len(fit.left_out_errors)], p)
    return products_of(z, subsets) * (p * (1 - p)) ** (-subsets.shape[1] / 2)
