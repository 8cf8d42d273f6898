"""Games of an image and a text, with all that tables, pictures, pages and files need of them."""

from __future__ import annotations

import base64
import io
import reprlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import numpy as np
from PIL import Image

from shapiq_fixlip import __version__
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.files import as_path
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.notebooks import facts_html, image_html

if TYPE_CHECKING:
    from shapiq.typing import JSONType

    from shapiq_fixlip.sides.pictured import Pictured
    from shapiq_fixlip.typing import ValueName

__all__ = ["ImageTextGame", "as_image_text", "as_json_file", "image_bytes", "region_bytes"]


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
        value_name: What the value is: ``"similarity"``, ``"difference"`` of similarities, or
            ``"probability"``.
    """

    image_side: Pictured
    text: str
    unseen_text: str
    text_labels: tuple[str, ...]
    joins_previous: tuple[bool, ...]
    value_name: ValueName = "similarity"

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
            self.value_name: f"{self.full_value:.4g}",
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

    @property
    def tokens(self) -> dict[str, Any] | None:
        """The places of the tokens in the text and their players; ``None`` of several texts."""
        return None

    def facts(self) -> dict[str, Any]:
        """Return what a :class:`~shapiq_fixlip.games.SavedGame` needs, but pictures, for JSON."""
        return {
            "text": self.text,
            "unseen_text": self.unseen_text,
            "text_labels": list(self.text_labels),
            "joins_previous": list(self.joins_previous),
            "player_names": list(self.player_names),
            "n_players_image": self.n_players_image,
            "kinds": [side.kind for side in self.sides],
            "patch_grid": list(self.image_side.grid),
            "full_value": self.full_value,
            "empty_value": self.empty_value,
            "normalization_value": self.normalization_value,
            "scale": self.scale,
            "bias": self.bias,
            "value_name": self.value_name,
            "tokens": self.tokens,
        }

    @override
    def to_json_file(
        self,
        path: Path | str,
        *,
        desc: str | None = None,
        created_from: object | None = None,
        **kwargs: JSONType,
    ) -> None:
        """Write the stored values, and what tables, pictures and pages need; see ``shapiq.Game``.

        ``shapiq.Game.load`` reads the values, the ``load`` of this class the game. The file is
        written whole or not at all.

        Args:
            path: The file; ``.json`` is added to another name.
            desc: A description. Default: none.
            created_from: What the game was created from. Default: nothing.
            **kwargs: More to keep beside the description.

        Raises:
            InputError: If there is no such folder.
        """
        target = as_json_file(path)
        if not target.parent.is_dir():
            msg = f"must be in a folder that exists, got {target}."
            raise InputError("path", msg)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            unfinished = Path(folder) / target.name
            super().to_json_file(
                unfinished,
                desc=desc,
                created_from=created_from,
                **kwargs,
                shapiq_fixlip=__version__,
                game=self.facts(),
                image=base64.b64encode(image_bytes(self)).decode(),
                regions=base64.b64encode(region_bytes(self)).decode(),
            )
            unfinished.replace(target)


def as_image_text(game: object) -> ImageTextGame:
    """Check that ``game`` is a game of an image and a text, and return it.

    Raises:
        InputError: If it is not.
    """
    if not isinstance(game, ImageTextGame):
        msg = f"must be of an image and a text, got {brief(game)}."
        raise InputError("game", msg)
    return game


def as_json_file(path: Path | str) -> Path:
    """Return a path, with the suffix ``.json``.

    Raises:
        InputError: If it cannot be one.
    """
    path = as_path("path", path)
    return path if path.suffix == ".json" else path.with_suffix(".json")


def image_bytes(game: ImageTextGame) -> bytes:
    """Return what the model sees of the image as a PNG file."""
    return _png(Image.fromarray(game.image_side.image))


def region_bytes(game: ImageTextGame) -> bytes:
    """Return each pixel's player as a 16-bit PNG file, counted from 1; 0 is no player."""
    return _png(Image.fromarray((game.image_side.regions + 1).astype(np.uint16)))


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
