"""``budget="auto"``: passes are doubled until more would change little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.approximators.budget import DEFAULT_PASSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.solver.solution import Solution

__all__ = ["expected_correlations", "until_stable"]

_MAX_PASSES = 4096
"""Passes of each side at which doubling stops in any case."""

_WANTED, _WANTED_OF_OTHERS = 0.995, 0.9
"""Expected correlations at which doubling stops: of interactions of both sides, and of all others.

``benchmarks/passes.py`` tells after how many passes it stops and what the interactions then are.
Standard errors are rather too wide, so that correlations are higher than expected. With 0.95,
and errors that were a tenth wider, it stopped after 2,048 passes in the median, with pairs of
patches that correlated by 0.96.
"""

_ROUNDING = 1e-9
"""Errors, relative to the largest value, that are those of rounding."""

_NEGLIGIBLE = 1e-4
"""Up to this sum of squares, relative to that of all interactions, errors of one kind do not count.

That is one percent in length. Other bounds were not compared.
"""


def until_stable(run: Callable[[int], Solution]) -> tuple[Solution, str]:
    """Double the passes until the interactions are expected to be nearly those of all coalitions.

    Args:
        run: Function from the number of passes of each side to a solution. Passes that were made
            before cost nothing, and all of them are used.

    Returns:
        The last solution, and why it is the last.
    """
    passes = DEFAULT_PASSES
    while True:
        solution = run(passes)
        passes = max(passes, solution.observations.n_sampled)
        if solution.observations.is_exact:
            return solution, "all coalitions are evaluated"
        missing = {
            sizes: correlation
            for sizes, correlation in expected_correlations(solution).items()
            if not correlation >= (_WANTED if all(sizes) else _WANTED_OF_OTHERS)  # also if NaN
        }
        if not missing:
            return solution, "more passes would change little"
        if passes >= _MAX_PASSES:
            first, second = sizes = min(missing, key=missing.__getitem__)
            has_sides = all(solution.observations.n_players)
            of_sides = f"{first} players of the first and {second} of the second side"
            return solution, (
                f"{_MAX_PASSES:,} passes are the most; interactions of "
                f"{of_sides if has_sides else f'order {first}'} are expected to correlate by "
                f"{missing[sizes]:.2f} with those of all coalitions"
            )
        passes = min(2 * passes, _MAX_PASSES)


def expected_correlations(solution: Solution) -> dict[tuple[int, int], float]:
    """Return the expected correlations of interactions with those of all coalitions.

    With estimates ``e`` and standard errors ``s`` it is ``sqrt(sum e^2 / sum (e^2 + s^2))``, for
    the interactions of every number of players of each side. Where errors are negligible beside all
    interactions, such as those of pairs of an additive game, it is 1.
    """
    errors = solution.standard_errors(np.random.default_rng(0))
    all_sizes = [sizes for sizes in solution.terms.sizes if any(sizes)]
    wanted = {sizes: ~np.isnan(solution.values[sizes]) for sizes in all_sizes}
    signals, noises = (
        {sizes: float(np.sum(blocks[sizes][wanted[sizes]] ** 2)) for sizes in all_sizes}
        for blocks in (solution.values, errors)
    )
    negligible = max(
        _NEGLIGIBLE * sum(signals.values()),
        (_ROUNDING * solution.observations.largest_value) ** 2,  # as for a constant game
    )
    return {
        sizes: 1.0
        if noise <= negligible
        else float(np.sqrt(signals[sizes] / (signals[sizes] + noise)))
        for sizes, noise in noises.items()
    }
