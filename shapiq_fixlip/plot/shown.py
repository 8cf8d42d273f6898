"""The contents of a picture: a number for every player, and the strongest links."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple, SupportsIndex, get_args

import numpy as np

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.vision_language import as_image_text
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.results.resolved import check_resolved, highest_order
from shapiq_fixlip.results.tables import cross_pairs, shared_values
from shapiq_fixlip.typing import Scale
from shapiq_fixlip.validation import check_flag

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["Limits", "Link", "Shown", "check_scale", "named_players", "shown"]

_PAIR = 2


class Link(NamedTuple):
    """A pair of a patch and a word.

    Attributes:
        patch: Number of the image player.
        word: Number of the text player, from 0 for the first text player.
        value: The interaction.
        is_resolved: Whether it is resolved, or it is unknown whether it is.
    """

    patch: int
    word: int
    value: float
    is_resolved: bool = True


class Limits(NamedTuple):
    """The absolute values of the strongest colours and the thickest lines."""

    image: float
    text: float
    links: float


@dataclass(frozen=True)
class Shown:
    """The contents of a picture.

    Attributes:
        image: A number for every image player.
        text: A number for every text player.
        links: The drawn pairs, the strongest first.
        chosen: The players whose pairs are shown; empty if everything is shown.
        strongest: The absolute value of the strongest colour by default.
    """

    image: FloatArray
    text: FloatArray
    links: tuple[Link, ...]
    chosen: tuple[int, ...]
    strongest: float

    def limits(self, scale: Scale | float) -> Limits:
        """Return the absolute values of the strongest colours; see :func:`check_scale`."""
        if scale == "separate":
            parts = (self.image, self.text, np.array([link.value for link in self.links]))
            return Limits(*(_largest(part) or 1.0 for part in parts))
        limit = self.strongest or 1.0 if isinstance(scale, str) else float(scale)
        return Limits(limit, limit, limit)


def shown(
    values: InteractionValues,
    game: ImageTextGame,
    *,
    top_k: int,
    condition_on: str | int | None = None,
    first_order: bool = False,
    resolved: Collection[tuple[int, ...]] | None = None,
    only_resolved: bool = False,
) -> Shown:
    """Return the contents of a picture; arguments as for :func:`~shapiq_fixlip.image_text_plot`.

    Raises:
        InputError: If an argument is not allowed.
    """
    as_image_text(game)
    check_explanation(values, game)
    whole_number("top_k", top_k)
    check_flag("only_resolved", only_resolved)
    if resolved is not None:
        check_resolved(resolved, values)
    are_known = resolved is not None and highest_order(values) == _PAIR
    if only_resolved and not (are_known and condition_on is None and not first_order):
        msg = "must be False unless pairs are shown and it is known which are resolved, got True."
        raise InputError("only_resolved", msg)
    n_image = game.n_players_image
    if condition_on is None:
        numbers = _first_order(values) if first_order else shared_values(values)
        pairs = np.zeros((n_image, game.n_players_text))
        if not first_order:
            pairs = cross_pairs(values, n_image)
        is_resolved = np.ones(pairs.shape, dtype=bool)
        if resolved is not None and are_known:
            is_resolved = _resolved_pairs(pairs, resolved)
        drawn = np.where(is_resolved, pairs, 0) if only_resolved else pairs
        links = _strongest(drawn, is_resolved, top_k)
        strongest = max(_largest(numbers), *(abs(link.value) for link in links), 0.0)
        return Shown(numbers[:n_image], numbers[n_image:], links, (), strongest)
    if first_order:
        msg = f"must be False to condition on a player, got True and {condition_on!r}."
        raise InputError("first_order", msg)
    if values.max_order < _PAIR:
        msg = f"must be None for values without pairs, got {brief(condition_on)}."
        raise InputError("condition_on", msg)
    return _conditioned(values, game, named_players(game, condition_on))


def _first_order(values: InteractionValues) -> FloatArray:
    """Return the value of every single player, of shape ``(n_players,)``."""
    return np.array([values.interactions.get((player,), 0.0) for player in range(values.n_players)])


def _conditioned(values: InteractionValues, game: ImageTextGame, chosen: tuple[int, ...]) -> Shown:
    """Return the contents for some players of one side: their pairs, on the other side."""
    n_image = game.n_players_image
    if not (n_image and game.n_players_text):
        msg = f"must be None where one side has no players, got {chosen[0]}."
        raise InputError("condition_on", msg)
    pairs = cross_pairs(values, n_image)
    image, text = np.zeros(n_image), np.zeros(game.n_players_text)
    if chosen[0] < n_image:
        text = pairs[list(chosen)].sum(axis=0)
    else:
        image = pairs[:, [player - n_image for player in chosen]].sum(axis=1)
    # the same scale for all players, so that their pictures can be compared
    strongest = max(_largest(pairs), _largest(image), _largest(text))
    return Shown(image, text, (), chosen, strongest)


def _largest(numbers: FloatArray) -> float:
    return float(np.abs(numbers).max(initial=0.0))


def _resolved_pairs(pairs: FloatArray, resolved: Collection[tuple[int, ...]]) -> NDArray[np.bool_]:
    """Return which pairs of a patch and a word are resolved, of the shape of the pairs."""
    found = np.zeros(pairs.shape, dtype=bool)
    for first, second in resolved:
        if first < len(pairs) <= second:
            found[first, second - len(pairs)] = True
    return found


def _strongest(pairs: FloatArray, is_resolved: NDArray[np.bool_], top_k: int) -> tuple[Link, ...]:
    order = np.argsort(-np.abs(pairs), axis=None, kind="stable")[:top_k]
    places = zip(*np.unravel_index(order, pairs.shape), strict=True)
    links = (
        Link(int(patch), int(word), float(pairs[patch, word]), bool(is_resolved[patch, word]))
        for patch, word in places
    )
    return tuple(link for link in links if link.value)


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


def check_scale(scale: Scale | float, names: Sequence[str] = get_args(Scale.__value__)) -> None:
    """Check that ``scale`` is a scale.

    Args:
        scale: One of ``names``, or the absolute value of the strongest colour.
        names: The allowed names. Default: all of :data:`~shapiq_fixlip.typing.Scale`.

    Raises:
        InputError: If it is neither one of the names nor a positive, finite number.
    """
    if isinstance(scale, str) and scale in names:
        return
    is_number = isinstance(scale, Real) and not isinstance(scale, bool)
    if not is_number or not 0 < float(scale) < math.inf:
        allowed = " or ".join([*map(repr, names), "a positive number"])
        msg = f"must be {allowed}, got {brief(scale)}."
        raise InputError("scale", msg)
