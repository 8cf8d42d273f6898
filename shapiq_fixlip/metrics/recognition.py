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
from shapiq_fixlip.validation import check_flag

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.metrics.targets import Target
    from shapiq_fixlip.typing import FloatArray

__all__ = ["PointingGame", "pointing_game"]


@dataclass(frozen=True)
class PointingGame:
    """How well an explanation points at named objects.

    Attributes:
        table: One row for each target, indexed by ``name``. ``correct`` is the sum of the positive
            values inside and of the absolute negative values outside, ``wrong`` the same sum of all
            others there. ``left_out`` is the sum of the absolute values of image players that are
            neither inside nor outside, ``inside`` the plain sum of those inside, ``outside`` that
            of the positive values outside. ``n_right`` is the number of values inside and outside
            with the right sign (zero has none), ``n`` the number of all of these.
    """

    table: pd.DataFrame

    @property
    def recognition(self) -> float:
        """Correct mass as a share of all mass (PGR), from 0 to 1; 1 at best, NaN without any mass.

        The same positive value everywhere has the share of the players that are inside, a quarter
        on collages. So has any map of single players without negative values if all four objects
        are named, as every patch is inside for one and outside for three; the words' own values
        move this towards a half.
        """
        correct, wrong = self.table["correct"].sum(), self.table["wrong"].sum()
        return float(correct / (correct + wrong)) if correct + wrong > 0 else float("nan")

    @property
    def sign_share(self) -> float:
        """Share of values with the right sign, from 0 to 1; 1 at best."""
        return float(self.table["n_right"].sum() / self.table["n"].sum())

    @property
    def inside_share(self) -> float:
        """Sum of the values inside as a share of all mass, from -1 to 1, NaN without any mass.

        It tells whether an explanation is about this place, such as a planted mark.
        """
        return float(self.table["inside"].sum() / self._mass) if self._mass else float("nan")

    @property
    def outside_share(self) -> float:
        """Positive mass outside as a share of the mass that recognition sees, from 0 to 1.

        With the negative mass inside it is what recognition lacks to 1. NaN without any mass.
        """
        seen = self.table[["correct", "wrong"]].to_numpy().sum()
        return float(self.table["outside"].sum() / seen) if seen else float("nan")

    @property
    def left_out_share(self) -> float:
        """Share of all mass that is neither inside nor outside, from 0 to 1, NaN without any mass.

        Of 7 × 7 patches that is the middle row and column: recognition sees no watermark there.
        """
        return float(self.table["left_out"].sum() / self._mass) if self._mass else float("nan")

    @property
    def _mass(self) -> float:
        return float(self.table[["correct", "wrong", "left_out"]].to_numpy().sum())


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
        targets: At least one target, from :func:`~shapiq_fixlip.metrics.quadrant_targets`,
            :func:`~shapiq_fixlip.metrics.box_targets` or
            :func:`~shapiq_fixlip.metrics.label_targets`.
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
        >>> from shapiq_fixlip.metrics import box_targets
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
        "inside": found[target.inside].sum(),
        "outside": found[target.outside].clip(0).sum(),
        "left_out": np.abs(found[~target.inside & ~target.outside]).sum(),
        "n_right": np.count_nonzero(signed > 0),
        "n": signed.size,
    }
