"""The choices of players and removals as they are written on the command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.sides.image_players import Grid, Patches, Superpixels
from shapiq_fixlip.sides.image_removal import Fill, check_image_removal
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.marked_players import Boxes, Regions
from shapiq_fixlip.sides.text_players import Fixed, Phrases, Template, Tokens, Words
from shapiq_fixlip.sides.text_removal import Replace, check_text_removal

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.sides.image_players import ImagePlayers
    from shapiq_fixlip.sides.text_players import TextPlayers
    from shapiq_fixlip.typing import ImageRemovalName, TextRemovalName

__all__ = ["image_players", "image_removal", "text_players", "text_removal"]


def image_players(written: str) -> ImagePlayers:
    """Read a player map of an image.

    Args:
        written: ``patches``, ``3x4``, ``superpixels``, ``superpixels:30``, ``labels:FILE`` or
            ``boxes:LEFT,TOP,RIGHT,BOTTOM;...``.

    Raises:
        InputError: If it is none of these.

    >>> image_players("3x4").n_wanted, image_players("boxes:0,0,9,9;9,0,20,9").n_wanted
    (12, 2)
    """
    kind, _, detail = written.partition(":")
    if written == "patches":
        return Patches()
    if grid := re.fullmatch(r"(\d+)x(\d+)", written):
        return Grid(int(grid[1]), int(grid[2]))
    if written == "superpixels":
        return Superpixels()
    if kind == "superpixels" and re.fullmatch(r"\d+", detail):
        return Superpixels(int(detail))
    if kind == "labels" and detail:
        return Regions(detail)
    if kind == "boxes" and detail:
        return Boxes([corners.split(",") for corners in detail.split(";")])
    msg = (
        "must be patches, ROWSxCOLUMNS, superpixels, superpixels:NUMBER, labels:FILE or "
        f"boxes:LEFT,TOP,RIGHT,BOTTOM;..., got {written!r}."
    )
    raise InputError("players", msg)


def text_players(written: str) -> TextPlayers:
    """Read a player map of a text.

    Args:
        written: ``tokens``, ``words``, ``template``, ``fixed`` or ``phrases:ONE;ANOTHER``.

    Raises:
        InputError: If it is none of these.

    >>> text_players("phrases:black dog;hydrant").phrases
    ('black dog', 'hydrant')
    """
    maps: dict[str, Callable[[], TextPlayers]] = {
        "tokens": Tokens,
        "words": Words,
        "template": Template,
        "fixed": Fixed,
    }
    if written in maps:
        return maps[written]()
    kind, _, detail = written.partition(":")
    if kind == "phrases" and detail:
        return Phrases([phrase.strip() for phrase in detail.split(";")])
    msg = f"must be {', '.join(maps)} or phrases:ONE;ANOTHER, got {written!r}."
    raise InputError("words", msg)


def image_removal(written: str) -> ImageRemovalName | Fill:
    """Read a removal strategy of images.

    Args:
        written: A name of :data:`~shapiq_fixlip.typing.ImageRemovalName` or ``fill:FILE``.

    Raises:
        InputError: If it is neither.
    """
    kind, _, detail = written.partition(":")
    if kind == "fill" and detail:
        try:
            return Fill(load_image(detail))
        except InputError as error:
            msg = f"must be fill:FILE with a readable image, got {written!r} ({error})"
            raise InputError("removal", msg) from error
    removal = cast("ImageRemovalName", written)
    check_image_removal(removal)
    return removal


def text_removal(written: str) -> TextRemovalName | Replace:
    """Read a removal strategy of texts.

    Args:
        written: A name of :data:`~shapiq_fixlip.typing.TextRemovalName` or ``replace:TOKEN``.

    Raises:
        InputError: If it is neither.
    """
    kind, _, detail = written.partition(":")
    if kind == "replace" and detail:
        return Replace(detail)
    removal = cast("TextRemovalName", written)
    check_text_removal(removal)
    return removal
