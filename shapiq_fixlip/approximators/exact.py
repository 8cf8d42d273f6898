"""Exact interactions of separable games, by enumerating each side once.

Every index takes ``2^n_1 + 2^n_2`` passes instead of ``2^(n_1 + n_2)`` values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapiq import InteractionValues
from shapiq.game_theory.aggregation import aggregate_base_interaction

from shapiq_fixlip.coalitions.sampling import enumerate_side
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.results.indices import (
    BANZHAF_P,
    FBII,
    FWBII,
    SHAPLEY_INDICES,
    SINGLE_PLAYER_INDICES,
    WBII,
    faithful_banzhaf_index,
)
from shapiq_fixlip.results.labelling import with_numbers
from shapiq_fixlip.sides.base import checked_embeddings
from shapiq_fixlip.solver.combine import Terms, joint_interactions
from shapiq_fixlip.solver.derivative_index import DerivativeIndex, faithful_index, shapley_index
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.typing import ExactIndex
from shapiq_fixlip.validation import check_choice, probability

if TYPE_CHECKING:
    from shapiq.typing import InteractionScores

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.sides.base import Side

__all__ = ["exact_interactions", "labelled"]

_MAX_PLAYERS = 16
"""Maximum number of players of a side.

In ``benchmarks/exact.py``, 16 + 8 players took 128 seconds and 1.6 GiB with the embedded model,
nearly all for the 65,536 passes; 9 + 6 players took 1.1 seconds and 1.1 GiB.
"""

_MAX_ORDER = 4
"""Maximum order. In ``benchmarks/exact.py``, SII of order 4 of 16 + 8 players took 1.7 seconds."""

_OF_ANY_P = (FWBII, WBII)
_MOEBIUS_P = 0.0


def exact_interactions(
    game: SeparableGame,
    index: ExactIndex = "FWBII",
    max_order: int | None = None,
    p: float | None = None,
) -> InteractionValues:
    """Compute the exact interactions of a separable game.

    Each side is evaluated once at all its coalitions. A second index of the same game costs no
    further passes, as long as its sides cache them (65,536 of each by default).

    Args:
        game: A separable game with at most 16 players on each side.
        index: See :data:`~shapiq_fixlip.typing.ExactIndex`. Default ``"FWBII"``, as ``FIxLIP``.
        max_order: Maximum number of players in an interaction, from 1 to 4, at most the number of
            players. Default: 1 for ``"SV"`` and ``"BV"`` and for a single player, else 2.
        p: Probability that a player is present, for ``"FWBII"`` and ``"WBII"`` only. Default 0.5.

    Returns:
        The interactions of every order from 0 on. They describe the values of calling the game,
        which are centred unless the game has ``normalize=False``. As in shapiq, an index of order 1
        is called ``SV`` or ``BV``.

    Raises:
        InputError: If the game is not separable or too large, or another argument is not allowed.

    Examples:
        >>> from shapiq_fixlip import Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", image_players=Grid(2, 2))
        >>> shapley = exact_interactions(game, "SV")
        >>> bool(abs(sum(shapley.values) - (game.full_value - game.empty_value)) < 1e-10)
        True
    """
    max_order, p = _check(game, index, max_order, p)
    n_first, n_second = (side.n_players for side in game.sides)
    terms = Terms(max_order, (min(max_order, n_first), min(max_order, n_second)))
    scales = game.scale, 1.0
    first, second = (
        _enumerated(side, scale, _derivative_index(index, p, game.n_players), degree)
        for side, scale, degree in zip(game.sides, scales, terms.max_degrees, strict=True)
    )
    found = joint_interactions(first, second, terms)
    found[()] += game.bias - game.normalization_value
    if index in {FWBII, FBII}:
        index = faithful_banzhaf_index(p)
    return labelled(found, index, game, max_order)


def _derivative_index(index: str, p: float, n_players: int) -> DerivativeIndex:
    """Return an index as a sum of expected derivatives; for k-SII that of SII."""
    if index in SHAPLEY_INDICES:
        return shapley_index(n_players)
    if index in {FWBII, FBII}:
        return faithful_index(p)
    return DerivativeIndex((p,), (1.0,), (0.0,))


def _enumerated(side: Side, scale: float, index: DerivativeIndex, max_degree: int) -> EnumeratedFit:
    """Return the exact parts of a side."""
    sample = enumerate_side(side.n_players, BANZHAF_P)  # derivatives do not depend on its weights
    embeddings = scale * checked_embeddings(side, sample.coalitions).astype(np.float64)
    return EnumeratedFit(sample, embeddings, index, max_degree)


def _check(
    game: SeparableGame, index: str, max_order: int | None, p: float | None
) -> tuple[int, float]:
    """Check the arguments before any pass; return the order and ``p``."""
    check_separable(game)
    check_choice("index", index, ExactIndex)
    players = [side.n_players for side in game.sides]
    if max(players) > _MAX_PLAYERS:
        msg = (
            f"must have at most {_MAX_PLAYERS} players on each side to be enumerated, got "
            f"{players[0]} and {players[1]}, which take 2^{players[0]} + 2^{players[1]} = "
            f"{2 ** players[0] + 2 ** players[1]:,} passes; fewer players (Grid, Words) or an "
            "approximator will do."
        )
        raise InputError("game", msg)
    highest = 1 if index in SINGLE_PLAYER_INDICES else min(_MAX_ORDER, game.n_players)
    order = min(2, highest) if max_order is None else whole_number("max_order", max_order)
    if order > highest:
        n = game.n_players
        msg = f"must be at most {highest} for {index} of {n} players, got {order}."
        raise InputError("max_order", msg)
    if p is None:
        return order, _MOEBIUS_P if index == "Moebius" else BANZHAF_P
    if index not in _OF_ANY_P:
        msg = f"must be left out for {index}, as it is only for FWBII and WBII, got {p!r}."
        raise InputError("p", msg)
    return order, probability("p", p)


def labelled(
    interactions: InteractionScores,
    index: str,
    game: SeparableGame,
    max_order: int,
    *,
    estimation_budget: int | None = None,
) -> InteractionValues:
    """Return interactions as labelled ``InteractionValues``.

    Args:
        interactions: The interactions, ordered by size, then lexicographically. For ``"k-SII"``
            those of SII, which are aggregated here.
        index: The index, one of :data:`~shapiq_fixlip.typing.ExactIndex`.
        game: The explained game.
        max_order: Maximum number of players in an interaction.
        estimation_budget: Number of coalition values that they are estimated from. Default:
            ``None``, they are exact.
    """
    values = InteractionValues(
        interactions,
        index="SII" if index == "k-SII" else index,
        max_order=max_order,
        n_players=game.n_players,
        min_order=0,
        estimated=estimation_budget is not None,
        estimation_budget=estimation_budget,
        baseline_value=(
            interactions[()]
            if index in {FBII, FWBII, WBII}
            else game.empty_value - game.normalization_value
        ),
    )
    if index != "k-SII":
        return values
    aggregated = aggregate_base_interaction(values)  # without those that are zero
    return with_numbers(aggregated, {players: aggregated[players] for players in interactions})
