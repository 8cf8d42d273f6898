"""A solved game: its interactions, their errors, and how well they fit."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.resolved import are_resolved

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapiq.typing import InteractionScores

    from shapiq_fixlip.solver.blocks import Blocks, Labels, Sizes
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.solver.terms import Terms
    from shapiq_fixlip.typing import FloatArray

__all__ = ["Solution"]

_REACH = 1.96
"""Half of an interval of 95 percent, in standard errors."""

_ROUNDING = 1e-7
"""Interactions, relative to the largest value, that are zero but for rounding of float32."""


class Solution(ABC):
    """A solved game.

    Attributes:
        observations: What was evaluated.
        index: The index of interactions.
        terms: Which interactions are fitted and returned.
    """

    def __init__(self, observations: Observations, index: DerivativeIndex, terms: Terms) -> None:
        """Keep what was solved."""
        self.observations, self.index, self.terms = observations, index, terms

    @property
    def p(self) -> float:
        """The only node of the index; Shapley interactions have many, a ``ValueError``."""
        (p,) = self.index.nodes
        return p

    @property
    @abstractmethod
    def values(self) -> Blocks:
        """The values of the interactions."""

    @abstractmethod
    def r2(self, rng: np.random.Generator) -> float:
        """Return the cross-validated R²: how well coalitions are predicted when held out."""

    @abstractmethod
    def standard_errors(self, rng: np.random.Generator) -> Blocks:
        """Return how far interactions may be from those of all coalitions.

        Args:
            rng: Draws what errors need.
        """

    @cached_property
    def labels(self) -> Labels:
        """The players of the interactions."""
        return self.terms.labels(self.observations.n_players)

    @property
    def named(self) -> InteractionScores:
        """The value of every interaction by its players."""
        return self.labels.named(self.values)

    def resolved(self, errors: Blocks) -> dict[Sizes, NDArray[np.bool_]]:
        """Return which interactions of the highest order are resolved.

        Their intervals exclude zero, and so does an estimate that is nearly unbiased after counting
        chance, separately for every number of players of each side.

        Args:
            errors: From :meth:`standard_errors`.
        """
        highest = max(map(sum, self.terms.sizes))
        found = {}
        for sizes in self.terms.sizes:
            if sum(sizes) == highest:
                values, value_errors = self.values[sizes], errors[sizes]
                estimates, estimate_errors, freedom = self._unbiased(sizes, value_errors)
                resolved = are_resolved(estimates, estimate_errors, freedom)
                resolved &= (np.abs(values) > _REACH * value_errors) & (estimates * values > 0)
                is_rounding = np.abs(values) <= _ROUNDING * self.observations.largest_value
                found[sizes] = resolved & ~is_rounding
        return found

    def _unbiased(self, sizes: Sizes, errors: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """Return nearly unbiased estimates of a block, their errors, and degrees of freedom.

        Where none are known (least squares, Shapley interactions), they are the interactions, so
        that chance is counted for the intervals.
        """
        return self.values[sizes], errors, math.inf
