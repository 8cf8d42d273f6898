"""Coalitions of a game that a fit needs, drawn and evaluated."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.approximators.budget import joint_budget, wanted_passes
from shapiq_fixlip.approximators.draws import draw_for_fit, min_coalitions_for_fit
from shapiq_fixlip.games.separable import factorises
from shapiq_fixlip.solver.observations import evaluate_jointly, evaluate_sides

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapiq import Game
    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.approximators.budget import Passes
    from shapiq_fixlip.coalitions.random_streams import Streams
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.solver.terms import Terms
    from shapiq_fixlip.typing import BudgetSplit, Estimator

__all__ = ["evaluate_for_fit"]


def evaluate_for_fit(  # noqa: PLR0913 - what is drawn, how, and for what
    game: Game | Callable[[CoalitionMatrix], GameValues],
    n: int,
    passes: Passes,
    split: BudgetSplit,
    streams: Streams,
    terms_of: Callable[[tuple[int, int]], Terms],
    *,
    p: float,
    estimator: Estimator,
    limits: Mapping[str, int],
    known: Observations | None,
) -> Observations:
    """Draw and evaluate coalitions; a larger budget begins with those of a smaller one.

    Args:
        game: The game, or a function from coalitions to values.
        n: Number of players.
        passes: The budget.
        split: How the budget is split into passes of sides.
        streams: Seeds of the draws.
        terms_of: From the number of players of each side to the interactions.
        p: Probability that a player is present.
        estimator: How sides are fitted.
        limits: The options that only games with two sides have.
        known: What is known from an earlier run of the game.

    Raises:
        InputError: If the budget does not suit the game.
    """
    rngs = [np.random.default_rng(stream) for stream in (streams.first, streams.second)]
    draw = partial(draw_for_fit, p=p, estimator=estimator)
    made = known.passes if known else (0, 0)
    are_only = estimator == "least_squares"
    if not factorises(game):
        wanted = max(joint_budget(game, passes, limits), made[0])
        n_columns, _ = terms_of((n, 0)).n_columns((n, 0), are_only=are_only)
        sample = draw(n, wanted, rngs[0], n_columns=n_columns, argument="budget")
        return evaluate_jointly(game, sample, known)
    players = (game.sides[0].n_players, game.sides[1].n_players)
    columns = terms_of(players).n_columns(players, are_only=are_only)
    fewest = (
        min_coalitions_for_fit(players[0], columns[0], estimator),
        min_coalitions_for_fit(players[1], columns[1], estimator),
    )
    sizes = map(max, wanted_passes(players, fewest, passes, split=split), made)
    names = passes.argument("image"), passes.argument("text")
    first, second = (
        draw(of_side, size, rng, n_columns=n_columns, argument=name)
        for of_side, size, rng, n_columns, name in zip(
            players, sizes, rngs, columns, names, strict=True
        )
    )
    return evaluate_sides(game, (first, second), known)
