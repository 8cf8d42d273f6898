"""From numbers of interactions to labelled ``InteractionValues``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shapiq import InteractionValues

from shapiq_fixlip.results.indices import FWBII, index_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq_fixlip.solver.solution import Solution

__all__ = ["banzhaf_values", "with_numbers"]


def banzhaf_values(solution: Solution, index: str = FWBII) -> InteractionValues:
    """Label the interactions of a game that was fitted at one ``p``.

    Args:
        solution: The fitted game.
        index: The index. Default ``"FWBII"``.
    """
    observed = solution.observations
    interactions = solution.named
    return InteractionValues(
        interactions,
        index=index_at(index, solution.p),
        max_order=solution.terms.max_order,
        n_players=sum(observed.n_players),
        min_order=0,
        estimated=not observed.is_exact,
        estimation_budget=None if observed.is_exact else math.prod(observed.passes),
        baseline_value=interactions[()],
    )


def with_numbers(
    values: InteractionValues, numbers: Mapping[tuple[int, ...], float]
) -> InteractionValues:
    """Label other numbers of the same interactions, such as their standard errors."""
    return InteractionValues(
        dict(numbers),
        index=values.index,
        max_order=values.max_order,
        n_players=values.n_players,
        min_order=values.min_order,
        estimated=values.estimated,
        estimation_budget=values.estimation_budget,
        baseline_value=numbers.get((), 0.0),
    )
