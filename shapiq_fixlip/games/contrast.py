"""Why this and not that: the difference of two similarities is the value of a game, too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.vision_language import ImageTextGame, VisionLanguageGame
from shapiq_fixlip.sides.combined import ConcatenatedSide, FrozenSide, SummedSide, joint_names
from shapiq_fixlip.typing import Others
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.sides.base import Side
    from shapiq_fixlip.sides.image import ImageSide

__all__ = ["ContrastGame", "check_same_places"]

_LARGEST_DISTANCE = 0.03
"""Between the centres of a player under two models, as a share of the image: rounding."""


class ContrastGame(ImageTextGame):
    """How much more similar one pair is than another, when only some parts are left.

    The value is the difference of the values of both games: a caption against another, a class
    against others, a model against another. By linearity it is a separable game itself, so
    everything runs on it, and passes of an image that both games share are made once.

    Text players stay players if both texts have equally many; the first of one text is then present
    along with the first of the other, and so on. Otherwise the texts are fixed and only the image
    has players.

    Examples:
        >>> from shapiq_fixlip import VisionLanguageGame, Words, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> scene = demo_scene()
        >>> lion = VisionLanguageGame(encoder, scene.image, "a lion", words=Words())
        >>> contrast = ContrastGame(lion, lion.with_text("a snail"))
        >>> contrast.words
        ('a', 'lion | snail')
        >>> abs(contrast.full_value - lion.full_value + lion.with_text("a snail").full_value) < 1e-5
        True
    """

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
            game: The game of the pair that is asked for; see
                :meth:`~shapiq_fixlip.VisionLanguageGame.with_text` for cheap relatives.
            against: The other game, or several.
            others: What counts of several: their ``"mean"`` (default), or the ``"best"``, which is
                the one with the highest value of the full coalition, whatever is removed later.
            fix_text: Whether only the image has players. Default ``None``: unless all texts have
                equally many players.

        Raises:
            InputError: If the image players differ, or the text players do although they shall
                stay players.
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
        self.words = () if fix_text else tuple(joint_names([part.words for part in games]))
        self.joins_previous = (False,) * len(self.words)  # several texts in one line
        weights = [1.0, *[-1 / len(rivals)] * len(rivals)]
        super().__init__(
            *_combined(games, weights, fix_text=fix_text),
            bias=sum(weight * part.bias for weight, part in zip(weights, games, strict=True)),
            normalize=game.normalize,
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
    check_choice("others", others, Others)
    return [max(rivals, key=lambda rival: rival.full_value)] if others == "best" else rivals


def _combined(
    games: Sequence[VisionLanguageGame], weights: Sequence[float], *, fix_text: bool
) -> tuple[Side, Side]:
    """Return sides whose inner product is the weighted sum of the values, but for the bias."""
    texts: list[Side] = [part.text_side for part in games]
    if fix_text:
        texts = [FrozenSide(side) for side in texts]
    scales = [weight * part.scale for weight, part in zip(weights, games, strict=True)]
    images = [part.image_side for part in games]
    if all(image is images[0] for image in images):
        return images[0], SummedSide(texts, scales)
    return ConcatenatedSide(images, [1.0] * len(images)), ConcatenatedSide(texts, scales)


def check_same_places(sides: Sequence[ImageSide], argument: str) -> None:
    """Refuse images whose players are not the same, in the same places.

    Args:
        sides: The images under several models, or several images.
        argument: What is named in errors.

    Raises:
        InputError: If they differ.
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
        if distance > _LARGEST_DISTANCE:
            msg = (
                f"must have the image players in the same places, got some whose "
                f"centres are {distance:.0%} of the image apart; models that crop see the same "
                "part of a square image only."
            )
            raise InputError(argument, msg)
