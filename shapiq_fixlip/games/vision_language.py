"""The game of an image and a text under a vision-language model."""

from __future__ import annotations

import reprlib
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Self, override

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.notebooks import facts_html, image_html
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE
from shapiq_fixlip.sides.image import ImageSide
from shapiq_fixlip.sides.text import TextSide
from shapiq_fixlip.typing import ValueScale
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.parsing import (
        ImagePlayersLike,
        ImageRemovalLike,
        TextPlayersLike,
        TextRemovalLike,
    )
    from shapiq_fixlip.sides.pictured import Pictured

__all__ = ["ImageTextGame", "VisionLanguageGame", "as_image_text", "check_vision_language"]


class ImageTextGame(SeparableGame):
    """A separable game whose first side is an image and whose second side is a text.

    Attributes:
        image_side: The image and its players, as people look at them.
        text: The text, as people look at it.
        unseen_text: Words after the text that the model does not see (``truncation``); empty if
            nothing was cut.
        text_labels: What each text player says.
        joins_previous: Whether each text player follows the one before without a blank, as parts of
            a word do.
        is_contrast: Whether the value is a difference of similarities.
    """

    image_side: Pictured
    text: str
    unseen_text: str
    text_labels: tuple[str, ...]
    joins_previous: tuple[bool, ...]
    is_contrast: bool = False

    def naming(self, phrase: str) -> tuple[int, ...] | None:  # noqa: ARG002 - one text's do
        """Return the text players who say a phrase.

        See :meth:`shapiq_fixlip.sides.TextSide.naming`.

        Args:
            phrase: A part of the text.

        Returns:
            Their numbers, from 0 for the first text player; ``None`` in a game whose players say
            several texts at once.
        """
        return None

    @override
    def __repr__(self) -> str:
        told = ", ".join(f"{name} {fact}" for name, fact in self._told().items())
        return f"<{type(self).__name__}: {reprlib.repr(self.text)}, {told}>"

    def _repr_html_(self) -> str:
        """Return the image and a table for a notebook."""
        facts = facts_html(type(self).__name__, {"text": self.text, **self._told()})
        return image_html(self.image_side.image, f"The image of the text {self.text}") + facts

    def _told(self) -> dict[str, str]:
        """Return what the game is of, as people read it."""
        return {
            "players": f"{self.n_players_image} + {self.n_players_text}",
            "similarity": f"{self.full_value:.4g}",
            "of nothing": f"{self.empty_value:.4g}",
        }

    @property
    def n_players_image(self) -> int:
        """The number of image players (patches, regions); they come first."""
        return self.sides[0].n_players

    @property
    def n_players_text(self) -> int:
        """The number of text players (tokens, words, phrases)."""
        return self.sides[1].n_players


