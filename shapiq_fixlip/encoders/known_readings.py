"""What models of known answers read off the codes in an image and the words of a text.

Both towers count: how many patches show each code, how often each word is there, and at which
place. A feature is one number of the counts of the image and one of the counts of the text; the
similarity is the sum of their products. So players interact as the functions below say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CODES", "PLACE_OF", "READINGS", "WORDS", "Feature", "Reading", "reading_of"]

WORDS = ("fox", "kite", "drum")
"""The words that models know."""

CODES = (*WORDS, "head", "tail", "leaf", "lamp", "corner", "middle", "stack")
"""What patches may show that models know."""

PLACE_OF = "place of "
"""Before a word: not how often it is there, but at which place, counted from 0."""

_LENGTH = 8.0
"""Features are divided by it, so that embeddings can be filled up to length 1.

The features of coded images have a length of at most 5.5.
"""

_BACKGROUND = 2.0
"""What the embeddings of normalised sums have of nothing."""

type Counts = Mapping[str, torch.Tensor]
"""How many there are of each code or word, ``(m,)`` for each."""


@dataclass(frozen=True)
class Feature:
    """One dimension of both embeddings.

    Attributes:
        codes: The codes that the number of the image depends on.
        words: The words that the number of the text depends on.
        of_image: From counts of codes to that number, ``(m,)``.
        of_text: From counts and places of words to that number, ``(m,)``.
    """

    codes: tuple[str, ...]
    words: tuple[str, ...]
    of_image: Callable[[Counts], torch.Tensor]
    of_text: Callable[[Counts], torch.Tensor]


@dataclass(frozen=True)
class Reading:
    """How a model reads an image and a text.

    Attributes:
        features: The features whose products it adds up.
        is_normalised: Whether embeddings are scaled to unit length, so that all that is there
            weakens what else is there. Else they are filled up to unit length by numbers that the
            other embedding ignores.
    """

    features: tuple[Feature, ...]
    is_normalised: bool = False

    @property
    def logit_scale(self) -> float:
        """The factor of the cosine: a product of features adds itself to the similarity."""
        return 10.0 if self.is_normalised else _LENGTH**2

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes that are read."""
        return tuple(dict.fromkeys(code for one in self.features for code in one.codes))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that are read."""
        return tuple(dict.fromkeys(word for one in self.features for word in one.words))

    @property
    def counted_words(self) -> tuple[str, ...]:
        """What is counted in texts: words, and then their places."""
        return (*self.words, *(PLACE_OF + word for word in self.words))

    def fits(self, counts_of_image: Counts, counts_of_text: Counts) -> bool:
        """Return whether embeddings can be filled up to length 1, as they need not be shortened."""
        if self.is_normalised:
            return True
        sides = (
            [feature.of_image(counts_of_image) for feature in self.features],
            [feature.of_text(counts_of_text) for feature in self.features],
        )
        return all(torch.stack(found).square().sum(dim=0).max() < _LENGTH**2 for found in sides)

    def embed_image(self, counts: Counts) -> torch.Tensor:
        """Embed images by the counts of codes, of shape ``(m, d)``, to unit length."""
        found = torch.stack([feature.of_image(counts) for feature in self.features], dim=1)
        return self._unit_length(found, place=0)

    def embed_text(self, counts: Counts) -> torch.Tensor:
        """Embed texts by the counts and places of words, of shape ``(m, d)``, to unit length."""
        found = torch.stack([feature.of_text(counts) for feature in self.features], dim=1)
        return self._unit_length(found, place=1)

    def _unit_length(self, features: torch.Tensor, place: int) -> torch.Tensor:
        """Add two dimensions, of which one is of images alone and the other of texts alone."""
        others = features.new_zeros(len(features), 2)
        if self.is_normalised:
            others[:, place] = _BACKGROUND
            return functional.normalize(torch.cat([features, others], dim=1), dim=1)
        features = features / _LENGTH
        rest = (1 - features.square().sum(dim=1)).clamp(min=torch.finfo(features.dtype).eps).sqrt()
        filled = [torch.zeros_like(rest), torch.zeros_like(rest)]
        filled[place] = rest
        return torch.cat([features, torch.stack(filled, dim=1)], dim=1)


def reading_of(name: str) -> Reading:
    """Return a reading by its name.

    Raises:
        InputError: If there is none.
    """
    if name not in READINGS:
        names = ", ".join(f"known:{other}" for other in READINGS)
        msg = f"must be one of {names}, got 'known:{name}'."
        raise InputError("model", msg)
    return READINGS[name]


def _pair(code: str, word: str) -> Feature:
    """Each patch with the code works with each word, as often as they are there."""
    return Feature((code,), (word,), lambda counts: counts[code], lambda counts: counts[word])


def _any(code: str, word: str) -> Feature:
    """One patch with the code suffices; more say nothing new."""
    return Feature(
        (code,), (word,), lambda counts: counts[code].clamp(max=1), lambda counts: counts[word]
    )


def _both(first: str, second: str, word: str) -> Feature:
    """Patches with both codes are needed, one is nothing."""
    return Feature(
        (first, second),
        (word,),
        lambda counts: functional.relu(counts[first] + counts[second] - 1),
        lambda counts: counts[word],
    )


def _in_order(code: str, first: str, second: str) -> Feature:
    """Both words are needed, one before the other."""

    def of_text(counts: Counts) -> torch.Tensor:
        both = functional.relu(counts[first] + counts[second] - 1)
        return both * (counts[PLACE_OF + second] - counts[PLACE_OF + first]).clamp(0, 1)

    return Feature((code,), (first, second), lambda counts: counts[code], of_text)


def _marked(mark: str, word: str) -> Feature:
    """A mark counts as much as two objects."""
    return Feature(
        (word, mark),
        (word,),
        lambda counts: counts[word] + 2 * counts[mark],
        lambda counts: counts[word],
    )


_FOX, _KITE, _DRUM = (_pair(word, word) for word in WORDS)

READINGS = {
    "sum": Reading((_FOX, _KITE, _DRUM)),
    "normalised-sum": Reading((_FOX, _KITE, _DRUM), is_normalised=True),
    "any-patch": Reading((_any("fox", "fox"), _KITE, _DRUM)),
    "both-patches": Reading((_both("head", "tail", "fox"), _KITE, _DRUM)),
    "nine-patches": Reading((_any("leaf", "fox"), _KITE, _DRUM)),
    "spurious": Reading((_FOX, _pair("lamp", "kite"), _DRUM)),
    "corner-mark": Reading((_marked("corner", "fox"), _KITE, _DRUM)),
    "middle-mark": Reading((_marked("middle", "fox"), _KITE, _DRUM)),
    "ignored-word": Reading((_FOX, _KITE)),
    "word-order": Reading((_in_order("stack", "fox", "kite"), _DRUM)),
}
"""The models of known answers, by what is particular about each."""
