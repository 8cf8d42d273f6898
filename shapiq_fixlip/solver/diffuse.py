"""A diffuse function: of one degree, with its variance spread evenly over all sets of players.

It is a model of what a fit does not explain, of which a few hundred coalitions do not tell where it
is. Only errors use it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.solver.symmetric import from_power_sums, symmetric, without

if TYPE_CHECKING:
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.set_chunks import SetChunk

__all__ = ["Diffuse"]

_CORRELATION = 0.03
"""The correlation of any two coefficients of a diffuse function of degree 2.

In encoders they share signs: in long runs of an embedded model, the squared mean of pairs of
patches is 2.4 to 3.5 % of their mean square. Of degree k it is the power k / 2, as if a coefficient
were a product of independent strengths of its players. By ``benchmarks/coverage.py``, with 0
intervals of single patches of the model cover too seldom, with 0.1 those of games of the third
order are too wide.
"""


class Diffuse:
    """Covariances of a random function of coalitions and of its parts.

    Its coefficients of the products ``z_T`` of ``degree`` players, standardised at ``p``, have the
    same variance, together one, and any two of them the same correlation.

    Attributes:
        index: The index of interactions that the parts belong to.
        degree: The number of players of every product.
        p: The presence probability at which players are standardised.
    """

    def __init__(self, index: DerivativeIndex, degree: int, p: float) -> None:
        """Keep which function it is."""
        self.index, self.degree, self.p = index, degree, p
        self._correlation = _CORRELATION ** (degree / 2)

    def value_covariance(self, coalitions: torch.Tensor) -> torch.Tensor:
        """Return the covariance of its values at coalitions, ``(m, n)``, of shape ``(m, m)``."""
        z = self._standardised(coalitions)
        power_sums = [z**power @ (z**power).T for power in range(1, self.degree + 1)]
        apart = from_power_sums(z.new_ones(len(z), len(z)), power_sums)[-1]
        sums = symmetric(z, self.degree)[-1]
        both = (1 - self._correlation) * apart + self._correlation * torch.outer(sums, sums)
        return both / math.comb(z.shape[1], self.degree)

    def part_value_covariances(
        self, coalitions: torch.Tensor, sets: SetChunk
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the covariances of parts with values of coalitions, as two factors.

        Args:
            coalitions: Zeros and ones, of shape ``(m, n)``.
            sets: Some sets of players.

        Returns:
            A scale for each part, of shape ``(parts,)``, and a table for all, ``(m, q)``.
        """
        n, size = coalitions.shape[1], sets.players.shape[1]
        z = self._standardised(coalitions)
        sums = sets.products(z)
        if size < self.degree:
            around = symmetric(z, self.degree - size)
            sums = sums * without(around, z[:, sets.players])[-1]
        of_all = math.comb(n - size, self.degree - size) * symmetric(z, self.degree)[-1]
        sums *= 1 - self._correlation
        sums += self._correlation * of_all[:, None]
        return self._scales(size).to(z) / math.comb(n, self.degree), sums

    def part_covariance(self, n: int, size: int) -> torch.Tensor:
        """Return the covariance of the parts of any set of ``size`` of ``n`` players.

        Returns:
            Of shape ``(parts, parts)``.
        """
        scales = self._scales(size)
        n_sets = math.comb(n - size, self.degree - size)
        variance = (1 - self._correlation) * n_sets + self._correlation * n_sets**2
        return torch.outer(scales, scales) * variance / math.comb(n, self.degree)

    def _standardised(self, coalitions: torch.Tensor) -> torch.Tensor:
        return (coalitions - self.p) / math.sqrt(self.p * (1 - self.p))

    def _scales(self, size: int) -> torch.Tensor:
        """Return the parts of a set of players of any product ``z_T`` with all of them in ``T``.

        At a node that is not ``p`` the product has expected derivatives of lower degree, too.
        """
        deviation = math.sqrt(self.p * (1 - self.p))
        scales = [
            factor ** (degree - size)
            * math.comb(self.degree - size, degree - size)
            * ((node - self.p) / deviation) ** (self.degree - degree)
            / deviation**degree
            for node, factor in zip(self.index.nodes, self.index.factors, strict=True)
            for degree in range(size, self.degree + 1)
        ]
        return torch.tensor(scales, dtype=torch.float64)
