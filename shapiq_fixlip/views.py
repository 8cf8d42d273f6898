"""Views of an explanation: as a table with readable names, or of one side alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from shapiq import InteractionValues

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.games.vision_language import VisionLanguageGame

__all__ = [
    "check_players",
    "image_interactions",
    "interaction_table",
    "strongest_interactions",
    "text_interactions",
]

_CROSS_MODAL_PAIR = "patch × word"


def check_players(values: InteractionValues, game: VisionLanguageGame) -> None:
    """Refuse interactions of another game.

    Raises:
        InputError: If the numbers of players differ.
    """
    if values.n_players != game.n_players:
        msg = f"values must be of {game.n_players} players as the game, got {values.n_players}."
        raise InputError(msg)


def interaction_table(values: InteractionValues, game: VisionLanguageGame) -> pd.DataFrame:
    """List interactions by name, the strongest first.

    Args:
        values: Interactions of the game.
        game: The game that was explained.

    Returns:
        One row for each interaction of at least one player, with the columns ``name`` (such as
        ``"patch (2,3) × dog"``), ``kind`` (such as ``"patch × word"``), ``players`` (their numbers)
        and ``value``.

    Raises:
        InputError: If the values are of another number of players.
    """
    check_players(values, game)
    rows = [
        {
            "name": _joined([game.player_names[player] for player in players]),
            "kind": _kind(players, game.n_players_image),
            "players": players,
            "value": value,
        }
        for players, value in values.interactions.items()
        if players
    ]
    table = pd.DataFrame(rows, columns=["name", "kind", "players", "value"])
    return table.sort_values("value", key=abs, ascending=False, kind="stable", ignore_index=True)


def strongest_interactions(table: pd.DataFrame, n_of_kind: int) -> pd.DataFrame:
    """Keep the strongest interactions of every kind, pairs of a patch and a word first.

    Args:
        table: From :func:`interaction_table`.
        n_of_kind: How many of each kind; of pairs of a patch and a word twice as many.
    """
    others = sorted(set(table["kind"]) - {_CROSS_MODAL_PAIR}, key=lambda kind: (len(kind), kind))
    parts = [
        table[table["kind"] == kind].head(n_of_kind * (2 if kind == _CROSS_MODAL_PAIR else 1))
        for kind in (_CROSS_MODAL_PAIR, *others)
    ]
    return pd.concat(parts, ignore_index=True)


def image_interactions(values: InteractionValues, game: VisionLanguageGame) -> InteractionValues:
    """Return the interactions among patches, whose numbers stay as they are.

    Raises:
        InputError: If the values are of another number of players.
    """
    check_players(values, game)
    return _of_players(values, range(game.n_players_image))


def text_interactions(values: InteractionValues, game: VisionLanguageGame) -> InteractionValues:
    """Return the interactions among words, numbered from 0 in reading order.

    For shapiq's plot of texts, ``plot_sentence(list(game.text_side.tokens))``.

    Raises:
        InputError: If the values are of another number of players.
    """
    check_players(values, game)
    return _of_players(values, range(game.n_players_image, game.n_players))


def _of_players(values: InteractionValues, players: range) -> InteractionValues:
    kept = {
        tuple(player - players.start for player in interaction): value
        for interaction, value in values.interactions.items()
        if all(player in players for player in interaction)
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
    return " × ".join(names)


def _kind(players: tuple[int, ...], n_image: int) -> str:
    return _joined(["patch" if player < n_image else "word" for player in players])
