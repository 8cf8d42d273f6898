"""Tables of interactions by name, and parts of explanations, such as those of one side."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from shapiq import InteractionValues

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.results.intervals import error_bars
from shapiq_fixlip.results.resolved import resolved_column

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "check_players",
    "check_standard_errors",
    "cross_pairs",
    "explained_spread",
    "image_interactions",
    "interaction_columns",
    "interaction_table",
    "is_cross_modal",
    "of_players",
    "shared_values",
    "strongest_interactions",
    "text_interactions",
]

_TIMES = " × "
_PAIR = 2


def check_players(values: InteractionValues, game: SeparableGame, name: str = "values") -> None:
    """Check that values are interactions of a game.

    Raises:
        InputError: If they are not ``InteractionValues``, or the numbers of players differ.
    """
    if not isinstance(values, InteractionValues):
        msg = f"must be InteractionValues, got {brief(values)}."
        raise InputError(name, msg)
    if values.n_players != game.n_players:
        msg = f"must be of {game.n_players} players as the game, got {values.n_players}."
        raise InputError(name, msg)


def check_standard_errors(
    standard_errors: InteractionValues, values: InteractionValues, game: SeparableGame
) -> None:
    """Check that standard errors belong to an explanation. Unknown ones may be NaN.

    Raises:
        InputError: If the numbers of players differ, an interaction has no standard error, or one
            is negative or infinite.
    """
    check_players(standard_errors, game, name="standard_errors")
    missing = values.interactions.keys() - standard_errors.interactions.keys()
    if missing:
        msg = f"must have an error for each interaction of values, got none for {min(missing)}."
        raise InputError("standard_errors", msg)
    errors = np.array([standard_errors.interactions[players] for players in values.interactions])
    wrong = errors[(errors < 0) | np.isinf(errors)]
    if len(wrong):
        msg = f"must be finite and not negative, got {wrong[0]}."
        raise InputError("standard_errors", msg)


def interaction_table(
    values: InteractionValues,
    game: SeparableGame,
    standard_errors: InteractionValues | None = None,
    *,
    resolved: Collection[tuple[int, ...]] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """List interactions by name, the strongest first.

    Args:
        values: Interactions of the game.
        game: The game that was explained.
        standard_errors: Those of the interactions, from ``FIxLIP.standard_errors``. Default: none.
        resolved: Those of the highest order that differ from zero, from ``FIxLIP.resolved``.
            Default: ``None``, unknown.
        level: Level of the intervals, between 0 and 1. Default 0.95.

    Returns:
        One row for each interaction of at least one player, with the columns ``name`` (such as
        ``"patch (2,3) × dog"``), ``kind`` (such as ``"patch × word"``, or ``"patch 1 × patch 2"``
        for two images), ``players`` (their numbers) and ``value``. With standard errors also:
        ``standard_error``; ``low`` and ``high``, the bounds of the interval; ``sign_stability``,
        the probability that the sign is right; and ``rank_stability``, the probability that the
        interaction is among the 10 strongest. Errors are taken as normal, and for
        ``rank_stability`` as independent. If it is known also ``resolved``, whether an interaction
        of the highest order differs from zero, which is missing for lower orders.

    Raises:
        InputError: If the values or the standard errors are of another number of players, an
            interaction has no standard error, one that is resolved is no interaction of the highest
            order, or the level is not allowed.
    """
    check_players(values, game)
    first, second = game.sides
    kinds = [first.kind, second.kind]
    if first.kind == second.kind:
        kinds = [f"{first.kind} 1", f"{second.kind} 2"]
    kind_of_player = np.repeat(kinds, [first.n_players, second.n_players])
    rows = [
        {
            "name": _joined([game.player_names[player] for player in players]),
            "kind": _joined(kind_of_player[list(players)].tolist()),
            "players": players,
            "value": value,
        }
        for players, value in values.interactions.items()
        if players
    ]
    table = pd.DataFrame(rows, columns=["name", "kind", "players", "value"])
    table = table.sort_values("value", key=abs, ascending=False, kind="stable", ignore_index=True)
    if standard_errors is not None:
        check_standard_errors(standard_errors, values, game)
        of_players = standard_errors.interactions
        errors = np.array([of_players[players] for players in table["players"]])
        table = table.join(error_bars(table["value"].to_numpy(), errors, level=level))
    if resolved is not None:
        table["resolved"] = resolved_column(resolved, values, table["players"])
    return table


def interaction_columns(
    explanations: Mapping[Any, InteractionValues], game: SeparableGame
) -> pd.DataFrame:
    """List the interactions of several explanations by name, the strongest in any of them first.

    Args:
        explanations: Interactions of the game, by the name of the column.
        game: The game that was explained.

    Returns:
        One row for each interaction with ``name``, ``kind`` and ``players`` as in
        :func:`interaction_table`, and one column for each explanation; NaN where an
        explanation has no such interaction.

    Raises:
        InputError: If the interactions are of another number of players.
    """
    parts = [
        interaction_table(values, game).set_index(["name", "kind", "players"])["value"]
        for values in explanations.values()
    ]
    table = pd.concat(parts, axis=1, keys=list(explanations))
    strongest = table.abs().max(axis=1).sort_values(ascending=False, kind="stable")
    return table.loc[strongest.index].reset_index()


def strongest_interactions(table: pd.DataFrame, n_of_kind: int) -> pd.DataFrame:
    """Return the strongest interactions of every kind, those of both sides first.

    Args:
        table: From :func:`interaction_table`.
        n_of_kind: Number of each kind; twice as many of kinds of both sides.
    """
    kinds = sorted(set(table["kind"]), key=lambda kind: (not is_cross_modal(kind), len(kind), kind))
    parts = [
        table[table["kind"] == kind].head(n_of_kind * (2 if is_cross_modal(kind) else 1))
        for kind in kinds
    ]
    return pd.concat(parts, ignore_index=True)


def is_cross_modal(kind: str) -> bool:
    """Return whether interactions of a kind have players of both sides."""
    return len(set(kind.split(_TIMES))) > 1


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
    shares = np.zeros(values.n_players)
    for interaction, value in values.interactions.items():
        for player in interaction:
            shares[player] += value / len(interaction)
    return shares


def cross_pairs(values: InteractionValues, n_image: int) -> FloatArray:
    """Return the pairs of a player of the first and a player of the second side.

    Args:
        values: Interactions of any order.
        n_image: The number of players of the first side.

    Returns:
        An array of shape ``(n_image, n_players - n_image)``; zero where there is no interaction.
    """
    pairs = np.zeros((n_image, values.n_players - n_image))
    for players, value in values.interactions.items():
        if len(players) == _PAIR and players[0] < n_image <= players[1]:
            pairs[players[0], players[1] - n_image] = value
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


def _joined(names: Sequence[str]) -> str:
    return _TIMES.join(names)
