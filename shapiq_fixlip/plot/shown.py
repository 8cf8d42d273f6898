"""The contents of a picture: a number for each player, and the strongest links, or maps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.plot.chosen_players import several_players
from shapiq_fixlip.plot.scales import Limits
from shapiq_fixlip.plot.word_maps import maps_of_words, words_that_matter
from shapiq_fixlip.results.resolved import check_resolved, highest_order
from shapiq_fixlip.results.views import cross_pairs, shared_values
from shapiq_fixlip.typing import View
from shapiq_fixlip.validation import check_choice, check_flag

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.word_maps import WordMap
    from shapiq_fixlip.typing import FloatArray

__all__ = ["MAX_IMAGE_PLAYERS_OF_LINKS", "Link", "Shown", "of_words_that_matter", "shown"]

_PAIR = 2

MAX_IMAGE_PLAYERS_OF_LINKS = 25
"""More of them are shown as maps of words by default, as links would cover the image."""


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


@dataclass(frozen=True)
class Shown:
    """The contents of a picture.

    Attributes:
        image: A number for every image player.
        text: A number for every text player.
        links: The drawn pairs, the strongest first.
        maps: The words and their pairs, in the order of the text, instead of links.
        chosen: The players whose pairs are shown; empty if everything is shown.
        limits: The largest absolute values of each kind.
    """

    image: FloatArray
    text: FloatArray
    links: tuple[Link, ...]
    maps: tuple[WordMap, ...]
    chosen: tuple[int, ...]
    limits: Limits

    @property
    def has_pale(self) -> bool:
        """Whether something is shown that may be chance."""
        of_maps = any((one.numbers[~one.is_resolved] != 0).any() for one in self.maps)
        return of_maps or not all(link.is_resolved for link in self.links)


def shown(
    values: InteractionValues,
    game: ImageTextGame,
    *,
    view: View = "auto",
    top_k: int = 12,
    condition_on: Chosen | None = None,
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
    check_choice("view", view, View)
    check_flag("first_order", first_order)
    check_flag("only_resolved", only_resolved)
    if resolved is not None:
        check_resolved(resolved, values)
    has_pairs = values.max_order >= _PAIR and all(side.n_players for side in game.sides)
    shows_pairs = has_pairs and condition_on is None and not first_order
    if view == "maps" and not shows_pairs:
        msg = "must be 'auto' or 'links' unless pairs of image and text are shown, got 'maps'."
        raise InputError("view", msg)
    is_known = resolved is not None and highest_order(values) == _PAIR
    if only_resolved and not (shows_pairs and is_known):
        msg = "must be False unless pairs are shown and it is known which are resolved, got True."
        raise InputError("only_resolved", msg)
    if condition_on is not None:
        _check_conditions(values, game, condition_on, first_order=first_order)
        return _conditioned(values, game, several_players(game, condition_on))
    numbers = _first_order(values) if first_order else shared_values(values)
    image, text = np.split(numbers, [game.n_players_image])
    if not shows_pairs:
        return Shown(image, text, (), (), (), _limits(image, text, 0.0))
    pairs = cross_pairs(values, game.n_players_image)
    is_resolved = np.ones(pairs.shape, dtype=bool)
    if resolved is not None and is_known:
        is_resolved = _resolved_pairs(pairs, resolved)
    if only_resolved:
        pairs = np.where(is_resolved, pairs, 0)
    if view == "maps" or (view == "auto" and len(pairs) > MAX_IMAGE_PLAYERS_OF_LINKS):
        maps = maps_of_words(game, pairs, is_resolved)
        largest = max(_largest(one.numbers) for one in maps)
        return Shown(image, text, (), maps, (), _limits(image, text, largest))
    links = _strongest(pairs, is_resolved, top_k)
    return Shown(image, text, links, (), (), _limits(image, text, _largest(pairs)))


def _check_conditions(
    values: InteractionValues, game: ImageTextGame, condition_on: Chosen, *, first_order: bool
) -> None:
    if first_order:
        msg = f"must be False to condition on a player, got True and {condition_on!r}."
        raise InputError("first_order", msg)
    if values.max_order < _PAIR:
        msg = f"must be None for values without pairs, got {brief(condition_on)}."
        raise InputError("condition_on", msg)
    if not all(side.n_players for side in game.sides):
        several_players(game, condition_on)  # what is no player is told first
        msg = f"must be None where one side has no players, got {brief(condition_on)}."
        raise InputError("condition_on", msg)


def of_words_that_matter(*contents: Shown) -> list[Shown]:
    """Return contents on one scale, with only the maps of words that matter in any of them."""
    maps = words_that_matter([content.maps for content in contents])
    return [replace(content, maps=its) for content, its in zip(contents, maps, strict=True)]


def _limits(image: FloatArray, text: FloatArray, pairs: float) -> Limits:
    return Limits(*(limit or 1.0 for limit in (_largest(image), _largest(text), pairs)))


def _first_order(values: InteractionValues) -> FloatArray:
    """Return the value of every single player, of shape ``(n_players,)``."""
    return np.array([values.interactions.get((player,), 0.0) for player in range(values.n_players)])


def _conditioned(values: InteractionValues, game: ImageTextGame, chosen: tuple[int, ...]) -> Shown:
    """Return the contents for some players: the sums of their pairs, on the other side."""
    n_image = game.n_players_image
    pairs = cross_pairs(values, n_image)
    image = pairs[:, [player - n_image for player in chosen if player >= n_image]].sum(axis=1)
    text = pairs[[player for player in chosen if player < n_image]].sum(axis=0)
    # the same scale for all players, so that their pictures can be compared
    limit = max(_largest(pairs), _largest(image), _largest(text)) or 1.0
    return Shown(image, text, (), (), chosen, Limits(limit, limit, limit))


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
