"""From numbers of patches and tokens to those of players."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from shapiq import InteractionValues

from shapiq_fixlip.results.indices import ATTRIBUTION
from shapiq_fixlip.sides.image import ImageSide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.sides.text import TextSide
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "attributions",
    "pair_attributions",
    "pair_values",
    "places",
    "single_values",
]


def places(side: ImageSide | TextSide) -> slice:
    """Return where the patches of an image, or the tokens of a text, are among all of a tower.

    Class and register tokens of images come first, an appended class token of texts comes last.
    """
    if isinstance(side, ImageSide):
        rows, columns = side.prepared.grid
        return slice(-rows * columns, None)
    return slice(side.prepared.ids.shape[1])


def attributions(
    game: VisionLanguageGame, of_patches: FloatArray, of_tokens: FloatArray
) -> InteractionValues:
    """Add up the numbers of patches and of tokens to those of players.

    Args:
        game: The game.
        of_patches: Of shape ``(n_patches,)``; a patch of several players is shared by area.
        of_tokens: Of shape ``(L,)``.
    """
    of_image_players = game.image_side.patch_shares @ of_patches
    return single_values(game, of_image_players, game.text_side.token_shares @ of_tokens)


def single_values(
    game: VisionLanguageGame, of_image_players: FloatArray, of_text_players: FloatArray
) -> InteractionValues:
    """Return values of single players."""
    found = np.concatenate([of_image_players, of_text_players])
    return _values(game, found, [(i,) for i in range(game.n_players)])


def pair_attributions(game: VisionLanguageGame, of_pairs: FloatArray) -> InteractionValues:
    """Add up the numbers of pairs of a patch and a token, ``(n_patches, L)``, to those of players.

    Args:
        game: The game.
        of_pairs: Of shape ``(n_patches, L)``.
    """
    table = game.image_side.patch_shares @ of_pairs @ game.text_side.token_shares.T
    return pair_values(game, table)


def pair_values(game: VisionLanguageGame, table: FloatArray) -> InteractionValues:
    """Return values of pairs of an image and a text player, ``(n_image, n_text)``."""
    n_image = game.n_players_image
    pairs = [(i, n_image + j) for i, j in np.ndindex(table.shape)]
    return _values(game, table.ravel(), pairs)


def _values(
    game: VisionLanguageGame, found: FloatArray, players: Sequence[tuple[int, ...]]
) -> InteractionValues:
    order = max(map(len, players))
    return InteractionValues(
        dict(zip(players, found.tolist(), strict=True)),
        index=ATTRIBUTION,
        max_order=order,
        n_players=game.n_players,
        min_order=order,
        estimated=False,
        baseline_value=0.0,
    )
