"""What is believed of a side at coalitions of all sizes, before any value is seen.

The prior of :mod:`shapiq_fixlip.solver.relevance` holds at one ``p``; Shapley values integrate over
all of them. Here a function of coalitions is a Gaussian process with the covariance

    exp(-sum_(i in S or S' only) rate_i) * exp(-size_rate (log(|S| + shift) - log(|S'| + shift))^2)

times a strength. The first factor makes coalitions alike that few players tell apart, of which some
matter more than others; the second lets the function change faster between small coalitions than
between large ones, as that of an encoder does. Rates, shift and the noise relative to the strength
are those that make the observed values most likely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.likelihood import most_likely, restricted_unlikeliness

if TYPE_CHECKING:
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["Covariance", "choose_covariance"]

_START = (-4.0, -1.0, 0.5)
"""Logarithms of noise, size rate and shift from where the search starts."""

_START_SUM_OF_RATES = 1.5

_LOG_NOISE_BOUNDS = (-16.0, 2.0)
_LOG_BOUNDS = (-14.0, 8.0)


@dataclass(frozen=True)
class Covariance:
    """Covariances of a function of coalitions, relative to its variance.

    Attributes:
        rates: How much each player tells coalitions apart, of shape ``(n,)``, greater than 0.
        size_rate: How much their sizes do.
        shift: What is added to sizes before their logarithm is taken, greater than 0.
    """

    rates: FloatArray
    size_rate: float
    shift: float

    def between(self, coalitions: BoolMatrix, others: BoolMatrix) -> FloatArray:
        """Return the covariances of two lists of coalitions, of shape ``(m, m')``."""
        exponents = -_distances(coalitions, others, self.rates)
        gaps = self._log_sizes(coalitions.sum(axis=1))[:, None]
        gaps = gaps - self._log_sizes(others.sum(axis=1))
        exponents -= self.size_rate * gaps**2
        return np.exp(exponents, out=exponents)

    def of_sizes(self, sizes: np.ndarray, others: np.ndarray) -> FloatArray:
        """Return the factor that two lists of sizes make, of shape ``(m, m')``."""
        gaps = self._log_sizes(sizes)[:, None] - self._log_sizes(others)
        return np.exp(-self.size_rate * gaps**2)

    def _log_sizes(self, sizes: np.ndarray) -> FloatArray:
        return np.log(sizes + self.shift)


def choose_covariance(coalitions: BoolMatrix, outputs: FloatArray) -> tuple[Covariance, float]:
    """Return the covariance and the noise under which what was observed is most likely.

    The constant is unknown (restricted likelihood), and the scale of the values is
    estimated along with the rest.

    Args:
        coalitions: Of shape ``(m, n)``; time grows with the cube of ``m``.
        outputs: What is predicted, of shape ``(m, r)``.

    Returns:
        The covariance, and the variance of the noise of one coalition relative to the strength.
    """
    outputs = outputs - outputs.mean(axis=0)  # constants do not count, but their rounding would
    n = coalitions.shape[1]
    found = most_likely(
        _unlikeliness,
        np.concatenate([_START, np.full(n, math.log(_START_SUM_OF_RATES / n))]),
        [_LOG_NOISE_BOUNDS, *[_LOG_BOUNDS] * (n + 2)],
        (coalitions.astype(np.float64), outputs),
    )
    noise, size_rate, shift = np.exp(found[:3]).tolist()
    return Covariance(np.exp(found[3:]), size_rate, shift), noise


def _unlikeliness(
    parameters: FloatArray, coalitions: FloatArray, outputs: FloatArray
) -> tuple[float, FloatArray]:
    """Return twice the negative logarithm of the posterior density, and its gradient.

    A priori the logarithms of the rates are normal around their mean, with variance one.

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
    unlikeliness, of_covariance = restricted_unlikeliness(covariance, outputs)
    of_logarithm = of_covariance * signal
    of_gaps = -2 * size_rate * of_logarithm * gaps
    of_log_sizes = of_gaps.sum(axis=1) - of_gaps.sum(axis=0)
    linear = coalitions.T @ of_logarithm.sum(axis=1)
    quadratic = np.sum(coalitions * (of_logarithm @ coalitions), axis=0)
    of_rates = -2 * rates * (linear - quadratic) + 2 * deviations
    of_shapes = [
        noise * np.trace(of_covariance),
        np.sum(of_gaps * gaps) / 2,
        of_log_sizes @ (shift / (sizes + shift)),
    ]
    return unlikeliness + float(deviations @ deviations), np.concatenate([of_shapes, of_rates])


def _distances(
    coalitions: BoolMatrix | FloatArray, others: BoolMatrix | FloatArray, rates: FloatArray
) -> FloatArray:
    """Return the sums of the rates of the players that are in one of two coalitions only."""
    left, right = coalitions.astype(np.float64), others.astype(np.float64)
    distances = (left * (-2 * rates)) @ right.T
    distances += (left @ rates)[:, None]
    distances += right @ rates
    return distances
