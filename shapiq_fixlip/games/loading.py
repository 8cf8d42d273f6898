"""From the name of a model to a game, refusing what does not fit before any weights are loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapiq_fixlip.encoders.loading import load_encoder, read_outline
from shapiq_fixlip.games.contrast import ContrastGame
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.images import load_image
from shapiq_fixlip.sides.image import check_image_choices
from shapiq_fixlip.sides.image_players import ImagePlayers, Patches
from shapiq_fixlip.sides.text import check_text_choices
from shapiq_fixlip.sides.text_players import TextPlayers, Tokens

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from shapiq_fixlip.encoders.base import Outline
    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.images import ImageLike
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.text_removal import Replace
    from shapiq_fixlip.typing import ImageRemovalName, TextRemovalName

__all__ = ["Choices", "load_game"]


@dataclass(frozen=True)
class Choices:
    """Who the players of a game are and how they leave it.

    Attributes:
        players: The player map of the image.
        removal: What is in the place of absent image players.
        words: The player map of the text.
        text_removal: What is in the place of absent text players.
    """

    players: ImagePlayers = field(default_factory=Patches)
    removal: ImageRemovalName | Fill = "zero"
    words: TextPlayers = field(default_factory=Tokens)
    text_removal: TextRemovalName | Replace = "attention"


def load_game(
    model: str | Path,
    image: ImageLike,
    text: str,
    choices: Choices,
    *,
    against: str | None = None,
    device: str | torch.device = "cpu",
    verbose: bool = False,
) -> ImageTextGame:
    """Load a model and make a game of it.

    Args:
        model: See :func:`~shapiq_fixlip.load_encoder`.
        image: A path, a Pillow image, or a uint8 array of shape ``(H, W, 3)``.
        text: The text.
        choices: The players and their removal.
        against: Another text, to explain why the first one fits better. Default: none.
        device: A torch device. Default ``"cpu"``.
        verbose: Whether to show progress bars while embedding. Default ``False``.

    Returns:
        A :class:`~shapiq_fixlip.VisionLanguageGame`, or a :class:`~shapiq_fixlip.ContrastGame` if
        there is another text.

    Raises:
        InputError: If something cannot be used, or does not fit the rest; except for what only the
            model's own eyes can see, before any weights are loaded.
    """
    loaded = load_image(image)
    texts = [text] if against is None else [text, against]

    def check(outline: Outline | None = None) -> None:
        for caption in texts:
            check_text_choices(caption, choices.words, choices.text_removal, outline)
        check_image_choices(loaded, choices.players, choices.removal, outline)

    check()
    check(read_outline(model))
    game = VisionLanguageGame(
        load_encoder(model, device=device),
        loaded,
        text,
        players=choices.players,
        removal=choices.removal,
        words=choices.words,
        text_removal=choices.text_removal,
        verbose=verbose,
    )
    return game if against is None else ContrastGame(game, game.with_text(against))
