"""Faithful Shapley interactions, by shapiq's regression on coalitions of the whole game."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from shapiq.approximator import RegressionFSII

from shapiq_fixlip.coalitions.sampling import distinct_rows
from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.solver.basis import n_products

if TYPE_CHECKING:
    from shapiq import InteractionValues
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["approximate_fsii", "coalitions_for_fsii"]

_COALITIONS_PER_INTERACTION = 3
"""Coalitions for each interaction by default, so that the regression is well determined.

A chosen number without a measurement.
"""

_MIN_COALITIONS = 4096
"""Minimum number of coalitions by default: all coalitions of 12 players."""


def coalitions_for_fsii(budget_fsii: int | None, n_players: int, max_order: int) -> int:
    """Return the number of coalitions for the regression.

    Raises:
        InputError: If they are fewer than the interactions and fewer than all coalitions.
    """
    count = n_products(n_players, max_order)
    if budget_fsii is None:
        return max(_MIN_COALITIONS, _COALITIONS_PER_INTERACTION * count)
    return whole_number("budget_fsii", budget_fsii, least=min(count, 2**n_players))


def approximate_fsii(
    game: SeparableGame, max_order: int, n_coalitions: int, random_state: int
) -> tuple[InteractionValues, tuple[int, int]]:
    """Approximate FSII of a game; each coalition costs a pass of both sides.

    Returns:
        The interactions, and the number of different evaluated coalitions of each side.
    """
    asked: list[CoalitionMatrix] = []

    def remembered(coalitions: CoalitionMatrix) -> FloatArray:
        asked.append(coalitions)
        return np.asarray(game(coalitions), dtype=np.float64)

    regression = RegressionFSII(game.n_players, max_order, random_state=random_state)
    with warnings.catch_warnings():  # if the budget suffices for all coalitions
        warnings.filterwarnings("ignore", "Not all budget is required", UserWarning)
        values = regression.approximate(n_coalitions, remembered)
    first, second = np.split(np.vstack(asked), [game.sides[0].n_players], axis=1)
    return values, (len(distinct_rows(first)[0]), len(distinct_rows(second)[0]))
