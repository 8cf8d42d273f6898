"""Which words matter to which parts of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["MAX_MAPS", "WordMap", "maps_of_words", "words_that_matter"]

MAX_MAPS = 5
_MIN_STRENGTH = 0.2
"""Of a word that matters, relative to the strongest one.

At 0.2 the words of the published explanation of a photo of a dog and a hydrant get their maps
("black" has 0.31), and words such as "to" do not (0.1 at most, in four explanations).
"""

_JOINT = "·"

type _Word = tuple[str, int]


class WordMap(NamedTuple):
    """A word and its pairs with the image players.

    Attributes:
        title: The word, its parts joined by dots.
        words: Numbers of its text players, from 0 for the first text player.
        numbers: The sum of their pairs with each image player.
        is_resolved: Whether one of these pairs is resolved, or it is unknown whether it is.
    """

    title: str
    words: tuple[int, ...]
    numbers: FloatArray
    is_resolved: NDArray[np.bool_]


def maps_of_words(
    game: ImageTextGame, pairs: FloatArray, is_resolved: NDArray[np.bool_]
) -> tuple[WordMap, ...]:
    """Return the map of each word; parts of a word are added up.

    Args:
        game: The explained game.
        pairs: Those of an image and a text player, of shape ``(n_image, n_text)``.
        is_resolved: Whether each is, or may be, resolved.
    """
    groups: list[list[int]] = []
    for word, joins in enumerate(game.joins_previous):
        if joins and groups:
            groups[-1].append(word)
        else:
            groups.append([word])
    return tuple(
        WordMap(
            _JOINT.join(game.text_labels[word] for word in group),
            tuple(group),
            pairs[:, group].sum(axis=1),
            is_resolved[:, group].any(axis=1),
        )
        for group in groups
    )


def words_that_matter(
    explanations: Sequence[Sequence[WordMap]],
) -> list[tuple[WordMap, ...]]:
    """Return the maps of the words that matter, of several explanations on one scale.

    The strength of a word is the root of the sum of the squares of its pairs; those that are not
    resolved do not count, unless none is. Words matter that are at least 0.2 times as strong as the
    strongest one, in any explanation; at most five do. All have maps of the same words, those that
    are in their text.
    """
    strengths: dict[_Word, float] = {}
    for maps in explanations:
        for word, strength in zip(_numbered(maps), _strengths(maps), strict=True):
            strengths[word] = max(strength, strengths.get(word, 0.0))
    least = _MIN_STRENGTH * max(strengths.values(), default=0.0)
    first = sorted(strengths, key=lambda word: -strengths[word])[:MAX_MAPS]
    mattering = {word for word in first if strengths[word] >= least and strengths[word]}
    return [
        tuple(one for one, word in zip(maps, _numbered(maps), strict=True) if word in mattering)
        for maps in explanations
    ]


def _numbered(maps: Sequence[WordMap]) -> list[_Word]:
    """Return the title of each word, and how many words before it have the same."""
    titles = [one.title for one in maps]
    return [(title, titles[:i].count(title)) for i, title in enumerate(titles)]


def _strengths(maps: Sequence[WordMap]) -> list[float]:
    strengths = [float(np.linalg.norm(one.numbers[one.is_resolved])) for one in maps]
    return strengths if any(strengths) else [float(np.linalg.norm(one.numbers)) for one in maps]
