"""Metagame: what each word does to the map of another method."""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import torch

from shapiq_fixlip.baselines.attention import image_attention, traced
from shapiq_fixlip.baselines.gradient_maps import heat_of_layers
from shapiq_fixlip.baselines.relevance_maps import relevance
from shapiq_fixlip.baselines.tokens import pair_values, places
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.vision_language import check_vision_language
from shapiq_fixlip.typing import MapOfPatches
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Collection

    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.sides.text import TextSide
    from shapiq_fixlip.typing import FloatArray

__all__ = ["metagame", "without_others"]

_MAX_TEXT_PLAYERS = 12
"""The most text players; each further one doubles the number of maps."""


def metagame(
    game: VisionLanguageGame, *, of_patches: MapOfPatches = "grad-eclip"
) -> InteractionValues:
    """Share the map of a method of single players among words (Baniecki et al., 2605.06295).

    For each coalition of words there is a map of the image: that of the text without the other
    words. The value of a pair is the Shapley value of the word in the game of the number of the
    patch. It is directed, from the word to the patch, and the values of a patch add up to how much
    its number changes from no text to the whole one.

    Args:
        game: The game of a model with attention among all patches, with at most 12 text players.
        of_patches: The map, see :data:`~shapiq_fixlip.typing.MapOfPatches`. Default
            ``"grad-eclip"``.

    Returns:
        Values of pairs of an image and a text player.

    Raises:
        InputError: If the model has no such attention, there are no text players or too many, or an
            argument is not allowed.
    """
    check_vision_language(game)
    check_choice("of_patches", of_patches, MapOfPatches)
    text, n = game.text_side, game.n_players_text
    if not 1 <= n <= _MAX_TEXT_PLAYERS:
        msg = f"must have 1 to {_MAX_TEXT_PLAYERS} text players for Metagame, got {n}."
        raise InputError("game", msg)
    layers, embedding = image_attention(game, "Metagame")
    at = places(game.image_side)

    @cache
    def map_of(kept: frozenset[int]) -> FloatArray:
        """Return the numbers of image players by the text of some text players."""
        with torch.no_grad():
            prepared = text.tower.prepare(without_others(text, kept))
            embedded = text.tower.embed(prepared.ids, prepared.attention_mask)
        similarity = game.scale * (embedding * embedded.to(embedding.device)).sum()
        tower = traced(layers, at, similarity)
        is_heat = of_patches == "grad-eclip"
        found = heat_of_layers(tower, similarity, 1) if is_heat else relevance(tower, similarity, 1)
        return game.image_side.patch_shares @ found

    columns = [
        sum(
            (map_of(others | {word}) - map_of(others)) / (n * math.comb(n - 1, len(others)))
            for others in _subsets(set(range(n)) - {word})
        )
        for word in range(n)
    ]
    return pair_values(game, np.stack(columns, axis=1))


def _subsets(players: Collection[int]) -> list[frozenset[int]]:
    return [
        frozenset(some)
        for size in range(len(players) + 1)
        for some in combinations(sorted(players), size)
    ]


def without_others(side: TextSide, kept: Collection[int]) -> str:
    """Return the text without the letters of absent players."""
    letters = list(side.text)
    for (start, end), player in zip(side.prepared.spans, side.token_player.tolist(), strict=True):
        if player >= 0 and player not in kept:
            letters[start:end] = " " * (end - start)
    return " ".join("".join(letters).split())
