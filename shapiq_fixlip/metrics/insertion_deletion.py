"""Insertion and deletion: what happens to the game as players leave in the order of an explanation.

Taken out most important first (MIF), players should take the similarity with them at once; least
important first (LIF), it should stay until the end. The area between both curves (AID) measures how
well an explanation ranks players (Baniecki et al., NeurIPS 2025).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.metrics.subsets import exhaustive_subsets, greedy_subsets
from shapiq_fixlip.typing import SubsetSearch
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["InsertionDeletion", "insertion_deletion", "mean_curves", "removal_sequences"]

_HIGHEST_ORDER = 2

_SEARCHES = {"greedy": greedy_subsets, "exhaustive": exhaustive_subsets}


@dataclass(frozen=True)
class InsertionDeletion:
    """Two curves of game values from the full input down to nothing.

    Attributes:
        most_first: Values when the most important players leave first, of shape ``(n + 1,)``.
        least_first: Values when the least important players leave first, of shape ``(n + 1,)``.
    """

    most_first: FloatArray
    least_first: FloatArray

    @property
    def curves(self) -> pd.DataFrame:
        """The curves, rescaled so that the full input has the value 1 and the empty one 0.

        Where the full input is less similar than the empty one its value is -1, so that the least
        important players first is the upper curve there, too; where both are equal the curves are
        not a number. Indexed by ``kept``, the share of players that are left, from 1 down to 0.
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
        """The mean of least first minus most first, of the rescaled curves.

        Higher is better. 0 for an order by chance, on average; above it the order tells which
        players matter, below it the reverse order would. There is no limit, as values of parts may
        exceed that of the whole.
        """
        curves = self.curves
        return float((curves["least_first"] - curves["most_first"]).mean(skipna=False))


def insertion_deletion(
    values: InteractionValues, game: SeparableGame, *, search: SubsetSearch = "greedy"
) -> InsertionDeletion:
    """Take the players out of a game in the order of an explanation.

    An explanation of single players orders them by value. With pairs, those players are kept who
    add up to the most (least first) or to the least (most first) with all pairs among them; see
    :data:`~shapiq_fixlip.typing.SubsetSearch`. Each curve costs at most ``n - 1`` passes of either
    side.

    Args:
        values: Interactions of the game of one or two players, by any index.
        game: The game.
        search: How the players who are kept are found. Default ``"greedy"``, as in the paper.

    Returns:
        The curves; their :attr:`~InsertionDeletion.area` is the metric.

    Raises:
        InputError: If the values are not finite, of another number of players, or of other orders.

    Examples:
        >>> from shapiq_fixlip import FIxLIP, Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> scene = demo_scene()
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", players=Grid(3, 3))
        >>> values = FIxLIP(game.n_players).approximate(game=game)
        >>> result = insertion_deletion(values, game)
        >>> result.curves.shape, result.area > 0
        ((12, 2), True)
    """
    check_separable(game)
    check_explanation(values, game)
    most_first, least_first = removal_sequences(values, search)
    both = game.value_function(np.concatenate([most_first, least_first]))
    return InsertionDeletion(*np.split(both, 2))


def removal_sequences(
    values: InteractionValues, search: SubsetSearch = "greedy"
) -> tuple[BoolMatrix, BoolMatrix]:
    """Return who is kept of all players, of all but one, and so on down to nobody.

    Args:
        values: Interactions of one or two players.
        search: How those who are kept are found. Default ``"greedy"``.

    Returns:
        Coalitions of shape ``(n + 1, n)`` when the most important and when the least important
        players leave first. Those of one size need not be among those of the next.

    Raises:
        InputError: If there are interactions of more players, or none, or the search is unknown.
    """
    check_choice("search", search, SubsetSearch)
    check_order(values, _HIGHEST_ORDER)
    players, pairs = (values.get_n_order_values(order) for order in (1, _HIGHEST_ORDER))
    nobody = np.zeros((1, values.n_players), dtype=bool)

    def kept(sign: int) -> BoolMatrix:
        return np.concatenate([_SEARCHES[search](sign * players, sign * pairs)[::-1], nobody])

    return kept(-1), kept(1)


def mean_curves(results: Sequence[InsertionDeletion], n_points: int = 101) -> pd.DataFrame:
    """Average the curves of several inputs, which may have different numbers of players.

    Args:
        results: At least one; those without finite curves are left out.
        n_points: Shares of players kept, from 1 down to 0, on which all are compared. Default 101.

    Returns:
        A row for each share with ``most_first`` and ``least_first``, and the standard errors of
        these means as ``most_first_error`` and ``least_first_error``; not a number for one input.

    Raises:
        InputError: If no result has finite curves, or there are fewer than 2 points.
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
