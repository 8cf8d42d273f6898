"""The game of an image and a text under a vision-language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.sides.base import DEFAULT_CACHE_SIZE
from shapiq_fixlip.sides.image import ImageSide
from shapiq_fixlip.sides.text import TextSide
from shapiq_fixlip.typing import ValueScale

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.images import ImageLike

__all__ = ["VisionLanguageGame"]


class VisionLanguageGame(SeparableGame):
    """How similar a model finds an image and a text of which only some parts are left.

    The players are the patches of the image, row by row, then the tokens of the text. Absent
    patches are zero after normalisation, absent tokens are hidden from attention, as in the paper
    (Baniecki et al., 2025).

    Attributes:
        image_side: The image and its patches.
        text_side: The text and its tokens.

    Examples:
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> game = VisionLanguageGame(load_encoder("demo"), scene.image, scene.caption)
        >>> game.n_players_image, game.player_names[0]
        (49, 'patch (0,0)')
    """

    def __init__(
        self,
        encoder: Encoder,
        image: ImageLike,
        text: str,
        *,
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
            value: ``"logit"`` (default), ``scale * cosine + bias`` of the model, or ``"cosine"``.
            normalize: Whether calling the game centres its values. Default ``True``.
            cache_size: The most embeddings that each side keeps; 0 keeps none. Default 65,536.
            verbose: Whether to show progress bars while embedding. Default ``False``.

        Raises:
            InputError: If the image or the text cannot be used, or an argument is not allowed.
        """
        if value not in get_args(ValueScale.__value__):
            msg = f"value must be 'logit' or 'cosine', got {value!r}."
            raise InputError(msg)
        self.text_side = TextSide(encoder.text_tower, text, cache_size=cache_size, verbose=verbose)
        self.image_side = ImageSide(
            encoder.image_tower, image, cache_size=cache_size, verbose=verbose
        )
        is_logit = value == "logit"
        super().__init__(
            self.image_side,
            self.text_side,
            scale=encoder.logit_scale if is_logit else 1.0,
            bias=encoder.logit_bias if is_logit else 0.0,
            normalize=normalize,
        )

    @property
    def n_players_image(self) -> int:
        """The number of image players (patches); they come first."""
        return self.image_side.n_players

    @property
    def n_players_text(self) -> int:
        """The number of text players (tokens)."""
        return self.text_side.n_players
