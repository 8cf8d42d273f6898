"""The answer of an explanation, which a page tells first: four numbers and a sentence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shapiq_fixlip.metrics.shares import modality_shares
from shapiq_fixlip.plot.picture import Frame, centres
from shapiq_fixlip.plot.shown import of_words_that_matter, shown
from shapiq_fixlip.plot.word_maps import maps_of_words
from shapiq_fixlip.results.indices import DERIVATIVE_INDICES, SHAPLEY_INDICES
from shapiq_fixlip.results.tables import cross_pairs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.page.entry import Entry
    from shapiq_fixlip.plot.word_maps import WordMap

__all__ = ["Piece", "answer", "predicts", "sentence"]

_MAX_WORDS = 3
_HALF = 0.5
_LITTLE = 0.05
"""Of a word that does little, relative to the strongest one. Chosen by looking at ten captions."""

_SPREAD = 0.3
"""Largest spread of the parts of a place, as a share of the side of the image."""

_MIDDLE = (0.4, 0.6)
"""Where the middle of the image is, as shares of its sides."""

_PAIR = 2

_VERBS = {False: ("counts against", "is found at"), True: ("loses at", "gains at")}
"""What words do in an explanation, and in the difference of two."""


class Piece(NamedTuple):
    """A piece of a sentence.

    Attributes:
        text: What it says.
        is_word: Whether it is a word of the explained text.
    """

    text: str
    is_word: bool = False


def predicts(entry: Entry) -> bool:
    """Return whether the interactions of a coalition add up to a prediction of its value."""
    return entry.values.max_order == 1 or entry.values.index not in DERIVATIVE_INDICES


def answer(entry: Entry) -> dict[str, object]:
    """Return what a page tells first, ready for JSON.

    That is the similarity, that of the empty coalition, the fit (R², ``None`` if unknown), how much
    of the map depends on the text (``None`` if the prompt was not checked), the shares of the image
    alone, the text alone and of both together in the sum of all absolute interactions (``None`` if
    all are zero), and the sentence.
    """
    fit = entry.run.r2 if entry.run is not None and math.isfinite(entry.run.r2) else None
    shares = modality_shares(entry.values, entry.game) if any(entry.values.interactions) else None
    of_random_words = entry.settings.get("similarity_to_random_words")
    return {
        "similarity": entry.game.full_value,
        "empty": entry.game.empty_value,
        "fit": fit,
        "depends_on_text": 1 - of_random_words if isinstance(of_random_words, float) else None,
        "shares": None if shares is None or math.isnan(shares.image) else list(shares),
        "sentence": [list(piece) for piece in sentence(entry)],
    }


def sentence(entry: Entry) -> list[Piece]:
    """Say in one sentence where the words are found, which do little, and what is left open.

    Examples of its parts: "*unicorn* is found at 3 patches, top right", "*a* and *next* do little",
    "14 % of the changes of the similarity are not explained by single players and pairs".
    """
    parts = [*_found(entry), *_idle(entry), *_left_open(entry)]
    pieces = [piece for part in parts for piece in (*part, Piece("; "))][:-1]
    return [*pieces, Piece(".")] if pieces else []


def _found(entry: Entry) -> list[list[Piece]]:
    """Say for the strongest of the words that matter where they are found."""
    values, game = entry.values, entry.game
    if values.max_order < _PAIR or not all(side.n_players for side in game.sides):
        return []
    content = shown(values, game, resolved=entry.resolved, view="maps")
    maps = [one for one in of_words_that_matter(content)[0].maps if one.numbers.any()]
    verbs = _VERBS["difference" in entry.settings]
    strongest = sorted(maps, key=lambda one: -float(np.linalg.norm(one.numbers)))[:_MAX_WORDS]
    return [
        [Piece(one.title, is_word=True), Piece(_where(one, game, verbs))]
        for one in maps
        if one in strongest
    ]


def _where(word: WordMap, game: ImageTextGame, verbs: tuple[str, str]) -> str:
    """Return such as " is found at 3 patches, top right"."""
    numbers = (
        np.where(word.is_resolved, word.numbers, 0) if word.is_resolved.any() else word.numbers
    )
    sign = np.sign(numbers[np.argmax(np.abs(numbers))])
    strong = np.flatnonzero(sign * numbers >= _HALF * np.abs(numbers).max())
    verb, kind = verbs[int(sign > 0)], game.sides[0].kind
    if len(strong) == 1:
        return f" {verb} {game.player_names[strong[0]]}"
    place = _place(strong, game)
    return f" {verb} {len(strong)} {_plural(kind)}" + (f", {place}" if place else "")


def _place(players: NDArray[np.intp], game: ImageTextGame) -> str:
    """Return the part of the image in which all players are; empty if they are far apart."""
    places = centres(game.image_side, Frame(0, 0, 1, 1))[players]
    if places.std(axis=0).max() > _SPREAD:
        return ""
    right, down = np.searchsorted(_MIDDLE, places.mean(axis=0))
    rows, columns = ("top", "", "bottom"), ("left", "", "right")
    return f"{rows[down]} {columns[right]}".strip() or "in the middle"


def _idle(entry: Entry) -> list[list[Piece]]:
    """Say which words do little."""
    strengths = _strengths(entry)
    if not strengths:
        return []
    least = _LITTLE * max(strengths.values())
    idle = [word for word, strength in strengths.items() if strength < least]
    if not idle:
        return []
    if len(idle) > _MAX_WORDS:
        return [[Piece(f"{len(idle)} other words do little")]]
    pieces = [Piece(idle[0], is_word=True)]
    for number, word in enumerate(idle[1:], start=2):
        pieces += [Piece(" and " if number == len(idle) else ", "), Piece(word, is_word=True)]
    return [[*pieces, Piece(" do little" if len(idle) > 1 else " does little")]]


def _strengths(entry: Entry) -> dict[str, float]:
    """Return how strong each word is: its own value, and its pairs with the image.

    Of words that are in the text several times, the strongest counts.
    """
    values, n_image = entry.values, entry.game.n_players_image
    pairs = cross_pairs(values, n_image)
    strengths: dict[str, float] = {}
    for word in maps_of_words(entry.game, pairs, np.ones(pairs.shape, dtype=bool)):
        own = sum(values.interactions.get((n_image + player,), 0.0) for player in word.words)
        strength = abs(own) + float(np.linalg.norm(word.numbers))
        strengths[word.title] = max(strength, strengths.get(word.title, 0.0))
    return strengths


def _left_open(entry: Entry) -> list[list[Piece]]:
    """Say what share of the changes of the similarity is not explained."""
    run, order = entry.run, entry.values.max_order
    is_fit = predicts(entry) and entry.values.index not in SHAPLEY_INDICES
    if run is None or not math.isfinite(run.r2) or not is_fit:
        return []
    by = {1: "single players", _PAIR: "single players and pairs"}
    told = by.get(order, f"interactions of up to {order} players")
    share = min(max(1 - run.r2, 0.0), 1.0)
    return [
        [Piece(f"{100 * share:.0f} % of the changes of the similarity are not explained by {told}")]
    ]


def _plural(kind: str) -> str:
    return kind + ("es" if kind.endswith(("ch", "x", "s")) else "s")
