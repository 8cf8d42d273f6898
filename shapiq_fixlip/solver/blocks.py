"""Numbers of interactions as arrays: a block for each number of players of both sides.

A block has a row for each set of players of the first side and a column for each set of the second
one. So nothing is done for each interaction in Python before its number gets its name.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from shapiq.typing import InteractionScores

    from shapiq_fixlip.typing import FloatArray

__all__ = ["Blocks", "Labels", "Sizes"]

type Sizes = tuple[int, int]
"""The numbers of players of each side in an interaction."""

type Blocks = dict[Sizes, FloatArray]
"""Numbers of interactions, each of shape ``(q, q')``."""


class Labels:
    """The interactions of blocks, ordered by size, then lexicographically."""

    def __init__(
        self,
        all_sizes: Iterable[Sizes],
        first: Sequence[np.ndarray],
        second: Sequence[np.ndarray],
        n_first: int,
    ) -> None:
        """List the interactions.

        Args:
            all_sizes: The sizes of the blocks.
            first: The sets of players of the first side by size, each of shape ``(q, size)``.
            second: Those of the second side, from player 0 on.
            n_first: The number of players of the first side.
        """
        groups: defaultdict[int, dict[Sizes, np.ndarray]] = defaultdict(dict)
        for sizes in all_sizes:
            of_first, of_second = first[sizes[0]], second[sizes[1]] + n_first
            rows = of_first.repeat(len(of_second), axis=0)
            groups[sum(sizes)][sizes] = np.hstack([rows, np.tile(of_second, (len(of_first), 1))])
        self._blocks: list[tuple[list[Sizes], NDArray[np.intp]]] = []
        self._players: list[tuple[int, ...]] = []
        for size, group in sorted(groups.items()):
            players = np.concatenate(list(group.values()))
            order = np.lexsort(players.T[::-1]) if size else np.arange(len(players))
            self._blocks.append((list(group), order))
            columns = players[order].T.tolist()
            self._players.extend(zip(*columns, strict=True) if size else [()])

    def named(self, blocks: Mapping[Sizes, FloatArray]) -> InteractionScores:
        """Return the number of every interaction by its players."""
        numbers = [
            np.concatenate([blocks[sizes].ravel() for sizes in group])[order]
            for group, order in self._blocks
        ]
        return dict(zip(self._players, np.concatenate(numbers).tolist(), strict=True))

    def chosen(self, blocks: Mapping[Sizes, NDArray[np.bool_]]) -> frozenset[tuple[int, ...]]:
        """Return the interactions that are true; those of blocks that are missing are not."""
        places = []
        start = 0
        for group, order in self._blocks:
            if set(group) <= blocks.keys():
                is_true = np.concatenate([blocks[sizes].ravel() for sizes in group])[order]
                places.append(start + np.flatnonzero(is_true))
            start += len(order)
        found = np.concatenate(places) if places else np.arange(0)
        return frozenset(self._players[place] for place in found.tolist())
