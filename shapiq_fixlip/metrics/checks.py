"""Checks of the explanations that metrics take."""

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
    """Check that values are an explanation of a game, and finite.

    Raises:
        InputError: If the values are not ``InteractionValues``, of another number of players, or
            not finite.
    """
    check_players(values, game)
    check_finite(values)


def check_finite(values: InteractionValues, name: str = "values") -> None:
    """Check that all values of an explanation are finite.

    Raises:
        InputError: If some are not.
    """
    numbers = [*values.values, values.baseline_value]
    n_not_finite = np.count_nonzero(~np.isfinite(numbers))
    if n_not_finite:
        msg = f"must be finite, got {n_not_finite} values that are not."
        raise InputError(name, msg)


def check_order(values: InteractionValues, highest: int) -> None:
    """Check that the largest interactions of an explanation have 1 to ``highest`` players.

    Raises:
        InputError: If they have none or more.
    """
    order = max(map(len, values.interactions), default=0)
    if not 1 <= order <= highest:
        msg = f"must have interactions of 1 to {highest} players, got up to {order}."
        raise InputError("values", msg)