class VisionLanguageGame(ImageTextGame):
    """How similar an image and a text are to a model when only some players are present.

    The players are the parts of the image, then those of the text; by default the patches, row by
    row, and the tokens. By default, absent patches are zero after normalisation and absent tokens
    are hidden from attention, as in the paper (Baniecki et al., 2025).

    Attributes:
        image_side: The image and its players, an :class:`~shapiq_fixlip.sides.ImageSide`.
        text_side: The text and its players.
        tokenizer: The tokenizer of the encoder.

    Examples:
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> scene = demo_scene()
        >>> game = VisionLanguageGame(encoder, scene.image, scene.caption)
        >>> game.n_players_image, game.player_names[0]
        (49, 'patch (0,0)')
        >>> choices = {"image_players": "3x3", "text_players": "words", "image_removal": "blur"}
        >>> game = VisionLanguageGame(encoder, scene.image, scene.caption, **choices)
        >>> game.n_players_image, game.player_names[-1]
        (9, 'tent')
    """

    image_side: ImageSide

    def __init__(  # noqa: PLR0913 - every choice that makes another game
        self,
        encoder: Encoder,
        image: ImageLike,
        text: str,
        *,
        image_players: ImagePlayersLike = "patches",
        text_players: TextPlayersLike = "tokens",
        image_removal: ImageRemovalLike = "zero",
        text_removal: TextRemovalLike = "attention",
        truncation: bool = False,
        value: ValueScale = "logit",
        normalize: bool = True,
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Prepare the pair and evaluate the empty and the full coalition.

        Args:
            encoder: From :func:`~shapiq_fixlip.load_encoder`.
            image: A path, bytes, an open file, a Pillow image, an array or a tensor; see
                :data:`~shapiq_fixlip.sides.ImageLike`.
            text: The text.
            image_players: Who plays on the image: ``"patches"`` (default), ``"3x4"`` for a grid,
                ``Boxes(...)`` and others; see :data:`~shapiq_fixlip.sides.ImagePlayersLike`.
            text_players: Who plays on the text: ``"tokens"`` (default), ``"words"``,
                ``Phrases([...])`` and others; see :data:`~shapiq_fixlip.sides.TextPlayersLike`.
            image_removal: What is in the place of absent image players: ``"zero"`` (default),
                ``"mean"``, ``"blur"``, ``Fill(image)`` and others; see
                :data:`~shapiq_fixlip.typing.ImageRemovalName`.
            text_removal: What is in the place of absent text players: ``"attention"`` (default),
                ``"remove"``, ``"replace"`` or ``Replace(token)``; see
                :data:`~shapiq_fixlip.typing.TextRemovalName`.
            truncation: Whether to explain only the first words of a text that has too many tokens,
                which is refused otherwise. Default ``False``.
            value: ``"logit"`` (default), ``scale * cosine + bias`` of the model, or ``"cosine"``.
            normalize: Whether a call of the game centres its values. Default ``True``.
            cache_size: The most embeddings that each side keeps; 0 keeps none. Default 65,536.
            verbose: Whether to show progress bars while embedding. Default ``False``.

        Raises:
            InputError: If the image or the text cannot be used, or an argument is not allowed.
        """
        if not isinstance(encoder, Encoder):
            msg = f"must be an Encoder, such as load_encoder returns, got {brief(encoder)}."
            raise InputError("encoder", msg)
        check_choice("value", value, ValueScale)
        self.tokenizer = encoder.text_tower.tokenizer
        self._new_text_side = partial(
            TextSide,
            encoder.text_tower,
            text_players=text_players,
            text_removal=text_removal,
            truncation=truncation,
            cache_size=cache_size,
            verbose=verbose,
        )
        self._new_image_side = partial(
            ImageSide,
            encoder.image_tower,
            image_players=image_players,
            image_removal=image_removal,
            cache_size=cache_size,
            verbose=verbose,
        )
        is_logit = value == "logit"
        self._affine = {
            "scale": encoder.logit_scale if is_logit else 1.0,
            "bias": encoder.logit_bias if is_logit else 0.0,
        }
        self._is_normalized = normalize
        text_side = self._new_text_side(text)  # first, because it fails before any pass
        self._start(self._new_image_side(image), text_side)

    def _start(self, image_side: ImageSide, text_side: TextSide) -> None:
        self.image_side, self.text_side = image_side, text_side
        self.text, self.unseen_text = text_side.text, text_side.unseen_text
        self.text_labels = text_side.text_labels
        self.joins_previous = text_side.joins_previous
        super().__init__(image_side, text_side, **self._affine, normalize=self._is_normalized)

    @override
    def naming(self, phrase: str) -> tuple[int, ...]:
        return self.text_side.naming(phrase)

    def with_sides(self, image_side: ImageSide, text_side: TextSide) -> Self:
        """Return the game of other sides, which shares the passes of these sides.

        Args:
            image_side: An image under the same encoder.
            text_side: A text under the same encoder.
        """
        game = copy(self)
        game._start(image_side, text_side)  # noqa: SLF001 - of the same class
        return game

    def with_text(self, text: str, text_players: TextPlayersLike | None = None) -> Self:
        """Return the game of another text and the same image; both games share its passes.

        Args:
            text: The other text.
            text_players: Its player map. Default: the one this game was made with.

        Raises:
            InputError: If the text cannot be used.
        """
        new_side = self._new_text_side
        text_side = (
            new_side(text) if text_players is None else new_side(text, text_players=text_players)
        )
        return self.with_sides(self.image_side, text_side)

    def with_image(self, image: ImageLike) -> Self:
        """Return the game of another image and the same text; both games share its passes.

        Args:
            image: The other image.

        Raises:
            InputError: If the image cannot be used, or the players do not fit it.
        """
        return self.with_sides(self._new_image_side(image), self.text_side)


def as_image_text(game: object) -> ImageTextGame:
    """Check that ``game`` is a game of an image and a text, and return it.

    Raises:
        InputError: If it is not.
    """
    if not isinstance(game, ImageTextGame):
        msg = f"must be of an image and a text, got {brief(game)}."
        raise InputError("game", msg)
    return game


def check_vision_language(game: object) -> None:
    """Check that ``game`` is a game of one image and one text under one model.

    Raises:
        InputError: If it is not.
    """
    if not isinstance(game, VisionLanguageGame):
        msg = f"must be a VisionLanguageGame, got {brief(game)}."
        raise InputError("game", msg)
