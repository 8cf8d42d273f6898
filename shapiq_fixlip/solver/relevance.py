"""What is believed of a side before any value is seen: some players matter more than others.

A function of coalitions is ``sum_T c_T z_T`` over all sets of players ``T``, with ``z`` the
standardised players of :mod:`shapiq_fixlip.solver.basis`. A priori the coefficients are independent
and normal around zero with variance ``strength * prod_(i in T) relevance_i``: a set matters as much
as its players do, and large sets matter little. As a function of two coalitions their covariance is

    strength * prod_i (1 + relevance_i z_i z'_i),

which needs no list of sets. Strength and relevances are those that make the observed values most
likely (automatic relevance determination for the ANOVA kernels of Durrande et al., 2013).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from shapiq_fixlip.solver.likelihood import most_likely, restricted_unlikeliness

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["ROWS_TUNED", "Prior", "choose_prior"]

ROWS_TUNED = 512
"""Coalitions that choose the relevances; more would change them little and cost their cube."""

_PRECISION = 0.6
"""Of the normal prior on the logits of relevances around their common mean."""

_LOG_STRENGTH_BOUNDS = (-14.0, 20.0)
_MEAN_LOGIT_BOUNDS = (-14.0, 0.0)  # above, every coalition is unlike every other
_DEVIATION_BOUNDS = (-7.0, 7.0)
_START_LOG_STRENGTH = 1.0


@dataclass(frozen=True)
class Prior:
    """Variances of coefficients, relative to that of the noise of one coalition.

    Attributes:
        p: Probability of a player to be present, for which the players are standardised.
        strength: The variance of the constant, but for the relevances that of every coefficient.
        relevances: One for each player, of shape ``(n,)``, greater than 0 and at most 1.
    """

    p: float
    strength: float
    relevances: FloatArray

    def variances(self, subsets: np.ndarray) -> FloatArray:
        """Return the variances of the coefficients of sets of one size, ``(q, size)``."""
        return self.strength * self.relevances[subsets].prod(axis=1)

    def covariance(self, coalitions: BoolMatrix, others: BoolMatrix) -> FloatArray:
        """Return the covariance of the function at two lists of coalitions, ``(m, m')``."""
        return self.strength * _product_kernel(coalitions, others, self.relevances, self.p)

    def covariance_of_degree(self, z: FloatArray, others: FloatArray, degree: int) -> FloatArray:
        """Return the part of the covariance that sets of one size make, by Newton's identities.

        Args:
            z: Standardised coalitions, of shape ``(m, n)``.
            others: The same of others, of shape ``(m', n)``.
            degree: The size of the sets.

        Returns:
            Of shape ``(m, m')``.
        """
        symmetric = [np.full((len(z), len(others)), self.strength)]
        power_sums = [(z**k * self.relevances**k) @ (others**k).T for k in range(1, degree + 1)]
        for size in range(1, degree + 1):
            terms = (
                (-1) ** (k - 1) * symmetric[size - k] * power_sums[k - 1]
                for k in range(1, size + 1)
            )
            symmetric.append(sum(terms, start=np.zeros_like(symmetric[0])) / size)
        return symmetric[degree]

    def variance_above(self, degree: int) -> float:
        """Return the variance of the part of the function that has more than a degree."""
        of_degrees = np.zeros(degree + 1)
        of_degrees[0] = self.strength
        for relevance in self.relevances:  # elementary symmetric polynomials, player by player
            of_degrees[1:] += relevance * of_degrees[:-1]
        whole = self.strength * math.exp(np.log1p(self.relevances).sum())
        return max(0.0, whole - float(of_degrees.sum()))


def choose_prior(sample: Sample, outputs: FloatArray, p: float) -> Prior:
    """Return the prior under which what was observed is most likely.

    The constant is unknown (restricted likelihood), and the scale of the values is
    estimated along with the rest.

    Args:
        sample: The coalitions; the first 512 are used.
        outputs: What is predicted, of shape ``(m, r)``.
        p: Probability that a player is present.
    """
    coalitions = sample.coalitions[:ROWS_TUNED].astype(np.float64)
    outputs = outputs[:ROWS_TUNED]
    outputs = outputs - outputs.mean(axis=0)  # constants do not count, but their rounding would
    weights = sample.weights[:ROWS_TUNED]
    noise = weights.mean() / weights
    n = coalitions.shape[1]
    found = most_likely(
        _unlikeliness,
        np.concatenate([[_START_LOG_STRENGTH, -math.log(n)], np.zeros(n)]),
        [_LOG_STRENGTH_BOUNDS, _MEAN_LOGIT_BOUNDS, *[_DEVIATION_BOUNDS] * n],
        (coalitions, outputs, noise, p),
    )
    log_strength, mean, deviations = found[0], found[1], found[2:]
    return Prior(p, math.exp(log_strength), special.expit(mean + deviations))


def _unlikeliness(
    parameters: FloatArray, coalitions: FloatArray, outputs: FloatArray, noise: FloatArray, p: float
) -> tuple[float, FloatArray]:
    """Return twice the negative logarithm of the posterior density, and its gradient.

    Args:
        parameters: Logarithm of the strength, mean logit of the relevances, and the deviation of
            each from it.
        coalitions: Zeros and ones, of shape ``(m, n)``.
        outputs: Of shape ``(m, r)``.
        noise: The variance of the noise of each coalition, of shape ``(m,)``.
        p: Probability that a player is present.
    """
    log_strength, mean, deviations = parameters[0], parameters[1], parameters[2:]
    relevances = special.expit(mean + deviations)
    signal = math.exp(log_strength) * _product_kernel(coalitions, coalitions, relevances, p)
    unlikeliness, of_covariance = restricted_unlikeliness(signal + np.diag(noise), outputs)
    of_log_signal = of_covariance * signal
    of_relevances = _gradient_of_log_kernel(of_log_signal, coalitions, relevances, p)
    of_logits = of_relevances * relevances * (1 - relevances)
    gradient = np.concatenate([[of_log_signal.sum(), of_logits.sum()], of_logits])
    gradient[2:] += 2 * _PRECISION * deviations
    return unlikeliness + _PRECISION * float(deviations @ deviations), gradient


def _products(p: float) -> tuple[float, float, float]:
    """Return ``z z'`` of a player absent from both coalitions, in one of them, in both."""
    return p / (1 - p), -1.0, (1 - p) / p


def _product_kernel(
    coalitions: BoolMatrix | FloatArray,
    others: BoolMatrix | FloatArray,
    relevances: FloatArray,
    p: float,
) -> FloatArray:
    """Return ``prod_i (1 + relevance_i z_i z'_i)`` for all pairs of coalitions.

    The logarithm of a factor is ``a + b (x + x') + c x x'`` for ``x`` zero or one, so that the
    product of all factors takes one matrix product.
    """
    left, right = coalitions.astype(np.float64), others.astype(np.float64)
    neither, one, both = (np.log1p(relevances * product) for product in _products(p))
    linear, quadratic = one - neither, both - 2 * one + neither
    exponents = (left * quadratic) @ right.T
    exponents += (left @ linear)[:, None]
    exponents += right @ linear + neither.sum()
    return np.exp(exponents, out=exponents)


def _gradient_of_log_kernel(
    weights: FloatArray, coalitions: FloatArray, relevances: FloatArray, p: float
) -> FloatArray:
    """Return the gradient of ``sum(weights * log(kernel))`` with respect to the relevances."""
    neither, one, both = (product / (1 + relevances * product) for product in _products(p))
    of_coalition = weights.sum(axis=1)
    linear = coalitions.T @ of_coalition
    quadratic = np.sum(coalitions * (weights @ coalitions), axis=0)
    return (
        neither * of_coalition.sum()
        + 2 * (one - neither) * linear
        + (both - 2 * one + neither) * quadratic
    )
