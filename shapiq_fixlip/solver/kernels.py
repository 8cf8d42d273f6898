"""The prior of a side: a Gaussian process over its coalitions.

With ``z`` the players standardised at ``p``, as in :mod:`shapiq_fixlip.solver.basis`, the
covariance of the values of two coalitions is

    strength * prod_i (1 + relevance_i z_i z'_i) * sum_r weight_r exp(-rate_r (size + size') / 2).

The product is an ANOVA kernel (Durrande et al., 2013): a set of players matters as much as its
players do, and large sets matter little. At ``p = 1/2`` it is the exponential of a weighted Hamming
distance. The sum lets the function vary more, and faster, among small coalitions, as the embedding
of what is left does; it stands for ``(shift + (size + size') / 2)^-exponent``, with sizes in which
players that matter count for more.

Such a kernel is a mixture of products over players (:mod:`shapiq_fixlip.solver.mixture`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from shapiq_fixlip.solver.mixture import ProductMixture

__all__ = ["N_SHARED", "Prior", "prior_of"]

N_SHARED = 4
"""The number of parameters that all players share: strength, mean logit, exponent and shift."""

_SLOWEST, _STEP, _N_RATES = -3.0, 0.7, 10
"""The grid of logarithms of rates: the slowest, the step and how many follow.

Covariances are within 6 percent of those of a power (``tests/test_kernels.py``).
"""

N_PRODUCTS = _N_RATES + 1
"""The products over players that a prior is a sum of."""

_FASTEST = 100.0
"""The largest exponent of one player, so that no factor is zero, by which expectations divide."""


@dataclass(frozen=True)
class Prior:
    """The covariance of a side, relative to the variance of its noise.

    Attributes:
        p: The presence probability at which players are standardised.
        strength: The factor of all covariances, a tensor of one number.
        relevances: One for each player, of shape ``(n,)``, greater than 0 and less than 1.
        size_weights: Of the exponentials of sizes, of shape ``(r,)``.
        size_rates: Of the exponentials of sizes, of shape ``(r,)``.
        parameters: Those of :func:`prior_of`, from which another search may start.
    """

    p: float
    strength: torch.Tensor
    relevances: torch.Tensor
    size_weights: torch.Tensor
    size_rates: torch.Tensor
    parameters: torch.Tensor

    @property
    def shares(self) -> torch.Tensor:
        """How much each player counts for in sizes, which are 1 on average; of shape ``(n,)``."""
        roots = self.relevances.sqrt()
        return roots / roots.sum() / self.p

    def covariance(self, coalitions: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        """Return the covariances of two lists of coalitions of zeros and ones, ``(m, m')``.

        With ``x`` one or zero for a player who is present or absent, the logarithm of a factor is
        ``a + b (x + x') + c x x'``. So all factors together take one matrix product.
        """
        neither, one, both = (
            torch.log1p(self.relevances * product)
            for product in (self.p / (1 - self.p), -1.0, (1 - self.p) / self.p)
        )
        exponents = (coalitions * (both - 2 * one + neither)) @ others.T
        exponents = exponents + (coalitions @ (one - neither))[:, None]
        exponents = exponents + (others @ (one - neither) + neither.sum())
        sizes = (self._of_sizes(coalitions) * self.size_weights) @ self._of_sizes(others).T
        return self.strength * torch.exp(exponents) * sizes

    def _of_sizes(self, coalitions: torch.Tensor) -> torch.Tensor:
        return torch.exp(torch.outer(coalitions @ self.shares, -self.size_rates / 2))

    def mixture(self) -> ProductMixture:
        """Return the same covariance as a sum of products over players."""
        absent, present = -math.sqrt(self.p / (1 - self.p)), math.sqrt((1 - self.p) / self.p)
        z = self.relevances.new_tensor([absent, present])
        counts = self.relevances.new_tensor([[0.0, 1.0], [1.0, 2.0]])
        products = 1 + self.relevances[:, None, None] * torch.outer(z, z)
        rates = self.size_rates[:, None, None, None] * self.shares[:, None, None]
        of_sizes = torch.exp(-(rates / 2).clamp(max=_FASTEST) * counts)
        return ProductMixture(self.strength * self.size_weights, products * of_sizes)


def prior_of(parameters: torch.Tensor, p: float) -> Prior:
    """Return the prior with some parameters.

    Args:
        parameters: The logarithm of the strength, the mean logit of the relevances, the logarithms
            of the exponent and of the shift of sizes, and for each player how far the logit of its
            relevance is from the mean, of shape ``(4 + n,)``.
        p: Presence probability.
    """
    exponent, shift = torch.exp(parameters[2]), torch.exp(parameters[3])
    grid = parameters.new_tensor([_SLOWEST + _STEP * step for step in range(1, _N_RATES + 1)])
    rates = torch.cat([grid.new_zeros(1), torch.exp(grid)])
    # all slower rates together, which hardly differ from the rate zero
    slower = -torch.log1p(-torch.exp(-exponent * _STEP)) + exponent * _SLOWEST
    logarithms = torch.cat([slower[None], exponent * grid]) - shift * rates
    weights = torch.softmax(logarithms, dim=0)
    weights = weights / (weights @ torch.exp(-rates))  # the factor of two average sizes is one
    relevances = torch.sigmoid(parameters[1] + parameters[N_SHARED:])
    return Prior(p, torch.exp(parameters[0]), relevances, weights, rates, parameters)
