"""Parts of interactions as linear functionals of a side whose covariance is known.

A part of :mod:`shapiq_fixlip.solver.derivative_index` sums expected derivatives of a function of
coalitions. If the covariance of this function is a mixture of products over players, so are those
of its parts with its values and with each other: the expectation of a product over independent
players is the product of their expectations. Sums over all larger sets of players are elementary
symmetric polynomials.

Parts of one set of players are ordered by node, then by degree, from the size of the set on.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.solver.mixture import Expected
from shapiq_fixlip.solver.set_chunks import ExtendedSets, all_chunks, listed_chunks
from shapiq_fixlip.solver.symmetric import (
    from_power_sums,
    symmetric_of_two,
    without,
    without_of_two,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.mixture import ProductMixture
    from shapiq_fixlip.solver.set_chunks import SetChunk

__all__ = ["Parts", "PriorCovariances"]


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
        self,
        mixture: ProductMixture,
        coalitions: torch.Tensor,
        size: int,
        chosen: torch.Tensor | None = None,
    ) -> Iterator[tuple[SetChunk, torch.Tensor]]:
        """Yield some sets of players and the covariances of their parts with values of coalitions.

        Args:
            mixture: The covariance of values.
            coalitions: Zeros and ones, of shape ``(m, n)``.
            size: The number of players of the sets.
            chosen: Some sets, of shape ``(q, size)``. Default: all, in lexicographic order.

        Yields:
            A chunk of sets, fillers included, and their covariances, of shape ``(parts, m, q)``.
        """
        m, n = coalitions.shape
        n_more = self.max_degree - size
        n_numbers = len(self.index.nodes) * (n_more + 1) * m
        at_nodes = [
            _AtNode(Expected(mixture, coalitions, node), factor, n_more)
            for node, factor in zip(self.index.nodes, self.index.factors, strict=True)
        ]
        if chosen is None:
            chunks = all_chunks(n, size, n_numbers, coalitions.device)
        else:
            chunks = listed_chunks(chosen, n_numbers)
        for sets in chunks:
            found = [at_node.covariances(sets) for at_node in at_nodes]
            yield sets, torch.cat(found) if len(found) > 1 else found[0]

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
            for whole, ratios in Expected(mixture, coalitions, node).products():
                found += (ratios * (weights * whole)[:, None]).T @ ratios
        first, second = torch.triu_indices(n, n, 1, device=found.device)
        return found[first, second]

    def degree_covariances(
        self, mixture: ProductMixture, coalitions: torch.Tensor, others: torch.Tensor
    ) -> torch.Tensor:
        """Return the covariances of the components of a function by degree with its values.

        The component of a degree ``t`` at a coalition is the sum of ``D_T prod_(i in T) (a_i - p)``
        over all sets ``T`` of ``t`` players, with ``a_i`` one or zero and ``p`` the only node.

        Args:
            mixture: The covariance of values.
            coalitions: Where the components are taken, zeros and ones, of shape ``(m, n)``.
            others: Where the values are, of shape ``(m', n)``.

        Returns:
            Of shape ``(degrees, m, m')``, from degree 0 on.
        """
        (node,) = self.index.nodes
        found = coalitions.new_zeros(self.max_degree + 1, len(coalitions), len(others))
        for whole, ratios in Expected(mixture, others, node).products():
            power_sums = [
                (coalitions - node) ** power @ (ratios**power).T
                for power in range(1, self.max_degree + 1)
            ]
            found += from_power_sums(whole.expand(len(coalitions), -1), power_sums)
        return found


class _AtNode:
    """The covariances of parts at one node with values."""

    def __init__(self, expected: Expected, factor: float, n_more: int) -> None:
        """Prepare what all sets of players need.

        Args:
            expected: The expected covariances at the node.
            factor: The factor of the node.
            n_more: How many more players the largest sets have than the smallest.
        """
        self._expected, self._factor, self._n_more = expected, factor, n_more
        self._polynomials = expected.symmetric(factor, n_more)  # (k, r, m)

    def covariances(self, sets: SetChunk) -> torch.Tensor:
        """Return those of the parts of some sets, of shape ``(parts, m, q)``."""
        if isinstance(sets, ExtendedSets):
            return self._of_extended_sets(sets.firsts, sets.lasts)
        return self._of_products(sets.players).sum(dim=1)

    def _of_products(self, players: torch.Tensor) -> torch.Tensor:
        """Return the same for each product of the mixture, ``(parts, r, m, q)``."""
        ratios = self._expected.ratios_of(players)
        left = without(self._polynomials, self._factor * ratios)
        return left * (self._expected.expectations[..., None] * ratios.prod(dim=-1))

    def _of_extended_sets(self, firsts: torch.Tensor, lasts: torch.Tensor) -> torch.Tensor:
        """Leave the last player out of the sums over larger sets by a geometric series.

        So all of them take one matrix product for each coalition.
        """
        left = self._of_products(firsts).permute(2, 3, 0, 1)  # (m, f, k, r)
        right = self._of_lasts[..., lasts[0] : lasts[-1] + 1]
        m, f, n_parts, r = left.shape
        found = left.new_empty(n_parts, m, f, len(lasts))
        for degree in range(n_parts):
            lefts = left[:, :, : degree + 1].flip(2).flatten(2)
            torch.bmm(lefts, right[:, : (degree + 1) * r], out=found[degree])
        return found.flatten(2)

    @cached_property
    def _of_lasts(self) -> torch.Tensor:
        """The terms of the series for each player, of shape ``(m, k * r, n)``."""
        ratios = self._expected.ratios.transpose(0, 1)
        series = [ratios * (-self._factor * ratios) ** k for k in range(self._n_more + 1)]
        return torch.cat(series, dim=1)


class PriorCovariances:
    """The covariances of the parts of sets of players with each other."""

    def __init__(self, parts: Parts, mixture: ProductMixture, size: int) -> None:
        """Prepare what all sets need.

        Args:
            parts: The parts.
            mixture: The covariance of values.
            size: The number of players of the sets.
        """
        table = mixture.tables
        index = parts.index
        nodes, factors = table.new_tensor(index.nodes), table.new_tensor(index.factors)
        probabilities = torch.stack([1 - nodes, nodes], dim=1)
        change = table.new_tensor([-1.0, 1.0])
        # g and h are the nodes of both parts, r the products and i the players
        whole = torch.einsum("ga,hb,riab->ghri", probabilities, probabilities, table)
        first = torch.einsum("a,hb,riab->hri", change, probabilities, table)[None] / whole
        second = torch.einsum("ga,b,riab->gri", probabilities, change, table)[:, None] / whole
        self._both = torch.einsum("a,b,riab->ri", change, change, table) / whole
        self._more = (
            factors[:, None, None, None] * first,
            factors[:, None, None] * second,
            torch.outer(factors, factors)[..., None, None] * self._both,
        )
        self._polynomials = symmetric_of_two(*self._more, parts.max_degree - size)
        self._of_nobody = whole.log().sum(dim=-1).exp() * mixture.weights

    def of(self, players: torch.Tensor) -> torch.Tensor:
        """Return those of some sets, ``(q, size)``, of shape ``(q, parts, parts)``."""
        rest = without_of_two(self._polynomials, self._more, players)
        inside = self._of_nobody[..., None] * self._both[..., players].prod(dim=-1)
        found = torch.einsum("xyghrq,ghrq->qgxhy", rest, inside)
        return found.flatten(3, 4).flatten(1, 2)
