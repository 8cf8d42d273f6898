"""Exact interactions of separable games, by enumerating each side once.

``2^n_1 + 2^n_2`` passes instead of ``2^(n_1 + n_2)`` values, whatever the index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapiq import InteractionValues
from shapiq.game_theory.aggregation import aggregate_base_interaction

from shapiq_fixlip.coalitions.sampling import enumerate_coalitions
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
from shapiq_fixlip.solver.basis import DegreeBasis
from shapiq_fixlip.solver.derivatives import derivatives_of_all, joint_derivatives, shapley_nodes
from shapiq_fixlip.typing import ExactIndex
from shapiq_fixlip.validation import check_choice, probability

if TYPE_CHECKING:
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["exact_interactions", "labelled"]

_MOST_PLAYERS = 16
_HIGHEST_ORDER = 4

_OF_ANY_P = (FWBII, WBII)
_MOEBIUS_P = 0.0


def exact_interactions(
    game: SeparableGame,
    index: ExactIndex = "FWBII",
    order: int | None = None,
    p: float | None = None,
) -> InteractionValues:
    """Compute the interactions of a separable game without any estimation.

    Each side is evaluated at all its coalitions, once: a second index of the same game costs no
    more passes as long as its sides remember them (65,536 of each by default).

    Args:
        game: At most 16 players on each side.
        index: See :data:`~shapiq_fixlip.typing.ExactIndex`. Default ``"FWBII"``, as ``FIxLIP``.
        order: The most players of an interaction, 1 to 4 and at most all. Default 1 for ``"SV"``
            and ``"BV"``, else 2 (1 for a single player).
        p: Probability of a player to be present, for ``"FWBII"`` and ``"WBII"`` only. Default 0.5.

    Returns:
        The interactions of every order from 0 on, those of the game as called, which is centred
        unless it was told not to be. As in shapiq, an index of order 1 is called ``SV`` or ``BV``.

    Raises:
        InputError: If the game is not separable or too large, or another argument is not allowed.

    Examples:
        >>> from shapiq_fixlip import Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", players=Grid(2, 2))
        >>> shapley = exact_interactions(game, "SV")
        >>> bool(abs(sum(shapley.values) - (game.full_value - game.empty_value)) < 1e-10)
        True
    """
    order, p = _check(game, index, order, p)
    f, g = (
        side.embed(enumerate_coalitions(side.n_players)).astype(np.float64) for side in game.sides
    )
    f *= game.scale
    basis = DegreeBasis(game.n_players, p, order)
    if index in SHAPLEY_INDICES:
        found = sum(
            weight * _derivatives(f, g, game, basis, node)
            for node, weight in zip(*shapley_nodes(game.n_players), strict=True)
        )
    else:
        found = _derivatives(f, g, game, basis, p)
    if index in {FWBII, FBII}:
        index = faithful_banzhaf_index(p)
        found = basis.interactions_of_derivatives(found, order)
    found[0] += game.bias - game.normalization_value
    return labelled(found, index, basis, game)


def _check(
    game: SeparableGame, index: str, order: int | None, p: float | None
) -> tuple[int, float]:
    """Return the order and ``p``, and refuse what is not allowed before it costs anything."""
    check_separable(game)
    check_choice("index", index, ExactIndex)
    players = [side.n_players for side in game.sides]
    if max(players) > _MOST_PLAYERS:
        msg = (
            f"must have at most {_MOST_PLAYERS} players on each side to be enumerated, got "
            f"{players[0]} and {players[1]}, which take 2^{players[0]} + 2^{players[1]} = "
            f"{2 ** players[0] + 2 ** players[1]:,} passes; fewer players (Grid, Words) or an "
            "approximator will do."
        )
        raise InputError("game", msg)
    highest = 1 if index in SINGLE_PLAYER_INDICES else min(_HIGHEST_ORDER, game.n_players)
    order = min(2, highest) if order is None else whole_number("order", order)
    if order > highest:
        n = game.n_players
        msg = f"must be at most {highest} for {index} of {n} players, got {order}."
        raise InputError("order", msg)
    if p is None:
        return order, _MOEBIUS_P if index == "Moebius" else BANZHAF_P
    if index not in _OF_ANY_P:
        msg = f"must be left out for {index}, it is for FWBII and WBII, got {p!r}."
        raise InputError("p", msg)
    return order, probability("p", p)


def _derivatives(
    f: FloatArray, g: FloatArray, game: SeparableGame, basis: DegreeBasis, p: float
) -> FloatArray:
    first, second = derivatives_of_all(f, p), derivatives_of_all(g, p)
    return joint_derivatives(first, second, game.sides[0].n_players, basis)


def labelled(
    found: FloatArray,
    index: str,
    basis: DegreeBasis,
    game: SeparableGame,
    *,
    estimation_budget: int | None = None,
) -> InteractionValues:
    """Label interactions as shapiq does.

    Args:
        found: The interactions, in the order of the basis; for ``"k-SII"`` still those of SII.
        index: The index they get, one of :data:`~shapiq_fixlip.typing.ExactIndex`.
        basis: Lists their players.
        game: The game that they explain.
        estimation_budget: The values that they are estimated from. Default ``None``, exact.
    """
    players = (tuple(subset) for subsets in basis.subsets for subset in subsets.tolist())
    interactions = dict(zip(players, found.tolist(), strict=True))
    values = InteractionValues(
        interactions,
        index="SII" if index == "k-SII" else index,
        max_order=basis.max_degree,
        n_players=basis.n,
        min_order=0,
        estimated=estimation_budget is not None,
        estimation_budget=estimation_budget,
        baseline_value=(
            interactions[()]
            if index in {FBII, FWBII, WBII}
            else game.empty_value - game.normalization_value
        ),
    )
    return aggregate_base_interaction(values) if index == "k-SII" else values
