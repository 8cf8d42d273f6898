"""A budget that stops by itself: passes are doubled until more would change little."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.approximators.budget import DEFAULT_PASSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.solver.fitted_game import Solution

__all__ = ["expected_correlation", "until_stable"]

_MOST_PASSES = 4096

_WANTED_CORRELATION = 0.995


def until_stable(run: Callable[[int], Solution]) -> Solution:
    """Solve a game with more and more passes until its interactions are known well enough.

    Args:
        run: From the number of passes of each side to a solution; passes made before cost nothing.

    Returns:
        The last solution, whose time is that of all of them.
    """
    passes, seconds = DEFAULT_PASSES, 0.0
    while True:
        solution = run(passes)
        seconds += solution.evaluation.seconds
        if (
            solution.evaluation.is_exact
            or passes >= _MOST_PASSES
            or expected_correlation(solution) >= _WANTED_CORRELATION
        ):
            return replace(solution, evaluation=replace(solution.evaluation, seconds=seconds))
        passes *= 2


def expected_correlation(solution: Solution) -> float:
    """Return how the interactions are expected to correlate with those of all coalitions.

    Those of the highest order, between the sides if there are any: with estimates ``e`` and
    standard errors ``s`` it is ``sqrt(sum e^2 / sum (e^2 + s^2))``.
    """
    n_first = solution.evaluation.n_players[0]
    interactions = solution.interactions()
    errors = solution.standard_errors(np.random.default_rng(0))
    most_players = max(map(len, interactions))
    highest = [players for players in interactions if len(players) == most_players]
    between = [players for players in highest if players[0] < n_first <= players[-1]]
    judged = between or highest
    signal = sum(interactions[players] ** 2 for players in judged)
    noise = sum(errors[players] ** 2 for players in judged)
    if noise == 0:  # of a constant game, too
        return 1.0
    return float(np.sqrt(signal / (signal + noise)))
