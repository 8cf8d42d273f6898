"""Coalitions of a game that a fit needs: drawn, checked to suffice, and evaluated."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from shapiq import Game

from shapiq_fixlip.approximators.budget import SIDES, joint_budget, split_passes
from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.separable import factorises
from shapiq_fixlip.solver.fitted_game import check_takes_shrinkage
from shapiq_fixlip.solver.least_squares import check_enough_coalitions
from shapiq_fixlip.solver.observations import evaluate_jointly, evaluate_sides

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.approximators.budget import Budget
    from shapiq_fixlip.coalitions.random_streams import Streams
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.solver.terms import Terms
    from shapiq_fixlip.typing import BudgetSplit, Estimator

__all__ = ["evaluate_for_fit", "min_coalitions", "numbers_of_players"]

_MIN_COALITIONS = 8
"""Minimum number of coalitions of a sampled side. A plain lower limit, not a measured one."""

_MAX_COALITIONS = 2**22
"""Maximum number of coalitions of a side, for the memory that a machine has; not measured."""


def min_coalitions(n: int) -> int:
    """Return the minimum number of coalitions of a side with ``n`` players."""
    return min(_MIN_COALITIONS, 2**n)


def numbers_of_players(
    game: Game | Callable[[CoalitionMatrix], GameValues], n: int
) -> tuple[int, int]:
    """Return the number of players of each side; of a game without sides, all are first.

    Args:
        game: The game, or a function from coalitions to values.
        n: The number of players that an approximator has.

    Raises:
        InputError: If the game has other players.
    """
    if isinstance(game, Game) and game.n_players != n:
        msg = f"must have {n} players, like the approximator, got {game.n_players}."
        raise InputError("game", msg)
    if not factorises(game):
        return n, 0
    return game.sides[0].n_players, game.sides[1].n_players


def evaluate_for_fit(  # noqa: PLR0913 - what is drawn, how, and for what
    game: Game | Callable[[CoalitionMatrix], GameValues],
    terms: Terms,
    n_players: tuple[int, int],
    budget: Budget,
    split: BudgetSplit,
    streams: Streams,
    *,
    p: float,
    estimator: Estimator,
    limits: Mapping[str, int],
    known: Observations | None,
) -> Observations:
    """Draw and evaluate coalitions; a larger budget begins with those of a smaller one.

    Args:
        game: The game, or a function from coalitions to values.
        terms: Which interactions are fitted.
        n_players: Number of players of each side; all of the first for a game sampled as a whole.
        budget: The budget.
        split: How the budget is split into passes of sides.
        streams: Seeds of the draws.
        p: Probability that a player is present.
        estimator: How sides are fitted.
        limits: The options that only games with two sides have.
        known: What is known from an earlier run of the game.

    Raises:
        InputError: If the budget does not suit the game.
    """
    rngs = [np.random.default_rng(stream) for stream in (streams.first, streams.second)]
    draw = partial(_draw, p=p, estimator=estimator)
    made = known.passes if known else (0, 0)
    n_columns = terms.n_columns(n_players, only_chosen=estimator == "least_squares")
    if not factorises(game):
        size = max(joint_budget(game, budget, limits), made[0])
        sample = draw(n_players[0], size, rngs[0], n_columns=n_columns[0], argument="budget")
        return evaluate_jointly(game, sample, known)
    minima = (
        _min_coalitions_for_fit(n_players[0], n_columns[0], estimator),
        _min_coalitions_for_fit(n_players[1], n_columns[1], estimator),
    )
    first, second = (
        draw(n, size, rng, n_columns=columns, argument=budget.argument(side))
        for n, size, rng, columns, side in zip(
            n_players,
            map(max, split_passes(n_players, minima, budget, split=split), made),
            rngs,
            n_columns,
            SIDES,
            strict=True,
        )
    )
    return evaluate_sides(game, (first, second), known)


def _min_coalitions_for_fit(n: int, n_columns: int, estimator: Estimator) -> int:
    """Return the minimum number of coalitions for a fit of a side with ``n`` players."""
    minimum = min_coalitions(n)
    return minimum if estimator == "shrinkage" else max(minimum, n_columns)


def _draw(
    n: int,
    size: int,
    rng: np.random.Generator,
    *,
    p: float,
    n_columns: int,
    estimator: Estimator,
    argument: str,
) -> Sample:
    """Draw the coalitions of a side, and check their number before any pass.

    Args:
        n: Number of players.
        size: Maximum number of coalitions.
        rng: The only source of randomness.
        p: Probability that a player is present.
        n_columns: The number of sets of players in the interactions that are fitted.
        estimator: How the side is fitted.
        argument: Name of the argument that gives ``size``, for errors.

    Raises:
        InputError: If there are too few coalitions for a fit, a number that shrinkage does not
            take, or more than 2^22.
    """
    minimum = min_coalitions(n)
    if not minimum <= min(size, 2**n) <= _MAX_COALITIONS:
        msg = (
            f"must give at least {minimum} and at most {_MAX_COALITIONS:,} coalitions "
            f"of a side with {n} players, got {size:,}."
        )
        raise InputError(argument, msg)
    sample = draw_sample(n, p, size, rng)
    if len(sample) < minimum:
        msg = (
            f"must leave at least {minimum} different coalitions of a side with {n} players "
            f"among the draws, got {len(sample)} at {p}."
        )
        raise InputError("p", msg)
    if sample.is_exact:
        return sample
    if estimator == "least_squares":
        check_enough_coalitions(len(sample), n, n_columns, argument)
    else:
        check_takes_shrinkage(len(sample), n, n_columns, argument)
    return sample
