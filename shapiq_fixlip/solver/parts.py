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
from torch.nn.functional import pad

from shapiq_fixlip.solver.basis import subsets_up_to
from shapiq_fixlip.solver.mixture import Expected
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

__all__ = ["Parts"]

_CORRELATION = 0.03
"""The correlation of any two coefficients of an even function of degree 2.

In encoders they share signs: in long runs of an embedded model, the squared mean of pairs of
patches is 2.4 to 3.5 % of their mean square. Of degree k it is the power k / 2, as if a coefficient
were a product of independent strengths of its players. By ``benchmarks/coverage.py``, with 0
intervals of single patches of the model cover too seldom, with 0.1 those of games of the third
order are too wide.
"""

_CHUNK = 2**22
"""Numbers in the tables that are built at once, 32 MiB."""


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
        self, mixture: ProductMixture, coalitions: torch.Tensor, size: int
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield some sets of players and the covariances of their parts with values of coalitions.

        Args:
            mixture: The covariance of values.
            coalitions: Zeros and ones, of shape ``(m, n)``.
            size: The number of players of the sets.

        Yields:
            Sets of shape ``(q, size)``, in lexicographic order, and their covariances, of shape
            ``(parts, m, q)``.
        """
        n = coalitions.shape[1]
        if size == 0:
            nobody = torch.zeros(1, 0, dtype=torch.int64, device=coalitions.device)
            yield nobody, self._of_nobody(mixture, coalitions)
            return
        n_numbers = len(self.index.nodes) * (self.max_degree + 1 - size) * len(coalitions)
        all_firsts = torch.as_tensor(subsets_up_to(n, size - 1)[-1], device=coalitions.device)
        for firsts in all_firsts.split(max(1, _CHUNK // (n_numbers * n))):
            ends = pad(firsts, (1, 0), value=-1)[:, -1:]
            after = torch.arange(int(ends.min()) + 1, n, device=firsts.device)
            for lasts in after.split(max(1, _CHUNK // (n_numbers * len(firsts)))):
                rows, columns = (lasts > ends).nonzero(as_tuple=True)
                covariances = self._of_lasts(mixture, coalitions, firsts, lasts)
                subsets = torch.cat([firsts[rows], lasts[columns, None]], dim=1)
                yield subsets, covariances[..., rows, columns]

    def _of_nobody(self, mixture: ProductMixture, coalitions: torch.Tensor) -> torch.Tensor:
        """Return the covariances of the parts of the empty set, of shape ``(parts, m, 1)``."""
        found = []
        for node, factor in zip(self.index.nodes, self.index.factors, strict=True):
            expected = Expected(mixture, coalitions, node)
            found.append(
                (expected.expectations * expected.symmetric(factor, self.max_degree)).sum(dim=1)
            )
        return torch.cat(found)[..., None]

    def _of_lasts(
        self,
        mixture: ProductMixture,
        coalitions: torch.Tensor,
        firsts: torch.Tensor,
        lasts: torch.Tensor,
    ) -> torch.Tensor:
        """Return the covariances of the parts of sets of first players and one last player.

        The last one is left out of the sums over larger sets by a geometric series, so that all of
        them take two matrix products: for coalitions with and without it.

        Args:
            mixture: The covariance of values.
            coalitions: Zeros and ones, of shape ``(m, n)``.
            firsts: Sets of players, of shape ``(f, size - 1)``.
            lasts: Players, of shape ``(l,)``.

        Returns:
            Of shape ``(parts, m, f, l)``, meaningless where the last one is one of the first.
        """
        n_more = self.max_degree - firsts.shape[1] - 1
        found = []
        for node, factor in zip(self.index.nodes, self.index.factors, strict=True):
            expected = Expected(mixture, coalitions, node)
            of_firsts = expected.ratios_of(firsts)
            left = without(expected.symmetric(factor, n_more), factor * of_firsts)
            left *= expected.expectations[..., None] * of_firsts.prod(dim=-1)
            is_present = expected.is_present[:, None, lasts]
            for degree in range(n_more + 1):
                lefts = left[: degree + 1].flip(0)
                absent, present = (
                    torch.einsum(
                        "krmf,krl->mfl",
                        lefts,
                        torch.stack([ratios * (-factor * ratios) ** k for k in range(degree + 1)]),
                    )
                    for ratios in (expected.if_absent[:, lasts], expected.if_present[:, lasts])
                )
                found.append(torch.where(is_present, present, absent))
        return torch.stack(found)

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
        probabilities = torch.stack([1 - nodes, nodes], dim=1)
        change = table.new_tensor([-1.0, 1.0])
        # g and h are the nodes of both parts, r the products and i the players
        whole = torch.einsum("ga,hb,riab->ghri", probabilities, probabilities, table)
        first = torch.einsum("a,hb,riab->hri", change, probabilities, table)[None] / whole
        second = torch.einsum("ga,b,riab->gri", probabilities, change, table)[:, None] / whole
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

    def even_part_value_covariances(
        self, p: float, coalitions: torch.Tensor, subsets: torch.Tensor
    ) -> torch.Tensor:
        """Return those of :meth:`covariances` for a function of the highest degree.

        Its coefficients of the products ``z_T`` of ``max_degree`` players, standardised at ``p``,
        have the same variance, together one, and any two of them the same correlation.
        """
        n, size = coalitions.shape[1], subsets.shape[1]
        z = (coalitions - p) / math.sqrt(p * (1 - p))
        inside = z[:, subsets]
        around = without(symmetric(z, self.max_degree - size), inside)[-1] * inside.prod(dim=2)
        of_all = math.comb(n - size, self.max_degree - size) * symmetric(z, self.max_degree)[-1]
        sums = (1 - self._correlation) * around + self._correlation * of_all[:, None]
        scales = self._even_scales(p, size).to(z) / math.comb(n, self.max_degree)
        return scales[:, None, None] * sums

    def even_part_covariance(self, p: float, n: int, size: int) -> torch.Tensor:
        """Return that of :meth:`prior_covariances` for the same function, ``(parts, parts)``."""
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
