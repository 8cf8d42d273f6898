"""Parts and sums of explanations, such as the interactions of one side."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from shapiq import InteractionValues

from shapiq_fixlip.results.arrays import by_size, numbers_of
from shapiq_fixlip.results.tables import check_players

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "cross_pairs",
    "explained_spread",
    "image_interactions",
    "of_players",
    "shared_values",
    "text_interactions",
]

_PAIR = 2


def image_interactions(values: InteractionValues, game: ImageTextGame) -> InteractionValues:
    """Return the interactions among image players, with unchanged numbers of players.

    Raises:
        InputError: If the values are of another number of players.
    """
    check_players(values, game)
    return of_players(values, range(game.n_players_image))


def text_interactions(values: InteractionValues, game: ImageTextGame) -> InteractionValues:
    """Return the interactions among text players, numbered from 0 in reading order.

    They are what shapiq's plot of texts takes: ``plot_sentence(list(game.text_labels))``.

    Raises:
        InputError: If the values are of another number of players.
    """
    check_players(values, game)
    return of_players(values, range(game.n_players_image, game.n_players))


def shared_values(values: InteractionValues) -> FloatArray:
    """Return each player's own value plus an equal share of all its interactions.

    The sum over players is the explained difference between the full and the empty coalition. For
    k-SII, the result are the Shapley values.

    Args:
        values: Interactions of any order.

    Returns:
        One number for each player, of shape ``(n_players,)``.
    """
    shares, numbers = np.zeros(values.n_players), numbers_of(values)
    for places, players in by_size(values.interactions):
        for column in players.T:
            shares += np.bincount(column, numbers[places], values.n_players) / players.shape[1]
    return shares


def cross_pairs(values: InteractionValues, n_image: int) -> FloatArray:
    """Return the pairs of a player of the first and a player of the second side.

    Args:
        values: Interactions of any order.
        n_image: The number of players of the first side.

    Returns:
        An array of shape ``(n_image, n_players - n_image)``; zero where there is no interaction.
    """
    pairs, numbers = np.zeros((n_image, values.n_players - n_image)), numbers_of(values)
    for places, players in by_size(values.interactions):
        if players.shape[1] == _PAIR:
            is_cross = (players[:, 0] < n_image) & (players[:, 1] >= n_image)
            image, text = players[is_cross].T
            pairs[image, text - n_image] = numbers[places[is_cross]]
    return pairs


def explained_spread(values: InteractionValues, p: float) -> float:
    """Return the standard deviation of the predictions of an explanation at ``p``.

    The prediction for ``S`` is the sum of ``e_L`` over all ``L`` in ``S``. In the orthonormal basis
    at ``p``, its coefficient of ``K`` is ``(p (1 - p)) ** (|K| / 2)`` times the sum of
    ``p ** |L - K| e_L`` over all ``L`` that contain ``K``. The sum of the squared coefficients over
    all ``K`` but the empty set is the variance.

    Args:
        values: Interactions of any order.
        p: Probability that a player is present.
    """
    sums: defaultdict[tuple[int, ...], float] = defaultdict(float)
    for players, value in values.interactions.items():
        for size in range(1, len(players) + 1):
            for part in combinations(players, size):
                sums[part] += p ** (len(players) - size) * value
    variances = [(p * (1 - p)) ** len(part) * total**2 for part, total in sums.items()]
    return float(np.sqrt(np.sum(variances)))


def of_players(values: InteractionValues, players: Sequence[int]) -> InteractionValues:
    """Return the interactions among some players, renumbered from 0 in the given order."""
    numbers = {player: number for number, player in enumerate(players)}
    kept = {
        tuple(sorted(numbers[player] for player in interaction)): value
        for interaction, value in values.interactions.items()
        if numbers.keys() >= set(interaction)
    }
    return InteractionValues(
        kept,
        index=values.index,
        max_order=values.max_order,
        n_players=len(players),
        min_order=values.min_order,
        estimated=values.estimated,
        estimation_budget=values.estimation_budget,
        baseline_value=values.baseline_value,
    )
