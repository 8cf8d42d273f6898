"""Games as files keep them: enough for tables, pictures and pages, but not for new values."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any, Never, Self, cast, override

import numpy as np
from PIL import Image
from shapiq import Game

from shapiq_fixlip.errors import InputError, first_line
from shapiq_fixlip.games.image_text import (
    ImageTextGame,
    as_json_file,
    image_bytes,
    region_bytes,
)
from shapiq_fixlip.sides.base import Side
from shapiq_fixlip.sides.pictured import Pictured
from shapiq_fixlip.sides.players import players_saying
from shapiq_fixlip.typing import ValueName
from shapiq_fixlip.validation import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import IntMatrix

__all__ = ["BROKEN_FILES", "RestoredGame", "SavedGame", "SavedImage"]

BROKEN_FILES = (
    *(OSError, LookupError, TypeError, ValueError, RecursionError),
    *(ArithmeticError, AttributeError, SyntaxError),
    Image.DecompressionBombError,
)
"""What broken files lead to."""

_OF_WORDS = ("text_labels", "joins_previous")
"""Facts of a game that have an entry for every text player."""


class _SavedSide(Side):
    """A side whose input can no longer be embedded."""

    def __init__(self, player_names: Sequence[str], kind: str) -> None:
        self.player_names, self.kind = tuple(player_names), kind

    @property
    @override
    def n_passes(self) -> int:
        return 0

    @override
    def embed(self, coalitions: CoalitionMatrix) -> Never:
        """Raise an error: there is no model.

        Raises:
            InputError: Always.
        """
        msg = "must have a model to be evaluated, got one that was loaded from a file without it."
        raise InputError("game", msg)


class SavedImage(Pictured, _SavedSide):
    """An image and the pixels of its players."""

    def __init__(
        self,
        player_names: Sequence[str],
        kind: str,
        *,
        image: NDArray[np.uint8],
        regions: IntMatrix,
        grid: tuple[int, int],
    ) -> None:
        """Keep what pictures show.

        Args:
            player_names: One name for each player.
            kind: What one player is called.
            image: What the model sees of the whole image, of shape ``(H, W, 3)``.
            regions: Each pixel's player, -1 for none, of shape ``(H, W)``.
            grid: Rows and columns of the model's patches.
        """
        super().__init__(player_names, kind)
        self.image, self.regions, self.grid = image, regions, grid


class RestoredGame(ImageTextGame):
    """A game that comes back from files with its picture, its players and its stored values."""

    @classmethod
    @override
    def from_json_file(cls, path: Path | str, *, normalize: bool = True) -> SavedGame:
        """Read a game that was saved with its picture; see ``shapiq.Game``.

        Stored values are used as by ``load_values``: all of them, or those of a game that was
        precomputed.

        Args:
            path: The file.
            normalize: Whether a call of the game centres its values, if it did when it was saved.
                Default ``True``.

        Raises:
            InputError: If there is no such game in the file.
        """
        path = as_json_file(path)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            parts = content["parameters"]
            pictures = (base64.b64decode(parts[name]) for name in ("image", "regions"))
            facts = parts["game"] if normalize else parts["game"] | {"normalization_value": 0.0}
            game = SavedGame(facts, *pictures)
            is_precomputed = content["metadata"]["precompute_flag"]
            if content["data"]:
                game.load_values(path, precomputed=is_precomputed)
        except BROKEN_FILES as error:
            msg = f"must be a saved game of an image and a text, got {path}: {first_line(error)}"
            raise InputError("path", msg) from error
        return game


class SavedGame(RestoredGame):
    """A game without its model, as :meth:`~shapiq_fixlip.Explanation.load` returns it.

    It has all that tables, pictures and pages need. Of its values only :attr:`empty_value` and
    :attr:`full_value` are known; all others raise an :class:`~shapiq_fixlip.InputError`.
    """

    image_side: SavedImage

    def __init__(self, facts: Mapping[str, Any], image: bytes, regions: bytes) -> None:
        """Restore a game.

        Args:
            facts: From :meth:`~shapiq_fixlip.games.ImageTextGame.facts`.
            image: The image as the model sees it, a PNG file.
            regions: Each pixel's player, a PNG file, counted from 1.

        Raises:
            LookupError: If an entry is missing.
            TypeError: If an entry has another type.
            ValueError: If they do not belong together.
        """
        names = [_text(name) for name in facts["player_names"]]
        n_image = facts["n_players_image"]
        self.image_side = SavedImage(
            names[:n_image],
            _text(facts["kinds"][0]),
            image=np.array(_opened(image).convert("RGB")),
            regions=np.array(_opened(regions), dtype=np.int32) - 1,
            grid=tuple(facts["patch_grid"]),
        )
        pixels, players = self.image_side.image.shape[:2], np.unique(self.image_side.regions)
        players = players[players >= 0]
        if self.image_side.regions.shape != pixels or players.tolist() != list(range(n_image)):
            msg = "the image, its regions and its players do not belong together"
            raise ValueError(msg)
        self.sides = (self.image_side, _SavedSide(names[n_image:], _text(facts["kinds"][1])))
        self.player_names = tuple(names)
        self.text = _text(facts["text"])
        self.unseen_text = _text(facts.get("unseen_text", ""))  # not in files of 0.2.0
        self.text_labels = tuple(map(_text, facts["text_labels"]))
        self.joins_previous = tuple(map(bool, facts["joins_previous"]))
        self.scale, self.bias, self.full_value, self.empty_value = (
            float(facts[name]) for name in ("scale", "bias", "full_value", "empty_value")
        )
        is_contrast = facts.get("is_contrast", False)  # in files of 0.2.0 and before
        name = _text(facts.get("value_name", "difference" if is_contrast else "similarity"))
        if name not in names_of(ValueName):
            msg = f"the value is a {name}"
            raise ValueError(msg)
        self.value_name = cast("ValueName", name)
        self._tokens: dict[str, Any] | None = facts["tokens"]
        n_text = len(names) - n_image
        if {len(self.text_labels), len(self.joins_previous)} != {n_text}:
            msg = "the text and its players do not belong together"
            raise ValueError(msg)
        normalization_value = float(facts.get("normalization_value", self.empty_value))
        self.has_loaded_values, self.is_centred = False, normalization_value != 0
        Game.__init__(  # SeparableGame.__init__ would evaluate the game
            self,
            len(names),
            normalization_value=normalization_value,
            player_names=list(names),
        )

    @classmethod
    def without_model(cls, game: ImageTextGame, words: Sequence[int]) -> Self:
        """Return a game with only some of its text players, without its model.

        Args:
            game: The game.
            words: Numbers of the text players, in order, from 0 for the first one.
        """
        facts, n_image = game.facts(), game.n_players_image
        kept = {name: [facts[name][word] for word in words] for name in _OF_WORDS}
        if len(words) < game.n_players_text:
            kept["joins_previous"] = [
                joins and word - 1 in words
                for word, joins in zip(words, kept["joins_previous"], strict=True)
            ]
            facts |= {"text": " ".join(kept["text_labels"]), "unseen_text": "", "tokens": None}
        names = [*game.player_names[:n_image], *(game.player_names[n_image + i] for i in words)]
        facts |= {**kept, "player_names": names}
        return cls(facts, image_bytes(game), region_bytes(game))

    @property
    @override
    def tokens(self) -> dict[str, Any] | None:
        return self._tokens

    @override
    def naming(self, phrase: str) -> tuple[int, ...] | None:
        if self.tokens is None:
            return None
        spans, players = (np.array(self.tokens[name]) for name in ("spans", "players"))
        return players_saying(phrase, self.text, spans.reshape(-1, 2), players)


def _text(entry: object) -> str:
    if not isinstance(entry, str):
        msg = f"there is no text, but {entry!r}"
        raise TypeError(msg)
    return entry


def _opened(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file), formats=["PNG"])
