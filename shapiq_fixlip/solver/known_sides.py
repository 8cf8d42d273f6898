"""Sides with expected derivatives at every ``p``, and the derivatives of a game of two of them.

The fits of :mod:`shapiq_fixlip.solver.side_fit` hold at one ``p``. Shapley values need the
derivatives (:mod:`shapiq_fixlip.solver.derivatives`) at every ``p``, which a known side has.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip.solver.basis import subsets_up_to
from shapiq_fixlip.solver.derivatives import derivatives_of
from shapiq_fixlip.solver.r2 import r2_of_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "EnumeratedSide",
    "HeldOut",
    "KnownSide",
    "joint_derivatives_up_to",
    "r2_of_known_sides",
]


@dataclass(frozen=True)
class HeldOut:
    """Coalitions that were held out, with their predictions.

    Attributes:
        values: The embeddings of these coalitions, of shape ``(m, d)``.
        predicted: The same, each predicted from all other coalitions.
        weights: Of the coalitions, of shape ``(m,)``, summing to one.
    """

    values: FloatArray
    predicted: FloatArray
    weights: FloatArray


class KnownSide(ABC):
    """The function of one side of ``n`` players, from coalitions to embeddings."""

    n: int

    @abstractmethod
    def singles(self, p: float) -> FloatArray:
        """Return the derivatives at ``p`` of no player and of each, of shape ``(1 + n, d)``."""

    @abstractmethod
    def pairs(self, p: float, vector: FloatArray) -> FloatArray:
        """Return the derivatives at ``p`` of all pairs of players, times a vector.

        Args:
            p: Presence probability of the other players, 0 to 1.
            vector: Of shape ``(d,)``.

        Returns:
            In lexicographic order, of shape ``(n (n - 1) / 2,)``.
        """

    @abstractmethod
    def hold_out(self) -> HeldOut:
        """Predict each coalition from the others; they are drawn as for Shapley values."""


class EnumeratedSide(KnownSide):
    """A side of which all coalitions are known, in the order of ``enumerate_coalitions``."""

    def __init__(self, sample: Sample, values: FloatArray) -> None:
        """Keep the coalitions and their embeddings, of shape ``(2^n, d)``."""
        self.n = sample.coalitions.shape[1]
        self._sample, self._values = sample, values
        self._none, self._singles, self._pairs = subsets_up_to(self.n, 2)

    @override
    def singles(self, p: float) -> FloatArray:
        return derivatives_of(self._values, [self._none, self._singles], p)

    @override
    def pairs(self, p: float, vector: FloatArray) -> FloatArray:
        return derivatives_of((self._values @ vector)[:, None], [self._pairs], p)[:, 0]

    @override
    def hold_out(self) -> HeldOut:
        """Return the function itself: nothing is estimated, so nothing is held out."""
        return HeldOut(self._values, self._values, self._sample.weights)


def joint_derivatives_up_to(
    first: KnownSide, second: KnownSide, p: float, max_order: int
) -> FloatArray:
    """Return the derivatives of the game at ``p``, ordered by size, then lexicographically.

    They are those of the empty set and of single players, with ``max_order`` 2 also of pairs.
    ``joint_derivatives`` takes tables of all sets; a side that is not enumerated has none, and
    gives derivatives of pairs only times a vector.
    """
    singles_first, singles_second = first.singles(p), second.singles(p)
    joint = singles_first @ singles_second.T
    found = [joint[:1, 0], joint[1:, 0], joint[0, 1:]]
    if max_order > 1:
        pairs = np.zeros((first.n + second.n,) * 2)
        pairs[: first.n, first.n :] = joint[1:, 1:]
        pairs[: first.n, : first.n][np.triu_indices(first.n, 1)] = first.pairs(p, singles_second[0])
        pairs[first.n :, first.n :][np.triu_indices(second.n, 1)] = second.pairs(
            p, singles_first[0]
        )
        found.append(pairs[np.triu_indices(len(pairs), 1)])
    return np.concatenate(found)


def r2_of_known_sides(first: KnownSide, second: KnownSide) -> float:
    """Return the R² of predicting pairs of held-out coalitions; NaN if none are held out."""
    sides = [side.hold_out() for side in (first, second)]
    if not all(len(side.weights) for side in sides):
        return float("nan")
    means = [side.weights @ side.values for side in sides]

    square = _mean_product(sides, [(side.values, side.values) for side in sides])
    crossed = _mean_product(sides, [(side.values, side.predicted) for side in sides])
    predicted = _mean_product(sides, [(side.predicted, side.predicted) for side in sides])
    total = square - float(means[0] @ means[1]) ** 2
    unexplained = square - 2 * crossed + predicted
    return r2_of_sums(unexplained=unexplained, total=total, square=square)


def _mean_product(
    sides: Sequence[HeldOut], vectors: Sequence[tuple[FloatArray, FloatArray]]
) -> float:
    """Return the mean product of two values of the game over all pairs of coalitions.

    Args:
        sides: The coalitions that were held out of each side.
        vectors: For each side the embeddings behind the first value and behind the second one.
    """
    moments = [
        one.T @ (side.weights[:, None] * other)
        for side, (one, other) in zip(sides, vectors, strict=True)
    ]
    return float(np.sum(moments[0] * moments[1]))
