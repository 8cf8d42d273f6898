"""Exact interactions of separable games, by enumerating each side once.

Every index takes ``2^n_1 + 2^n_2`` passes instead of ``2^(n_1 + n_2)`` values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.approximators.by_name import derivative_index, labelled
from shapiq_fixlip.coalitions.sampling import enumerate_side
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.separable import SeparableGame, check_all_loaded, factorises
from shapiq_fixlip.results.indices import (
    BANZHAF_P,
    OF_ANY_P,
    SINGLE_PLAYER_INDICES,
    index_at,
)
from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.fitted_game import FittedSides
from shapiq_fixlip.solver.observations import evaluate_jointly, evaluate_sides
from shapiq_fixlip.solver.terms import Terms
from shapiq_fixlip.typing import ExactIndex
from shapiq_fixlip.validation import check_choice, probability

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.solver.observations import Observations

__all__ = ["MAX_ORDER", "MAX_PLAYERS", "exact_interactions"]

MAX_PLAYERS = 16
"""Maximum number of players of a side.

In ``benchmarks/exact.py``, 16 + 8 players took 128 seconds and 1.6 GiB with the embedded model,
nearly all for the 65,536 passes; 9 + 6 players took 1.1 seconds and 1.1 GiB.
"""

MAX_ORDER = 4
"""Maximum order. In ``benchmarks/exact.py``, SII of order 4 of 16 + 8 players took 1.7 seconds."""


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
        game: A separable game with at most 16 players on each side, or with all values loaded.
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
    observations = _evaluated(game)
    players = observations.n_players
    terms = Terms.up_to(max_order, players)
    derivatives = derivative_index(index, game.n_players, max_order, p)
    first, second = (
        EnumeratedFit(sample, embeddings, derivatives, degree)
        for sample, embeddings, degree in zip(
            observations.samples, observations.embeddings, terms.max_degrees, strict=True
        )
    )
    solution = FittedSides(observations, terms, (first, second))
    return labelled(solution.named, index_at(index, p), game, max_order)


def _evaluated(game: SeparableGame) -> Observations:
    """Evaluate all coalitions of each side, or look up all loaded values."""
    if not factorises(game):
        return evaluate_jointly(game, enumerate_side(game.n_players, BANZHAF_P))
    first, second = (  # derivatives do not depend on the weights of the sample
        enumerate_side(side.n_players, BANZHAF_P) for side in game.sides
    )
    return evaluate_sides(game, (first, second))


def _check(
    game: SeparableGame, index: str, max_order: int | None, p: float | None
) -> tuple[int, float]:
    """Check the arguments before any pass; return the order and ``p``."""
    check_choice("index", index, ExactIndex)
    if not isinstance(game, SeparableGame):
        msg = f"must be a SeparableGame, got {brief(game)}."
        raise InputError("game", msg)
    players = [side.n_players for side in game.sides]
    check_all_loaded(game)
    if not game.has_loaded_values and max(players) > MAX_PLAYERS:
        msg = (
            f"must have at most {MAX_PLAYERS} players on each side to be enumerated, got "
            f"{players[0]} and {players[1]}, which take 2^{players[0]} + 2^{players[1]} = "
            f"{2 ** players[0] + 2 ** players[1]:,} passes; fewer players (Grid, Words) or an "
            "approximator will do."
        )
        raise InputError("game", msg)
    highest = 1 if index in SINGLE_PLAYER_INDICES else min(MAX_ORDER, game.n_players)
    order = min(2, highest) if max_order is None else whole_number("max_order", max_order)
    if order > highest:
        n = game.n_players
        msg = f"must be at most {highest} for {index} of {n} players, got {order}."
        raise InputError("max_order", msg)
    if p is None:
        return order, BANZHAF_P
    if index not in OF_ANY_P:
        msg = f"must be left out for {index}, as it is only for FWBII and WBII, got {p!r}."
        raise InputError("p", msg)
    return order, probability("p", p)
