"""Chunks of sets of players, so that no table of all sets and coalitions is built."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

import torch
from torch.nn.functional import pad

from shapiq_fixlip.solver.basis import subsets_up_to
from shapiq_fixlip.solver.kernels import N_PRODUCTS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ExtendedSets", "ListedSets", "SetChunk", "all_chunks", "listed_chunks"]

_CHUNK = 2**21
"""Numbers in the tables that are built at once, 16 MiB."""


class SetChunk(ABC):
    """A chunk of ``q`` candidates for sets of players of one size.

    Not all need be sets (see :class:`ExtendedSets`): every table with ``q`` entries goes through
    :meth:`without_fillers` before it is kept.
    """

    @property
    @abstractmethod
    def players(self) -> torch.Tensor:
        """The players of each candidate, of shape ``(q, size)``."""

    @abstractmethod
    def products(self, numbers: torch.Tensor) -> torch.Tensor:
        """Return products over candidates of numbers of the players.

        Args:
            numbers: Of shape ``(m, n)``.

        Returns:
            Of shape ``(m, q)``.
        """

    @abstractmethod
    def without_fillers(self, table: torch.Tensor, dim: int = 0) -> torch.Tensor:
        """Return a table, with ``q`` entries along a dimension, without what are no sets."""


@dataclass(frozen=True)
class ListedSets(SetChunk):
    """Sets of players one by one.

    Attributes:
        listed: The players of each set, of shape ``(q, size)``.
    """

    listed: torch.Tensor

    @property
    @override
    def players(self) -> torch.Tensor:
        return self.listed

    @override
    def products(self, numbers: torch.Tensor) -> torch.Tensor:
        return numbers[:, self.listed].prod(dim=-1)

    @override
    def without_fillers(self, table: torch.Tensor, dim: int = 0) -> torch.Tensor:
        return table


@dataclass(frozen=True)
class ExtendedSets(SetChunk):
    """Each of some sets of first players together with each of some last players.

    Tables of all of them are outer products, which take far less time than tables of a list. Those
    whose last player is among the first ones or before them are fillers, no sets.

    Attributes:
        firsts: Sets of players, of shape ``(f, size - 1)``.
        lasts: Players one after the other, of shape ``(l,)``.
    """

    firsts: torch.Tensor
    lasts: torch.Tensor

    @property
    @override
    def players(self) -> torch.Tensor:
        firsts = self.firsts.repeat_interleave(len(self.lasts), dim=0)
        return torch.cat([firsts, self.lasts.repeat(len(self.firsts))[:, None]], dim=1)

    @override
    def products(self, numbers: torch.Tensor) -> torch.Tensor:
        of_firsts = numbers[:, self.firsts].prod(dim=-1)
        return (of_firsts[:, :, None] * numbers[:, None, self.lasts]).flatten(1)

    @override
    def without_fillers(self, table: torch.Tensor, dim: int = 0) -> torch.Tensor:
        (places,) = (self.lasts > _ends(self.firsts)).flatten().nonzero(as_tuple=True)
        return table.index_select(dim, places)


def all_chunks(n: int, size: int, n_numbers: int, device: torch.device) -> Iterator[SetChunk]:
    """Yield all sets of players of a size in lexicographic order, some at a time.

    Args:
        n: The number of players.
        size: The number of players of a set.
        n_numbers: How many numbers a table has for each set.
        device: Where the tables are.
    """
    if size == 0:
        yield ListedSets(torch.zeros(1, 0, dtype=torch.int64, device=device))
        return
    all_firsts = torch.as_tensor(subsets_up_to(n, size - 1)[-1], device=device)
    for firsts in all_firsts.split(max(1, _CHUNK // (n_numbers * n))):
        after = torch.arange(int(_ends(firsts).min()) + 1, n, device=device)
        if not len(after):
            continue
        for lasts in after.split(max(1, _CHUNK // (n_numbers * len(firsts)))):
            yield ExtendedSets(firsts, lasts)


def listed_chunks(players: torch.Tensor, n_numbers: int) -> Iterator[SetChunk]:
    """Yield sets of players, some at a time: the same chunks for every mixture.

    Args:
        players: The sets, of shape ``(q, size)``.
        n_numbers: How many numbers a table has for each set.
    """
    yield from map(ListedSets, players.split(max(1, _CHUNK // (N_PRODUCTS * n_numbers))))


def _ends(firsts: torch.Tensor) -> torch.Tensor:
    """Return the last player of each set, -1 of the empty one, of shape ``(f, 1)``."""
    return pad(firsts, (1, 0), value=-1)[:, -1:]
