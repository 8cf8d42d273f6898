"""``budget="auto"``: passes are doubled until more would change little."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.approximators.budget import DEFAULT_PASSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.solver.fitted_game import Solution

__all__ = ["expected_correlation", "until_stable"]

_MAX_PASSES = 4096
"""Passes of each side at which doubling stops in any case.

In ``benchmarks/passes.py`` (49 patches, 8 scenes, three ``p``) at most 1,024 were needed.
"""

_WANTED_CORRELATION = 0.995
"""Expected correlation at which doubling stops.

In ``benchmarks/passes.py`` it stops after 384 to 512 passes in the median. There the pairs of a
patch and a word correlate by 0.998 to 0.999 with those of 8,192 passes (medians of 8 scenes), after
128 passes by 0.976 to 0.992. Other thresholds are not measured there.
"""


def until_stable(run: Callable[[int], Solution]) -> Solution:
    """Double the passes until the expected correlation of the interactions is high enough.

    Args:
        run: Function from the number of passes of each side to a solution. Passes that were made
            before cost nothing.

    Returns:
        The last solution, with the seconds of all solutions together.
    """
    passes, seconds = DEFAULT_PASSES, 0.0
    while True:
        solution = run(passes)
        seconds += solution.observations.seconds
        if (
            solution.observations.is_exact
            or passes >= _MAX_PASSES
            or expected_correlation(solution) >= _WANTED_CORRELATION
        ):
            return replace(solution, observations=replace(solution.observations, seconds=seconds))
        passes *= 2


def expected_correlation(solution: Solution) -> float:
    """Return the expected correlation of the interactions with those of all coalitions.

    With estimates ``e`` and standard errors ``s`` it is ``sqrt(sum e^2 / sum (e^2 + s^2))``. The
    sums are over the interactions of the highest order, only those of both sides if there are any.
    """
    n_first = solution.observations.n_players[0]
    interactions = solution.interactions()
    errors = solution.standard_errors(np.random.default_rng(0))
    most_players = max(map(len, interactions))
    highest = [players for players in interactions if len(players) == most_players]
    between = [players for players in highest if players[0] < n_first <= players[-1]]
    judged = between or highest
    signal = sum(interactions[players] ** 2 for players in judged)
    noise = sum(errors[players] ** 2 for players in judged)
    if noise == 0:  # such as for a constant game
        return 1.0
    return float(np.sqrt(signal / (signal + noise)))
