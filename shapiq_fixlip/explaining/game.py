"""Explanations of games, by approximators of this package or of shapiq."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from shapiq_fixlip.approximators.exact import exact_interactions
from shapiq_fixlip.approximators.uncertainty import KnowsErrors
from shapiq_fixlip.coalitions.sampling import distinct_rows
from shapiq_fixlip.errors import InputError, first_line, whole_number
from shapiq_fixlip.explaining.explanation import Explanation
from shapiq_fixlip.games.separable import factorises
from shapiq_fixlip.results.run_report import RunReport

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq.approximator.base import Approximator
    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import ExactIndex

__all__ = ["DEFAULT_VALUES", "explain_exactly", "explain_game"]

DEFAULT_VALUES = 2048
"""Coalition values for approximators of shapiq if no budget is given.

Each costs a pass of both towers. The number was chosen without a measurement: a regression of pairs
needs at least one value for each of them, 1,653 of 58 players.
"""


def explain_game(
    game: SeparableGame,
    approximator: FIxLIP | CrossModalShapley | Approximator[Any],
    *,
    budget: int | Literal["auto"] | None = None,
    budget_image: int | None = None,
    budget_text: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Explanation:
    """Explain a game with an approximator.

    Args:
        game: The game.
        approximator: One for as many players, also one of shapiq, which knows no errors.
        budget: See ``approximator.approximate``. Default for an approximator of shapiq: 2,048.
        budget_image: Maximum number of image passes; not for approximators of shapiq. Default 256.
        budget_text: Maximum number of text passes; not for approximators of shapiq. Default 256.
        settings: Further settings to keep, such as the model. Default: none.

    Raises:
        InputError: If an argument does not suit the game.
    """
    if not isinstance(approximator, KnowsErrors):
        for name, given in (("budget_image", budget_image), ("budget_text", budget_text)):
            if given is not None:
                msg = f"must be left out for approximators of shapiq, got {given}."
                raise InputError(name, msg)
        return _by_shapiq(game, approximator, budget, settings or {})
    values = approximator.approximate(
        cast("Any", budget), game, budget_image=budget_image, budget_text=budget_text
    )
    run, errors = approximator.last_run, approximator.standard_errors()
    all_settings = {**(settings or {}), **approximator.settings}
    return Explanation(game, values, run, errors, all_settings, approximator.resolved())


def _by_shapiq(
    game: SeparableGame,
    approximator: Approximator[Any],
    budget: int | Literal["auto"] | None,
    settings: Mapping[str, Any],
) -> Explanation:
    """Explain a game with an approximator of shapiq, counting passes and seconds."""
    if approximator.n != game.n_players:
        msg = f"must be for {game.n_players} players, like the game, got one for {approximator.n}."
        raise InputError("approximator", msg)
    n_values = DEFAULT_VALUES if budget is None else whole_number("budget", cast("int", budget))
    asked: list[CoalitionMatrix] = []
    seconds = 0.0

    def remembered(coalitions: CoalitionMatrix) -> GameValues:
        nonlocal seconds
        asked.append(np.atleast_2d(coalitions).astype(bool))
        started = time.perf_counter()
        values = game(coalitions)
        seconds += time.perf_counter() - started
        return values

    started = time.perf_counter()
    try:
        values = approximator.approximate(min(n_values, 2**game.n_players), cast("Any", remembered))
    except InputError:  # of the game
        raise
    except ValueError as error:
        name = type(approximator).__name__
        msg = f"must suit {name} of shapiq, got {n_values}: {first_line(error)}"
        raise InputError("budget", msg) from error
    if not asked:
        msg = (
            f"must suit {type(approximator).__name__} of shapiq, got {n_values}: no value is used."
        )
        raise InputError("budget", msg)
    values.estimated = True  # some of shapiq's are called exact that are not
    coalitions = np.vstack(asked)
    parts = np.split(coalitions, [game.sides[0].n_players], axis=1)
    run = RunReport(
        passes=tuple(len(distinct_rows(part)[0]) for part in parts)
        if factorises(game)
        else (len(distinct_rows(coalitions)[0]),),
        seconds_encoder=seconds,
        seconds_solver=time.perf_counter() - started - seconds,
        r2=math.nan,
        is_exact=False,
    )
    told: dict[str, Any] = {"approximator": type(approximator).__name__}
    if values.min_order > 1:
        told["only_order"] = values.min_order
    return Explanation(game, values, run, settings={**settings, **told})


def explain_exactly(
    game: SeparableGame, index: ExactIndex, max_order: int, settings: Mapping[str, Any]
) -> Explanation:
    """Explain a game by exact values.

    Args:
        game: The game, small enough for :func:`~shapiq_fixlip.exact_interactions`.
        index: The index.
        max_order: Maximum number of players in an interaction.
        settings: Further settings to keep, such as the model.

    Raises:
        InputError: If the game is too large.
    """
    started = time.perf_counter()
    values = exact_interactions(game, index, min(max_order, game.n_players))
    run = RunReport(
        passes=tuple(2**side.n_players for side in game.sides),
        seconds_encoder=math.nan,
        seconds_solver=time.perf_counter() - started,
        r2=math.nan,
        is_exact=True,
    )
    return Explanation(game, values, run, settings=settings)
