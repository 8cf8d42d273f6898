"""From an evaluated game to fits of its sides, and from these to all that is told about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapiq_fixlip.basis import DegreeBasis
from shapiq_fixlip.fits import ProjectionFit, SideFit
from shapiq_fixlip.interactions import Terms, faithfulness, joint_interactions
from shapiq_fixlip.least_squares import LeastSquaresFit
from shapiq_fixlip.shrinkage import fit_with_shrinkage, principal_directions

if TYPE_CHECKING:
    import numpy as np

    from shapiq_fixlip.evaluation import Evaluation
    from shapiq_fixlip.typing import Estimator

__all__ = ["Solution", "solve"]


@dataclass(frozen=True)
class Solution:
    """The fits of both sides of an evaluated game.

    Attributes:
        fits: Of the first and of the second side.
        terms: Which interactions are wanted.
        offset: What is added to every value.
    """

    fits: tuple[SideFit, SideFit]
    terms: Terms
    offset: float

    def interactions(self) -> dict[tuple[int, ...], float]:
        """Return the value of every interaction, ordered by size, then lexicographically."""
        found = joint_interactions(*self.fits, self.terms)
        found[()] += self.offset
        return found

    def faithfulness(self, rng: np.random.Generator) -> float:
        """Return how well coalitions are predicted that the fits have not seen."""
        return faithfulness(*self.fits, self.terms, rng)


def solve(evaluation: Evaluation, p: float, terms: Terms, estimator: Estimator) -> Solution:
    """Fit both sides of a game at ``p``.

    A side of which all coalitions were evaluated is projected exactly.
    """
    first, second = (
        _fit_side(evaluation, side, p, terms.max_degrees[side], estimator) for side in (0, 1)
    )
    return Solution((first, second), terms, evaluation.offset)


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
