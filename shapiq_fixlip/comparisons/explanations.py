"""Comparison of two explanations, such as saved ones: before and after, one text and another."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from shapiq import InteractionValues

from shapiq_fixlip.comparisons.explanation_comparison import ExplanationComparison
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.explaining.explanation import Explanation
from shapiq_fixlip.games.contrast import MAX_DISTANCE
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.games.saved import SavedGame
from shapiq_fixlip.metrics.similarity import agreement_sentence
from shapiq_fixlip.plot.keys import MINUS
from shapiq_fixlip.plot.picture import Frame, centres
from shapiq_fixlip.results.explained import AGREEMENT, DIFFERENCE, LEFT_OUT, unit_size
from shapiq_fixlip.results.views import of_players

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.games.image_text import ImageTextGame

__all__ = ["compare_explanations"]

_TWO = 2

_COLUMNS = ("name", "kind", "players", DIFFERENCE)
"""Columns of the table besides those that are named after explanations."""


def compare_explanations(
    explanations: Mapping[str, Explanation | Path | str],
) -> ExplanationComparison:
    """Compare two explanations of an image: of two models, before and after a change, of two texts.

    The difference has the words that both texts have, in the same order. Of different texts, the
    words of one of them are left out.

    Args:
        explanations: Two by name, each an explanation, or its folder or JSON file. Both must have
            the same image players, in the same places, and be by the same index, of the same order,
            at the same ``p``, in the same unit.

    Returns:
        The explanations, their agreement, and the second minus the first.

    Raises:
        InputError: If there are not two explanations, a file has none, or they cannot be compared.

    Examples:
        >>> from shapiq_fixlip import explain
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> image = demo_scene().image
        >>> comparison = compare_explanations(
        ...     {text: explain(image, text, image_players="2x2") for text in ("a lion", "a tent")}
        ... )
        >>> comparison.difference
        <Explanation: 'a', 4 + 1 players, FBII of order 2>
    """
    loaded = _loaded(explanations)
    one, other = loaded.values()
    _check_comparable(one, other)
    games = (as_image_text(one.game), as_image_text(other.game))
    words = _common_words(games[0].text_labels, games[1].text_labels)
    left_out = [
        label
        for game, chosen in zip(games, words, strict=True)
        for number, label in enumerate(game.text_labels)
        if number not in chosen
    ]
    common = {
        name: _of_words(explanation, chosen)
        for (name, explanation), chosen in zip(loaded.items(), words, strict=True)
    }
    difference = _difference(*common.values(), names=list(loaded), left_out=left_out)
    return ExplanationComparison(loaded, common, difference)


def _loaded(explanations: Mapping[str, Explanation | Path | str]) -> dict[str, Explanation]:
    given: object = explanations
    if not isinstance(given, Mapping) or len(given) != _TWO:
        msg = f"must be two by name, got {brief(given)}."
        raise InputError("explanations", msg)
    loaded = {}
    for name, explanation in explanations.items():
        if not str(name).strip() or str(name) in _COLUMNS:
            msg = f"must have names other than '' and {', '.join(_COLUMNS)}, got {brief(name)}."
            raise InputError("explanations", msg)
        if isinstance(explanation, str | Path):
            loaded[str(name)] = Explanation.load(explanation)
        elif isinstance(explanation, Explanation):
            loaded[str(name)] = explanation
        else:
            msg = f"must be explanations or their files, got {brief(explanation)}."
            raise InputError("explanations", msg)
    if len(loaded) < _TWO:
        msg = f"must have different names, got {brief(list(explanations))}."
        raise InputError("explanations", msg)
    return loaded


def _check_comparable(one: Explanation, other: Explanation) -> None:
    sides = [as_image_text(explanation.game).image_side for explanation in (one, other)]
    # not check_same_places: files know only the part of an image that the model saw
    places = [centres(side, Frame(0, 0, 1, 1)) for side in sides]
    is_same = sides[0].player_names == sides[1].player_names
    if not is_same or np.abs(places[0] - places[1]).max(initial=0) > MAX_DISTANCE:
        first, second = (f"{len(side.player_names)} of kind {side.kind!r}" for side in sides)
        msg = (
            f"must have the same image players in the same places, got {first} and {second}, or "
            "others' names or places."
        )
        raise InputError("explanations", msg)
    first, second = _described(one), _described(other)
    if first != second:
        msg = f"must be by the same index in the same unit, got {first} and {second}."
        raise InputError("explanations", msg)


def _described(explanation: Explanation) -> str:
    """Return by which index and in which unit an explanation is."""
    values, p, unit = explanation.values, explanation.settings.get("p"), unit_size(explanation)
    told = f"{values.index} of order {values.max_order}"
    if p is not None:
        told += f" at p = {p}"
    return told if unit == 1 else f"{told} in units of {unit:.4g}"


def _common_words(one: Sequence[str], other: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the numbers of the words that both texts have in the same order."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return (
        [block.a + k for block in blocks for k in range(block.size)],
        [block.b + k for block in blocks for k in range(block.size)],
    )


def _of_words(explanation: Explanation, words: list[int]) -> Explanation:
    """Return the part of an explanation with only some of the words."""
    game = as_image_text(explanation.game)
    if len(words) == game.n_players_text:
        return explanation
    n_image = game.n_players_image
    players = [*range(n_image), *(n_image + word for word in words)]
    errors = explanation.standard_errors
    return Explanation(
        SavedGame.without_model(game, words),
        of_players(explanation.values, players),
        standard_errors=None if errors is None else of_players(errors, players),
    )


def _difference(
    one: Explanation, other: Explanation, *, names: Sequence[str], left_out: Sequence[str]
) -> Explanation:
    """Return the second explanation minus the first. Errors are taken as independent."""
    errors = None
    game = _difference_game(as_image_text(one.game), as_image_text(other.game))
    settings = {
        DIFFERENCE: f"{names[1]} {MINUS} {names[0]}",
        AGREEMENT: agreement_sentence(one.values, other.values, game.n_players_image),
    }
    if left_out:
        settings[LEFT_OUT] = ", ".join(left_out)
    if one.standard_errors is not None and other.standard_errors is not None:
        errors = _combined(one.standard_errors, other.standard_errors, np.hypot)
    return Explanation(
        game,
        _combined(one.values, other.values, lambda first, second: second - first),
        standard_errors=errors,
        settings=settings,
    )


def _difference_game(one: ImageTextGame, other: ImageTextGame) -> SavedGame:
    game = SavedGame.without_model(other, range(other.n_players_text))
    game.full_value -= one.full_value
    game.empty_value -= one.empty_value
    game.normalization_value -= one.normalization_value
    return game


def _combined(
    one: InteractionValues,
    other: InteractionValues,
    combine: Any,  # noqa: ANN401 - of two numbers
) -> InteractionValues:
    """Combine the numbers of two explanations of the same players; missing ones are 0."""
    players = dict.fromkeys(itertools.chain(one.interactions, other.interactions))
    return InteractionValues(
        {
            s: float(combine(one.interactions.get(s, 0.0), other.interactions.get(s, 0.0)))
            for s in players
        },
        index=other.index,
        max_order=other.max_order,
        min_order=min(one.min_order, other.min_order),
        n_players=other.n_players,
        estimated=one.estimated or other.estimated,
        baseline_value=float(combine(one.baseline_value, other.baseline_value)),
    )
