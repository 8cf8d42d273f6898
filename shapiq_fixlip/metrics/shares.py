"""Shares of the sides and of the signs in an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.metrics.checks import check_explanation, check_order

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame

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
    mass = dict.fromkeys(ModalityShares._fields, 0.0)
    for players, value in _checked(values, game):
        n_image = sum(player < game.sides[0].n_players for player in players)
        kind = {0: "text", len(players): "image"}.get(n_image, "cross_modal")
        mass[kind] += abs(value)
    total = sum(mass.values()) or np.nan
    return ModalityShares(**{kind: part / total for kind, part in mass.items()})


def synergy_share(values: InteractionValues, game: SeparableGame) -> float:
    """Return the share of positive interactions among those of players of both sides.

    Positive interactions are synergy: players contribute more together than each alone. Negative
    ones are redundancy or inhibition: they contribute less together.

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
    found = _checked(values, game)
    n_first = game.sides[0].n_players
    between = np.array(
        [value for players, value in found if min(players) < n_first <= max(players)]
    )
    total = np.abs(between).sum()
    return float(between.clip(0).sum() / total) if total else float("nan")


def _checked(values: InteractionValues, game: SeparableGame) -> list[tuple[tuple[int, ...], float]]:
    """Return the interactions of at least one player."""
    check_separable(game)
    check_explanation(values, game)
    check_order(values, highest=game.n_players)
    return [(players, value) for players, value in values.interactions.items() if players]
