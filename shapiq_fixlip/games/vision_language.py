"""The game of an image and a text under a vision-language model."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, Self, override

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.saved import RestoredGame
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

__all__ = ["VisionLanguageGame", "check_vision_language"]


class VisionLanguageGame(RestoredGame):
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

    @property
    @override
    def tokens(self) -> dict[str, Any]:
        spans, players = self.text_side.prepared.spans, self.text_side.token_player
        return {"spans": [[*map(int, span)] for span in spans], "players": players.tolist()}

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
        return self.with_sides(self.image_side, self.text_side_of(text, text_players))

    def text_side_of(self, text: str, text_players: TextPlayersLike | None = None) -> TextSide:
        """Return another text as a side, without a pass; arguments as for :meth:`with_text`.

        Raises:
            InputError: If the text cannot be used.
        """
        new_side = self._new_text_side
        return new_side(text) if text_players is None else new_side(text, text_players=text_players)

    def with_image(self, image: ImageLike) -> Self:
        """Return the game of another image and the same text; both games share its passes.

        Args:
            image: The other image.

        Raises:
            InputError: If the image cannot be used, or the players do not fit it.
        """
        return self.with_sides(self._new_image_side(image), self.text_side)


def check_vision_language(game: object) -> None:
    """Check that ``game`` is a game of one image and one text under one model.

    Raises:
        InputError: If it is not.
    """
    if not isinstance(game, VisionLanguageGame):
        msg = f"must be a VisionLanguageGame, got {brief(game)}."
        raise InputError("game", msg)
