"""The image and the text of a command, and how they play."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shapiq_fixlip.commands.silence import silence_other_packages
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import writable

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

    from shapiq_fixlip.games.vision_language import ImageTextGame

__all__ = ["ChosenPair"]


@dataclass(frozen=True, kw_only=True)
class ChosenPair:
    """What a person typed about the image, the text, and the model; options as they are written.

    Attributes:
        image: A file, ``None`` for a demo scene.
        text: ``None`` for that of the demo scene.
        model: See :func:`~shapiq_fixlip.load_encoder`.
        players: Of the image.
        words: Players of the text.
        removal: Of image players.
        text_removal: Of text players.
        device: A torch device.
        against: Another text that the first one is contrasted with, if any.
        revision: Of a model on the hub, if any.
    """

    image: Path | None
    text: str | None
    model: str
    players: str
    words: str
    removal: str
    text_removal: str
    device: str
    against: str | None = None
    revision: str | None = None

    def load(self) -> ImageTextGame:
        """Return the game; bad input is refused before the model is loaded.

        Raises:
            InputError: If something cannot be used.
        """
        from shapiq_fixlip.games.loading import load_game

        picture, caption = self.inputs()
        return load_game(
            self.model,
            picture,
            caption,
            against=self.against,
            **self.choices(),
            device=self.device,
            revision=self.revision,
            verbose=sys.stderr.isatty(),
        )

    def choices(self) -> dict[str, Any]:
        """Return who plays and how they leave, as keyword arguments of a game.

        Raises:
            InputError: If an option cannot be read.
        """
        from shapiq_fixlip.sides import parsing as choices

        silence_other_packages()
        return {
            "players": choices.image_players(self.players),
            "removal": choices.image_removal(self.removal),
            "words": choices.text_players(self.words),
            "text_removal": choices.text_removal(self.text_removal),
        }

    def inputs(self) -> tuple[Image, str]:
        """Return the image and the text.

        Raises:
            InputError: If there is no such image, or an image without a text.
        """
        return self._pair

    @property
    def origin(self) -> dict[str, Any]:
        """All that is needed to load the game again, for a JSON file."""
        return {
            "model": self.model,
            "revision": self.revision,
            "image": None if self.image is None else writable(str(self.image)),
            "text": self._pair[1],
            "against": self.against,
            "players": self.players,
            "words": self.words,
            "removal": self.removal,
            "text_removal": self.text_removal,
        }

    @cached_property
    def _pair(self) -> tuple[Image, str]:
        """The image and the text themselves."""
        from shapiq_fixlip.demo.scenes import demo_scene
        from shapiq_fixlip.sides.images import load_image

        if self.image is None or self.text is None:
            if self.image is not None:
                msg = f"must be given along with an image, got only {str(self.image)!r}."
                raise InputError("text", msg)
            scene = demo_scene()
            return scene.image, scene.caption
        return load_image(self.image), self.text
