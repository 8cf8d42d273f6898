"""Indices of interactions as sums of expected derivatives.

With ``D_T(p)`` the expected derivative of :mod:`shapiq_fixlip.solver.derivatives`, every index of
this package is

    e_L = sum_g weight_g sum_(T >= L, |T| <= max_order) factor_g^(|T|-|L|) D_T(node_g).

Faithful Banzhaf interactions have one node ``p`` with factor ``-p``; Shapley interactions (SII)
have the nodes of a quadrature with factor 0; their aggregation k-SII has factor -1/2.

For ``T = A + B`` the derivative of a separable game is an inner product of those of its sides. So
an interaction is a sum of inner products of *parts*, of which each side has one for every node and
every degree ``t``: ``x_(g,t)(A) = factor_g^(t-|A|) sum_(T >= A, |T| = t) D_T f(node_g)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapiq_fixlip.solver.derivatives import shapley_nodes

__all__ = ["DerivativeIndex", "faithful_index", "shapley_index"]

_AGGREGATION = -0.5
"""The first Bernoulli number, with which k-SII of order 2 adds pairs to single players."""


@dataclass(frozen=True)
class DerivativeIndex:
    """An index of interactions as a sum of expected derivatives.

    Attributes:
        nodes: Presence probabilities.
        weights: Of the nodes.
        factors: For each node, what a derivative is multiplied by for every player beyond those of
            the interaction.
    """

    nodes: tuple[float, ...]
    weights: tuple[float, ...]
    factors: tuple[float, ...]

    @property
    def predicts_values(self) -> bool:
        """Whether interactions predict the values of coalitions drawn at the only node."""
        return len(self.nodes) == 1


def faithful_index(p: float) -> DerivativeIndex:
    """Return the index of faithful weighted Banzhaf interactions."""
    return DerivativeIndex((p,), (1.0,), (-p,))


def shapley_index(n_players: int, *, is_aggregated: bool = False) -> DerivativeIndex:
    """Return the Shapley interaction index, or its aggregation of order 2.

    Args:
        n_players: The most players for which the quadrature is exact.
        is_aggregated: Whether it is k-SII; its value of no player is then not that of ``e_()``.
            Default ``False``.
    """
    nodes, weights = shapley_nodes(n_players)
    factors = np.full(len(nodes), _AGGREGATION if is_aggregated else 0.0)
    return DerivativeIndex(tuple(nodes.tolist()), tuple(weights.tolist()), tuple(factors.tolist()))
