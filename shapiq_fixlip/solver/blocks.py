"""Numbers of interactions as arrays: a block for each number of players of both sides.

A block has a row for each set of players of the first side and a column for each set of the second
one. So nothing is done for each interaction in Python before its number gets its name.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from shapiq.typing import InteractionScores

    from shapiq_fixlip.typing import FloatArray

__all__ = ["Blocks", "Labels", "Sizes"]

type Sizes = tuple[int, int]
"""The numbers of players of each side in an interaction."""

type Blocks = dict[Sizes, FloatArray]
"""Numbers of interactions, each of shape ``(q, q')``."""


class Labels:
    """The interactions of blocks, ordered by size, then lexicographically.

    Attributes:
        players: Those of each interaction.
        masks: For each block which cells are interactions, of shape ``(q, q')``.
    """

    def __init__(
        self,
        subsets: tuple[Sequence[np.ndarray], Sequence[np.ndarray]],
        masks: Mapping[Sizes, NDArray[np.bool_]],
        n_first: int,
    ) -> None:
        """List the interactions.

        Args:
            subsets: The sets of players of each side by size, each of shape ``(q, size)``, those
                of the second side from player 0 on.
            masks: For each block which cells are interactions, of shape ``(q, q')``.
            n_first: The number of players of the first side.
        """
        self.masks = masks
        groups: defaultdict[int, dict[Sizes, np.ndarray]] = defaultdict(dict)
        for sizes, mask in masks.items():
            rows, columns = mask.nonzero()
            of_first, of_second = (
                subsets[0][sizes[0]][rows],
                subsets[1][sizes[1]][columns] + n_first,
            )
            groups[sum(sizes)][sizes] = np.hstack([of_first, of_second])
        self._groups: list[tuple[list[Sizes], NDArray[np.intp]]] = []
        self.players: list[tuple[int, ...]] = []
        for size, group in sorted(groups.items()):
            players = np.concatenate(list(group.values()))
            order = np.lexsort(players.T[::-1]) if size else np.arange(len(players))
            self._groups.append((list(group), order))
            columns = players[order].T.tolist()
            self.players.extend(zip(*columns, strict=True) if size else [()])

    def named(self, blocks: Mapping[Sizes, FloatArray]) -> InteractionScores:
        """Return the number of every interaction by its players."""
        return dict(zip(self.players, self.numbers(blocks).tolist(), strict=True))

    def numbers[T: np.generic](self, blocks: Mapping[Sizes, NDArray[T]]) -> NDArray[T]:
        """Return the number of every interaction, of shape ``(q,)``."""
        return np.concatenate(
            [self._of_group(blocks, group)[order] for group, order in self._groups]
        )

    def where(self, blocks: Mapping[Sizes, NDArray[np.bool_]]) -> frozenset[tuple[int, ...]]:
        """Return the interactions that are true; those of blocks that are missing are not."""
        places, start = [np.arange(0)], 0
        for group, order in self._groups:
            if set(group) <= blocks.keys():
                is_true = self._of_group(blocks, group)[order]
                places.append(start + np.flatnonzero(is_true))
            start += len(order)
        return frozenset(self.players[place] for place in np.concatenate(places).tolist())

    def blocks(self, numbers: FloatArray) -> Blocks:
        """Return numbers of the interactions, ``(q,)``, as blocks; NaN in all other cells."""
        found, start = {}, 0
        for group, order in self._groups:
            of_group = np.empty(len(order))
            of_group[order] = numbers[start : start + len(order)]
            start += len(order)
            ends = np.cumsum([self.masks[sizes].sum() for sizes in group])
            for sizes, of_block in zip(group, np.split(of_group, ends[:-1]), strict=True):
                found[sizes] = np.full(self.masks[sizes].shape, np.nan)
                found[sizes][self.masks[sizes]] = of_block
        return found

    def _of_group[T: np.generic](
        self, blocks: Mapping[Sizes, NDArray[T]], group: Sequence[Sizes]
    ) -> NDArray[T]:
        return np.concatenate([blocks[sizes][self.masks[sizes]] for sizes in group])
