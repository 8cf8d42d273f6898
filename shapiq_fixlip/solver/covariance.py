"""The prior of a side at coalitions of all sizes.

The prior of :mod:`shapiq_fixlip.solver.relevance` holds at one ``p``; Shapley values integrate over
all ``p``. Here a function of coalitions is a Gaussian process with the covariance

    exp(-sum_(i in S or S' only) rate_i) * exp(-size_rate (log(|S| + shift) - log(|S'| + shift))^2)

times a strength. The first factor correlates coalitions that differ in few players, some of which
matter more than others. The second one lets the function change faster between small coalitions
than between large ones, as that of an encoder does. The rates, the shift and the noise relative to
the strength have the largest posterior density given the embeddings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.likelihood import minimise, negative_restricted_log_likelihood

if TYPE_CHECKING:
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import FloatArray

__all__ = ["Covariance", "choose_covariance"]

_START = (-4.0, -1.0, 0.5)
"""Logarithms of noise, size rate and shift at which the search starts.

``benchmarks/shapley.py`` measures the estimator. Other starts and bounds were not compared.
"""

_START_SUM_OF_RATES = 1.5
"""The sum of the rates of all players at which the search starts."""

_LOG_NOISE_BOUNDS = (-16.0, 2.0)
"""Bounds of the logarithm of the noise."""

_LOG_BOUNDS = (-14.0, 8.0)
"""Bounds of the logarithms of size rate, shift and rates."""


@dataclass(frozen=True)
class Covariance:
    """Covariances of a function of coalitions, relative to its variance.

    Attributes:
        rates: How much a player in only one of two coalitions lowers the logarithm of their
            covariance, of shape ``(n,)``, greater than 0.
        size_rate: How much the squared difference of their log sizes lowers it.
        shift: What is added to sizes before their logarithm is taken, greater than 0.
    """

    rates: FloatArray
    size_rate: float
    shift: float

    def between(self, coalitions: CoalitionMatrix, others: CoalitionMatrix) -> FloatArray:
        """Return the covariances between two lists of coalitions, of shape ``(m, m')``."""
        exponents = -_distances(coalitions, others, self.rates)
        gaps = self._log_sizes(coalitions.sum(axis=1))[:, None]
        gaps = gaps - self._log_sizes(others.sum(axis=1))
        exponents -= self.size_rate * gaps**2
        return np.exp(exponents, out=exponents)

    def of_sizes(self, sizes: np.ndarray, others: np.ndarray) -> FloatArray:
        """Return the size factor between two lists of sizes, of shape ``(m, m')``."""
        gaps = self._log_sizes(sizes)[:, None] - self._log_sizes(others)
        return np.exp(-self.size_rate * gaps**2)

    def _log_sizes(self, sizes: np.ndarray) -> FloatArray:
        return np.log(sizes + self.shift)


def choose_covariance(coalitions: CoalitionMatrix, outputs: FloatArray) -> tuple[Covariance, float]:
    """Return the covariance and the noise of the largest posterior density.

    The constant is unknown (restricted likelihood), and the scale of the outputs is estimated, too.

    Args:
        coalitions: Of shape ``(m, n)``; time grows with the cube of ``m``.
        outputs: What is predicted, of shape ``(m, r)``.

    Returns:
        The covariance, and the variance of the noise of one coalition relative to the strength.
    """
    outputs = outputs - outputs.mean(axis=0)  # constants cancel, but not their rounding
    n = coalitions.shape[1]
    found = minimise(
        _negative_log_posterior,
        np.concatenate([_START, np.full(n, math.log(_START_SUM_OF_RATES / n))]),
        [_LOG_NOISE_BOUNDS, *[_LOG_BOUNDS] * (n + 2)],
        (coalitions.astype(np.float64), outputs),
    )
    noise, size_rate, shift = np.exp(found[:3]).tolist()
    return Covariance(np.exp(found[3:]), size_rate, shift), noise


def _negative_log_posterior(
    parameters: FloatArray, coalitions: FloatArray, outputs: FloatArray
) -> tuple[float, FloatArray]:
    """Return twice the negative log posterior density, and its gradient.

    The likelihood is that per output. A priori the logarithms of the rates are normal around their
    mean, with variance one.

    Args:
        parameters: Logarithms of noise, size rate, shift, and of the rate of each player.
        coalitions: Zeros and ones, of shape ``(m, n)``.
        outputs: Of shape ``(m, r)``.
    """
    noise, size_rate, shift = np.exp(parameters[:3]).tolist()
    rates, deviations = np.exp(parameters[3:]), parameters[3:] - parameters[3:].mean()
    sizes = coalitions.sum(axis=1)
    gaps = np.subtract.outer(np.log(sizes + shift), np.log(sizes + shift))
    signal = np.exp(-_distances(coalitions, coalitions, rates) - size_rate * gaps**2)
    covariance = signal + noise * np.eye(len(sizes))
    negative_log_likelihood, grad_covariance = negative_restricted_log_likelihood(
        covariance, outputs
    )
    grad_logarithm = grad_covariance * signal
    grad_gaps = -2 * size_rate * grad_logarithm * gaps
    grad_log_sizes = grad_gaps.sum(axis=1) - grad_gaps.sum(axis=0)
    linear = coalitions.T @ grad_logarithm.sum(axis=1)
    quadratic = np.sum(coalitions * (grad_logarithm @ coalitions), axis=0)
    grad_rates = -2 * rates * (linear - quadratic) + 2 * deviations
    grad_shapes = [
        noise * np.trace(grad_covariance),
        np.sum(grad_gaps * gaps) / 2,
        grad_log_sizes @ (shift / (sizes + shift)),
    ]
    return negative_log_likelihood + float(deviations @ deviations), np.concatenate(
        [grad_shapes, grad_rates]
    )


def _distances(
    coalitions: CoalitionMatrix | FloatArray,
    others: CoalitionMatrix | FloatArray,
    rates: FloatArray,
) -> FloatArray:
    """Return the sums of the rates of the players that are in only one of two coalitions."""
    left, right = coalitions.astype(np.float64), others.astype(np.float64)
    distances = (left * (-2 * rates)) @ right.T
    distances += (left @ rates)[:, None]
    distances += right @ rates
    return distances
