"""From an evaluated game to the fits of its sides, their interactions, R² and standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.blocks import Labels
from shapiq_fixlip.solver.combine import Terms, cross_validated_r2, joint_interactions
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.resolved import are_resolved, control_variate, degrees_of_freedom_of
from shapiq_fixlip.solver.shrinkage import ShrinkageFit
from shapiq_fixlip.solver.side_fit import PosteriorFit
from shapiq_fixlip.solver.standard_errors import (
    bootstrap_standard_errors,
    posterior_standard_errors,
)
from shapiq_fixlip.solver.threads import in_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.blocks import Blocks, Sizes
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.solver.side_fit import SideFit
    from shapiq_fixlip.typing import Estimator, FloatArray

__all__ = ["MAX_SHRUNK", "Solution", "solve", "solve_shapley"]

MAX_SHRUNK = 8192
"""The most coalitions of a side for shrinkage, whose covariances must fit into memory."""

_REACH = 1.96
"""Half of an interval of 95 percent, in standard errors."""

_ROUNDING = 1e-7
"""Interactions, relative to the largest value, that are zero but for rounding of float32."""

_BANZHAF_P = 0.5


@dataclass(frozen=True)
class Solution:
    """The fits of both sides of an evaluated game.

    Attributes:
        observations: What was evaluated.
        terms: Which interactions are wanted.
        fits: Of the first and of the second side.
        fits_of_errors: The same for standard errors. Default: ``fits``.
    """

    observations: Observations
    terms: Terms
    fits: tuple[SideFit, SideFit]
    fits_of_errors: tuple[SideFit, SideFit] | None = None

    @cached_property
    def interactions(self) -> Blocks:
        """The values of the interactions."""
        found = joint_interactions(*self.fits, self.terms)
        found[0, 0] = found[0, 0] + self.observations.offset
        return found

    @cached_property
    def labels(self) -> Labels:
        """The players of the interactions."""
        first, second = self.fits
        return Labels(self.terms.sizes, first.subsets, second.subsets, first.n)

    def r2(self, rng: np.random.Generator) -> float:
        """Return the cross-validated R²: how well coalitions are predicted when held out."""
        return cross_validated_r2(*self.fits, self.terms, rng)

    def standard_errors(self, rng: np.random.Generator) -> Blocks:
        """Return how far interactions may be from those of all coalitions.

        They come from the posterior where both fits have one, otherwise from least squares with
        random weights of the coalitions, drawn with ``rng``: NaN where there are too few for it.
        """
        first, second = self.fits_of_errors or self.fits
        if isinstance(first, PosteriorFit) and isinstance(second, PosteriorFit):
            return posterior_standard_errors(first, second, self.terms)
        n_columns = n_products(first.n, first.max_degree), n_products(second.n, second.max_degree)
        samples = self.observations.samples
        for sample, n in zip(samples, n_columns, strict=True):
            if len(sample) <= n and not sample.is_exact:
                return {s: np.full_like(block, math.nan) for s, block in self.interactions.items()}

        def solve_again(samples: tuple[Sample, Sample]) -> Blocks:
            observations = replace(self.observations, samples=samples)
            return solve(observations, first.index, self.terms, "least_squares").interactions

        return bootstrap_standard_errors(solve_again, samples, n_columns, rng)

    def resolved(self, errors: Blocks) -> dict[Sizes, NDArray[np.bool_]]:
        """Return which interactions of the highest order are resolved.

        Their intervals exclude zero, and so does the control variate after counting chance,
        separately for every number of players of each side. Where no control variate is known
        (least squares, Shapley interactions), chance is counted for the intervals.

        Args:
            errors: From :meth:`standard_errors`.
        """
        highest = max(map(sum, self.terms.sizes))
        return {
            sizes: self._resolved_of(sizes, errors[sizes])
            for sizes in self.terms.sizes
            if sum(sizes) == highest
        }

    def _resolved_of(self, sizes: Sizes, errors: FloatArray) -> NDArray[np.bool_]:
        first, second = self.fits
        values = self.interactions[sizes]
        estimates, of_estimates, degrees_of_freedom = values, errors, math.inf
        if (
            isinstance(first, PosteriorFit)
            and isinstance(second, PosteriorFit)
            and first.index.predicts_values
        ):
            estimates, of_estimates = control_variate(first, second, sizes)
            degrees_of_freedom = min(map(degrees_of_freedom_of, self.fits, sizes))
        resolved = are_resolved(estimates, of_estimates, degrees_of_freedom)
        resolved &= (np.abs(values) > _REACH * errors) & (estimates * values > 0)
        return resolved & (np.abs(values) > _ROUNDING * self.observations.largest_value)


def solve(
    observations: Observations, index: DerivativeIndex, terms: Terms, estimator: Estimator
) -> Solution:
    """Fit both sides of a game at ``p``, the only node of the index.

    A side of which all coalitions were evaluated is projected exactly. Shrinkage of many more
    coalitions than interactions is least squares, which then needs no prior.

    Raises:
        InputError: If there are too few coalitions for least squares.
    """
    (p,) = index.nodes
    fit_side = partial(_fit, observations, index, terms, estimator=estimator, p=p)
    first, second = in_threads(fit_side, (0, 1))
    return Solution(observations, terms, (first, second))


def solve_shapley(
    observations: Observations,
    index: DerivativeIndex,
    index_of_errors: DerivativeIndex,
    terms: Terms,
    n_fixed: tuple[int, int],
) -> Solution:
    """Fit both sides of a game whose coalitions have all sizes, for Shapley interactions.

    Args:
        observations: What was evaluated.
        index: Of the interactions.
        index_of_errors: Of their standard errors.
        terms: Which interactions are wanted.
        n_fixed: How many of the first coalitions of each side were not drawn.
    """

    def fit_side(side: int) -> SideFit:
        return _fit(observations, index, terms, side, p=_BANZHAF_P, n_fixed=n_fixed[side])

    first, second = in_threads(fit_side, (0, 1))
    fits_of_errors = first.with_index(index_of_errors), second.with_index(index_of_errors)
    return Solution(observations, terms, (first, second), fits_of_errors)


def _fit(
    observations: Observations,
    index: DerivativeIndex,
    terms: Terms,
    side: int,
    *,
    estimator: Estimator = "shrinkage",
    p: float,
    n_fixed: int = 0,
) -> SideFit:
    """Fit one side."""
    sample, embeddings = observations.samples[side], observations.embeddings[side]
    max_degree = terms.max_degrees[side]
    if sample.is_exact:
        return EnumeratedFit(sample, embeddings, index, max_degree)
    if estimator == "least_squares" or len(sample) > MAX_SHRUNK:
        return LeastSquaresFit(sample, embeddings, index, max_degree)
    directions = observations.directions(side)
    return ShrinkageFit(
        sample, embeddings, index, max_degree, p=p, directions=directions, n_fixed=n_fixed
    )
