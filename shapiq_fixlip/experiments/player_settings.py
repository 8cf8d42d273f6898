"""How the inputs of a run play."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapiq_fixlip.files import file_digest
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.sides.parsing import image_players, image_removal, text_players, text_removal

if TYPE_CHECKING:
    from shapiq_fixlip.datasets.base import Example
    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["Choices"]

_WITH_FILES = ("labels", "fill")
"""Choices after which a file is named."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How every input plays, as it is typed on the command line.

    Attributes:
        players: Of the image.
        words: Players of the text.
        removal: Of image players.
        text_removal: Of text players.
    """

    players: str = "patches"
    words: str = "tokens"
    removal: str = "zero"
    text_removal: str = "attention"

    def __post_init__(self) -> None:
        """Refuse what is no choice.

        Raises:
            InputError: If it is none.
        """
        self.options()

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments of a game; files are read now, and not at every input.

        Raises:
            InputError: If a choice is none, or a file cannot be read.
        """
        return {
            "players": image_players(self.players),
            "words": text_players(self.words),
            "removal": image_removal(self.removal),
            "text_removal": text_removal(self.text_removal),
        }

    def digests(self) -> dict[str, str]:
        """Tell the files that choices name from others of the same names."""
        written = [choice.partition(":") for choice in (self.players, self.removal)]
        names = [name for kind, _, name in written if kind in _WITH_FILES]
        return {name: file_digest(Path(name)) for name in names}

    def game(self, encoder: Encoder, example: Example) -> VisionLanguageGame:
        """Return a new game.

        Raises:
            InputError: If the input does not suit the model or the choices.
        """
        return VisionLanguageGame(encoder, example.image, example.text, **self.options())
