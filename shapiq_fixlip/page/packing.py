"""Interactions and their numbers, packed so that large pages stay small."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import DTypeLike, NDArray

    from shapiq_fixlip.results.arrays import SizeGroup
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "packed",
    "packed_bits",
    "packed_errors",
    "packed_players",
    "packed_values",
]


def packed_players(found: Sequence[SizeGroup], n_players: int) -> dict[str, object]:
    """Pack the players of interactions.

    If these are all interactions of some sizes, the sizes say it all.

    Args:
        found: The interactions by size.
        n_players: Number of players.

    Examples:
        >>> from shapiq_fixlip.results.arrays import by_size
        >>> packed_players(by_size([(0,), (1,), (0, 1)]), 2)
        {'n_players': 2, 'complete': [1, 2]}
    """
    shapes = [of_size.players.shape for of_size in found]
    if all(count == math.comb(n_players, size) for count, size in shapes):
        return {"n_players": n_players, "complete": [size for _, size in shapes]}
    return {
        "sizes": packed(np.repeat([size for _, size in shapes], [n for n, _ in shapes]), "<u1"),
        "players": packed(np.concatenate([of_size.players.ravel() for of_size in found]), "<u2"),
    }


def packed(numbers: NDArray[np.number], dtype: DTypeLike) -> str:
    """Return numbers as an array in base64."""
    return base64.b64encode(numbers.astype(dtype).tobytes()).decode()


def packed_values(values: FloatArray) -> str:
    """Return values in single precision.

    Raises:
        InputError: If one is too large for that.
    """
    largest = np.max(np.abs(values), initial=0.0)
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
