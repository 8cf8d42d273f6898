"""How much of its leave-one-out errors a Gaussian process does not explain, and where."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.gaussian_process import GaussianProcess

__all__ = ["Unexplained"]

_TRUSTED_SHARE = 0.3
"""The share of squared errors that counts as explained if the posterior predicts just as much.

Measured by ``benchmarks/coverage.py``: with 0.5, intervals cover too seldom on games of pairs
without main effects; with 0, they are three times too wide at order 1 of these games.
"""

_TYPICAL = 0.5
"""The power of precision in the mean over typical observations.

Measured by ``benchmarks/coverage.py``: with 0, intervals of normalised sums are up to five times
too wide, as nearly empty coalitions are wildly off and tell little of the others.
"""


class Unexplained:
    """What a posterior does not explain of squared leave-one-out errors, in units of the noise.

    A part of them is explained if the posterior predicts just as much, less if it predicts less,
    and all if it predicts nearly twice as much.
    """

    def __init__(self, process: GaussianProcess, sample: Sample) -> None:
        """Keep what errors are averaged by.

        Args:
            process: The Gaussian process.
            sample: The observed coalitions. Fixed ones tell nothing of others.
        """
        self._process, self._drawn = process, slice(sample.n_fixed, None)
        self._weights = torch.as_tensor(sample.weights)

    @cached_property
    def squares(self) -> torch.Tensor:
        """What is unexplained at each observation, of shape ``(m,)``."""
        process = self._process
        squares = (process.left_out_errors**2).sum(dim=1) / process.output_covariance.trace()
        if not squares.any() or not squares.isfinite().all():
            return torch.zeros_like(squares)
        predicted = process.left_out_variances - process.noise
        share = self._mean(predicted, _TYPICAL) / self._mean(squares, _TYPICAL)
        return squares * (1 - _TRUSTED_SHARE * share**2).clamp(min=0)

    @property
    def mean(self) -> torch.Tensor:
        """The mean over drawn observations."""
        return self._mean(self.squares, 0.0)

    @property
    def typical(self) -> torch.Tensor:
        """The same where those that the others tell little about count less."""
        return self._mean(self.squares, _TYPICAL)

    def _mean(self, numbers: torch.Tensor, power: float) -> torch.Tensor:
        """Average over drawn observations, weighted by a power of how well others predict them."""
        weights = (self._weights.to(numbers) / self._process.left_out_variances**power)[self._drawn]
        return weights @ numbers[self._drawn] / weights.sum()
