"""Tables of interactions by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pyarrow import Table, csv
from shapiq import InteractionValues

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.results.arrays import by_size, keys_of, numbers_of
from shapiq_fixlip.results.intervals import error_bars
from shapiq_fixlip.results.resolved import resolved_column

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from shapiq_fixlip.games.separable import SeparableGame

__all__ = [
    "check_players",
    "check_standard_errors",
    "interaction_columns",
    "interaction_table",
    "is_cross_modal",
    "strongest_interactions",
    "write_table",
]

_TIMES = " × "


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
    if not values.interactions.keys() <= standard_errors.interactions.keys():
        missing = values.interactions.keys() - standard_errors.interactions.keys()
        msg = f"must have an error for each interaction of values, got none for {min(missing)}."
        raise InputError("standard_errors", msg)
    errors = numbers_of(standard_errors, values)
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
    numbers, keys = numbers_of(values), keys_of(values.interactions)
    names, kinds = _names(values, game)
    strongest = np.argsort(-np.abs(numbers), kind="stable")
    strongest = strongest[keys[strongest].astype(bool)]  # without the value of no player
    table = pd.DataFrame(
        {
            "name": names[strongest],
            "kind": kinds[strongest],
            "players": keys[strongest],
            "value": numbers[strongest],
        }
    )
    if standard_errors is not None:
        check_standard_errors(standard_errors, values, game)
        errors = numbers_of(standard_errors, values)[strongest]
        table = table.join(error_bars(numbers[strongest], errors, level=level))
    if resolved is not None:
        table["resolved"] = resolved_column(resolved, values, table["players"])
    return table


def _names(
    values: InteractionValues, game: SeparableGame
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return the name and the kind of every interaction, both of shape ``(q,)``."""
    first, second = game.sides
    kinds = [first.kind, second.kind]
    if first.kind == second.kind:
        kinds = [f"{first.kind} 1", f"{second.kind} 2"]
    of_players = np.array(game.player_names, dtype=object)
    of_sides = np.array(kinds, dtype=object)
    names, found_kinds = np.full((2, len(values.interactions)), "", dtype=object)
    for places, players in by_size(values.interactions):
        sides = (players >= first.n_players).astype(int)
        names[places] = _joined(of_players[players])
        found_kinds[places] = _joined(of_sides[sides])
    return names, found_kinds


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


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table of interactions as a CSV file."""
    types = pd.api.types
    texts = {  # of tuples and of what may be missing, which Arrow would not write as pandas does
        name: column.map(str, na_action="ignore")
        for name, column in table.items()
        if not (types.is_float_dtype(column) or types.is_string_dtype(column))
    }
    arrow = Table.from_pandas(table.assign(**texts), preserve_index=False)
    csv.write_csv(arrow, path, csv.WriteOptions(quoting_style="needed"))


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


def _joined(names: NDArray[np.object_]) -> NDArray[np.object_]:
    """Join the names in each row of a table, ``(q, size)``."""
    joined = names[:, 0] if names.shape[1] else np.full(len(names), "", dtype=object)
    for column in names.T[1:]:
        joined = joined + _TIMES + column
    return joined
