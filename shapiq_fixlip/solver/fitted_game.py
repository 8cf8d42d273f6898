"""From an evaluated game to the fits of its sides, their interactions, R² and standard errors."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.chosen_least_squares import ChosenLeastSquares
from shapiq_fixlip.solver.combine import cross_validated_r2, joint_interactions
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.resolved import control_variate, degrees_of_freedom_of
from shapiq_fixlip.solver.shrinkage import ShrinkageFit
from shapiq_fixlip.solver.side_fit import PosteriorFit
from shapiq_fixlip.solver.solution import Solution
from shapiq_fixlip.solver.standard_errors import (
    bootstrap_standard_errors,
    posterior_standard_errors,
)
from shapiq_fixlip.solver.threads import in_threads, load_linear_algebra

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.blocks import Blocks, Sizes
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.solver.side_fit import SideFit
    from shapiq_fixlip.solver.terms import Terms
    from shapiq_fixlip.typing import Estimator, FloatArray

__all__ = ["MAX_SHRUNK", "FittedSides", "check_takes_shrinkage", "solve", "solve_shapley"]

MAX_SHRUNK = 8192
"""The most coalitions of a side for shrinkage, whose covariances must fit into memory."""

_MANY = 4
"""Shrinkage of more coalitions is least squares, which needs this many for each interaction; not
measured."""

_BANZHAF_P = 0.5


class FittedSides(Solution):
    """The fits of both sides of an evaluated game.

    Attributes:
        fits: Of the first and of the second side.
        fits_of_errors: The same for standard errors.
    """

    def __init__(
        self,
        observations: Observations,
        terms: Terms,
        fits: tuple[SideFit, SideFit],
        fits_of_errors: tuple[SideFit, SideFit] | None = None,
    ) -> None:
        """Keep the fits; those of errors are the same by default."""
        super().__init__(observations, fits[0].index, terms)
        self.fits, self.fits_of_errors = fits, fits_of_errors or fits

    @cached_property
    @override
    def values(self) -> Blocks:
        found = joint_interactions(*self.fits, self.terms)
        found[0, 0] = found[0, 0] + self.observations.offset
        return self._masked(found)

    def _masked(self, blocks: Blocks) -> Blocks:
        """Return blocks with NaN where nothing is chosen."""
        if self.terms.chosen is None:
            return blocks
        masks = self.terms.chosen.masks
        return {sizes: np.where(masks[sizes], block, np.nan) for sizes, block in blocks.items()}

    @override
    def r2(self, rng: np.random.Generator) -> float:
        """Return that of all interactions up to the order, also of those that are not returned."""
        return cross_validated_r2(*self.fits, self.terms, rng)

    @override
    def standard_errors(self, rng: np.random.Generator) -> Blocks:
        """Return how far interactions may be from those of all coalitions.

        They come from the posterior where both fits have one, otherwise from least squares with
        random weights of the coalitions, drawn with ``rng``: NaN where there are too few for it.
        """
        first, second = self.fits_of_errors
        if isinstance(first, PosteriorFit) and isinstance(second, PosteriorFit):
            return self._masked(posterior_standard_errors(first, second, self.terms))
        n_columns = n_products(first.n, first.max_degree), n_products(second.n, second.max_degree)

        def solve_again(samples: tuple[Sample, Sample]) -> Blocks:
            observations = replace(self.observations, samples=samples)
            return _solved(observations, first.index, self.terms, "least_squares").values

        samples = self.observations.samples
        return bootstrap_standard_errors(solve_again, self.values, samples, n_columns, rng)

    @override
    def _unbiased(self, sizes: Sizes, errors: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        first, second = self.fits
        is_highest = sum(sizes) == max(map(sum, self.terms.all_sizes))  # lower ones sum larger sets
        if not (
            isinstance(first, PosteriorFit)
            and isinstance(second, PosteriorFit)
            and first.index.predicts_values
            and is_highest
        ):
            return super()._unbiased(sizes, errors)
        estimates, estimate_errors = control_variate(first, second, sizes)
        estimates = self._masked({sizes: estimates})[sizes]
        return estimates, estimate_errors, min(map(degrees_of_freedom_of, self.fits, sizes))


def solve(
    observations: Observations, index: DerivativeIndex, terms: Terms, estimator: Estimator
) -> Solution:
    """Fit both sides of a game at ``p``, the only node of the index.

    A side of which all coalitions were evaluated is projected exactly. Shrinkage of more than 8,192
    coalitions of a side is least squares, which then needs no prior.

    Raises:
        InputError: If there are too few coalitions for least squares.
    """
    load_linear_algebra(observations.device)
    if estimator == "least_squares" and terms.chosen is not None:
        return ChosenLeastSquares(observations, index, terms)
    return _solved(observations, index, terms, estimator)


def _solved(
    observations: Observations, index: DerivativeIndex, terms: Terms, estimator: Estimator
) -> FittedSides:
    """Fit both sides by all interactions up to the order, also those that are not returned."""
    (p,) = index.nodes
    fit_side = partial(_fit, observations, index, terms, estimator=estimator, p=p)
    first, second = in_threads(fit_side, (0, 1))
    return FittedSides(observations, terms, (first, second))


def solve_shapley(
    observations: Observations,
    index: DerivativeIndex,
    index_of_errors: DerivativeIndex,
    terms: Terms,
) -> Solution:
    """Fit both sides of a game whose coalitions have all sizes, for Shapley interactions.

    Args:
        observations: What was evaluated.
        index: Of the interactions.
        index_of_errors: Of their standard errors.
        terms: Which interactions are fitted and returned.
    """
    load_linear_algebra(observations.device)

    def fit_side(side: int) -> SideFit:
        return _fit(observations, index, terms, side, p=_BANZHAF_P)

    first, second = in_threads(fit_side, (0, 1))
    fits_of_errors = first.with_index(index_of_errors), second.with_index(index_of_errors)
    return FittedSides(observations, terms, (first, second), fits_of_errors)


def _fit(
    observations: Observations,
    index: DerivativeIndex,
    terms: Terms,
    side: int,
    *,
    estimator: Estimator = "shrinkage",
    p: float,
) -> SideFit:
    """Fit one side."""
    sample, embeddings = observations.samples[side], observations.embeddings[side]
    max_degree = terms.max_degrees[side]
    subsets = None if terms.chosen is None else terms.chosen.subsets[side]
    if sample.is_exact:
        return EnumeratedFit(sample, embeddings, index, max_degree, subsets, observations.device)
    if estimator == "least_squares" or len(sample) > MAX_SHRUNK:
        return LeastSquaresFit(sample, embeddings, index, max_degree, subsets)
    directions = observations.directions(side)
    return ShrinkageFit(
        sample,
        embeddings,
        index,
        max_degree,
        subsets,
        observations.device,
        p=p,
        directions=directions,
    )


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
    minimum = _MANY * n_columns
    if MAX_SHRUNK < n_coalitions < minimum:
        msg = (
            f"must give shrinkage at most {MAX_SHRUNK:,} coalitions of a side with {n} players, or "
            f"at least {minimum:,}, got {n_coalitions:,}."
        )
        raise InputError(argument, msg)
