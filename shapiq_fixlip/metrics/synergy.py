"""Synergistic faithfulness: do the most important patches and words need each other?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.games.separable import check_own_values
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.results.arrays import by_size, numbers_of

if TYPE_CHECKING:
    from shapiq import InteractionValues
    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["SynergisticFaithfulness", "synergistic_faithfulness"]

_N_STEPS = 10


class SynergisticFaithfulness(NamedTuple):
    """Areas below curves of what both sides add together, over shares of players from 0 to 1.

    Attributes:
        insertion: As the most important players of both sides join nobody; larger is better.
        deletion: As they leave all others; larger is better, too.
    """

    insertion: float
    deletion: float


def synergistic_faithfulness(
    values: InteractionValues, game: SeparableGame, *, n_steps: int = _N_STEPS
) -> SynergisticFaithfulness:
    r"""Measure whether the most important players of both sides work together.

    For the most important image players ``I`` and text players ``T``, the same share of each, it is
    the joint Harsanyi dividend of both groups ``v(I, T) - v(I) - v(T) + v()``; and of all players
    ``N`` the same of those who leave, ``v(N) - v(N \ I) - v(N \ T) + v(N \ I \ T)``. Both are
    divided by ``v(N) - v()``. Source: Ky, Ghamizi and Cordy, 2605.22168, by its published code,
    which rescales the curve of those who leave in another way.

    A player is as important as the sum of its interactions, each shared equally among its players.

    Args:
        values: Interactions of the game, by any index.
        game: The game.
        n_steps: Number of equal steps of the share from 0 to 1. Default 10.

    Returns:
        Both areas; NaN if all players together have the value of none.

    Raises:
        InputError: If the values are not finite, of another number of players, or of none, the game
            cannot be evaluated, or ``n_steps`` is less than 1.
    """
    check_own_values(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
    shares = np.linspace(0, 1, whole_number("n_steps", n_steps) + 1)
    n_first = game.sides[0].n_players
    totals = _totals(values)
    kept = [_kept_at(shares, part) for part in (totals[:n_first], totals[n_first:])]
    nobody = [np.zeros_like(part) for part in kept]
    full, empty = game.full_value, game.empty_value
    if full == empty:
        return SynergisticFaithfulness(float("nan"), float("nan"))

    def value(first: CoalitionMatrix, second: CoalitionMatrix) -> GameValues:
        return game.value_function(np.hstack([first, second]))

    joined = value(kept[0], kept[1]) - value(kept[0], nobody[1]) - value(nobody[0], kept[1])
    left, everybody = [~part for part in kept], [~part for part in nobody]
    removed = value(left[0], left[1]) - value(left[0], everybody[1]) - value(everybody[0], left[1])
    areas = (np.trapezoid(curve, shares) for curve in (joined + empty, removed + full))
    return SynergisticFaithfulness(*(float(area / (full - empty)) for area in areas))


def _totals(values: InteractionValues) -> FloatArray:
    """Return the sum of the interactions of each player, each shared equally among its players."""
    totals, numbers = np.zeros(values.n_players), numbers_of(values)
    for places, players in by_size(values.interactions):
        if size := players.shape[1]:
            np.add.at(totals, players, (numbers[places] / size)[:, None])
    return totals


def _kept_at(shares: FloatArray, totals: FloatArray) -> CoalitionMatrix:
    """Return the most important players at each share, ``(shares, n)``; the first of equal ones."""
    ranks = np.empty(len(totals), dtype=int)
    ranks[np.argsort(-totals, kind="stable")] = np.arange(len(totals))
    return ranks < np.round(shares * len(totals))[:, None]
