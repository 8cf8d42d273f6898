"""Indices of interactions as sums of expected derivatives.

With ``D_T(p)`` the expected derivative of :mod:`shapiq_fixlip.solver.derivatives`, every index that
is fitted here is

    e_L = sum_g weight_g(|L|) sum_(T >= L, |T| <= max_order) factor_g^(|T|-|L|) D_T(node_g).

Faithful Banzhaf interactions have one node ``p`` with factor ``-p``, Banzhaf interactions with
factor 0. Indices that generalise the Shapley value are integrals of ``D_L(p)`` over ``p``, with a
density for each number of players: their nodes are those of a quadrature, with factor 0.

For ``T = A + B`` the derivative of a separable game is an inner product of those of its sides. So
an interaction is a sum of inner products of *parts*, of which each side has one for every node and
every degree ``t``: ``x_(g,t)(A) = factor_g^(t-|A|) sum_(T >= A, |T| = t) D_T f(node_g)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import Polynomial

from shapiq_fixlip.solver.derivatives import shapley_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "DerivativeIndex",
    "chaining_index",
    "derivatives_at",
    "faithful_index",
    "faithful_shapley_index",
    "fourier_index",
    "k_additive_index",
    "shapley_index",
    "taylor_index",
]

_NOTHING = Polynomial([0])
"""The density of interactions that are not integrals, such as the value of no player."""

_AT_NOBODY = 1e-15
"""A node in the place of zero, at which ratios of probabilities are finite."""

_AGGREGATION = -0.5
"""The first Bernoulli number, with which k-SII of order 2 adds pairs to single players."""


@dataclass(frozen=True)
class DerivativeIndex:
    """An index of interactions as a sum of expected derivatives.

    Attributes:
        nodes: Presence probabilities.
        weights: Of the nodes, for interactions of no player, of one, and so on; the last ones are
            those of all larger numbers, too.
        factors: For each node, what a derivative is multiplied by for every player beyond those of
            the interaction.
    """

    nodes: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    factors: tuple[float, ...]

    @property
    def predicts_values(self) -> bool:
        """Whether there is one node, at which the fit of these derivatives predicts values."""
        return len(self.nodes) == 1

    def weights_of(self, size: int) -> FloatArray:
        """Return the weights of the nodes for interactions of so many players."""
        return np.array(self.weights[min(size, len(self.weights) - 1)])


def faithful_index(p: float) -> DerivativeIndex:
    """Return the index of faithful weighted Banzhaf interactions."""
    return DerivativeIndex((p,), ((1.0,),), (-p,))


def derivatives_at(p: float) -> DerivativeIndex:
    """Return the index of expected derivatives at ``p``: weighted Banzhaf interactions.

    They are the Möbius coefficients at 0, and the co-Möbius coefficients at 1.
    """
    return DerivativeIndex((p,), ((1.0,),), (0.0,))


def fourier_index(max_order: int) -> DerivativeIndex:
    """Return the index of Fourier coefficients: ``(-1/2)^|L| D_L(1/2)``."""
    weights = tuple(((-0.5) ** size,) for size in range(max_order + 1))
    return DerivativeIndex((0.5,), weights, (0.0,))


def shapley_index(n_players: int, *, is_aggregated: bool = False) -> DerivativeIndex:
    """Return the Shapley interaction index (SII), or its aggregation of order 2 (k-SII).

    Args:
        n_players: The most players for which the quadrature is exact.
        is_aggregated: Whether it is k-SII; its value of no player is then not that of ``e_()``.
            Default ``False``.
    """
    return _integrated(n_players, [Polynomial([1])], factor=_AGGREGATION if is_aggregated else 0.0)


def chaining_index(n_players: int, max_order: int) -> DerivativeIndex:
    """Return the chaining interaction index (CHII), with density ``s p^(s-1)`` for ``s`` players.

    Args:
        n_players: The most players for which the quadrature is exact.
        max_order: The most players of an interaction.
    """
    densities = [size * _p() ** (size - 1) for size in range(1, max_order + 1)]
    return _integrated(n_players, [_NOTHING, *densities])


def taylor_index(n_players: int, max_order: int) -> DerivativeIndex:
    """Return the Shapley-Taylor interaction index (STII).

    Those of fewer than ``max_order`` players are derivatives at the empty coalition. Those of the
    highest order ``k`` have density ``k (1-p)^(k-1)``.

    Args:
        n_players: The most players for which the quadrature is exact.
        max_order: The most players of an interaction.
    """
    density = max_order * (1 - _p()) ** (max_order - 1)
    highest = _integrated(n_players, [density])
    at_nobody = (1.0, *[0.0] * len(highest.nodes))
    weights = [at_nobody] * max_order + [(0.0, *highest.weights[0])]
    return DerivativeIndex((_AT_NOBODY, *highest.nodes), tuple(weights), (0.0, *highest.factors))


def faithful_shapley_index(n_players: int, max_order: int) -> DerivativeIndex:
    """Return the faithful Shapley interaction index (FSII), whose densities are polynomials.

    In Möbius coefficients ``m`` it is ``e_L = sum_(T >= L) c(|T|) m_T`` (Tsai et al., 2023),
    with ``c`` a rational function of ``|T|`` whose poles are 0, -1, ..., 1 - k for
    order ``k``. Each of its partial fractions ``r_i / (|T| + i)`` is an integral of
    ``r_i p^(|T|+i-1)``, and ``D_L(p) = sum_(T >= L) p^(|T|-|L|) m_T``.

    Args:
        n_players: The most players for which the quadrature is exact.
        max_order: The most players of an interaction.
    """
    return _integrated(n_players, _faithful_densities(max_order))


def k_additive_index(n_players: int) -> DerivativeIndex:
    """Return the k-additive Shapley values (kADD-SHAP) of order 2.

    They are FSII, and for single players half of all FSII of their pairs more. That is half of
    ``D_i + sum_j D_ij`` less half of ``D_i``, both at the nodes and with the weights of pairs.

    Args:
        n_players: The most players for which the quadrature is exact.
    """
    of_nobody, of_single, of_pair = _faithful_densities(2)
    apart = _integrated(n_players, [of_nobody, of_single - of_pair / 2, of_pair])
    together = _integrated(n_players, [_NOTHING, of_pair / 2, _NOTHING], factor=1.0)
    weights = zip(apart.weights, together.weights, strict=True)
    return DerivativeIndex(
        apart.nodes + together.nodes,
        tuple(left + right for left, right in weights),
        apart.factors + together.factors,
    )


def _p() -> Polynomial:
    return Polynomial([0, 1])


def _faithful_densities(order: int) -> list[Polynomial]:
    """Return the densities of FSII for no player, for one, and so on."""
    densities = [_NOTHING]
    for size in range(1, order + 1):
        numerator = math.factorial(order + size - 1)
        whole = numerator / (math.factorial(size - 1) * math.factorial(order - size))
        residues = [
            (-1) ** i
            * math.factorial(i + order)
            / (math.factorial(i + size) * math.factorial(i) * math.factorial(order - 1 - i))
            for i in range(order)
        ]
        densities.append(whole * Polynomial(residues) * _p() ** (size - 1))
    return densities


def _integrated(
    n_players: int, densities: Sequence[Polynomial], *, factor: float = 0.0
) -> DerivativeIndex:
    """Return the integrals of ``D_L(p)`` with a density for each number of players of ``L``."""
    degree = max(density.degree() for density in densities)
    nodes, weights = shapley_nodes(n_players + degree)
    return DerivativeIndex(
        tuple(nodes.tolist()),
        tuple(tuple((weights * density(nodes)).tolist()) for density in densities),
        (factor,) * len(nodes),
    )
