"""Games as files keep them: enough for tables, pictures and pages, but not for new values."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Never, Self, override

import numpy as np
from PIL import Image
from shapiq import Game

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.vision_language import ImageTextGame, VisionLanguageGame
from shapiq_fixlip.sides.base import Side
from shapiq_fixlip.sides.pictured import Pictured
from shapiq_fixlip.sides.players import players_saying

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import IntMatrix

__all__ = ["SavedGame", "SavedImage", "game_facts", "image_bytes", "region_bytes"]

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


class SavedGame(ImageTextGame):
    """A game without its model, as :meth:`~shapiq_fixlip.Explanation.load` returns it.

    It has all that tables, pictures and pages need. Of its values only :attr:`empty_value` and
    :attr:`full_value` are known; all others raise an :class:`~shapiq_fixlip.InputError`.
    """

    image_side: SavedImage

    def __init__(self, facts: Mapping[str, Any], image: bytes, regions: bytes) -> None:
        """Restore a game.

        Args:
            facts: From :func:`game_facts`.
            image: From :func:`image_bytes`.
            regions: From :func:`region_bytes`.

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
        self.is_contrast = bool(facts.get("is_contrast", False))  # not in older files
        self.tokens: dict[str, Any] | None = facts["tokens"]
        n_text = len(names) - n_image
        if {len(self.text_labels), len(self.joins_previous)} != {n_text}:
            msg = "the text and its players do not belong together"
            raise ValueError(msg)
        Game.__init__(  # SeparableGame.__init__ would evaluate the game
            self,
            len(names),
            normalization_value=float(facts.get("normalization_value", self.empty_value)),
            player_names=list(names),
        )

    @classmethod
    def without_model(cls, game: ImageTextGame, words: Sequence[int]) -> Self:
        """Return a game with only some of its text players, without its model.

        Args:
            game: The game.
            words: Numbers of the text players, in order, from 0 for the first one.
        """
        facts, n_image = game_facts(game), game.n_players_image
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


def game_facts(game: ImageTextGame) -> dict[str, Any]:
    """Return what a :class:`SavedGame` needs of a game, except pictures, for JSON."""
    tokens = game.tokens if isinstance(game, SavedGame) else None
    if isinstance(game, VisionLanguageGame):
        spans, players = game.text_side.prepared.spans, game.text_side.token_player
        tokens = {"spans": [[*map(int, span)] for span in spans], "players": players.tolist()}
    return {
        "text": game.text,
        "unseen_text": game.unseen_text,
        "text_labels": list(game.text_labels),
        "joins_previous": list(game.joins_previous),
        "player_names": list(game.player_names),
        "n_players_image": game.n_players_image,
        "kinds": [side.kind for side in game.sides],
        "patch_grid": list(game.image_side.grid),
        "full_value": game.full_value,
        "empty_value": game.empty_value,
        "normalization_value": game.normalization_value,
        "scale": game.scale,
        "bias": game.bias,
        "is_contrast": game.is_contrast,
        "tokens": tokens,
    }


def image_bytes(game: ImageTextGame) -> bytes:
    """Return what the model sees of the image as a PNG file."""
    return _png(Image.fromarray(game.image_side.image))


def region_bytes(game: ImageTextGame) -> bytes:
    """Return each pixel's player as a 16-bit PNG file, counted from 1; 0 is no player."""
    return _png(Image.fromarray((game.image_side.regions + 1).astype(np.uint16)))


def _opened(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file), formats=["PNG"])


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
