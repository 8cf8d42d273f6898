"""Which approximator estimates which index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.approximators.shapley import HIGHEST_SHAPLEY_ORDER, CrossModalShapley
from shapiq_fixlip.results.indices import SHAPLEY_INDICES, SINGLE_PLAYER_INDICES

if TYPE_CHECKING:
    from shapiq_fixlip.typing import ExplainedIndex

__all__ = ["approximator_for", "highest_order"]


def highest_order(index: ExplainedIndex) -> int | None:
    """Return the most players of an interaction of an index, ``None`` if any number may be."""
    if index in SINGLE_PLAYER_INDICES:
        return 1
    return HIGHEST_SHAPLEY_ORDER if index in SHAPLEY_INDICES else None


def approximator_for(
    index: ExplainedIndex, n: int, max_order: int, *, p: float, random_state: int | None
) -> FIxLIP | CrossModalShapley:
    """Return a new approximator.

    Args:
        index: See :data:`~shapiq_fixlip.typing.ExplainedIndex`.
        n: Number of players.
        max_order: The most players of an interaction.
        p: Probability of a player to be present; Shapley interactions have none.
        random_state: Seed.

    Raises:
        InputError: If an argument is not allowed.
    """
    if index in SHAPLEY_INDICES:
        name: Any = index
        return CrossModalShapley(n, max_order, name, random_state=random_state)
    return FIxLIP(n, max_order, p=p, random_state=random_state)
