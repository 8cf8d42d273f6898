"""Interactions as arrays, as there are hundreds of thousands of pairs of many players."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.typing import FloatArray

__all__ = ["SizeGroup", "by_size", "keys_of", "numbers_of"]


class SizeGroup(NamedTuple):
    """The interactions of one size in lexicographic order.

    Attributes:
        places: Their places among all interactions, of shape ``(q,)``.
        players: Of shape ``(q, size)``.
    """

    places: NDArray[np.intp]
    players: NDArray[np.intp]


def by_size(interactions: Iterable[tuple[int, ...]]) -> list[SizeGroup]:
    """Return interactions by size, the smaller ones first.

    >>> [found.players.tolist() for found in by_size([(2,), (0, 1), (1,)])]
    [[[1], [2]], [[0, 1]]]
    """
    interactions = list(interactions)
    sizes = np.fromiter(map(len, interactions), np.intp, len(interactions))
    flat = np.fromiter(chain.from_iterable(interactions), np.intp, sizes.sum())
    starts = np.cumsum(sizes) - sizes
    found = []
    for size in np.unique(sizes).tolist():
        places = np.flatnonzero(sizes == size)
        players = flat[starts[places, None] + np.arange(size)]
        order = np.lexsort(players.T[::-1]) if size else np.arange(len(places))
        found.append(SizeGroup(places[order], players[order]))
    return found


def numbers_of(values: InteractionValues, like: InteractionValues | None = None) -> FloatArray:
    """Return the numbers of interactions, of shape ``(q,)``.

    Args:
        values: The numbers.
        like: Gives the order; all its interactions must be in ``values``. Default: ``values``.
    """
    keys = (values if like is None else like).interactions
    return np.fromiter(map(values.interactions.__getitem__, keys), np.float64, len(keys))


def keys_of(interactions: Iterable[tuple[int, ...]]) -> NDArray[np.object_]:
    """Return interactions as an array of tuples, ``(q,)``."""
    interactions = list(interactions)
    keys = np.empty(len(interactions), dtype=object)
    keys[:] = interactions
    return keys
