"""Sides combined of sides with the same players, so that differences of games are separable, too.

By linearity, ``s<f, g_A> - s<f, g_B> = s<f, g_A - g_B>`` for two texts. For two models,
``<f, g>_A - <f, g>_B`` is one inner product of concatenated embeddings, with the signs on one side.
Embeddings of combined sides do not have unit length. The sides they are made of embed and cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.sides.base import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix


__all__ = ["ConcatenatedSide", "FrozenSide", "SummedSide", "joint_names"]


class _CombinedSide(Side):
    """Several sides with the same players, each with a weight."""

    def __init__(self, sides: Sequence[Side], weights: Sequence[float]) -> None:
        """Combine sides.

        Args:
            sides: At least one; all have the same number of players.
            weights: The factor of each side's embeddings.

        Raises:
            InputError: If the numbers of players differ.
        """
        counts = [side.n_players for side in sides]
        if len(set(counts)) > 1:
            msg = f"must have equally many players, got {' and '.join(map(str, counts))}."
            raise InputError("sides", msg)
        self.sides, self.weights = tuple(sides), tuple(weights)
        self.kind = sides[0].kind
        self.player_names = tuple(joint_names([side.player_names for side in sides]))

    @property
    @override
    def n_passes(self) -> int:
        return sum(side.n_passes for side in set(self.sides))

    @property
    @override
    def device(self) -> torch.device:
        return self.sides[0].device

    def _embed_parts(self, coalitions: CoalitionMatrix) -> list[NDArray[np.float32]]:
        return [
            np.float32(weight) * side.embed(coalitions)
            for side, weight in zip(self.sides, self.weights, strict=True)
        ]

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> object:
        """Return what is left of the input of the first side, for a person to look at.

        Args:
            coalition: Of shape ``(n_players,)``.
        """
        return self.sides[0].shown(coalition)


class SummedSide(_CombinedSide):
    """The weighted sum of embeddings, for sides that embed in one space."""

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed coalitions, ``(m, n_players)``, to ``(m, d)``."""
        return np.sum(self._embed_parts(coalitions), axis=0, dtype=np.float32)

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> object:
        """Return what is left of every text, one after the other."""
        return " | ".join(str(side.shown(coalition)) for side in self.sides)


class ConcatenatedSide(_CombinedSide):
    """The weighted embeddings one after the other, for sides that embed in different spaces."""

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed coalitions, ``(m, n_players)``, to ``(m, d_1 + d_2 + ...)``."""
        return np.hstack(self._embed_parts(coalitions))


class FrozenSide(Side):
    """A side without players: the whole input always stays."""

    def __init__(self, side: Side) -> None:
        """Freeze a side."""
        self.player_names = ()
        self._side, self.kind = side, side.kind

    @property
    @override
    def n_passes(self) -> int:
        return self._side.n_passes

    @property
    @override
    def device(self) -> torch.device:
        return self._side.device

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed coalitions without players, ``(m, 0)``, to ``(m, d)``."""
        everyone = np.ones((1, self._side.n_players), dtype=bool)
        return self._side.embed(everyone).repeat(len(coalitions), axis=0)

    @override
    def shown(self, coalition: NDArray[np.bool_]) -> object:
        """Return the whole input."""
        return self._side.shown(np.ones(self._side.n_players, dtype=bool))


def joint_names(names: Sequence[Sequence[str]]) -> list[str]:
    """Name players after all their names, and once where these are equal.

    >>> joint_names([["a", "dog"], ["a", "cat"]])
    ['a', 'dog | cat']
    """
    return [" | ".join(dict.fromkeys(own)) for own in zip(*names, strict=True)]
