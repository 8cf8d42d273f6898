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
import torch
from scipy import stats

from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.set_chunks import ListedSets
from shapiq_fixlip.solver.side_fit import roots_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from shapiq_fixlip.solver.blocks import Sizes
    from shapiq_fixlip.solver.set_chunks import SetChunk
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
    weights = fit.sample.weights
    return 2 * (1 / np.sum(weights**2) - 1) / (3 * kappa - 1)


def control_variate(
    first: PosteriorFit, second: PosteriorFit, sizes: Sizes
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
    own, other = _Residuals(first), _Residuals(second)
    chunks = _corrected(second, other, sizes[1], other.errors)
    of_second = torch.cat([sets.without_fillers(found, dim=1) for sets, found in chunks], dim=1)
    sets_of_second = ListedSets(torch.as_tensor(second.subsets[sizes[1]]).to(second.device))
    products = other.scaled_products(sets_of_second)
    along = _directions_of_errors(other, products)
    directions = torch.cat([of_second.T, along])
    all_estimates, all_variances = [], []
    for sets, found in _corrected(first, own, sizes[0], own.errors @ directions.T, directions):
        of_chunk, of_errors = found.split([of_second.shape[1], len(along)])
        variances = own.variances_of_means(own.scaled_products(sets), own.errors @ of_second)
        variances += _variances_along(other, products, of_errors).T
        all_estimates.append(sets.without_fillers(of_chunk.T))
        all_variances.append(sets.without_fillers(variances))
    all_errors = torch.cat(all_variances).sqrt()
    estimates, errors = (found.cpu().numpy() for found in (torch.cat(all_estimates), all_errors))
    return weight * estimates, abs(weight) * errors


def _corrected(
    fit: PosteriorFit,
    residuals: _Residuals,
    size: int,
    errors: torch.Tensor,
    directions: torch.Tensor | None = None,
) -> Iterator[tuple[SetChunk, torch.Tensor]]:
    """Yield a chunk of sets, fillers included, and their corrected derivatives.

    Args:
        fit: The fit of a side.
        residuals: Its leave-one-out errors.
        size: The number of players of the sets.
        errors: The same errors, or those along directions, of shape ``(m, r)``.
        directions: Of shape ``(r, d)``. Default: the dimensions themselves.
    """
    weighted = residuals.weights[:, None] * errors
    for sets, parts in fit.parts_in_chunks(size, directions):
        yield sets, parts[0] + weighted.T @ residuals.scaled_products(sets)


def _directions_of_errors(residuals: _Residuals, products: torch.Tensor) -> torch.Tensor:
    """Return along which directions the errors of a side tell the variances of its means.

    With one set, the covariance of its mean has few directions; with many sets, errors at all
    coalitions are cheaper than a covariance for each.
    """
    if products.shape[1] == 1:
        return roots_of(residuals.covariance_of_mean(products[:, 0]))
    return residuals.errors


def _variances_along(
    residuals: _Residuals, products: torch.Tensor, of_errors: torch.Tensor
) -> torch.Tensor:
    """Return the variances of a side's means, from derivatives along these directions.

    Args:
        residuals: The errors of the side.
        products: Those of its sets, of shape ``(m, q)``.
        of_errors: Derivatives of the other side along the directions, of shape ``(r, q')``.

    Returns:
        Of shape ``(q, q')``.
    """
    if products.shape[1] == 1:
        return (of_errors**2).sum(dim=0)[None]
    return residuals.variances_of_means(products, of_errors)


class _Residuals:
    """The leave-one-out errors of a side, none of an enumerated one.

    Attributes:
        errors: Of shape ``(m, d)``.
        weights: Those of the coalitions, of shape ``(m,)``.
    """

    def __init__(self, fit: PosteriorFit) -> None:
        """Keep the errors, and standardise the coalitions."""
        self.errors = fit.left_out_errors
        m = len(self.errors)
        (self._p,) = fit.index.nodes
        self.weights = torch.as_tensor(fit.sample.weights[:m]).to(self.errors)
        self._z = torch.as_tensor(standardised(fit.sample.coalitions[:m], self._p)).to(self.errors)

    def scaled_products(self, sets: SetChunk) -> torch.Tensor:
        """Return what turns means over coalitions into derivatives, ``(m, q)``."""
        size = sets.players.shape[1]
        return sets.products(self._z) * (self._p * (1 - self._p)) ** (-size / 2)

    def covariance_of_mean(self, products: torch.Tensor) -> torch.Tensor:
        """Return the covariance of the weighted mean of products, ``(m,)``, with the errors."""
        terms = products[:, None] * self.errors
        terms = self.weights[:, None] * (terms - self.weights @ terms)
        return terms.T @ terms * self._bessel

    def variances_of_means(self, products: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
        """Return the variances of the weighted means of products with errors along directions.

        Args:
            products: Of shape ``(m, q)``.
            errors: Of shape ``(m, r)``.

        Returns:
            Of shape ``(q, r)``.
        """
        weights = self.weights[:, None]
        means = products.T @ (weights * errors)
        squares = (products**2).T @ (weights * errors) ** 2
        crossed = means * (products.T @ (weights**2 * errors))
        spread = squares - 2 * crossed + means**2 * (weights**2).sum()
        return spread.clamp(min=0) * self._bessel

    @property
    def _bessel(self) -> float:
        """What makes variances of as many terms unbiased."""
        m = len(self.errors)
        return m / max(m - 1, 1)
