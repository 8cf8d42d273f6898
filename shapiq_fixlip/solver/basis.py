"""Products of standardised players, ordered by degree: the columns of every fit.

With ``a_i = 1`` where player ``i`` is present, ``z_i = (a_i - p) / sqrt(p (1 - p))`` has mean zero
and variance one when players are present independently with probability ``p``. The products ``z_T``
of different players are then orthonormal, and a function of degree ``d`` needs the products of at
most ``d`` of them. This module lists the products and turns their coefficients into interactions.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import chain, combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "DegreeBasis",
    "n_products",
    "positions",
    "products_of",
    "standardised",
    "subsets_up_to",
    "supersets",
]


def n_products(n: int, max_degree: int) -> int:
    """Return the number of products of up to ``max_degree`` of ``n`` players.

    >>> n_products(49, 2)
    1226
    """
    return sum(math.comb(n, degree) for degree in range(max_degree + 1))


def standardised(coalitions: CoalitionMatrix, p: float) -> FloatArray:
    """Return ``z``, of the shape of the coalitions."""
    return (coalitions.astype(np.float64) - p) / math.sqrt(p * (1 - p))


def products_of(z: FloatArray, subsets: np.ndarray) -> FloatArray:
    """Return the products ``z_T`` of sets of players ``(q, size)``, of shape ``(m, q)``."""
    columns = np.ones((len(z), len(subsets)))
    for players in subsets.T:
        columns *= np.take(z, players, axis=1)  # five times faster than z[:, players]
    return columns


class DegreeBasis:
    """The products ``z_T`` of up to ``max_degree`` players, by degree, then lexicographically.

    Attributes:
        n: Number of players.
        p: Presence probability.
        max_degree: The most players in one product.
        factor: What an expected derivative is multiplied by in interactions, for every player
            beyond those of the interaction.
        subsets: For every degree ``d`` the players of each product, of shape ``(q_d, d)``.
        ends: For every degree the number of products up to and including it.
    """

    def __init__(self, n: int, p: float, max_degree: int, factor: float | None = None) -> None:
        """List the products; a degree beyond the number of players has none.

        Args:
            n: Number of players.
            p: Presence probability.
            max_degree: The most players in one product.
            factor: See above. Default: ``-p``, for the interactions of the same function.
        """
        self.n, self.p, self.max_degree = n, p, max_degree
        self.factor = -p if factor is None else factor
        self.subsets = subsets_up_to(n, max_degree)
        self.ends = np.cumsum([len(subsets) for subsets in self.subsets]).tolist()

    def degree_slice(self, degree: int) -> slice:
        """Return the place of the products of one degree among all products."""
        return slice(self.ends[degree - 1] if degree else 0, self.ends[degree])

    def columns(self, z: FloatArray) -> FloatArray:
        """Return all products at standardised coalitions ``(m, n)``, of shape ``(m, q)``."""
        return np.hstack([products_of(z, subsets) for subsets in self.subsets])

    def interactions(self, coefficients: FloatArray) -> FloatArray:
        """Turn coefficients of the products into interactions.

        A function is both ``sum_T c_T z_T`` and ``sum_L e_L a_L`` with ``a_L`` the product of the
        indicators. The expected derivative of ``z_T`` is ``(p (1-p))^(-|T|/2)``, and with those of
        the function, ``D_T``, ``e_L = sum_{T >= L} (-p)^(|T|-|L|) D_T``. Another factor than ``-p``
        gives other interactions than those of the same function, 0 the derivatives themselves.

        Args:
            coefficients: Of shape ``(ends[max_degree], r)``, one function in each column.

        Returns:
            The interactions ``e``, of the same shape.
        """
        degrees = np.repeat(np.arange(self.max_degree + 1), [len(sets) for sets in self.subsets])
        scales = (self.p * (1 - self.p)) ** (-degrees / 2)
        return self._interactions_of_derivatives @ (scales[:, None] * coefficients)

    @cached_property
    def _interactions_of_derivatives(self) -> sparse.csr_array:
        """Return the sparse matrix with ``factor^(|T|-|L|)`` in row ``L`` and column ``T``."""
        degrees = range(self.max_degree + 1)
        blocks = [
            [
                self.factor ** (degree - size) * supersets(self.subsets, size, degree)
                if degree >= size
                else None
                for degree in degrees
            ]
            for size in degrees
        ]
        return sparse.block_array(blocks, format="csr")


def subsets_up_to(n: int, max_degree: int) -> list[np.ndarray]:
    """Return the sets of up to ``max_degree`` of ``n`` players, each size in lexicographic order.

    Returns:
        One array of shape ``(q_d, d)`` for each size ``d``, from 0 on.

    >>> [subsets.tolist() for subsets in subsets_up_to(3, 2)]
    [[[]], [[0], [1], [2]], [[0, 1], [0, 2], [1, 2]]]
    """
    return [_subsets(n, degree) for degree in range(max_degree + 1)]


def supersets(subsets: list[np.ndarray], size: int, degree: int) -> sparse.csr_array:
    """Return which sets contain which.

    Args:
        subsets: All sets of players by size, as :func:`subsets_up_to` lists them.
        size: The size of the smaller sets.
        degree: The size of the larger sets.

    Returns:
        Ones where the set of a row is in the set of a column, of shape ``(q_size, q_degree)``.
    """
    n, larger = len(subsets[1]) if len(subsets) > 1 else 0, subsets[degree]
    rows = [
        positions(subsets[size], larger[:, kept], n) for kept in combinations(range(degree), size)
    ]
    columns = np.tile(np.arange(len(larger)), len(rows))
    shape = (len(subsets[size]), len(larger))
    return sparse.csr_array((np.ones(len(columns)), (np.concatenate(rows), columns)), shape=shape)


def positions(known: np.ndarray, subsets: np.ndarray, n: int) -> np.ndarray:
    """Return the places of sets of players among all of their size, in lexicographic order."""
    digits = n ** np.arange(known.shape[1])[::-1]
    return np.searchsorted(known @ digits, subsets @ digits)


def _subsets(n: int, degree: int) -> np.ndarray:
    count = math.comb(n, degree)
    players = chain.from_iterable(combinations(range(n), degree))
    return np.fromiter(players, np.int64, count * degree).reshape(count, degree)
