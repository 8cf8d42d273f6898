"""First-order methods that need only values of coalitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapiq import InteractionValues

from shapiq_fixlip.approximators.budget import DEFAULT_PASSES
from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.approximators.shapley import CrossModalShapley
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.games.separable import check_own_values
from shapiq_fixlip.results.indices import ATTRIBUTION, BANZHAF_P
from shapiq_fixlip.validation import check_random_state, probability

if TYPE_CHECKING:
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["banzhaf_values", "occlusion", "rise", "shapley_values"]


def shapley_values(
    game: SeparableGame,
    *,
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = None,
) -> InteractionValues:
    """Approximate the Shapley values of single players.

    Args:
        game: Any separable game.
        budget_image: Maximum number of passes of the image (first) side. Default 256.
        budget_text: Maximum number of passes of the text (second) side. Default 256.
        random_state: Seed. Default: ``None``, a new one at every call.

    Returns:
        Values of single players, with the index ``SV``.

    Raises:
        InputError: If an argument is not allowed.
    """
    check_own_values(game)
    shapley = CrossModalShapley(game.n_players, 1, index="SV", random_state=random_state)
    return shapley.approximate(game=game, budget_image=budget_image, budget_text=budget_text)


def banzhaf_values(
    game: SeparableGame,
    *,
    p: float = BANZHAF_P,
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = None,
) -> InteractionValues:
    """Approximate the weighted Banzhaf values of single players: FIxLIP of order 1.

    Args:
        game: Any separable game.
        p: Probability that a player is present. Default 0.5.
        budget_image: Maximum number of passes of the image (first) side. Default 256.
        budget_text: Maximum number of passes of the text (second) side. Default 256.
        random_state: Seed. Default: ``None``, a new one at every call.

    Returns:
        Values of single players.

    Raises:
        InputError: If an argument is not allowed.
    """
    check_own_values(game)
    fixlip = FIxLIP(game.n_players, max_order=1, p=p, random_state=random_state)
    return fixlip.approximate(game=game, budget_image=budget_image, budget_text=budget_text)


def occlusion(game: SeparableGame) -> InteractionValues:
    """Leave one player out: ``v(N) - v(N without i)``.

    It costs one pass for each player and is deterministic.

    Args:
        game: Any separable game.

    Returns:
        Values of single players.

    Raises:
        InputError: If the game is not separable.
    """
    check_own_values(game)
    without_one = ~np.eye(game.n_players, dtype=bool)
    return _single_players(game, game.full_value - game.value_function(without_one))


def rise(
    game: SeparableGame,
    *,
    p: float = BANZHAF_P,
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = None,
) -> InteractionValues:
    """Average the values of the coalitions with a player (Petsiuk, Das and Saenko, BMVC 2018).

    A player's value is the mean of ``v(S)`` over all sampled coalitions, where those without the
    player count as zero, divided by ``p``. ``v`` are the values of calling the game, which are
    centred by default. The coalitions of each side are drawn as for
    :class:`~shapiq_fixlip.FIxLIP`, and all their pairs are used.

    Args:
        game: Any separable game.
        p: Probability that a player is present. Default 0.5.
        budget_image: Maximum number of passes of the image (first) side. Default 256.
        budget_text: Maximum number of passes of the text (second) side. Default 256.
        random_state: Seed. Default: ``None``, a new one at every call.

    Returns:
        Values of single players.

    Raises:
        InputError: If an argument is not allowed.
    """
    check_own_values(game)
    p = probability("p", p)
    check_random_state(random_state)
    streams = streams_of(random_state)
    means, means_with = [], []
    for name, side, budget, stream in (
        ("budget_image", game.sides[0], budget_image, streams.first),
        ("budget_text", game.sides[1], budget_text, streams.second),
    ):
        size = whole_number(name, DEFAULT_PASSES if budget is None else budget)
        sample = draw_sample(side.n_players, p, size, np.random.default_rng(stream))
        # a constant dimension for the offset of every product
        embedded = np.column_stack([side.embed(sample.coalitions), np.ones(len(sample))])
        means.append(sample.weights @ embedded)
        means_with.append((sample.coalitions.T * sample.weights) @ embedded / p)
    factors = np.append(
        np.full(len(means[0]) - 1, game.scale), game.bias - game.normalization_value
    )
    heat = [means_with[0] @ (factors * means[1]), means_with[1] @ (factors * means[0])]
    return _single_players(game, np.concatenate(heat), is_estimated=True)


def _single_players(
    game: SeparableGame, values: FloatArray, *, is_estimated: bool = False
) -> InteractionValues:
    return InteractionValues(
        {(player,): float(value) for player, value in enumerate(values)},
        index=ATTRIBUTION,
        max_order=1,
        n_players=game.n_players,
        min_order=1,
        estimated=is_estimated,
        baseline_value=0.0,
    )
