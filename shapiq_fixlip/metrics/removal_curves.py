"""Insertion and deletion: values of the game as players are removed in the order of an explanation.

If the most important players are removed first (MIF), the similarity should fall at once. If the
least important ones are removed first (LIF), it should stay until the end. The area between both
curves (AID) measures how well an explanation ranks players (Baniecki et al., NeurIPS 2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.separable import check_own_values
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.metrics.subsets import exhaustive_subsets, greedy_subsets
from shapiq_fixlip.typing import SubsetSearch, Ties
from shapiq_fixlip.validation import check_choice, check_random_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq import InteractionValues
    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "InsertionDeletion",
    "insertion_deletion",
    "insertion_deletion_limit",
    "mean_curves",
    "removal_sequences",
]

_MAX_ORDER = 2

_SEARCHES = {"greedy": greedy_subsets, "exhaustive": exhaustive_subsets}


@dataclass(frozen=True)
class InsertionDeletion:
    """Two curves of game values, from all players to none.

    Attributes:
        most_first: Values if the most important players are removed first, of shape ``(n + 1,)``.
        least_first: Values if the least important players are removed first, of shape ``(n + 1,)``.
    """

    most_first: GameValues
    least_first: GameValues

    @property
    def curves(self) -> pd.DataFrame:
        """The curves, rescaled so that the full coalition has the value 1 and the empty one 0.

        If the value of the full coalition is less than that of the empty one, it becomes -1, so
        that ``least_first`` is the upper curve of a good explanation there, too. If both are equal,
        the curves are NaN. The index ``kept`` is the share of players that are left, from 1 to 0.
        """
        empty, full = self.most_first[-1], self.most_first[0]
        height = abs(full - empty) if full != empty else np.nan
        return pd.DataFrame(
            {
                "most_first": (self.most_first - empty) / height,
                "least_first": (self.least_first - empty) / height,
            },
            index=pd.Index(np.linspace(1, 0, len(self.most_first)), name="kept"),
        )

    @property
    def area(self) -> float:
        """The mean of ``least_first`` minus ``most_first`` of the rescaled curves.

        Higher is better. A random order has 0 on average; if the area is negative, the reverse
        order is better. It has no bounds, as the value of a part may exceed that of the whole; what
        can roughly be reached, :func:`insertion_deletion_limit` finds.
        """
        curves = self.curves
        return float((curves["least_first"] - curves["most_first"]).mean(skipna=False))


def insertion_deletion(
    values: InteractionValues,
    game: SeparableGame,
    *,
    search: SubsetSearch = "greedy",
    ties: Ties = "together",
    random_state: int = 0,
) -> InsertionDeletion:
    """Remove the players of a game in the order of an explanation.

    Single players are ordered by their values. With pairs, the players that are kept are, for every
    size, those with the largest (``least_first``) or the smallest (``most_first``) sum of their
    values and of all pairs among them; see :data:`~shapiq_fixlip.typing.SubsetSearch`. Each curve
    costs at most ``n - 1`` passes of either side.

    Args:
        values: Interactions of the game, of one or two players, by any index.
        game: The explained game.
        search: How the kept players are found. Default ``"greedy"``, as in the paper.
        ties: How players of equal value are removed. Default ``"together"``, as in the paper. A map
            with many zeros, as gradients give, can have quite another area with ``"random"``.
        random_state: Seed of the order of players of equal value. Default 0.

    Returns:
        The curves; their :attr:`~InsertionDeletion.area` is the metric.

    Raises:
        InputError: If the values are not finite, of another number of players or of other orders,
            or another argument is unknown or not possible.

    Examples:
        >>> from shapiq_fixlip import FIxLIP, Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> scene = demo_scene()
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", image_players=Grid(3, 3))
        >>> values = FIxLIP(game.n_players).approximate(game=game)
        >>> result = insertion_deletion(values, game)
        >>> result.curves.shape, result.area > 0
        ((12, 2), True)
    """
    check_own_values(game)
    check_explanation(values, game)
    most_first, least_first = removal_sequences(values, search, ties, random_state)
    both = game.value_function(np.concatenate([most_first, least_first]))
    return InsertionDeletion(*np.split(both, 2))


def insertion_deletion_limit(game: SeparableGame) -> InsertionDeletion:
    """Search the game itself for the coalitions that an ideal explanation would keep.

    For every number of players these are the coalitions of the largest value (``least_first``) and
    of the smallest (``most_first``) that two greedy searches find: players join one by one, each
    time the one after whom the value is best, or they leave so. An explanation may exceed it now
    and then, as no search sees all coalitions.

    A step evaluates every player that may join or leave: ``n`` passes of both sides together, and
    about ``2 n^2`` for the whole, most of which are made once.

    Args:
        game: The game.

    Returns:
        The curves. The area of an explanation as a share of theirs can be compared between inputs
        and models.

    Raises:
        InputError: If the game cannot be evaluated.
    """
    check_own_values(game)

    def best(sign: int) -> GameValues:
        searches = [_greedy_values(game, sign, grows=grows) for grows in (True, False)]
        return sign * np.max(sign * np.array(searches), axis=0)[::-1]

    return InsertionDeletion(best(-1), best(1))


def _greedy_values(game: SeparableGame, sign: int, *, grows: bool) -> GameValues:
    """Return the values of coalitions of 0 to n players that grow or shrink, of shape ``(n + 1,)``.

    Args:
        game: The game.
        sign: Whether the player after whom the value is the largest (1) or the smallest (-1) is
            the next one.
        grows: Whether players join, or leave.
    """
    coalition = np.full(game.n_players, not grows)
    values = [game.value_function(coalition[None])[0]]
    while len(movable := np.flatnonzero(coalition != grows)):
        candidates = coalition[None].repeat(len(movable), axis=0)
        candidates[np.arange(len(movable)), movable] = grows
        found = game.value_function(candidates)
        best = np.argmax(sign * found)
        coalition = candidates[best]
        values.append(found[best])
    return np.array(values if grows else values[::-1])


def removal_sequences(
    values: InteractionValues,
    search: SubsetSearch = "greedy",
    ties: Ties = "together",
    random_state: int = 0,
) -> tuple[CoalitionMatrix, CoalitionMatrix]:
    """Return the coalitions of kept players, from all players to none.

    Args:
        values: Interactions of one or two players.
        search: How the kept players are found. Default ``"greedy"``.
        ties: How players of equal value are removed. Default ``"together"``.
        random_state: Seed of the order of players of equal value. Default 0.

    Returns:
        Two arrays of coalitions of shape ``(n + 1, n)``: if the most important players are removed
        first, and if the least important ones are. A coalition need not contain the next smaller
        one. If players leave together, it is repeated as often as there are such players.

    Raises:
        InputError: If there are no interactions, or some of more players, or another argument is
            unknown or not possible.
    """
    check_choice("search", search, SubsetSearch)
    check_choice("ties", ties, Ties)
    check_random_state(random_state)
    check_order(values, _MAX_ORDER)
    players, pairs = (values.get_n_order_values(order) for order in (1, _MAX_ORDER))
    nobody = np.zeros((1, values.n_players), dtype=bool)

    order = np.arange(values.n_players)
    if ties == "random":
        order = np.random.default_rng(random_state).permutation(order)
    is_of_players = max(map(len, values.interactions)) == 1

    def kept(sign: int) -> CoalitionMatrix:
        if ties == "together" and is_of_players:
            return np.concatenate([_without_least(sign * players), nobody])
        found = np.empty((values.n_players, values.n_players), dtype=bool)
        found[:, order] = _SEARCHES[search](
            sign * players[order], sign * pairs[np.ix_(order, order)]
        )
        return np.concatenate([found[::-1], nobody])

    return kept(-1), kept(1)


def _without_least(players: FloatArray) -> CoalitionMatrix:
    """Return who is left, from all on, as the least values leave, equal ones together, ``(n, n)``.

    >>> _without_least(np.array([3.0, 1.0, 1.0])).astype(int).tolist()
    [[1, 1, 1], [1, 1, 1], [1, 0, 0]]
    """
    return players >= np.sort(players)[:, None]


def mean_curves(results: Sequence[InsertionDeletion], n_points: int = 101) -> pd.DataFrame:
    """Average the curves of several inputs, which may have different numbers of players.

    Args:
        results: Results of the inputs, of which those without finite curves are left out.
        n_points: Number of shares of kept players, from 1 to 0, at which all curves are
            interpolated. Default 101.

    Returns:
        One row for each share with the means ``most_first`` and ``least_first``, and their standard
        errors ``most_first_error`` and ``least_first_error``, which are NaN for a single input.

    Raises:
        InputError: If no result has finite curves, or ``n_points`` is less than 2.
    """
    kept = np.linspace(1, 0, whole_number("n_points", n_points, least=2))
    finite = [result.curves for result in results if np.isfinite(result.area)]
    if not finite:
        msg = f"must be at least one with finite curves, got none of {len(results)}."
        raise InputError("results", msg)
    table = pd.DataFrame(index=pd.Index(kept, name="kept"))
    for name in ("most_first", "least_first"):
        on_grid = pd.DataFrame(
            [np.interp(kept, curves.index[::-1], curves[name][::-1]) for curves in finite]
        )
        table[name], table[f"{name}_error"] = on_grid.mean().array, on_grid.sem().array
    return table
