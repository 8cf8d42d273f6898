"""The probability of one of several texts as a game."""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import numpy as np
import torch
from scipy import special

from shapiq_fixlip.games.saved import RestoredGame
from shapiq_fixlip.sides.base import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.sides.text import TextSide

__all__ = ["ProbabilityGame", "embedded_whole"]


class ProbabilityGame(RestoredGame):
    """The probability of one of several texts when only some image players are present.

    It is the softmax of the logits of all texts, or for models with a bias, such as SigLIP, the
    sigmoid of the logit of the one. The texts are fixed. The value is no inner product of an image
    and a text, but that of an image with one number: so every tool for separable games takes it.

    Attributes:
        texts: All texts.
        probabilities: Those of all texts for the whole image, of shape ``(c,)``.
    """

    value_name = "probability"

    def __init__(self, game: VisionLanguageGame, texts: Sequence[TextSide]) -> None:
        """Put the probability in the place of the similarity.

        Args:
            game: The game of the image and the explained text.
            texts: All texts, that of the game included.
        """
        self.image_side = game.image_side
        self.text, self.unseen_text = game.text, game.unseen_text
        self.text_labels, self.joins_previous = (), ()
        side = _ProbabilitySide(game, texts)
        self.texts = tuple(text.text for text in texts)
        self.probabilities = side.probabilities(np.ones((1, side.n_players), dtype=bool))[0]
        super().__init__(side, _One(game.text_side), normalize=game.is_centred)


@torch.inference_mode()
def embedded_whole(text: TextSide) -> NDArray[np.float32]:
    """Embed a whole text, of shape ``(1, d)``, alone: a side would fill up a batch for it."""
    prepared = text.prepared
    embedded: NDArray[np.float32] = (
        text.tower.embed(prepared.ids, prepared.attention_mask).cpu().numpy()
    )
    return embedded


class _ProbabilitySide(Side):
    """An image whose embedding is the probability of a text, one number."""

    def __init__(self, game: VisionLanguageGame, texts: Sequence[TextSide]) -> None:
        self._image: ImageSide = game.image_side
        self.player_names, self.kind = self._image.player_names, self._image.kind
        self._scale, self._bias = game.scale, game.bias
        self._place = list(texts).index(game.text_side)
        self._texts = np.vstack([embedded_whole(text) for text in texts]).astype(np.float64)

    @property
    @override
    def n_passes(self) -> int:
        return self._image.n_passes

    def probabilities(self, coalitions: CoalitionMatrix) -> NDArray[np.float64]:
        """Return the probabilities of all texts, of shape ``(m, c)``."""
        # a sum for each row: the summation order of a matrix product depends on the batch
        images = self._image.embed(coalitions).astype(np.float64)
        logits = self._scale * np.einsum("md,cd->mc", images, self._texts) + self._bias
        return special.expit(logits) if self._bias else special.softmax(logits, axis=1)

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed coalitions, ``(m, n_players)``, to ``(m, 1)``."""
        return self.probabilities(coalitions)[:, [self._place]].astype(np.float32)

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> object:
        return self._image.shown(coalition)


class _One(Side):
    """The number one, in the place of a text."""

    player_names = ()

    def __init__(self, text: Side) -> None:
        self._text, self.kind = text, text.kind

    @property
    @override
    def n_passes(self) -> int:
        return self._text.n_passes

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed coalitions without players, ``(m, 0)``, to ``(m, 1)``."""
        return np.ones((len(coalitions), 1), dtype=np.float32)

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> object:
        return self._text.shown(np.ones(self._text.n_players, dtype=bool))
