"""Which interactions are fitted, and which of them are returned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Self

import numpy as np

from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.solver.basis import n_products, positions, subsets_up_to
from shapiq_fixlip.solver.blocks import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from shapiq_fixlip.solver.blocks import Sizes

__all__ = ["MAX_INTERACTIONS", "Chosen", "Terms", "check_count", "check_limits"]

MAX_INTERACTIONS = 10**7
"""The most interactions that a machine is expected to hold. This was not measured."""


@dataclass(frozen=True)
class Chosen:
    """Some interactions, as cells of blocks.

    Attributes:
        subsets: The sets of players of each side by size, each of shape ``(q, size)``.
        masks: For each block which cells are chosen, of shape ``(q, q')``.
    """

    subsets: tuple[list[np.ndarray], list[np.ndarray]]
    masks: dict[Sizes, NDArray[np.bool_]]

    @classmethod
    def of(cls, interactions: Iterable[tuple[int, ...]], n_players: tuple[int, int]) -> Self:
        """Find the cells of interactions.

        Args:
            interactions: Different ones, whose players are in order.
            n_players: The number of players of each side.
        """
        parts: dict[Sizes, tuple[np.ndarray, np.ndarray]] = {}
        for size, group in groupby(sorted(interactions, key=len), key=len):
            of_size = list(group)
            together = np.array(of_size, dtype=np.int64).reshape(len(of_size), size)
            n_of_first = (together < n_players[0]).sum(axis=1)
            for n in np.unique(n_of_first).tolist():
                of_block = together[n_of_first == n]
                parts[n, size - n] = of_block[:, :n], of_block[:, n:] - n_players[0]
        first, second = (_distinct(parts, side) for side in (0, 1))
        masks = {}
        for sizes, (of_first, of_second) in parts.items():
            known = first[sizes[0]], second[sizes[1]]
            masks[sizes] = np.zeros((len(known[0]), len(known[1])), dtype=bool)
            rows = positions(known[0], of_first, n_players[0])
            masks[sizes][rows, positions(known[1], of_second, n_players[1])] = True
        return cls((first, second), masks)


@dataclass(frozen=True)
class Terms:
    """Which interactions are fitted, and which of them are returned.

    Attributes:
        max_order: The most players of an interaction.
        max_degrees: The most players of an interaction from each side.
        chosen: The interactions that are returned. Default: all that are fitted.
    """

    max_order: int
    max_degrees: tuple[int, int]
    chosen: Chosen | None = None

    @classmethod
    def up_to(cls, max_order: int, n_players: tuple[int, int]) -> Self:
        """Return all interactions up to an order of a game with so many players on each side."""
        return cls(max_order, (min(max_order, n_players[0]), min(max_order, n_players[1])))

    def partner_degree(self, degree: int) -> int:
        """Return the most players of the second side that may go with ``degree`` of the first."""
        return min(self.max_order - degree, self.max_degrees[1])

    def subsets(self, n_players: tuple[int, int]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the sets of players of each side by size, each of shape ``(q, size)``.

        Args:
            n_players: The number of players of each side.
        """
        if self.chosen is not None:
            return self.chosen.subsets
        return (
            subsets_up_to(n_players[0], self.max_degrees[0]),
            subsets_up_to(n_players[1], self.max_degrees[1]),
        )

    def n_columns(self, n_players: tuple[int, int], *, only_chosen: bool) -> tuple[int, int]:
        """Return the number of sets of players of each side in the interactions that are fitted.

        Args:
            n_players: The number of players of each side.
            only_chosen: Whether no others than the chosen interactions are fitted.
        """
        if self.chosen is not None and only_chosen:
            first, second = (sum(map(len, sets)) for sets in self.chosen.subsets)
            return first, second
        return (
            n_products(n_players[0], self.max_degrees[0]),
            n_products(n_players[1], self.max_degrees[1]),
        )

    def labels(self, n_players: tuple[int, int]) -> Labels:
        """Return the players of the interactions that are returned.

        Args:
            n_players: The number of players of each side.
        """
        first, second = self.subsets(n_players)
        if self.chosen is not None:
            return Labels((first, second), self.chosen.masks, n_players[0])
        masks = {
            (i, j): np.ones((len(first[i]), len(second[j])), dtype=bool) for i, j in self.sizes
        }
        return Labels((first, second), masks, n_players[0])

    @property
    def sizes(self) -> list[Sizes]:
        """The numbers of players of each side in an interaction that is returned."""
        return self.all_sizes if self.chosen is None else sorted(self.chosen.masks)

    @property
    def all_sizes(self) -> list[Sizes]:
        """The numbers of players of each side in an interaction that is fitted."""
        return [
            (first, second)
            for first in range(self.max_degrees[0] + 1)
            for second in range(self.partner_degree(first) + 1)
        ]

    def count(self, n_players: tuple[int, int]) -> int:
        """Return the number of interactions of a game with so many players on each side."""
        if self.chosen is not None:
            return sum(int(mask.sum()) for mask in self.chosen.masks.values())
        return sum(
            math.comb(n_players[0], degree) * n_products(n_players[1], self.partner_degree(degree))
            for degree in range(self.max_degrees[0] + 1)
        )


def check_limits(
    max_order: int,
    *,
    cross_modal_only: bool,
    max_order_image: int | None,
    max_order_text: int | None,
) -> None:
    """Check that ``cross_modal_only`` and the limits of both sides fit ``max_order``.

    Raises:
        InputError: If an argument is not allowed.
    """
    if cross_modal_only and max_order == 1:
        msg = "must be False for interactions of at most one player, got True."
        raise InputError("cross_modal_only", msg)
    limits = {"max_order_image": max_order_image, "max_order_text": max_order_text}
    for name, limit in limits.items():
        if limit is not None and whole_number(name, limit) > max_order:
            msg = f"must be at most {max_order}, the maximum order, got {limit}."
            raise InputError(name, msg)


def check_count(terms: Terms, n_players: tuple[int, int]) -> None:
    """Check that there are at most ten million interactions.

    Args:
        terms: Which interactions are fitted and returned.
        n_players: The number of players of each side.

    Raises:
        InputError: If there are too many.
    """
    count = terms.count(n_players)
    if count > MAX_INTERACTIONS:
        msg = (
            f"must leave at most {MAX_INTERACTIONS:,} interactions, got "
            f"{terms.max_order} of {sum(n_players)} players, which have {count:,}; max_order_image "
            "and max_order_text leave fewer."
        )
        raise InputError("max_order", msg)


def _distinct(parts: dict[Sizes, tuple[np.ndarray, np.ndarray]], side: int) -> list[np.ndarray]:
    """Return the different sets of players of a side by size, in lexicographic order."""
    found = [np.zeros((1, 0), dtype=np.int64)]
    for size in range(1, max(sizes[side] for sizes in parts) + 1):
        of_size = [of_sides[side] for sizes, of_sides in parts.items() if sizes[side] == size]
        nothing = np.zeros((0, size), dtype=np.int64)
        found.append(np.unique(np.concatenate([nothing, *of_size]), axis=0))
    return found
