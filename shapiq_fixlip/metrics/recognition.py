"""The pointing game: do the patches of an object interact with the word that names it?

In a collage of four objects, patches of a named object should have positive interactions with its
word, all other patches negative ones (Baniecki et al., NeurIPS 2025). Objects can also be given by
boxes or label images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.vision_language import check_vision_language
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.results.resolved import check_resolved
from shapiq_fixlip.sides.marked_players import Boxes
from shapiq_fixlip.validation import check_flag

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import FloatArray, IntMatrix

__all__ = [
    "PointingGame",
    "Target",
    "box_targets",
    "label_targets",
    "pointing_game",
    "quadrant_targets",
]

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


@dataclass(frozen=True)
class PointingGame:
    """How well an explanation points at named objects.

    Attributes:
        table: One row for each target, indexed by ``name``. ``correct`` is the sum of the positive
            values inside and of the absolute negative values outside, ``wrong`` the same sum of all
            others there, ``left_out`` the sum of the absolute values of image players that are
            neither inside nor outside. ``n_right`` is the number of values inside and outside with
            the right sign (zero has none), ``n`` the number of all of these.
    """

    table: pd.DataFrame

    @property
    def recognition(self) -> float:
        """Correct mass as a share of all mass (PGR), from 0 to 1; 1 at best, NaN without any mass.

        For an explanation with the same positive value everywhere, it is the share of the players
        that are inside: a quarter on collages. Any explanation of single players without negative
        values, whatever it shows, has exactly a quarter as well if all four objects of a collage
        are named: every patch is inside for one name, and outside for three. (The words' own values
        move this towards a half.)
        """
        correct, wrong = self.table["correct"].sum(), self.table["wrong"].sum()
        return float(correct / (correct + wrong)) if correct + wrong > 0 else float("nan")

    @property
    def sign_share(self) -> float:
        """Share of values with the right sign, from 0 to 1; 1 at best."""
        return float(self.table["n_right"].sum() / self.table["n"].sum())

    @property
    def left_out_share(self) -> float:
        """Share of all mass that is neither inside nor outside, from 0 to 1, NaN without any mass.

        On collages of 7 × 7 patches that is the middle row and column: a watermark there takes mass
        that recognition does not see.
        """
        masses = self.table[["correct", "wrong", "left_out"]].sum()
        return float(masses["left_out"] / masses.sum()) if masses.sum() > 0 else float("nan")


def pointing_game(
    values: InteractionValues,
    game: VisionLanguageGame,
    targets: Sequence[Target],
    *,
    word_values: bool = True,
    resolved: Collection[tuple[int, ...]] | None = None,
) -> PointingGame:
    """Compare the signs of an explanation with the places of the named objects.

    The values of a target are those of all pairs of an image player and a player of its name. For
    an explanation of single players, they are those of the image players, the same for all targets,
    and by the notebook of the paper's code also those of the name itself, as inside and as outside.

    Args:
        values: Interactions of the game, by any index.
        game: The explained game.
        targets: At least one target, from :func:`quadrant_targets`, :func:`box_targets` or
            :func:`label_targets`.
        word_values: Whether the name itself counts in explanations of single players. Default
            ``True``, as in the paper's tables.
        resolved: Which interactions of the highest order are resolved; all others count as zero.
            Default: ``None``, all count.

    Returns:
        The result; its :attr:`~PointingGame.recognition` is the metric.

    Raises:
        InputError: If the values are not finite, of another number of players or without players,
            there are no targets, or another argument is not allowed.

    Examples:
        >>> from shapiq_fixlip import FIxLIP, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, scene.image, scene.caption)
        >>> values = FIxLIP(game.n_players, random_state=0).approximate(game=game)
        >>> targets = box_targets(game, {thing.name: thing.box for thing in scene.objects})
        >>> pointing_game(values, game, targets).recognition > 0.7
        True
    """
    check_vision_language(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
    if not len(targets):
        msg = "must be at least one, got none."
        raise InputError("targets", msg)
    check_flag("word_values", word_values)
    if resolved is not None:
        check_resolved(resolved, values)
    is_of_players = max(map(len, values.interactions)) == 1
    kept = values.interactions
    if resolved is not None:
        kept = {players: kept[players] for players in resolved}
    rows = []
    for target in targets:
        numbers = [game.n_players_image + word for word in target.text_players]
        own: list[float] = []
        if is_of_players:
            found = np.array([[kept.get((i,), 0.0)] for i in range(game.n_players_image)])
            own = [kept.get((word,), 0.0) for word in numbers if word_values]
        else:
            found = np.array(
                [[kept.get((i, j), 0.0) for j in numbers] for i in range(game.n_players_image)]
            )
        rows.append({"name": target.name, **_masses(found, own, target)})
    return PointingGame(pd.DataFrame(rows).set_index("name"))


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


def _masses(found: FloatArray, own: Sequence[float], target: Target) -> dict[str, float]:
    """Sum up the values of a target.

    Args:
        found: Those of image players, of shape ``(n_players_image, words)``.
        own: Those of the words themselves, which count as inside and as outside.
        target: The target.
    """
    inside, outside = (
        np.concatenate([found[where].ravel(), own]) for where in (target.inside, target.outside)
    )
    signed = np.concatenate([inside, -outside])
    return {
        "correct": signed.clip(0).sum(),
        "wrong": -signed.clip(max=0).sum(),
        "left_out": np.abs(found[~target.inside & ~target.outside]).sum(),
        "n_right": np.count_nonzero(signed > 0),
        "n": signed.size,
    }
