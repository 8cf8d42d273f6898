"""What every metric refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.results.tables import check_players

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame

__all__ = ["check_explanation", "check_finite", "check_order"]


def check_explanation(values: InteractionValues, game: SeparableGame) -> None:
    """Refuse what is no explanation of a game.

    Raises:
        InputError: If the values are not finite or of another number of players.
    """
    check_players(values, game)
    check_finite(values)


def check_finite(values: InteractionValues, name: str = "values") -> None:
    """Refuse an explanation with values that are not finite.

    Raises:
        InputError: If there are any.
    """
    numbers = [*values.values, values.baseline_value]
    n_not_finite = np.count_nonzero(~np.isfinite(numbers))
    if n_not_finite:
        msg = f"must be finite, got {n_not_finite} that are not."
        raise InputError(name, msg)


def check_order(values: InteractionValues, highest: int) -> None:
    """Refuse an explanation that has nothing of a metric's orders, or more than them.

    Raises:
        InputError: If its interactions are of no player at all, or of more than ``highest``.
    """
    order = max(map(len, values.interactions), default=0)
    if not 1 <= order <= highest:
        msg = f"must have interactions of 1 to {highest} players, got up to {order}."
        raise InputError("values", msg)
