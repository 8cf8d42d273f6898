"""From the name of a model to a game, refusing what does not fit before any weights are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapiq_fixlip.encoders.loading import load_encoder, read_outline
from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.sides.image import check_image_choices
from shapiq_fixlip.sides.image_players import Patches
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.text import check_text_choices
from shapiq_fixlip.sides.text_players import Tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch

    from shapiq_fixlip.encoders.base import Outline
    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.sides.image_players import ImagePlayers
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.images import ImageLike
    from shapiq_fixlip.sides.text_players import TextPlayers
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import ImageRemovalName, TextRemovalName

__all__ = ["check_pair", "load_game"]


def load_game(  # noqa: PLR0913 - those of a game and of its model
    model: str | Path,
    image: ImageLike,
    text: str,
    *,
    against: str | None = None,
    players: ImagePlayers | None = None,
    removal: ImageRemovalName | Fill = "zero",
    words: TextPlayers | None = None,
    text_removal: TextRemovalName | Replace = "attention",
    device: str | torch.device = "cpu",
    revision: str | None = None,
    verbose: bool = False,
) -> ImageTextGame:
    """Load a model and make a game of it.

    Args:
        model: See :func:`~shapiq_fixlip.load_encoder`.
        image: A path, a Pillow image, or a uint8 array of shape ``(H, W, 3)``.
        text: The text.
        against: Another text, to explain why the first one fits better. Default: none.
        players: The player map of the image; see :class:`~shapiq_fixlip.VisionLanguageGame`.
        removal: What is in the place of absent image players.
        words: The player map of the text.
        text_removal: What is in the place of absent text players.
        device: A torch device. Default ``"cpu"``.
        revision: Of a model on the hub; see :func:`~shapiq_fixlip.load_encoder`.
        verbose: Whether to show progress bars while embedding. Default ``False``.

    Returns:
        A :class:`~shapiq_fixlip.VisionLanguageGame`, or a :class:`~shapiq_fixlip.ContrastGame` if
        there is another text.

    Raises:
        InputError: If something cannot be used, or does not fit the rest. All that can be known
            without the model's weights is refused before they are loaded.
    """
    loaded = load_image(image)
    texts = [text] if against is None else [text, against]
    choices: dict[str, Any] = {
        "players": players,
        "removal": removal,
        "words": words,
        "text_removal": text_removal,
    }
    check_pair(loaded, texts, **choices)
    check_pair(loaded, texts, **choices, outline=read_outline(model, revision=revision))
    game = VisionLanguageGame(
        load_encoder(model, device=device, revision=revision),
        loaded,
        text,
        **choices,
        verbose=verbose,
    )
    return game if against is None else ContrastGame(game, game.with_text(against))


def check_pair(
    image: ImageLike,
    texts: Sequence[str],
    *,
    players: ImagePlayers | None,
    removal: ImageRemovalName | Fill,
    words: TextPlayers | None,
    text_removal: TextRemovalName | Replace,
    outline: Outline | None = None,
) -> None:
    """Refuse what does not fit, without any weights; arguments as those of :func:`load_game`.

    Args:
        image: The image.
        texts: The text and those it is compared with.
        players: The player map of the image.
        removal: What is in the place of absent image players.
        words: The player map of the text.
        text_removal: What is in the place of absent text players.
        outline: What is known of the model, if anything.

    Raises:
        InputError: If something cannot be used, or does not fit the rest.
    """
    for text in texts:
        check_text_choices(text, words or Tokens(), text_removal, outline)
    check_image_choices(image, players or Patches(), removal, outline)
