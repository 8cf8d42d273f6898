"""The answer of an explanation, which a page tells first: four numbers and a sentence."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from shapiq_fixlip.metrics.shares import modality_shares
from shapiq_fixlip.plot.picture import Frame, centres
from shapiq_fixlip.plot.word_maps import maps_of_words
from shapiq_fixlip.results.explained import AGREEMENT, DIFFERENCE
from shapiq_fixlip.results.indices import DERIVATIVE_INDICES, SHAPLEY_INDICES
from shapiq_fixlip.results.views import cross_pairs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.page.entry import Entry
    from shapiq_fixlip.plot.word_maps import WordMap
    from shapiq_fixlip.typing import ValueName

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

_VERBS = {
    "pair": ("is contradicted at", "is found at"),
    "difference": ("loses at", "gains at"),
    "contrast": ("favours the other text at", "favours the text at"),
}
"""What words do where their pairs are negative, and where they are positive."""

_QUESTIONS: dict[ValueName, str] = {
    "similarity": "Why image and text are similar",
    "difference": "Why the one and not the other",
    "probability": "Why this class",
}


class Piece(NamedTuple):
    """A piece of a sentence.

    Attributes:
        text: What it says.
        is_word: Whether it is a word of the explained text.
    """

    text: str
    is_word: bool = False


def predicts(entry: Entry) -> bool:
    """Return whether the interactions of a coalition add up to a prediction of its value.

    Those that were chosen from a fit of all do not, as others are missing.
    """
    values, settings = entry.values, entry.settings
    if "interactions" in settings and settings.get("estimator") == "shrinkage":
        return False
    is_sum = values.max_order == 1 or values.index not in DERIVATIVE_INDICES
    return is_sum and math.isclose(
        values.interactions.get((), values.baseline_value), values.baseline_value, abs_tol=1e-9
    )


def answer(entry: Entry, maps: Sequence[WordMap]) -> dict[str, object]:
    """Return what a page tells first, ready for JSON.

    That is the question, the value, what it is, that of the empty coalition, the fit (R², ``None``
    if unknown), how much of the map depends on the text (``None`` if the prompt was not checked),
    the shares of the image alone, the text alone and of both together in the sum of all absolute
    interactions (``None`` if all are zero), and the sentence.

    Args:
        entry: The explanation.
        maps: The maps of the words that matter on the page.
    """
    fit = entry.run.r2 if entry.run is not None and math.isfinite(entry.run.r2) else None
    has_players = any(players for players in entry.values.interactions)
    shares = modality_shares(entry.values, entry.game) if has_players else None
    return {
        "question": _QUESTIONS[entry.game.value_name],
        "value_name": entry.game.value_name,
        "value": entry.game.full_value,
        "empty": entry.game.empty_value,
        "fit": fit,
        "depends_on_text": _dependence(entry.settings.get("similarity_to_random_words")),
        "shares": None if shares is None or math.isnan(shares.image) else list(shares),
        "sentence": [list(piece) for piece in sentence(entry, maps)],
    }


def _dependence(similarity: object) -> float | None:
    """Return how much of a map depends on the text, from 0 to 1; ``None`` if it is unknown."""
    is_number = isinstance(similarity, Real) and not isinstance(similarity, bool)
    if not is_number or not math.isfinite(number := float(cast("float", similarity))):
        return None
    return min(max(1 - number, 0.0), 1.0)


def sentence(entry: Entry, maps: Sequence[WordMap]) -> list[Piece]:
    """Say in one sentence where the words are found, which do little, and what is left open.

    Examples of its parts: "*unicorn* is found at 3 patches, top right", "*a* and *next* do little",
    "14 % is not explained by single players and pairs".

    Args:
        entry: The explanation.
        maps: The maps of the words that matter on the page.
    """
    found = _found(entry, maps)
    parts = [
        *_compared(entry),
        *_chosen(entry),
        *([Piece(word, is_word=True), Piece(told)] for word, told in found.items()),
        *_idle(entry, found),
        *_left_open(entry),
    ]
    if not parts:
        return []
    pieces = [piece for part in parts for piece in (*part, Piece("; "))][:-1]
    first = pieces[0]
    if not first.is_word:
        pieces[0] = Piece(first.text[0].upper() + first.text[1:])
    return [*pieces, Piece(".")]


def _compared(entry: Entry) -> list[list[Piece]]:
    """Say how alike two explanations are, or that a pair is less similar than an empty one."""
    agreement = entry.settings.get(AGREEMENT)
    if isinstance(agreement, str):
        return [[Piece(agreement)]]
    if entry.game.full_value < entry.game.empty_value and DIFFERENCE not in entry.settings:
        return [[Piece(f"as a whole, the {entry.game.value_name} is below that of nothing")]]
    return []


def _chosen(entry: Entry) -> list[list[Piece]]:
    """Say that other interactions were not asked for."""
    if "interactions" not in entry.settings:
        return []
    n = sum(1 for players in entry.values.interactions if players)
    told = f"only {n:,} chosen interactions were" if n > 1 else "only one chosen interaction was"
    return [[Piece(f"{told} computed")]]


def _found(entry: Entry, maps: Sequence[WordMap]) -> dict[str, str]:
    """Say for the strongest of the words that matter where they are found."""
    strengths = [float(np.linalg.norm(one.numbers)) for one in maps]
    least = sorted(strengths, reverse=True)[:_MAX_WORDS][-1:]
    verbs = _VERBS[_kind_of(entry)]
    return {
        one.title: _where(one, entry.game, verbs)
        for one, strength in zip(maps, strengths, strict=True)
        if strength and strength >= least[0]
    }


def _kind_of(entry: Entry) -> str:
    """Return what the explanation is of, which words of the sentence depend on."""
    if isinstance(entry.settings.get(DIFFERENCE), str):
        return "difference"
    return "contrast" if entry.game.value_name == "difference" else "pair"


def _where(word: WordMap, game: ImageTextGame, verbs: tuple[str, str]) -> str:
    """Return such as " is found at 3 patches, top right"."""
    numbers = (
        np.where(word.is_resolved, word.numbers, 0) if word.is_resolved.any() else word.numbers
    )
    raises, lowers = numbers.clip(0), (-numbers).clip(0)
    sign = 1 if np.linalg.norm(raises) >= np.linalg.norm(lowers) else -1
    strong = np.flatnonzero(sign * numbers >= _HALF * (sign * numbers).max())
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


def _idle(entry: Entry, found: Collection[str]) -> list[list[Piece]]:
    """Say which words do little, of those that are not found anywhere."""
    strengths = _strengths(entry)
    if not strengths:
        return []
    least = _LITTLE * max(strengths.values())
    idle = [word for word, strength in strengths.items() if strength < least and word not in found]
    if not idle:
        return []
    if len(idle) > _MAX_WORDS:
        return [[Piece(f"{len(idle)} {'other ' if found else ''}words do little")]]
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
    percent = round(100 * min(max(1 - run.r2, 0.0), 1.0))
    return [[Piece(f"{percent} % is not explained by {told}")]] if percent else []


def _plural(kind: str) -> str:
    return kind + ("es" if kind.endswith(("ch", "x", "s")) else "s")
