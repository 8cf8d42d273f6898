"""Contrasts, why this and not that: the difference of two similarities is a game, too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError, renamed
from shapiq_fixlip.games.saved import RestoredGame
from shapiq_fixlip.games.separable import check_own_values
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.sides.combined import ConcatenatedSide, FrozenSide, SummedSide, joint_names
from shapiq_fixlip.typing import Others
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.sides.base import Side
    from shapiq_fixlip.sides.image import ImageSide

__all__ = ["MAX_DISTANCE", "ContrastGame", "check_same_places"]

MAX_DISTANCE = 0.03
"""The largest distance of a player's centres under two models, as a share of the image.

It allows for rounding. Other bounds were not compared.
"""


class ContrastGame(RestoredGame):
    """How much more similar one pair is than another, when only some players are present.

    The value is the difference of the values of both games: a caption against another, a class
    against others, a model against another. By linearity the game is separable, so everything runs
    on it. Passes of an image that both games share are made once.

    Text players stay players if both texts have equally many. The first one of both texts is then
    one player, and so on. Otherwise the texts are fixed and only the image has players.

    Examples:
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> scene = demo_scene()
        >>> lion = VisionLanguageGame(encoder, scene.image, "a lion", text_players="words")
        >>> contrast = ContrastGame(lion, lion.with_text("a snail"))
        >>> contrast.text_labels
        ('a', 'lion | snail')
        >>> abs(contrast.full_value - lion.full_value + lion.with_text("a snail").full_value) < 1e-5
        True
    """

    image_side: ImageSide
    value_name = "difference"

    def __init__(
        self,
        game: VisionLanguageGame,
        against: VisionLanguageGame | Sequence[VisionLanguageGame],
        *,
        others: Others = "mean",
        fix_text: bool | None = None,
    ) -> None:
        """Combine games.

        Args:
            game: The game of the pair to be explained.
            against: The other game, or several. :meth:`~shapiq_fixlip.VisionLanguageGame.with_text`
                makes games that share the passes of the image.
            others: What is subtracted if there are several: their ``"mean"`` (default), or the
                ``"best"``, the one with the highest value of the full coalition, whatever is
                removed later.
            fix_text: Whether only the image has players. Default ``None``: unless all texts have
                equally many players.

        Raises:
            InputError: If the image players differ, or if the numbers of text players differ and
                ``fix_text`` is ``False``.
        """
        rivals = _rivals(game, against, others)
        games = (game, *rivals)
        check_same_places([part.image_side for part in games], "against")
        counts = [part.n_players_text for part in games]
        if fix_text is None:
            fix_text = len(set(counts)) > 1
        if len(set(counts)) > 1 and not fix_text:
            msg = (
                "must be True for texts with different numbers of players, "
                f"got {fix_text} for {' and '.join(map(str, counts))}."
            )
            raise InputError("fix_text", msg)
        self.games = games
        self.image_side = game.image_side
        self.text = " | ".join(dict.fromkeys(part.text for part in games))
        unseen = [part.unseen_text for part in games if part.unseen_text]
        self.unseen_text = " | ".join(dict.fromkeys(unseen))
        self.text_labels = (
            () if fix_text else tuple(joint_names([part.text_labels for part in games]))
        )
        self.joins_previous = (False,) * len(self.text_labels)  # several texts in one line
        weights = [1.0, *[-1 / len(rivals)] * len(rivals)]
        super().__init__(
            *_combined(games, weights, fix_text=fix_text),
            bias=sum(weight * part.bias for weight, part in zip(weights, games, strict=True)),
            normalize=game.is_centred,
        )


def _rivals(
    game: VisionLanguageGame,
    against: VisionLanguageGame | Sequence[VisionLanguageGame],
    others: Others,
) -> list[VisionLanguageGame]:
    """Return the games that are subtracted."""
    rivals = list(against) if isinstance(against, Iterable) else [against]
    for argument, given in (("game", [game]), ("against", rivals)):
        if not given or not all(isinstance(part, VisionLanguageGame) for part in given):
            kinds = ", ".join(type(part).__name__ for part in given) or "none"
            several = " or several of them" if argument == "against" else ""
            msg = f"must be a VisionLanguageGame{several}, got {kinds}."
            raise InputError(argument, msg)
        for part in given:
            with renamed("game", argument):
                check_own_values(part)
    check_choice("others", others, Others)
    return [max(rivals, key=lambda rival: rival.full_value)] if others == "best" else rivals


def _combined(
    games: Sequence[VisionLanguageGame], weights: Sequence[float], *, fix_text: bool
) -> tuple[Side, Side]:
    """Return sides whose inner product is the weighted sum of all values without their biases."""
    texts: list[Side] = [part.text_side for part in games]
    if fix_text:
        texts = [FrozenSide(side) for side in texts]
    scales = [weight * part.scale for weight, part in zip(weights, games, strict=True)]
    images = [part.image_side for part in games]
    if all(image is images[0] for image in images):
        return images[0], SummedSide(texts, scales)
    return ConcatenatedSide(images, [1.0] * len(images)), ConcatenatedSide(texts, scales)


def check_same_places(sides: Sequence[ImageSide], argument: str) -> None:
    """Check that images have the same players in the same places.

    Args:
        sides: The images under several models, or several images.
        argument: The argument that errors name.

    Raises:
        InputError: If the players or their places differ.
    """
    first, *others = sides
    for other in others:
        if other is first:
            continue
        if other.player_names != first.player_names:
            msg = (
                f"must have the same image players, such as Grid(7, 7), got "
                f"{first.n_players} of kind {first.kind!r} and {other.n_players} of kind "
                f"{other.kind!r}."
            )
            raise InputError(argument, msg)
        distance = np.abs(first.centres - other.centres).max(initial=0)
        if distance > MAX_DISTANCE:
            msg = (
                f"must have the image players in the same places, got some whose "
                f"centres are {distance:.0%} of the image apart; models that crop see the same "
                "part of a square image only."
            )
            raise InputError(argument, msg)
