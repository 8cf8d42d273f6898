"""Interactions and their numbers, packed so that large pages stay small."""

from __future__ import annotations

import base64
import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import DTypeLike

    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "packed",
    "packed_bits",
    "packed_errors",
    "packed_players",
    "packed_values",
    "sorted_players",
]

type Interactions = Sequence[tuple[int, ...]]


def sorted_players(interactions: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Return interactions in the order of pages: the smaller ones first, then by players."""
    return sorted(interactions, key=lambda players: (len(players), players))


def packed_players(interactions: Interactions, n_players: int) -> dict[str, object]:
    """Pack the players of sorted interactions.

    If these are all interactions of some sizes, the sizes say it all.

    Args:
        interactions: From :func:`sorted_players`.
        n_players: Number of players.

    Examples:
        >>> packed_players([(0,), (1,), (0, 1)], 2)
        {'n_players': 2, 'complete': [1, 2]}
    """
    counts = Counter(map(len, interactions))
    if all(count == math.comb(n_players, size) for size, count in counts.items()):
        return {"n_players": n_players, "complete": list(counts)}
    return {
        "sizes": packed([len(players) for players in interactions], "<u1"),
        "players": packed([player for players in interactions for player in players], "<u2"),
    }


def packed(numbers: Iterable[float], dtype: DTypeLike) -> str:
    """Return numbers as an array in base64."""
    return base64.b64encode(np.array([*numbers], dtype=dtype).tobytes()).decode()


def packed_values(values: Sequence[float]) -> str:
    """Return values in single precision.

    Raises:
        InputError: If one is too large for that.
    """
    largest = max(map(abs, values), default=0.0)
    if largest > float(np.finfo(np.float32).max):
        msg = f"must be less than 3.4e38 to be shown on a page, got {largest:g}."
        raise InputError("values", msg)
    return packed(values, "<f4")


def packed_bits(flags: Iterable[bool]) -> str:
    """Return flags, eight in a byte, in base64."""
    bits = np.packbits(np.array([*flags], dtype=bool), bitorder="little")
    return base64.b64encode(bits.tobytes()).decode()


def packed_errors(errors: FloatArray) -> dict[str, object]:
    """Return standard errors as the largest one, and binary logarithms of their shares of it.

    In half precision, these tell errors of any size to 0.5 %.
    """
    largest = float(np.nanmax(errors, initial=0.0)) or 1.0
    with np.errstate(divide="ignore"):
        return {"largest": largest, "logarithms": packed(np.log2(errors / largest), "<f2")}
