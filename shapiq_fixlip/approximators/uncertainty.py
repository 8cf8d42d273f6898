"""What both approximators tell about how sure their last run is."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.results.indices import SHAPLEY_INDICES
from shapiq_fixlip.results.labelling import with_numbers

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.solver.blocks import Blocks
    from shapiq_fixlip.solver.solution import Solution

__all__ = ["KnowsErrors", "Solved"]

_EMPTY_VALUE_IS_KNOWN = frozenset(SHAPLEY_INDICES) - {"SII"}
"""Indices whose value of no player is that of the empty coalition."""


class Solved:
    """A solved game with its labelled interactions.

    Attributes:
        solution: The solved game.
        values: The interactions.
        resampling: Seed of the weights of coalitions where errors need some.
    """

    def __init__(
        self,
        solution: Solution,
        values: InteractionValues,
        resampling: np.random.SeedSequence,
    ) -> None:
        """Keep all of it."""
        self.solution, self.values, self.resampling = solution, values, resampling

    @cached_property
    def standard_errors(self) -> InteractionValues:
        """The standard errors of the interactions."""
        errors = self.solution.labels.named(self._errors)
        if self.values.index in _EMPTY_VALUE_IS_KNOWN:
            errors[()] = 0.0
        return with_numbers(self.values, errors)

    @cached_property
    def resolved(self) -> frozenset[tuple[int, ...]]:
        """Which interactions of the highest order are resolved."""
        return self.solution.labels.where(self.solution.resolved(self._errors))

    @cached_property
    def _errors(self) -> Blocks:
        return self.solution.standard_errors(np.random.default_rng(self.resampling))


class KnowsErrors:
    """Tells standard errors of the last run, and which interactions are resolved."""

    _solved: Solved | None = None

    def standard_errors(self) -> InteractionValues:
        """Return the standard errors of the interactions of the last run, from the same passes.

        They are errors relative to the interactions of all coalitions. For shrinkage and Shapley
        interactions they are standard deviations of the posterior, with an allowance for what it
        leaves unexplained; in ``benchmarks/coverage.py``, intervals of 1.96 of those of ``FIxLIP``
        cover at least 90 % of the exact values on every kind of game and on the embedded model, for
        ``p`` from 0.3 to 0.7. For least squares they are the scatter over 100 random weightings of
        the sampled coalitions, at the cost of 100 fits.

        Returns:
            One non-negative standard error for each interaction; zeros if nothing was estimated,
            NaN where there are too few passes.

        Raises:
            RuntimeError: If nothing has been approximated yet.
        """
        return self._last_solved("standard errors").standard_errors

    def resolved(self) -> frozenset[tuple[int, ...]]:
        """Return which interactions of the highest order of the last run differ from zero.

        Their 95 % intervals exclude zero, and so does a nearly unbiased estimate of each, after
        counting that some of many do so by chance: of those of each kind that are returned, about
        5 % may be zero. Least squares, Shapley interactions and chosen interactions of fewer than
        ``max_order`` players have no such estimate; for them chance is counted for the intervals,
        so that it can be more. That an interaction is not returned does not say that it is zero.

        Raises:
            RuntimeError: If nothing has been approximated yet.
        """
        return self._last_solved("resolved interactions").resolved

    def _last_solved(self, wanted: str) -> Solved:
        if self._solved is None:
            msg = f"There are no {wanted} before the first call of approximate."
            raise RuntimeError(msg)
        return self._solved
