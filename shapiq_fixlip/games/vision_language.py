"""The game of an image and a text under a vision-language model."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Self

from shapiq_fixlip.encoders.base import Encoder
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE
from shapiq_fixlip.sides.image import ImageSide
from shapiq_fixlip.sides.text import TextSide
from shapiq_fixlip.typing import ValueScale
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from shapiq_fixlip.sides.image_players import ImagePlayers
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.text_players import TextPlayers
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import ImageRemovalName, TextRemovalName

__all__ = ["ImageTextGame", "VisionLanguageGame", "check_image_text", "check_vision_language"]


class ImageTextGame(SeparableGame):
    """A separable game whose first side is an image and whose second side is a text.

    Attributes:
        image_side: The image and its players, as they are shown to a person.
        text: The text, as it is shown to a person.
        words: What each text player says.
        joins_previous: Whether each text player goes on, without a blank, where the one before
            ends, as a part of a word does.
    """

    image_side: ImageSide
    text: str
    words: tuple[str, ...]
    joins_previous: tuple[bool, ...]

    @property
    def n_players_image(self) -> int:
        """The number of image players (patches, regions); they come first."""
        return self.sides[0].n_players

    @property
    def n_players_text(self) -> int:
        """The number of text players (tokens, words, phrases)."""
        return self.sides[1].n_players


class VisionLanguageGame(ImageTextGame):
    """How similar a model finds an image and a text of which only some parts are left.

    The players are the parts of the image, then those of the text; by default the patches, row by
    row, and the tokens. By default, absent patches are zero after normalisation and absent tokens
    are hidden from attention, as in the paper (Baniecki et al., 2025).

    Attributes:
        image_side: The image and its players.
        text_side: The text and its players.
        tokenizer: Of the encoder.

    Examples:
        >>> from shapiq_fixlip import Grid, VisionLanguageGame, Words, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> scene = demo_scene()
        >>> game = VisionLanguageGame(encoder, scene.image, scene.caption)
        >>> game.n_players_image, game.player_names[0]
        (49, 'patch (0,0)')
        >>> choices = {"players": Grid(3, 3), "words": Words(), "removal": "blur"}
        >>> game = VisionLanguageGame(encoder, scene.image, scene.caption, **choices)
        >>> game.n_players_image, game.player_names[-1]
        (9, 'tent')
    """

    def __init__(  # noqa: PLR0913 - every choice that makes another game
        self,
        encoder: Encoder,
        image: ImageLike,
        text: str,
        *,
        players: ImagePlayers | None = None,
        removal: ImageRemovalName | Fill = "zero",
        words: TextPlayers | None = None,
        text_removal: TextRemovalName | Replace = "attention",
        value: ValueScale = "logit",
        normalize: bool = True,
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Prepare the pair and evaluate the empty and the full coalition.

        Args:
            encoder: From :func:`~shapiq_fixlip.load_encoder`.
            image: A path, a Pillow image, or a uint8 array of shape ``(H, W, 3)``.
            text: The text; no longer than the model's context.
            players: The player map of the image: ``Patches()`` (default), ``Grid(rows, columns)``,
                ``Boxes(...)``, ``Regions(labels)`` or ``Superpixels(n)``.
            removal: What is in the place of absent image players: a name of
                :data:`~shapiq_fixlip.typing.ImageRemovalName` or ``Fill(image)``. Default
                ``"zero"``.
            words: The player map of the text: ``Tokens()`` (default), ``Words()``,
                ``Phrases([...])``, ``Template()`` or ``Fixed()``, which has no players.
            text_removal: What is in the place of absent text players: a name of
                :data:`~shapiq_fixlip.typing.TextRemovalName` or ``Replace(token)``. Default
                ``"attention"``.
            value: ``"logit"`` (default), ``scale * cosine + bias`` of the model, or ``"cosine"``.
            normalize: Whether calling the game centres its values. Default ``True``.
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
            words=words,
            removal=text_removal,
            cache_size=cache_size,
            verbose=verbose,
        )
        self._new_image_side = partial(
            ImageSide,
            encoder.image_tower,
            players=players,
            removal=removal,
            cache_size=cache_size,
            verbose=verbose,
        )
        is_logit = value == "logit"
        self._affine = {
            "scale": encoder.logit_scale if is_logit else 1.0,
            "bias": encoder.logit_bias if is_logit else 0.0,
        }
        self._is_normalized = normalize
        text_side = self._new_text_side(text)  # first, as it costs nothing to fail
        self._start(self._new_image_side(image), text_side)

    def _start(self, image_side: ImageSide, text_side: TextSide) -> None:
        self.image_side, self.text_side = image_side, text_side
        self.text, self.words = text_side.text, text_side.words
        self.joins_previous = text_side.joins_previous
        super().__init__(image_side, text_side, **self._affine, normalize=self._is_normalized)

    def with_sides(self, image_side: ImageSide, text_side: TextSide) -> Self:
        """Return the game of other sides, whose passes it shares with the games they are from.

        Args:
            image_side: An image under the same encoder.
            text_side: A text under the same encoder.
        """
        game = copy(self)
        game._start(image_side, text_side)  # noqa: SLF001 - it is one of us
        return game

    def with_text(self, text: str, words: TextPlayers | None = None) -> Self:
        """Return the game of another text and the same image, whose passes both games share.

        Args:
            text: The other text.
            words: Its player map. Default: the one this game was made with.

        Raises:
            InputError: If the text cannot be used.
        """
        new_side = self._new_text_side
        text_side = new_side(text) if words is None else new_side(text, words=words)
        return self.with_sides(self.image_side, text_side)

    def with_image(self, image: ImageLike) -> Self:
        """Return the game of another image and the same text, whose passes both games share.

        Args:
            image: The other image.

        Raises:
            InputError: If the image cannot be used, or the players do not fit it.
        """
        return self.with_sides(self._new_image_side(image), self.text_side)


def check_image_text(game: object) -> None:
    """Refuse what is no game of an image and a text.

    Raises:
        InputError: If it is none.
    """
    if not isinstance(game, ImageTextGame):
        msg = f"must be of an image and a text, got {brief(game)}."
        raise InputError("game", msg)


def check_vision_language(game: object) -> None:
    """Refuse what is no game of one image and one text under one model.

    Raises:
        InputError: If it is none.
    """
    if not isinstance(game, VisionLanguageGame):
        msg = f"must be a VisionLanguageGame, got {brief(game)}."
        raise InputError("game", msg)
