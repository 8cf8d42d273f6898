"""Shrinkage: posterior means of parts of interactions, and how far they may be off.

The posterior alone is too sure. What it calls noise is the part of the function that it did not
find, and a few hundred coalitions do not tell of which degree this part is. Errors allow for it:
they are those of the same estimates if what is unexplained were of the highest degree of the fit,
spread evenly over all sets of players, and at single coalitions. How much is unexplained, the
leave-one-out errors tell.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Self, override

import torch

from shapiq_fixlip.solver.posterior_mean import PosteriorMean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.typing import FloatArray

__all__ = ["ShrinkageFit"]

_CLAIM = 0.5
"""The share of the variance of the posterior that counts as explained error.

Measured by ``benchmarks/coverage.py``: with 1, intervals cover too seldom on games with a dominant
player or heavy tails; with 0, they are too wide on smooth games.
"""

_ALIKE = 2.0
"""How much more than independent ones the errors of the sets of one player vary in sum.

Measured by ``benchmarks/coverage.py``: with 1, intervals of single players cover too seldom for 12
cells and 64 passes.
"""


class ShrinkageFit(PosteriorMean):
    """The posterior mean of a side, with errors that allow for what is unexplained."""

    @override
    def with_index(self, index: DerivativeIndex) -> Self:
        other = super().with_index(index)
        other.__dict__.pop("_errors", None)
        return other

    @override
    def error_covariances(self, size: int) -> FloatArray:
        """Return the posterior covariances, with an allowance for what is unexplained."""
        return self._errors[size]

    @cached_property
    def _errors(self) -> list[FloatArray]:
        of_sizes = [
            tuple(map(torch.cat, zip(*self._errors_of_size(size), strict=True)))
            for size in range(self.max_degree + 1)
        ]
        claimed = sum(self.claimed(posterior, size) for size, (posterior, _) in enumerate(of_sizes))
        unexplained = max(0.0, self.left_out_variance - _CLAIM * claimed)
        return [
            (posterior + unexplained * allowance).cpu().numpy() for posterior, allowance in of_sizes
        ]

    def _errors_of_size(self, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield posterior covariances of parts, and what a unit of unexplained variance adds."""
        process, parts, noise = self.process, self.functionals, self.process.noise[:, None]
        of_constant = self.of_constant(size)
        even = parts.even_covariance(self.p, self.coalitions, self.coalitions)
        even_prior = parts.even_prior_covariance(self.p, self.n, size).to(even)
        alike = 1.0 if size == self.max_degree else _ALIKE
        for subsets, covariances, of_noise in self.covariances(size):
            weights, growths = process.weights(covariances, of_constant)
            noise_prior = parts.prior_covariances(self.white, subsets)
            noise_prior += _products(of_noise, of_noise * (noise - 1) / noise**2)
            posterior = parts.prior_covariances(process.prior.mixture(), subsets) + noise_prior
            posterior -= _products(covariances, weights)
            posterior += (of_constant[:, None] * growths[:, None]).permute(2, 1, 0)
            of_even = parts.even_covariances(self.p, self.coalitions, subsets)
            yield (
                posterior,
                alike * _errors_of(weights, even_prior, of_even, even @ weights)
                + _errors_of(weights, noise_prior, of_noise, noise * weights),
            )

    def claimed(self, posterior: torch.Tensor, size: int) -> float:
        """Return what sets of one size add to the posterior variance of a drawn coalition."""
        n_degrees = self.max_degree + 1 - size
        variances = posterior.diagonal(dim1=1, dim2=2)[:, ::n_degrees].clamp(min=0).sum(dim=0)
        nodes = variances.new_tensor(self.index.nodes)
        weights = variances.new_tensor(self.index.weights)
        return float(variances @ (weights * (nodes * (1 - nodes)) ** size))

    @property
    def left_out_variance(self) -> float:
        """The mean squared leave-one-out error of drawn coalitions, in units of the noise."""
        squares = (self.process.left_out_errors**2).sum(dim=1)[self.n_fixed :]
        weights = squares.new_tensor(self.sample.weights[self.n_fixed :])
        total = self.process.value_covariance.trace()
        return float(weights @ squares / weights.sum() / total) if total > 0 else 0.0


def _products(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return inner products of all parts of each set, ``(q, parts, parts)``."""
    return torch.einsum("pmq,smq->qps", left, right)


def _errors_of(
    weights: torch.Tensor,
    prior: torch.Tensor,
    covariances: torch.Tensor,
    of_weights: torch.Tensor,
) -> torch.Tensor:
    """Return the covariances of errors of estimates of parts of another function.

    Args:
        weights: Of its values in the estimates, of shape ``(parts, m, q)``.
        prior: The covariances of its parts, of shape ``(parts, parts)`` or ``(q, parts, parts)``.
        covariances: Those of its parts and its values, of shape ``(parts, m, q)``.
        of_weights: The covariance of its values times the weights, of the same shape.

    Returns:
        Of shape ``(q, parts, parts)``.
    """
    crossed = _products(weights, covariances)
    return prior - crossed - crossed.transpose(1, 2) + _products(weights, of_weights)
