"""Shares of the sides and of the signs in an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.metrics.checks import check_explanation, check_order
from shapiq_fixlip.results.arrays import by_size, numbers_of

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import FloatArray

__all__ = ["ModalityShares", "modality_shares", "synergy_share"]


class ModalityShares(NamedTuple):
    """Shares in the sum of all absolute interactions, from 0 to 1. They add up to 1.

    Attributes:
        image: Share of interactions of only image players (of the first side).
        text: Share of interactions of only text players (of the second side).
        cross_modal: Share of interactions of both; 0 for single players.
    """

    image: float
    text: float
    cross_modal: float


def modality_shares(values: InteractionValues, game: SeparableGame) -> ModalityShares:
    """Return the shares of the image, the text and both together in an explanation.

    For Shapley values the first two are the degrees to which a model uses each modality (MM-SHAP,
    Parcalabescu and Frank, ACL 2023). The shares are descriptive; no value is better than another.

    Args:
        values: Interactions of the game, by any index.
        game: The game.

    Returns:
        The shares; NaN if all interactions are zero.

    Raises:
        InputError: If the values are not finite, of another number of players, or of none.

    Examples:
        >>> from shapiq import InteractionValues
        >>> from shapiq_fixlip import VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, demo_scene().image, "a lion")
        >>> found = {(0,): 1.0, (49,): -2.0, (0, 50): 5.0}
        >>> values = InteractionValues(found, index="SII", max_order=2, n_players=51, min_order=1)
        >>> modality_shares(values, game)
        ModalityShares(image=0.125, text=0.25, cross_modal=0.625)
    """
    mass = {kind: np.abs(found).sum() for kind, found in _by_kind(values, game).items()}
    total = sum(mass.values()) or np.nan
    return ModalityShares(**{kind: float(part / total) for kind, part in mass.items()})


def synergy_share(values: InteractionValues, game: SeparableGame) -> float:
    """Return the share of positive interactions among those of players of both sides.

    Positive interactions are synergy: players contribute more together than each alone. Negative
    ones are redundancy or inhibition: they contribute less together. For pairs of Shapley's index
    ``"SII"`` this is the ratio by which MultiSHAP (Wang and Wang, 2508.00576) describes data sets:
    its mean over inputs, and how many inputs have more than one half.

    Args:
        values: Interactions of the game, by any index.
        game: The game.

    Returns:
        The sum of the positive interactions of players of both sides, as a share of the sum of all
        their absolute values, from 0 to 1; NaN if there are none. The share is descriptive; neither
        end is better.

    Raises:
        InputError: If the values are not finite, of another number of players, or of none.
    """
    between = _by_kind(values, game)["cross_modal"]
    total = np.abs(between).sum()
    return float(between.clip(0).sum() / total) if total else float("nan")


def _by_kind(values: InteractionValues, game: SeparableGame) -> dict[str, FloatArray]:
    """Return the interactions of at least one player by the names of their shares."""
    check_separable(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
    numbers = numbers_of(values)
    found: dict[str, list[FloatArray]] = {kind: [] for kind in ModalityShares._fields}
    for places, players in by_size(values.interactions):
        n_image = (players < game.sides[0].n_players).sum(axis=1)
        size = players.shape[1]
        if size:
            is_image, is_text = n_image == size, n_image == 0
            for kind, chosen in zip(found, (is_image, is_text, ~is_image & ~is_text), strict=True):
                found[kind].append(numbers[places[chosen]])
    return {kind: np.concatenate(parts) for kind, parts in found.items()}
