"""Players by name, by number, as a phrase, or by their place."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, SupportsIndex, cast

import numpy as np

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.image_text import as_image_text

if TYPE_CHECKING:
    from shapiq_fixlip.games.image_text import ImageTextGame

__all__ = ["Chosen", "named_players", "players_inside", "several_players"]

type Chosen = str | int | Sequence[str | int]
"""A player by name or number, a phrase of the text, or a list of these."""


def named_players(
    game: ImageTextGame, chosen: str | SupportsIndex, argument: str = "condition_on"
) -> tuple[int, ...]:
    """Return the players of a name, a number or a phrase.

    Args:
        game: The game.
        chosen: A player by name or number, or a part of the text, which may be of several players.
        argument: Name of the argument, for errors. Default ``"condition_on"``.

    Raises:
        InputError: If there is no such player.
    """
    if isinstance(chosen, str):
        names = list(game.player_names)
        if chosen in names:
            return (names.index(chosen),)
        said = game.naming(chosen)
        if said:
            return tuple(game.n_players_image + word for word in said)
        phrase = "" if said is None else f", or a part of the text {brief(game.text)}"
        msg = (
            f"must be a player's name or number{phrase}, got {brief(chosen)}; "
            f"the text players are {', '.join(names[game.n_players_image :]) or 'none'}."
        )
        raise InputError(argument, msg)
    try:
        number = operator.index(chosen)
    except TypeError as error:
        msg = f"must be the name or the number of a player, got {brief(chosen)}."
        raise InputError(argument, msg) from error
    if not 0 <= number < game.n_players or isinstance(chosen, bool):
        msg = f"must be a player from 0 to {game.n_players - 1}, got {chosen!r}."
        raise InputError(argument, msg)
    return (number,)


def several_players(
    game: ImageTextGame, chosen: Chosen, argument: str = "condition_on"
) -> tuple[int, ...]:
    """Return the players of one name, number or phrase, or of a list of these.

    Args:
        game: The game.
        chosen: The players.
        argument: Name of the argument, for errors. Default ``"condition_on"``.

    Raises:
        InputError: If there is no such player, or the list is empty.
    """
    given: object = chosen
    is_list = isinstance(given, Sequence | np.ndarray) and not isinstance(given, str)
    if not is_list or not np.ndim(chosen):
        return named_players(game, cast("str | SupportsIndex", chosen), argument)
    chosen = cast("Sequence[str | int]", chosen)
    if not len(chosen):
        raise InputError(argument, "must be at least one player, got none.")
    found = [player for one in chosen for player in named_players(game, one, argument)]
    return tuple(sorted(set(found)))


def players_inside(game: ImageTextGame, box: tuple[float, float, float, float]) -> tuple[int, ...]:
    """Return the image players that have at least half of their pixels inside a box.

    Args:
        game: The explained game.
        box: Left, upper, right and lower edge in pixels of the image as the model sees it,
            ``game.image_side.image``.

    Raises:
        InputError: If the box is not one, or there is no such player.
    """
    as_image_text(game)
    try:
        edges = np.array(box, dtype=float)
    except (TypeError, ValueError):
        edges = np.zeros(0)
    if edges.shape != (4,) or not (edges[:2] < edges[2:]).all():
        msg = f"must be left, upper, right and lower edge in pixels, got {brief(box)}."
        raise InputError("box", msg)
    regions = game.image_side.regions
    rows, columns = regions.shape
    y, x = np.mgrid[:rows, :columns] + 0.5
    left, upper, right, lower = edges
    is_inside = (left <= x) & (x <= right) & (upper <= y) & (y <= lower)
    inside, all_pixels = (
        np.bincount(some + 1, minlength=game.n_players_image + 1)[1:]
        for some in (regions[is_inside], regions.ravel())
    )
    found = np.flatnonzero(2 * inside >= np.maximum(all_pixels, 1))
    if not len(found):
        msg = f"must have a player of the {columns} x {rows} pixels inside, got {brief(box)}."
        raise InputError("box", msg)
    return tuple(found.tolist())
