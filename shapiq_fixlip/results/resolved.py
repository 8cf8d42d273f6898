"""Which interactions of the highest order differ from zero, as tables and sentences say it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapiq import InteractionValues

__all__ = [
    "check_resolved",
    "highest_order",
    "resolved_column",
    "resolved_counts",
    "resolved_sentence",
]


def check_resolved(resolved: object, values: InteractionValues) -> None:
    """Check that resolved interactions are among those of the highest order.

    Raises:
        InputError: If one is not, or they are no tuples of players.
    """
    if not isinstance(resolved, Collection) or not all(isinstance(one, tuple) for one in resolved):
        msg = f"must be tuples of players, such as {{(0, 12)}}, got {brief(resolved)}."
        raise InputError("resolved", msg)
    highest = highest_order(values)
    others = [one for one in resolved if one not in values.interactions or len(one) != highest]
    if others:
        msg = f"must be interactions of the highest order, {highest}, got {min(others)}."
        raise InputError("resolved", msg)


def resolved_column(
    resolved: Collection[tuple[int, ...]],
    values: InteractionValues,
    interactions: Iterable[tuple[int, ...]],
) -> pd.api.extensions.ExtensionArray:
    """Return whether interactions are resolved; missing for lower orders.

    Raises:
        InputError: If one is resolved that is no interaction of the highest order.
    """
    check_resolved(resolved, values)
    interactions = list(interactions)
    n, chosen = len(interactions), frozenset(resolved)
    sizes = np.fromiter(map(len, interactions), np.intp, n)
    told = np.fromiter(map(chosen.__contains__, interactions), np.bool_, n)
    return pd.arrays.BooleanArray(told, sizes < highest_order(values))


def resolved_counts(table: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Count resolved interactions.

    Args:
        table: From :func:`~shapiq_fixlip.interaction_table`.

    Returns:
        For each kind of the highest order how many are resolved, and of how many; empty if it is
        unknown.
    """
    if "resolved" not in table:
        return {}
    known = table[table["resolved"].notna()]
    counts = known.groupby("kind", sort=True)["resolved"].agg(["sum", "size"])
    return {str(kind): (int(row["sum"]), int(row["size"])) for kind, row in counts.iterrows()}


def resolved_sentence(table: pd.DataFrame) -> str:
    """Say how many interactions of each kind are resolved.

    Args:
        table: From :func:`~shapiq_fixlip.interaction_table`.

    Returns:
        Such as ``"31 of 1,176 patch × patch, 88 of 441 patch × word"``; empty if it is unknown.
    """
    counts = resolved_counts(table).items()
    return ", ".join(f"{resolved:,} of {size:,} {kind}" for kind, (resolved, size) in counts)


def highest_order(values: InteractionValues) -> int:
    """Return the most players of an interaction."""
    return max(map(len, values.interactions), default=0)
