"""Does an explanation depend on the caption at all?

A map of the image that is the same for every caption does not show why the image fits its caption.
So the map is compared with those of the caption's words in other orders, and of random words.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.vision_language import VisionLanguageGame, check_vision_language
from shapiq_fixlip.metrics.stability import shared_variance
from shapiq_fixlip.results.views import shared_values
from shapiq_fixlip.sides.text_players import Fixed, Words

if TYPE_CHECKING:
    from shapiq_fixlip.typing import FloatArray

__all__ = ["PromptSanity", "prompt_sanity"]

_N_CAPTIONS = 5
"""Number of shuffled and of random captions to average over. Chosen without a measurement."""


@dataclass(frozen=True)
class PromptSanity:
    """How much the map of an image depends on the caption.

    Similarities are squared correlations of maps, from 0 to 1, averaged over captions. They are NaN
    if there is nothing to compare: fewer than three image players, a constant map, a single word
    (which has no other order), or no words in the model's vocabulary.

    Attributes:
        similarity_to_other_orders: To the maps of the caption's words in other orders. Near 1, the
            map does not depend on the order of the words.
        similarity_to_random_words: To the maps of as many random words. Near 1, the map does not
            depend on the caption.
    """

    similarity_to_other_orders: float
    similarity_to_random_words: float

    @property
    def dependence(self) -> float:
        """Share of the map's variance, from 0 to 1, that maps of random words do not explain."""
        return 1 - self.similarity_to_random_words


def prompt_sanity(
    game: VisionLanguageGame,
    *,
    p: float = 0.5,
    budget_image: int | None = None,
    random_state: int = 0,
) -> PromptSanity:
    """Compare the map of an image with those of other captions.

    The map has the weighted Banzhaf value of every image player. Captions have no players, so each
    costs one text pass. It costs no image passes after an explanation with the same
    ``budget_image``, ``p`` and ``random_state``.

    Args:
        game: The explained game.
        p: Probability that an image player is present. Default 0.5.
        budget_image: Maximum number of image passes. Default 256.
        random_state: Seed of the sampling, the orders and the random words. Default 0.

    Returns:
        The similarities; see :class:`PromptSanity`.

    Raises:
        InputError: If an argument is not allowed.
    """
    check_vision_language(game)
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
    """Draw random orders of words that differ from the given one."""
    if len(set(words)) == 1:
        return []
    orders: list[list[str]] = []
    while len(orders) < _N_CAPTIONS:
        order = [words[i] for i in rng.permutation(len(words))]
        if order != words:
            orders.append(order)
    return orders


def _fits(game: VisionLanguageGame, words: list[str]) -> bool:
    """Return whether the model accepts a caption; reordered words may have more tokens."""
    try:
        game.tokenizer.prepare(" ".join(words))
    except InputError:
        return False
    return True
