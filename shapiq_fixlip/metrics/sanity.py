"""Does an explanation depend on the caption at all?

A map of an image that stays the same whatever the caption says shows where the image is busy, not
why it fits the caption. So the map is compared with those of the caption's words in another order
and of random words.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.metrics.stability import shared_variance
from shapiq_fixlip.results.tables import shared_values
from shapiq_fixlip.sides.text_players import Fixed, Words

if TYPE_CHECKING:
    from shapiq_fixlip.typing import FloatArray

__all__ = ["PromptSanity", "prompt_sanity"]

_N_CAPTIONS = 5
"""Shuffled and random captions, over whose maps the similarities are averaged."""


@dataclass(frozen=True)
class PromptSanity:
    """How much the map of an image depends on the caption.

    Similarities are squared correlations of maps, 0 to 1, on average over captions. They are not a
    number where there is nothing to compare: below three image players, for a flat map, for a
    single word (which has no other order), or without words in the model's vocabulary.

    Attributes:
        shuffled: Similarity with the maps of the caption's words in other orders. Near 1, the order
            of words does not count.
        nonsense: Similarity with the maps of as many random words. Near 1, the caption does not
            count at all.
    """

    shuffled: float
    nonsense: float

    @property
    def dependence(self) -> float:
        """The share of the map's variance, 0 to 1, that maps of random words do not explain."""
        return 1 - self.nonsense


def prompt_sanity(
    game: VisionLanguageGame,
    *,
    p: float = 0.5,
    budget_image: int | None = None,
    random_state: int = 0,
) -> PromptSanity:
    """Compare the map of an image with those of other captions.

    All captions stay whole, so each costs one pass of the text, and none of the image once an
    explanation with the same ``budget_image``, ``p`` and ``random_state`` has been made. The map is
    the weighted Banzhaf value of every image player.

    Args:
        game: The game that was explained.
        p: Probability of an image player to be present. Default 0.5.
        budget_image: The most passes of the image. Default 256.
        random_state: Seed of the sampling, the orders and the random words. Default 0.

    Returns:
        The similarities; see :class:`PromptSanity`.

    Raises:
        InputError: If an argument is not allowed.
    """
    if not isinstance(game, VisionLanguageGame):
        msg = f"must be a VisionLanguageGame, got a {type(game).__name__}."
        raise InputError("game", msg)
    whole_number("random_state", random_state, least=0)
    rng = np.random.default_rng(random_state)
    spans = Words().read(game.text).spans or ()
    words = [game.text[slice(*span)] for span in spans]
    known = re.findall(r"\w+", game.text.lower())
    nonsense = [game.tokenizer.random_words(len(words), rng, known) for _ in range(_N_CAPTIONS)]
    orders = [order for order in _orders(words, rng) if _fits(game, order)]

    def image_map(caption: str) -> FloatArray:
        fixed = game.with_text(caption, Fixed())
        fixlip = FIxLIP(fixed.n_players, max_order=1, p=p, random_state=random_state)
        return shared_values(fixlip.approximate(game=fixed, budget_image=budget_image))

    own = image_map(game.text)

    def similarity(captions: list[list[str]]) -> float:
        maps = [image_map(" ".join(caption)) for caption in captions if caption]
        return float(np.mean([shared_variance(own, other) for other in maps] or [math.nan]))

    return PromptSanity(similarity(orders), similarity(nonsense))


def _orders(words: list[str], rng: np.random.Generator) -> list[list[str]]:
    """Draw orders of words that differ from the given one."""
    if len(set(words)) == 1:
        return []
    orders: list[list[str]] = []
    while len(orders) < _N_CAPTIONS:
        order = [words[i] for i in rng.permutation(len(words))]
        if order != words:
            orders.append(order)
    return orders


def _fits(game: VisionLanguageGame, words: list[str]) -> bool:
    """Tell whether the model takes a caption; in another order words may have more tokens."""
    try:
        game.tokenizer.prepare(" ".join(words))
    except InputError:
        return False
    return True
