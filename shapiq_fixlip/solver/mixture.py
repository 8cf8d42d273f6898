"""Covariances of coalitions that are sums of products over players.

Expectations over independent players have closed forms: that of a product is the product of the
expectations. And a number for each player that depends only on whether a coalition has the player
is summed over players, for many coalitions, by a matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.solver.symmetric import from_power_sums

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Expected", "ProductMixture", "white_noise"]


@dataclass(frozen=True)
class ProductMixture:
    """Covariances of coalitions as a sum of products over players.

    Attributes:
        weights: Of the products, of shape ``(r,)``.
        tables: The factor of every player in every product, by absence (0) and presence (1) in each
            of two coalitions, of shape ``(r, n, 2, 2)``.
    """

    weights: torch.Tensor
    tables: torch.Tensor


def white_noise(n: int, like: torch.Tensor) -> ProductMixture:
    """Return the covariance of noise of variance one that is independent at all coalitions.

    Args:
        n: The number of players.
        like: A tensor of the same type and on the same device.
    """
    tables = torch.eye(2, dtype=like.dtype, device=like.device).expand(1, n, 2, 2)
    return ProductMixture(like.new_ones(1), tables)


class Expected:
    """Expected covariances with each coalition under each product of a mixture.

    Attributes:
        is_present: Which players the coalitions have, of shape ``(m, n)``.
        expectations: Those when every player is present with probability ``node``, ``(r, m)``.
        if_absent: Ratio of a player's factor in an expected derivative to its factor in an
            expectation, where the coalition is without the player, of shape ``(r, n)``.
        if_present: The same where the coalition has the player.
    """

    def __init__(self, mixture: ProductMixture, coalitions: torch.Tensor, node: float) -> None:
        """Take the expectations.

        Args:
            mixture: The covariance.
            coalitions: Zeros and ones, of shape ``(m, n)``.
            node: The probability that a player of the other coalition is present.
        """
        self.is_present, self._coalitions = coalitions > 0, coalitions
        expected = (1 - node) * mixture.tables[..., 0, :] + node * mixture.tables[..., 1, :]
        ratios = (mixture.tables[..., 1, :] - mixture.tables[..., 0, :]) / expected
        self.if_absent, self.if_present = ratios.unbind(-1)
        logarithms = self._sums(*expected.log().unbind(-1))
        self.expectations = mixture.weights[:, None] * logarithms.exp()

    @cached_property
    def ratios(self) -> torch.Tensor:
        """The ratios of the players, of shape ``(r, m, n)``."""
        return torch.where(self.is_present, self.if_present[:, None], self.if_absent[:, None])

    def ratios_of(self, subsets: torch.Tensor) -> torch.Tensor:
        """Return the ratios of the players of sets, of shape ``(r, m, q, size)``."""
        return self.ratios[..., subsets]

    def symmetric(self, factor: float, max_degree: int) -> torch.Tensor:
        """Return the elementary symmetric polynomials of the ratios times a number.

        Returns:
            Of shape ``(max_degree + 1, r, m)``.
        """
        absent, present = factor * self.if_absent, factor * self.if_present
        power_sums = [self._sums(absent**k, present**k) for k in range(1, max_degree + 1)]
        return from_power_sums(torch.ones_like(self.expectations), power_sums)

    def products(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield for every product its expectations, ``(m,)``, and its ratios, ``(m, n)``."""
        for whole, absent, present in zip(
            self.expectations, self.if_absent, self.if_present, strict=True
        ):
            yield whole, torch.where(self.is_present, present, absent)

    def _sums(self, absent: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        """Return the sum of one number for each player, chosen by presence, ``(r, m)``."""
        return present @ self._coalitions.T + absent @ (1 - self._coalitions).T
