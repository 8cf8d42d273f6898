"""From an evaluated game to fits of its sides, and from these to all that is told about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapiq_fixlip.solver.basis import DegreeBasis
from shapiq_fixlip.solver.combine import Terms, faithfulness, joint_interactions
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.shrinkage import fit_with_shrinkage, principal_directions
from shapiq_fixlip.solver.side_fit import PosteriorFit, ProjectionFit, SideFit
from shapiq_fixlip.solver.standard_errors import (
    bootstrap_standard_errors,
    posterior_standard_errors,
)

if TYPE_CHECKING:
    import numpy as np

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.observations import Evaluation
    from shapiq_fixlip.typing import Estimator

__all__ = ["Solution", "solve"]


@dataclass(frozen=True)
class Solution:
    """The fits of both sides of an evaluated game.

    Attributes:
        evaluation: What was fitted.
        p: Probability of a player to be present.
        terms: Which interactions are wanted.
        estimator: How a sampled side is fitted.
        fits: Of the first and of the second side.
    """

    evaluation: Evaluation
    p: float
    terms: Terms
    estimator: Estimator
    fits: tuple[SideFit, SideFit]

    def interactions(self) -> dict[tuple[int, ...], float]:
        """Return the value of every interaction, ordered by size, then lexicographically."""
        found = joint_interactions(*self.fits, self.terms)
        found[()] += self.evaluation.offset
        return found

    def faithfulness(self, rng: np.random.Generator) -> float:
        """Return how well coalitions are predicted that the fits have not seen."""
        return faithfulness(*self.fits, self.terms, rng)

    def standard_errors(self, rng: np.random.Generator) -> dict[tuple[int, ...], float]:
        """Return how far interactions may be from those of all coalitions.

        From the posterior where the fits have one, otherwise by resampling with ``rng``.
        """
        first, second = self.fits
        if isinstance(first, PosteriorFit) and isinstance(second, PosteriorFit):
            return posterior_standard_errors(first, second, self.terms)

        def solve_again(samples: tuple[Sample, Sample]) -> dict[tuple[int, ...], float]:
            evaluation = replace(self.evaluation, samples=samples)
            return solve(evaluation, self.p, self.terms, self.estimator).interactions()

        n_columns = (first.basis.ends[-1], second.basis.ends[-1])
        return bootstrap_standard_errors(solve_again, self.evaluation.samples, n_columns, rng)


def solve(evaluation: Evaluation, p: float, terms: Terms, estimator: Estimator) -> Solution:
    """Fit both sides of a game at ``p``.

    A side of which all coalitions were evaluated is projected exactly.
    """
    first, second = (
        _fit_side(evaluation, side, p, terms.max_degrees[side], estimator) for side in (0, 1)
    )
    return Solution(evaluation, p, terms, estimator, (first, second))


def _fit_side(
    evaluation: Evaluation, side: int, p: float, max_degree: int, estimator: Estimator
) -> SideFit:
    """Fit one side; only shrinkage looks at the other, to weigh what counts in a vector."""
    sample, values = evaluation.samples[side], evaluation.values[side]
    basis = DegreeBasis(sample.coalitions.shape[1], p, max_degree)
    if sample.is_exact:
        return ProjectionFit(sample, values, basis)
    if estimator == "least_squares":
        return LeastSquaresFit(sample, values, basis)
    partner_weights = evaluation.samples[1 - side].weights
    directions = principal_directions(partner_weights, evaluation.values[1 - side])
    return fit_with_shrinkage(sample, values, basis, directions)
