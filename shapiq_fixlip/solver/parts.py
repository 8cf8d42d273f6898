"""Parts of interactions as linear functionals of a side whose covariance is known.

A part of :mod:`shapiq_fixlip.solver.derivative_index` sums expected derivatives of a function of
coalitions. If the covariance of this function is a mixture of products over players, so are those
of its parts with its values and with each other: the expectation of a product over independent
players is the product of their expectations. Sums over all larger sets of players are elementary
symmetric polynomials.

Parts of one set of players are ordered by node, then by degree, from the size of the set on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.solver.symmetric import (
    from_power_sums,
    symmetric,
    symmetric_of_two,
    without,
    without_of_two,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.kernels import ProductMixture

__all__ = ["Parts"]


class Parts:
    """The parts of the interactions of one side.

    Attributes:
        index: The index that they belong to.
        max_degree: The most players of the side in an interaction.
    """

    def __init__(self, index: DerivativeIndex, max_degree: int) -> None:
        """Keep the index and the degree."""
        self.index, self.max_degree = index, max_degree

    def covariances(
        self, mixture: ProductMixture, coalitions: torch.Tensor, subsets: torch.Tensor
    ) -> torch.Tensor:
        """Return the covariances of parts with the values of coalitions.

        Args:
            mixture: The covariance of values.
            coalitions: Zeros and ones, of shape ``(m, n)``.
            subsets: Sets of players of one size, of shape ``(q, size)``.

        Returns:
            Of shape ``(parts, m, q)``.
        """
        n_more = self.max_degree - subsets.shape[1]
        found = []
        for node, factor in zip(self.index.nodes, self.index.factors, strict=True):
            of_node = coalitions.new_zeros(n_more + 1, len(coalitions), len(subsets))
            for whole, ratios in _products(mixture, coalitions, node):
                inside = whole[:, None]
                for players in subsets.T:  # far faster than one product over a third dimension
                    inside = inside * ratios[:, players]
                if n_more:
                    more = factor * ratios
                    inside = inside * without(symmetric(more, n_more), more, subsets)
                of_node += inside
            found.append(of_node)
        return torch.cat(found)

    def of_all_pairs(
        self, mixture: ProductMixture, coalitions: torch.Tensor, dual: torch.Tensor
    ) -> torch.Tensor:
        """Return weighted sums of the covariances of all pairs, if there are no larger sets.

        Args:
            mixture: The covariance of values.
            coalitions: Zeros and ones, of shape ``(m, n)``.
            dual: The weights for each node, of shape ``(nodes, m)``.

        Returns:
            Of shape ``(n (n - 1) / 2,)``, in lexicographic order.
        """
        n = coalitions.shape[1]
        found = coalitions.new_zeros(n, n)
        for node, weights in zip(self.index.nodes, dual, strict=True):
            for whole, ratios in _products(mixture, coalitions, node):
                found += (ratios * (weights * whole)[:, None]).T @ ratios
        first, second = torch.triu_indices(n, n, 1, device=found.device)
        return found[first, second]

    def of_degrees(
        self, mixture: ProductMixture, coalitions: torch.Tensor, others: torch.Tensor
    ) -> torch.Tensor:
        """Return the covariances of the parts of a function by degree with its values.

        The part of a degree ``t`` at a coalition is the sum of ``D_T prod_(i in T) (a_i - p)`` over
        all ``t`` players, with ``a_i`` one or zero and ``p`` the only node.

        Args:
            mixture: The covariance of values.
            coalitions: Where the parts are taken, zeros and ones, of shape ``(m, n)``.
            others: Where the values are, of shape ``(m', n)``.

        Returns:
            Of shape ``(degrees, m, m')``, from degree 0 on.
        """
        (node,) = self.index.nodes
        found = coalitions.new_zeros(self.max_degree + 1, len(coalitions), len(others))
        for whole, ratios in _products(mixture, others, node):
            power_sums = [
                (coalitions - node) ** power @ (ratios**power).T
                for power in range(1, self.max_degree + 1)
            ]
            found += from_power_sums(whole.expand(len(coalitions), -1), power_sums)
        return found

    def prior_covariances(self, mixture: ProductMixture, subsets: torch.Tensor) -> torch.Tensor:
        """Return the covariances of the parts of each set of players with each other.

        Args:
            mixture: The covariance of values.
            subsets: Sets of players of one size, of shape ``(q, size)``.

        Returns:
            Of shape ``(q, parts, parts)``.
        """
        n_more = self.max_degree - subsets.shape[1]
        table = mixture.factors
        nodes, factors = table.new_tensor(self.index.nodes), table.new_tensor(self.index.factors)
        chances = torch.stack([1 - nodes, nodes], dim=1)
        change = table.new_tensor([-1.0, 1.0])
        # g and h are the nodes of both parts, r the products and i the players
        whole = torch.einsum("ga,hb,riab->ghri", chances, chances, table)
        first = torch.einsum("a,hb,riab->hri", change, chances, table)[None] / whole
        second = torch.einsum("ga,b,riab->gri", chances, change, table)[:, None] / whole
        both = torch.einsum("a,b,riab->ri", change, change, table) / whole
        more = (
            factors[:, None, None, None] * first,
            factors[:, None, None] * second,
            torch.outer(factors, factors)[..., None, None] * both,
        )
        rest = without_of_two(symmetric_of_two(*more, n_more), more, subsets)
        inside = (whole.log().sum(dim=-1).exp() * mixture.weights)[..., None]
        inside = inside * both[..., subsets].prod(dim=-1)
        found = torch.einsum("xyghrq,ghrq->qgxhy", rest, inside)
        return found.flatten(3, 4).flatten(1, 2)

    def even_covariances(
        self, p: float, coalitions: torch.Tensor, subsets: torch.Tensor
    ) -> torch.Tensor:
        """Return those of :meth:`covariances` for a function of the highest degree.

        Its coefficients of the products ``z_T`` of ``max_degree`` players, standardised at ``p``,
        are independent and have the same variance, together one.
        """
        n, size = coalitions.shape[1], subsets.shape[1]
        deviation = math.sqrt(p * (1 - p))
        z = (coalitions - p) / deviation
        n_more = self.max_degree - size
        sums = without(symmetric(z, n_more), z, subsets)[-1] * z[:, subsets].prod(dim=2)
        scales = self._even_scales(p, size).to(z) / math.comb(n, self.max_degree)
        return scales[:, None, None] * sums

    def even_prior_covariance(self, p: float, n: int, size: int) -> torch.Tensor:
        """Return that of :meth:`prior_covariances` for the same function, ``(parts, parts)``."""
        scales = self._even_scales(p, size)
        n_more = self.max_degree - size
        return (
            torch.outer(scales, scales)
            * math.comb(n - size, n_more)
            / math.comb(n, self.max_degree)
        )

    def even_covariance(
        self, p: float, coalitions: torch.Tensor, others: torch.Tensor
    ) -> torch.Tensor:
        """Return the covariance of the values of this function, of shape ``(m, m')``."""
        deviation = math.sqrt(p * (1 - p))
        z, z_others = (coalitions - p) / deviation, (others - p) / deviation
        power_sums = [z**power @ (z_others**power).T for power in range(1, self.max_degree + 1)]
        one = z.new_ones(len(z), len(z_others))
        return from_power_sums(one, power_sums)[-1] / math.comb(z.shape[1], self.max_degree)

    def _even_scales(self, p: float, size: int) -> torch.Tensor:
        """Return what each part is of a product of the highest degree, but for left out players.

        At a node that is not ``p`` a product has expected derivatives of lower degree, too.
        """
        deviation = math.sqrt(p * (1 - p))
        highest = self.max_degree
        scales = [
            factor ** (degree - size)
            * math.comb(highest - size, degree - size)
            * ((node - p) / deviation) ** (highest - degree)
            / deviation**degree
            for node, factor in zip(self.index.nodes, self.index.factors, strict=True)
            for degree in range(size, highest + 1)
        ]
        return torch.tensor(scales, dtype=torch.float64)


def _products(
    mixture: ProductMixture, coalitions: torch.Tensor, node: float
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield the expected covariance with each coalition under each product of a mixture.

    Yields:
        The expectation when every player is present with probability ``node``, ``(m,)``; and by
        what a derivative with respect to each player multiplies it, ``(m, n)``.
    """
    is_present = coalitions > 0
    for weight, factors in zip(mixture.weights, mixture.factors, strict=True):
        expected = (1 - node) * factors[:, 0] + node * factors[:, 1]
        ratios = (factors[:, 1] - factors[:, 0]) / expected
        logarithms = torch.where(is_present, expected[:, 1].log(), expected[:, 0].log())
        yield (
            weight * logarithms.sum(dim=1).exp(),
            torch.where(is_present, ratios[:, 1], ratios[:, 0]),
        )
