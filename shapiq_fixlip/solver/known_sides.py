"""The function of one side as far as it is known, and the derivatives of a game of two of them.

Other than the fits of :mod:`shapiq_fixlip.solver.side_fit`, which hold at one ``p``, a known side
has expected derivatives (:mod:`shapiq_fixlip.solver.derivatives`) at every ``p``, as Shapley values
need them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.basis import DegreeBasis
from shapiq_fixlip.solver.derivatives import derivatives_of_all, positions_of
from shapiq_fixlip.solver.r2 import share_explained

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "EnumeratedSide",
    "KnownSide",
    "Prediction",
    "joint_derivatives_up_to",
    "share_predicted",
]


@dataclass(frozen=True)
class Prediction:
    """How well coalitions are predicted that were left out.

    Attributes:
        values: The vectors of some coalitions, of shape ``(m, d)``.
        predicted: The same, predicted from all other coalitions.
        weights: Of the coalitions, of shape ``(m,)``, summing to one.
    """

    values: FloatArray
    predicted: FloatArray
    weights: FloatArray


class KnownSide(ABC):
    """The function of one side, as far as it is known: vectors of coalitions of ``n`` players."""

    n: int

    @abstractmethod
    def singles(self, p: float) -> FloatArray:
        """Return the derivatives at ``p`` of no player and of each, of shape ``(1 + n, d)``."""

    @abstractmethod
    def pairs(self, p: float, vector: FloatArray) -> FloatArray:
        """Return the derivatives at ``p`` of all pairs of players, times a vector.

        Args:
            p: Probability of the other players to be present, 0 to 1.
            vector: Of shape ``(d,)``.

        Returns:
            In lexicographic order, of shape ``(n (n - 1) / 2,)``.
        """

    @abstractmethod
    def left_out(self) -> Prediction:
        """Predict coalitions from the others; they are drawn as for Shapley values."""


class EnumeratedSide(KnownSide):
    """A side of which all coalitions are known, in the order of ``enumerate_coalitions``."""

    def __init__(self, sample: Sample, values: FloatArray) -> None:
        """Keep the coalitions and their vectors, of shape ``(2^n, d)``."""
        self.n = sample.coalitions.shape[1]
        self._sample, self._values = sample, values
        subsets = DegreeBasis(self.n, 0.5, 2).subsets
        none, singles, pairs = map(positions_of, subsets)
        self._singles, self._pairs = np.concatenate([none, singles]), pairs

    def singles(self, p: float) -> FloatArray:
        """Return the derivatives at ``p`` of no player and of each, of shape ``(1 + n, d)``."""
        return derivatives_of_all(self._values, p)[self._singles]

    def pairs(self, p: float, vector: FloatArray) -> FloatArray:
        """Return the derivatives at ``p`` of all pairs of players, times a vector."""
        return derivatives_of_all((self._values @ vector)[:, None], p)[self._pairs, 0]

    def left_out(self) -> Prediction:
        """Return the function itself: nothing is estimated, so nothing is left out."""
        return Prediction(self._values, self._values, self._sample.weights)


def joint_derivatives_up_to(
    first: KnownSide, second: KnownSide, p: float, max_order: int
) -> FloatArray:
    """Return the derivatives of the game at ``p``, ordered by size, then lexicographically.

    Those of single players, and with ``max_order`` 2 those of pairs: a side that is not enumerated
    gives the latter only times a vector, other than the tables of ``joint_derivatives``.
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


def share_predicted(first: KnownSide, second: KnownSide) -> float:
    """Return the R² of predicting pairs of coalitions that were left out."""
    sides = [side.left_out() for side in (first, second)]
    if not all(len(side.weights) for side in sides):
        return float("nan")
    means = [side.weights @ side.values for side in sides]

    def mean_product(left: str, right: str) -> float:
        """Return the mean over all pairs of the product of two values of the game."""
        moments = [
            getattr(side, left).T @ (side.weights[:, None] * getattr(side, right)) for side in sides
        ]
        return float(np.sum(moments[0] * moments[1]))

    square = mean_product("values", "values")
    total = square - float(means[0] @ means[1]) ** 2
    unexplained = square - 2 * mean_product("values", "predicted")
    unexplained += mean_product("predicted", "predicted")
    return share_explained(unexplained=unexplained, total=total, square=square)
