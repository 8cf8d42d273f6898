"""Players and removals as people give them: as objects, or as texts as on the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.sides.image_players import Grid, ImagePlayers, Patches, Superpixels
from shapiq_fixlip.sides.image_removal import Fill, check_image_removal
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.marked_players import Boxes, Regions
from shapiq_fixlip.sides.text_players import Fixed, Phrases, Template, TextPlayers, Tokens, Words
from shapiq_fixlip.sides.text_removal import Replace, check_text_removal

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.typing import ImageRemovalName, TextRemovalName

__all__ = [
    "ImagePlayersLike",
    "ImageRemovalLike",
    "TextPlayersLike",
    "TextRemovalLike",
    "as_image_players",
    "as_image_removal",
    "as_text_players",
    "as_text_removal",
    "choices_of",
]

type ImagePlayersLike = ImagePlayers | str
"""A player map of an image, or one of these texts.

- ``"patches"``: those of the model.
- ``"3x4"``: a grid of rows and columns.
- ``"superpixels"``, ``"superpixels:30"``: areas of similar colour, 40 or another number.
- ``"labels:FILE"``: the regions of a label image in a file.
- ``"boxes:LEFT,TOP,RIGHT,BOTTOM;..."``: rectangles, in pixels.
"""

type TextPlayersLike = TextPlayers | str
"""A player map of a text, or one of these texts.

- ``"tokens"``: those of the model.
- ``"words"``: words.
- ``"phrases:black dog;hydrant"``: parts of the text.
- ``"template"``: what is in braces, as in "a photo of a {dog}".
- ``"fixed"``: no players.
"""

type ImageRemovalLike = Fill | str
"""``Fill(image)``, a name of :data:`~shapiq_fixlip.typing.ImageRemovalName` or ``"fill:FILE"``."""

type TextRemovalLike = Replace | str
"""``Replace(token)``, a name of :data:`~shapiq_fixlip.typing.TextRemovalName` or
``"replace:TOKEN"``."""

_IMAGE_PLAYERS = (
    "patches, ROWSxCOLUMNS, superpixels, superpixels:NUMBER, labels:FILE or "
    "boxes:LEFT,TOP,RIGHT,BOTTOM;..."
)

_NUMBER = r"\d{1,9}"
"""A number of players; Python reads no number of thousands of digits."""

_TEXT_PLAYERS: dict[str, Callable[[], TextPlayers]] = {
    "tokens": Tokens,
    "words": Words,
    "template": Template,
    "fixed": Fixed,
}


def as_image_players(given: ImagePlayersLike) -> ImagePlayers:
    """Return a player map of an image.

    Args:
        given: The map, or a text; see :data:`ImagePlayersLike`.

    Raises:
        InputError: If a text has another form, or its numbers or its file cannot be used.

    >>> as_image_players("3x4").n_wanted, as_image_players("boxes:0,0,9,9;9,0,20,9").n_wanted
    (12, 2)
    """
    if not isinstance(given, str):
        return given
    try:
        players = _written_image_players(given)
    except InputError as error:  # which names an argument of the map
        msg = f"must be {_IMAGE_PLAYERS}, got {brief(given)} ({error})"
        raise InputError("image_players", msg) from error
    if players is None:
        msg = f"must be {_IMAGE_PLAYERS}, got {brief(given)}."
        raise InputError("image_players", msg)
    return players


def _written_image_players(written: str) -> ImagePlayers | None:
    kind, _, detail = written.partition(":")
    if written in {"patches", "superpixels"}:
        return Patches() if written == "patches" else Superpixels()
    if grid := re.fullmatch(rf"({_NUMBER})x({_NUMBER})", written):
        return Grid(int(grid[1]), int(grid[2]))
    if kind == "superpixels" and re.fullmatch(_NUMBER, detail):
        return Superpixels(int(detail))
    if kind == "labels" and detail:
        return Regions(detail)
    if kind == "boxes" and detail:
        return Boxes([corners.split(",") for corners in detail.split(";")])
    return None


def as_text_players(given: TextPlayersLike) -> TextPlayers:
    """Return a player map of a text.

    Args:
        given: The map, or a text; see :data:`TextPlayersLike`.

    Raises:
        InputError: If a text has another form.

    >>> as_text_players("phrases:black dog;hydrant").phrases
    ('black dog', 'hydrant')
    """
    if not isinstance(given, str):
        return given
    if given in _TEXT_PLAYERS:
        return _TEXT_PLAYERS[given]()
    kind, _, detail = given.partition(":")
    if kind == "phrases" and detail:
        try:
            return Phrases([phrase.strip() for phrase in detail.split(";")])
        except InputError as error:
            msg = f"must be phrases:ONE;ANOTHER, got {brief(given)} ({error})"
            raise InputError("text_players", msg) from error
    msg = f"must be {', '.join(_TEXT_PLAYERS)} or phrases:ONE;ANOTHER, got {brief(given)}."
    raise InputError("text_players", msg)


def as_image_removal(given: ImageRemovalLike) -> ImageRemovalName | Fill:
    """Return the removal of image players.

    Args:
        given: See :data:`ImageRemovalLike`.

    Raises:
        InputError: If it is none of these, or the file is not an image.
    """
    kind, _, detail = given.partition(":") if isinstance(given, str) else ("", "", "")
    if kind == "fill" and detail:
        try:
            return Fill(load_image(detail))
        except InputError as error:
            msg = f"must be fill:FILE with a readable image, got {brief(given)} ({error})"
            raise InputError("image_removal", msg) from error
    removal = cast("ImageRemovalName | Fill", given)
    check_image_removal(removal)
    return removal


def as_text_removal(given: TextRemovalLike) -> TextRemovalName | Replace:
    """Return the removal of text players.

    Args:
        given: See :data:`TextRemovalLike`.

    Raises:
        InputError: If it is none of these.
    """
    kind, _, detail = given.partition(":") if isinstance(given, str) else ("", "", "")
    if kind == "replace" and detail:
        return Replace(detail)
    removal = cast("TextRemovalName | Replace", given)
    check_text_removal(removal)
    return removal


def choices_of(
    image_players: ImagePlayersLike,
    text_players: TextPlayersLike,
    image_removal: ImageRemovalLike,
    text_removal: TextRemovalLike,
    *,
    truncation: bool,
) -> dict[str, Any]:
    """Return choices as keyword arguments of a game; files of players and removals are read here.

    Raises:
        InputError: If one of them cannot be read.
    """
    return {
        "image_players": as_image_players(image_players),
        "text_players": as_text_players(text_players),
        "image_removal": as_image_removal(image_removal),
        "text_removal": as_text_removal(text_removal),
        "truncation": truncation,
    }
