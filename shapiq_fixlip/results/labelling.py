"""Numbers of interactions with the name of their index, as shapiq has them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from shapiq import InteractionValues

from shapiq_fixlip.results.indices import faithful_banzhaf_index

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq_fixlip.solver.fitted_game import Solution

__all__ = ["faithful_values"]


def faithful_values(
    solution: Solution, interactions: Mapping[tuple[int, ...], float]
) -> InteractionValues:
    """Return numbers that belong to the interactions of a fitted game.

    Args:
        solution: The fitted game.
        interactions: A number for every interaction: its value, or its standard error.
    """
    observed = solution.evaluation
    return InteractionValues(
        dict(interactions),
        index=faithful_banzhaf_index(solution.p),
        max_order=solution.terms.max_order,
        n_players=sum(observed.n_players),
        min_order=0,
        estimated=not observed.is_exact,
        estimation_budget=None if observed.is_exact else math.prod(observed.passes),
        baseline_value=interactions[()],
    )
