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
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.solver.mixture import Expected
from shapiq_fixlip.solver.subsets import Extended, all_subsets, some_subsets
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
    from shapiq_fixlip.solver.mixture import ProductMixture
    from shapiq_fixlip.solver.subsets import Subsets

__all__ = ["Parts", "PriorCovariances"]

_CORRELATION = 0.03
"""The correlation of any two coefficients of an even function of degree 2.

In encoders they share signs: in long runs of an embedded model, the squared mean of pairs of
patches is 2.4 to 3.5 % of their mean square. Of degree k it is the power k / 2, as if a coefficient
were a product of independent strengths of its players. By ``benchmarks/coverage.py``, with 0
intervals of single patches of the model cover too seldom, with 0.1 those of games of the third
order are too wide.
"""


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
    ) -> Iterator[tuple[Subsets, torch.Tensor]]:
        """Yield some sets of players and the covariances of their parts with values of coalitions.

        Args:
            mixture: The covariance of values.
            coalitions: Zeros and ones, of shape ``(m, n)``.
            size: The number of players of the sets.
            chosen: Some sets, of shape ``(q, size)``. Default: all, in lexicographic order.

        Yields:
            Sets, and their covariances, of shape ``(parts, m, q)``.
        """
        m, n = coalitions.shape
        n_more = self.max_degree - size
        n_numbers = len(self.index.nodes) * (n_more + 1) * m
        at_nodes = [
            _AtNode(Expected(mixture, coalitions, node), factor, n_more)
            for node, factor in zip(self.index.nodes, self.index.factors, strict=True)
        ]
        if chosen is None:
            chunks = all_subsets(n, size, n_numbers, coalitions.device)
        else:
            chunks = some_subsets(chosen, n_numbers)
        for subsets in chunks:
            found = [at_node.covariances(subsets) for at_node in at_nodes]
            yield subsets, torch.cat(found) if len(found) > 1 else found[0]

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

    def of_degrees(
        self, mixture: ProductMixture, coalitions: torch.Tensor, others: torch.Tensor
    ) -> torch.Tensor:
        """Return the covariances of the parts of a function by degree with its values.

        The part of a degree ``t`` at a coalition is the sum of ``D_T prod_(i in T) (a_i - p)`` over
        all sets ``T`` of ``t`` players, with ``a_i`` one or zero and ``p`` the only node.

        Args:
            mixture: The covariance of values.
            coalitions: Where the parts are taken, zeros and ones, of shape ``(m, n)``.
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

    def even_part_value_covariances(
        self, p: float, coalitions: torch.Tensor, subsets: Subsets
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return those of :meth:`covariances` for a function of the highest degree, as two factors.

        Its coefficients of the products ``z_T`` of ``max_degree`` players, standardised at ``p``,
        have the same variance, together one, and any two of them the same correlation.

        Returns:
            A scale for each part, of shape ``(parts,)``, and a table for all, ``(m, q)``.
        """
        n, size = coalitions.shape[1], subsets.players.shape[1]
        z = (coalitions - p) / math.sqrt(p * (1 - p))
        sums = subsets.products(z)
        if size < self.max_degree:
            around = symmetric(z, self.max_degree - size)
            sums = sums * without(around, z[:, subsets.players])[-1]
        of_all = math.comb(n - size, self.max_degree - size) * symmetric(z, self.max_degree)[-1]
        sums *= 1 - self._correlation
        sums += self._correlation * of_all[:, None]
        return self._even_scales(p, size).to(z) / math.comb(n, self.max_degree), sums

    def even_part_covariance(self, p: float, n: int, size: int) -> torch.Tensor:
        """Return that of :class:`PriorCovariances` for the same function, ``(parts, parts)``."""
        scales = self._even_scales(p, size)
        n_sets = math.comb(n - size, self.max_degree - size)
        variance = (1 - self._correlation) * n_sets + self._correlation * n_sets**2
        return torch.outer(scales, scales) * variance / math.comb(n, self.max_degree)

    def even_value_covariance(self, p: float, coalitions: torch.Tensor) -> torch.Tensor:
        """Return the covariance of the values of this function, of shape ``(m, m)``."""
        z = (coalitions - p) / math.sqrt(p * (1 - p))
        power_sums = [z**power @ (z**power).T for power in range(1, self.max_degree + 1)]
        apart = from_power_sums(z.new_ones(len(z), len(z)), power_sums)[-1]
        sums = symmetric(z, self.max_degree)[-1]
        both = (1 - self._correlation) * apart + self._correlation * torch.outer(sums, sums)
        return both / math.comb(z.shape[1], self.max_degree)

    @property
    def _correlation(self) -> float:
        """The correlation of any two coefficients of an even function."""
        return _CORRELATION ** (self.max_degree / 2)

    def _even_scales(self, p: float, size: int) -> torch.Tensor:
        """Return the parts of a set of players of any product ``z_T`` with all of them in ``T``.

        ``T`` has the highest degree. At a node that is not ``p`` its product has expected
        derivatives of lower degree, too.
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

    def covariances(self, subsets: Subsets) -> torch.Tensor:
        """Return those of the parts of some sets, of shape ``(parts, m, q)``."""
        if isinstance(subsets, Extended):
            return self._of_extended(subsets.firsts, subsets.lasts)
        of_sets = self._of_sets(subsets.players)
        return of_sets.sum(dim=1)

    def _of_sets(self, players: torch.Tensor) -> torch.Tensor:
        """Return the same for each product of the mixture, ``(parts, r, m, q)``."""
        ratios = self._expected.ratios_of(players)
        left = without(self._polynomials, self._factor * ratios)
        return left * (self._expected.expectations[..., None] * ratios.prod(dim=-1))

    def _of_extended(self, firsts: torch.Tensor, lasts: torch.Tensor) -> torch.Tensor:
        """Leave the last player out of the sums over larger sets by a geometric series.

        So all of them take one matrix product for each coalition.
        """
        left = self._of_sets(firsts).permute(2, 3, 0, 1)  # (m, f, k, r)
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
        table = mixture.factors
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
