"""From an evaluated game to the fits of its sides, their interactions, R² and standard errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapiq_fixlip.solver.basis import DegreeBasis
from shapiq_fixlip.solver.combine import Terms, cross_validated_r2, joint_interactions
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.shrinkage import fit_with_shrinkage
from shapiq_fixlip.solver.side_fit import PosteriorFit, ProjectionFit, SideFit
from shapiq_fixlip.solver.standard_errors import (
    bootstrap_standard_errors,
    posterior_standard_errors,
)

if TYPE_CHECKING:
    import numpy as np
    from shapiq.typing import InteractionScores

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.typing import Estimator

__all__ = ["Solution", "solve"]


@dataclass(frozen=True)
class Solution:
    """The fits of both sides of an evaluated game.

    Attributes:
        observations: What was evaluated.
        p: Presence probability.
        terms: Which interactions are wanted.
        estimator: How a sampled side is fitted.
        fits: Of the first and of the second side.
    """

    observations: Observations
    p: float
    terms: Terms
    estimator: Estimator
    fits: tuple[SideFit, SideFit]

    def interactions(self) -> InteractionScores:
        """Return the value of every interaction, ordered by size, then lexicographically."""
        found = joint_interactions(*self.fits, self.terms)
        found[()] += self.observations.offset
        return found

    def r2(self, rng: np.random.Generator) -> float:
        """Return the cross-validated R²: how well coalitions are predicted when held out."""
        return cross_validated_r2(*self.fits, self.terms, rng)

    def standard_errors(self, rng: np.random.Generator) -> InteractionScores:
        """Return how far interactions may be from those of all coalitions.

        They come from the posterior where both fits have one, otherwise from random weights of the
        coalitions, drawn with ``rng``.
        """
        first, second = self.fits
        if isinstance(first, PosteriorFit) and isinstance(second, PosteriorFit):
            return posterior_standard_errors(first, second, self.terms)

        def solve_again(samples: tuple[Sample, Sample]) -> InteractionScores:
            observations = replace(self.observations, samples=samples)
            return solve(observations, self.p, self.terms, self.estimator).interactions()

        n_columns = (first.basis.ends[-1], second.basis.ends[-1])
        return bootstrap_standard_errors(solve_again, self.observations.samples, n_columns, rng)


def solve(observations: Observations, p: float, terms: Terms, estimator: Estimator) -> Solution:
    """Fit both sides of a game at ``p``.

    A side of which all coalitions were evaluated is projected exactly.
    """
    first, second = (
        _fit_side(observations, side, p, terms.max_degrees[side], estimator) for side in (0, 1)
    )
    return Solution(observations, p, terms, estimator, (first, second))


def _fit_side(
    observations: Observations, side: int, p: float, max_degree: int, estimator: Estimator
) -> SideFit:
    """Fit one side; only shrinkage needs the other one, which weighs the dimensions."""
    sample, values = observations.samples[side], observations.embeddings[side]
    basis = DegreeBasis(sample.coalitions.shape[1], p, max_degree)
    if sample.is_exact:
        return ProjectionFit(sample, values, basis)
    if estimator == "least_squares":
        return LeastSquaresFit(sample, values, basis)
    return fit_with_shrinkage(sample, values, basis, observations.directions(side))
