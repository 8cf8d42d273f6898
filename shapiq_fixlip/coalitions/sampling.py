"""Coalitions of one side.

Those of a fit keep every player independently with the same presence probability ``p``. Shapley
values are integrals over ``p``, so each of their coalitions is drawn at another ``p``. Those of a
sweep are drawn at several ``p`` in turn, to be weighted for any ``p``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "MixtureSample",
    "Sample",
    "distinct_rows",
    "draw_mixture",
    "draw_of_all_sizes",
    "draw_sample",
    "enumerate_coalitions",
    "enumerate_of_all_sizes",
    "enumerate_side",
    "probabilities",
]

_MIN_WEIGHT = 1e-12
"""The smallest weight of a draw at other ``p``, relative to the largest; all stay positive."""

_DRAWS_PER_COALITION = 64
"""The most draws for each coalition wanted; then the search for distinct ones ends.

Other numbers were not compared.
"""


@dataclass(frozen=True)
class Sample:
    """Distinct coalitions of one side, with the weights of a fit.

    Attributes:
        coalitions: Of shape ``(m, n)``; no row occurs twice.
        weights: Of shape ``(m,)``, positive, summing to one.
        is_exact: Whether every coalition of the side is included, with its exact probability.
        counts: How often each was drawn, of shape ``(m,)``; ``None`` for once.
        n_fixed: How many of the first coalitions were not drawn.
    """

    coalitions: CoalitionMatrix
    weights: FloatArray
    is_exact: bool
    counts: FloatArray | None = None
    n_fixed: int = 0

    def __len__(self) -> int:
        """Return the number of coalitions, which is the number of encoder passes they cost."""
        return len(self.coalitions)

    @property
    def repeats(self) -> FloatArray:
        """How often each coalition was drawn again, of shape ``(m,)``."""
        return np.zeros(len(self)) if self.counts is None else self.counts - 1


@dataclass(frozen=True)
class MixtureSample:
    """Distinct coalitions of one side, drawn at several ``p``, to be weighted for any ``p``.

    Attributes:
        coalitions: Of shape ``(m, n)``; no row occurs twice.
        counts: How often each was drawn, of shape ``(m,)``.
        origins: The presence probabilities at which they were drawn, equally often.
        is_exact: Whether every coalition of the side is included.
    """

    coalitions: CoalitionMatrix
    counts: FloatArray
    origins: tuple[float, ...]
    is_exact: bool

    def __len__(self) -> int:
        """Return the number of coalitions, which is the number of encoder passes they cost."""
        return len(self.coalitions)

    def at(self, p: float) -> Sample:
        """Weight the coalitions as if they had been drawn at ``p``."""
        weights = probabilities(self.coalitions, p)
        if not self.is_exact:
            weights = self.counts * self._ratios(p)
            weights = np.maximum(weights, _MIN_WEIGHT * weights.max())
        return Sample(self.coalitions, weights / weights.sum(), self.is_exact, self.counts)

    def effective_size(self, p: float) -> float:
        """Return the effective sample size: how many draws at ``p`` would tell as much."""
        if self.is_exact:
            return float(len(self))
        ratios = self._ratios(p)
        return float((self.counts @ ratios) ** 2 / (self.counts @ ratios**2))

    def _ratios(self, p: float) -> FloatArray:
        """Return likelihood ratios of ``p`` to the mixture, at an origin at most their number."""
        drawn = [_log_probabilities(self.coalitions, origin) for origin in self.origins]
        mixture = special.logsumexp(drawn, axis=0) - math.log(len(self.origins))
        return np.exp(_log_probabilities(self.coalitions, p) - mixture)


def distinct_rows(coalitions: CoalitionMatrix) -> tuple[np.ndarray, np.ndarray]:
    """Find the distinct rows of a matrix of coalitions.

    Args:
        coalitions: Of shape ``(m, n)``.

    Returns:
        The position of the first occurrence of every distinct row, in order of occurrence; and for
        every row the number of the distinct row that it equals, of shape ``(m,)``.
    """
    if not coalitions.shape[1]:  # without players all are equal
        return np.arange(min(len(coalitions), 1)), np.zeros(len(coalitions), dtype=np.intp)
    packed = np.ascontiguousarray(np.packbits(coalitions, axis=1))
    keys = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse]


def enumerate_coalitions(n: int) -> CoalitionMatrix:
    """Return all ``2^n`` coalitions; player ``i`` is in those rows whose bit ``i`` is set."""
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1


def probabilities(coalitions: CoalitionMatrix, p: float) -> FloatArray:
    """Return ``p^|S| (1-p)^(n-|S|)`` for every coalition, of shape ``(m,)``."""
    return np.exp(_log_probabilities(coalitions, p))


def _log_probabilities(coalitions: CoalitionMatrix, p: float) -> FloatArray:
    sizes = coalitions.sum(axis=1)
    return sizes * math.log(p) + (coalitions.shape[1] - sizes) * math.log1p(-p)


def enumerate_side(n: int, p: float) -> Sample:
    """Return all ``2^n`` coalitions with their probabilities ``p^|S| (1-p)^(n-|S|)``.

    >>> sample = enumerate_side(2, 0.3)
    >>> sample.coalitions.astype(int).tolist(), sample.weights.round(2).tolist()
    ([[0, 0], [1, 0], [0, 1], [1, 1]], [0.49, 0.21, 0.21, 0.09])
    """
    coalitions = enumerate_coalitions(n)
    weights = probabilities(coalitions, p)
    return Sample(coalitions, weights / weights.sum(), is_exact=True)


def draw_sample(n: int, p: float, size: int, rng: np.random.Generator) -> Sample:
    """Return coalitions of a side: all of them if ``size`` allows it, else distinct random ones.

    Random coalitions are drawn with replacement until ``size`` are distinct. The weight of each is
    proportional to how often it was drawn.

    Args:
        n: Number of players.
        p: Presence probability.
        size: The most coalitions wanted. Where nearly all draws are equal (``p`` close to 0 or 1),
            the search ends early with fewer.
        rng: The only source of randomness.
    """
    if size >= 2**n:
        return enumerate_side(n, p)
    drawn = np.empty((0, n), dtype=bool)
    while len(drawn) < size * _DRAWS_PER_COALITION:
        drawn = np.concatenate([drawn, rng.random((size, n)) < p])
        first, inverse = distinct_rows(drawn)
        if len(first) >= size:
            end = np.append(first, len(drawn))[size]  # the first draw that would be one too many
            first, inverse = first[:size], inverse[:end]
            break
    counts = np.bincount(inverse).astype(float)
    return Sample(drawn[first], counts / counts.sum(), is_exact=False, counts=counts)


def draw_mixture(
    n: int, origins: tuple[float, ...], size: int, rng: np.random.Generator
) -> MixtureSample:
    """Return coalitions drawn at several ``p`` in turn, or all of them if ``size`` allows it.

    Args:
        n: Number of players.
        origins: The presence probabilities.
        size: The number of draws, and the most coalitions wanted.
        rng: The only source of randomness.
    """
    if size >= 2**n:
        return MixtureSample(enumerate_coalitions(n), np.ones(2**n), origins, is_exact=True)
    drawn = rng.random((size, n)) < np.resize(origins, size)[:, None]
    first, inverse = distinct_rows(drawn)
    counts = np.bincount(inverse).astype(float)
    return MixtureSample(drawn[first], counts, origins, is_exact=False)


def enumerate_of_all_sizes(n: int) -> Sample:
    """Return all ``2^n`` coalitions with their probabilities if all sizes are equally likely.

    >>> sample = enumerate_of_all_sizes(2)
    >>> sample.coalitions.astype(int).tolist(), sample.weights.round(2).tolist()
    ([[0, 0], [1, 0], [0, 1], [1, 1]], [0.33, 0.17, 0.17, 0.33])
    """
    coalitions = enumerate_coalitions(n)
    weights = 1 / ((n + 1) * special.binom(n, coalitions.sum(axis=1)))
    return Sample(coalitions, weights, is_exact=True)


def draw_of_all_sizes(
    n: int, size: int, rng: np.random.Generator, *, max_fixed_share: float
) -> Sample:
    """Return coalitions of a side whose sizes are all about equally likely.

    The empty and the full coalition come first. Those of one player and of all but one player come
    next, if these ``2n + 2`` together are a small enough part of the sample. The others are drawn.

    Args:
        n: Number of players.
        size: The most coalitions wanted, less than ``2^n``. Where nearly all coalitions are wanted,
            the search ends early with fewer.
        rng: The only source of randomness.
        max_fixed_share: The largest share of the sample, 0 to 1, of coalitions that are not drawn.

    Returns:
        The coalitions, all of the same weight.
    """
    singles = np.eye(n, dtype=bool)
    bounds = np.array([[False], [True]]).repeat(n, axis=1)
    given = np.concatenate([bounds, singles, ~singles])
    if len(given) > max_fixed_share * size:
        given = bounds
    found = given
    n_draws = 0
    while len(found) < size and n_draws < size * _DRAWS_PER_COALITION:
        drawn = rng.random((size, n)) < rng.random((size, 1))
        found = np.concatenate([found, drawn])
        found = found[distinct_rows(found)[0]][:size]
        n_draws += size
    weights = np.full(len(found), 1 / len(found))
    return Sample(found, weights, is_exact=False, n_fixed=len(given))
