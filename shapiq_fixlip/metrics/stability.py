"""Stability under another seed, which should be high, and sensitivity to another caption."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.metrics.checks import check_explanation, check_finite
from shapiq_fixlip.results.views import shared_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["prompt_sensitivity", "seed_stability", "shared_variance"]

_MIN_NUMBERS = 3
"""Minimum number of image players: two numbers are always perfectly correlated."""

_MIN_CONTRAST = 1e-7
"""Standard deviation below which a map counts as constant, for differences by rounding."""


def seed_stability(explanations: Sequence[InteractionValues]) -> float:
    """Return the mean correlation of explanations of one game that differ only in their seed.

    Args:
        explanations: At least two explanations of the same players, by the same method.

    Returns:
        The mean correlation of the interactions over all pairs of explanations, from -1 to 1; 1 at
        best. An interaction that an explanation does not have counts as 0. NaN if all interactions
        of an explanation are equal.

    Raises:
        InputError: If there are fewer than two explanations, or they are not finite or of different
            numbers of players.

    Examples:
        >>> from shapiq_fixlip import FIxLIP, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, demo_scene().image, "a lion")
        >>> seeds = [FIxLIP(game.n_players, random_state=s).approximate(game=game) for s in (0, 1)]
        >>> seed_stability(seeds) > 0.9
        True
    """
    if len(explanations) < 2:  # noqa: PLR2004 - a pair
        msg = f"must be at least 2, got {len(explanations)}."
        raise InputError("explanations", msg)
    n_players = {values.n_players for values in explanations}
    if len(n_players) > 1:
        msg = f"must be of the same players, got {sorted(n_players)} players."
        raise InputError("explanations", msg)
    for values in explanations:
        check_finite(values, "explanations")
    found = sorted({players for values in explanations for players in values.interactions})
    table = np.array(
        [
            [values.interactions.get(players, 0.0) for players in found if players]
            for values in explanations
        ]
    )
    return float(np.mean([_correlation(*pair) for pair in combinations(table, 2)]))


def prompt_sensitivity(
    values: InteractionValues, others: Sequence[InteractionValues], game: ImageTextGame
) -> float:
    """Return how much the map of an image depends on the caption.

    A map that is the same for every caption is no explanation of the caption. The map has each
    image player's own value plus an equal share of all its interactions.

    Args:
        values: The explanation of the game.
        others: At least one explanation by the same method, of games of the same image and other
            captions, such as random words.
        game: The explained game.

    Returns:
        One minus the mean squared correlation with the other maps, from 0 for a map that ignores
        the caption to 1 for a map that has nothing in common with the others; 1 at best. NaN for
        fewer than three image players or a constant map.

    Raises:
        InputError: If there are no others, or values are not finite or of another number of image
            players.
    """
    as_image_text(game)
    check_explanation(values, game)
    if not len(others):
        msg = "must be at least one explanation, got none."
        raise InputError("others", msg)
    n_image = game.n_players_image
    for other in others:
        check_finite(other, "others")
        if other.n_players < n_image:
            msg = f"must be of the same {n_image} image players, got {other.n_players}."
            raise InputError("others", msg)
    own = shared_values(values)[:n_image]
    return 1 - float(
        np.mean([shared_variance(own, shared_values(other)[:n_image]) for other in others])
    )


def shared_variance(own: FloatArray, other: FloatArray) -> float:
    """Return the squared correlation of two maps; NaN if there is nothing to compare.

    Args:
        own: A map. The result is NaN if it is constant or has fewer than three players.
        other: Another map. The result is 0 if it is constant.
    """
    if len(own) < _MIN_NUMBERS or own.std() < _MIN_CONTRAST:
        return float("nan")
    return 0.0 if other.std() < _MIN_CONTRAST else _correlation(own, other) ** 2


def _correlation(first: FloatArray, second: FloatArray) -> float:
    if min(np.ptp(first), np.ptp(second)) == 0:
        return float("nan")
    return float(stats.pearsonr(first, second).statistic)
