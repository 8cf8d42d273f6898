"""Named objects and their places among the players of an image, for the pointing game."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.vision_language import check_vision_language
from shapiq_fixlip.sides.marked_players import Boxes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import IntMatrix

__all__ = ["Target", "box_targets", "label_targets", "quadrant_targets"]

_MOST = 0.5
"""Share of its pixels above which a player is inside a box or a region."""

_NEARLY_ALL = 0.75
"""The same for quadrants, so that players on the border of two, with half in each, are in none."""


@dataclass(frozen=True)
class Target:
    """A named object and its place in the image.

    Attributes:
        name: Name of the object in the text.
        text_players: Text players of the name, numbered from 0 for the first text player.
        inside: Which image players are inside the object, of shape ``(n_players_image,)``.
        outside: Which image players are outside, of the same shape. Some may be neither.
    """

    name: str
    text_players: tuple[int, ...]
    inside: NDArray[np.bool_]
    outside: NDArray[np.bool_]


def quadrant_targets(game: VisionLanguageGame, quadrants: Mapping[str, int]) -> list[Target]:
    """Return the targets of a 2 × 2 collage.

    Image players are in a quadrant with more than three quarters of their pixels. Those in no
    quadrant, such as the middle row and column of 7 × 7 patches, are neither inside nor outside.

    Args:
        game: The game of the collage and a caption.
        quadrants: The quadrant of each named object, by its name in the caption: 0 at the upper
            left, 1 at the upper right, 2 at the lower left, 3 at the lower right.

    Raises:
        InputError: If a name is not in the text, or a quadrant is not 0 to 3 or has no image
            players.
    """
    check_vision_language(game)
    width, height = game.image_side.image_size
    row, column = (np.arange(size) * 2 // size for size in (height, width))
    labels = row[:, None] * 2 + column
    inside = [game.image_side.shares_inside(labels == i) > _NEARLY_ALL for i in range(4)]
    in_any = np.any(inside, axis=0)
    targets = []
    for name, quadrant in quadrants.items():
        if quadrant not in range(4):
            msg = f"must be 0 to 3, got {quadrant!r} for {name!r}."
            raise InputError("quadrants", msg)
        targets.append(_target(game, name, inside[quadrant], in_any & ~inside[quadrant]))
    return targets


def box_targets(game: VisionLanguageGame, boxes: Mapping[str, Sequence[float]]) -> list[Target]:
    """Return targets in boxes. Image players with most of their pixels in a box are inside.

    Args:
        game: The game of the image and a text.
        boxes: Left, top, right and bottom in pixels of the image, the last two exclusive, by the
            name of the object in the text.

    Raises:
        InputError: If a name is not in the text, a box is empty or exceeds the image, or no or all
            image players are inside.
    """
    check_vision_language(game)
    width, height = game.image_side.image_size
    targets = []
    for name, box in boxes.items():
        left, top, right, bottom = Boxes([box]).corners[0]
        if min(left, top) < 0 or right > width or bottom > height:
            msg = f"must lie inside the image of {width} x {height} pixels, got {box!r}."
            raise InputError("boxes", msg)
        mask = np.zeros((height, width), dtype=bool)
        mask[top:bottom, left:right] = True
        targets.append(_target_of_mask(game, name, mask))
    return targets


def label_targets(
    game: VisionLanguageGame, labels: IntMatrix, names: Mapping[str, int]
) -> list[Target]:
    """Return targets in a label image. Image players with most of their pixels in one are inside.

    Args:
        game: The game of the image and a text.
        labels: An integer for each pixel of the image, of shape ``(H, W)``.
        names: The label of each named object, by its name in the text.

    Raises:
        InputError: If a name is not in the text, a label is not in the image, or no or all image
            players are inside.
    """
    check_vision_language(game)
    return [_target_of_mask(game, name, labels == label) for name, label in names.items()]


def _target_of_mask(game: VisionLanguageGame, name: str, mask: NDArray[np.bool_]) -> Target:
    inside = game.image_side.shares_inside(mask) > _MOST
    return _target(game, name, inside, ~inside)


def _target(
    game: VisionLanguageGame,
    name: str,
    inside: NDArray[np.bool_],
    outside: NDArray[np.bool_],
) -> Target:
    words = game.text_side.naming(name)
    if not words:
        msg = f"must have names that occur in the text {game.text!r}, got {name!r}."
        raise InputError("targets", msg)
    if not (inside.any() and outside.any()):
        where = "inside" if outside.any() else "outside"
        msg = f"must have image players inside and outside, got none {where} {name!r}."
        raise InputError("targets", msg)
    return Target(name, words, inside, outside)
