"""Why this and not that: the difference of two similarities is the value of a game, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.games.vision_language import ImageTextGame, VisionLanguageGame
from shapiq_fixlip.sides.combined import ConcatenatedSide, FrozenSide, SummedSide, joint_names
from shapiq_fixlip.typing import Others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.sides.base import Side

__all__ = ["ContrastGame"]

_LARGEST_DIFFERENCE = 0.03
"""Of the borders of what two models see, as a share of the image: a few of their pixels."""


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
        >>> encoder, scene = load_encoder("demo"), demo_scene()
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
        rivals = [against] if isinstance(against, ImageTextGame) else list(against)
        if not rivals or not all(isinstance(rival, VisionLanguageGame) for rival in rivals):
            msg = f"against must be a VisionLanguageGame or several of them, got {against!r}."
            raise InputError(msg)
        if others not in get_args(Others.__value__):
            msg = f"others must be 'mean' or 'best', got {others!r}."
            raise InputError(msg)
        if others == "best":
            rivals = [max(rivals, key=lambda rival: rival.full_value)]
        games = [game, *rivals]
        weights = [1.0, *[-1 / len(rivals)] * len(rivals)]
        _check_images(games)
        counts = [part.n_players_text for part in games]
        if fix_text is None:
            fix_text = len(set(counts)) > 1
        texts: list[Side] = [part.text_side for part in games]
        if fix_text:
            texts = [FrozenSide(side) for side in texts]
        elif len(set(counts)) > 1:
            msg = (
                "fix_text must be True for texts with different numbers of players, "
                f"got {fix_text} for {' and '.join(map(str, counts))}."
            )
            raise InputError(msg)
        self.games = tuple(games)
        self.image_side = game.image_side
        self.text = " | ".join(dict.fromkeys(part.text for part in games))
        self.words = () if fix_text else tuple(joint_names([part.words for part in games]))
        scales = [weight * part.scale for weight, part in zip(weights, games, strict=True)]
        bias = sum(weight * part.bias for weight, part in zip(weights, games, strict=True))
        is_one_image = all(part.image_side is game.image_side for part in games)
        image: Side = (
            game.image_side
            if is_one_image
            else ConcatenatedSide([part.image_side for part in games], [1.0] * len(games))
        )
        text = (SummedSide if is_one_image else ConcatenatedSide)(texts, scales)
        SeparableGame.__init__(self, image, text, bias=bias, normalize=game.normalize)


def _check_images(games: Sequence[VisionLanguageGame]) -> None:
    """Refuse games whose image players are not the same."""
    first, *others = (game.image_side for game in games)
    for other in others:
        if other is first:
            continue
        if other.player_names != first.player_names or first.kind == "segment":
            msg = (
                "against must have the image players of the game, such as Grid(7, 7), got "
                f"{first.n_players} of kind {first.kind!r} and {other.n_players} of kind "
                f"{other.kind!r}."
            )
            raise InputError(msg)
        difference = np.abs(np.subtract(first.seen_part, other.seen_part)).max()
        if first.kind in ("patch", "cell") and difference > _LARGEST_DIFFERENCE:
            msg = (
                "against must see the same part of the image, got parts whose borders differ by "
                f"{difference:.0%} of it; crop the image to a square, or use Boxes or Regions."
            )
            raise InputError(msg)
