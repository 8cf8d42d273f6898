"""The prior of a side at one ``p``: some players matter more than others.

A function of coalitions is ``sum_T c_T z_T`` over all sets of players ``T``, with ``z`` the
standardised players of :mod:`shapiq_fixlip.solver.basis`. A priori the coefficients are independent
and normal, with mean zero and variance ``strength * prod_(i in T) relevance_i``: a set matters as
much as its players do, and large sets matter little. The covariance of the values of two coalitions

    strength * prod_i (1 + relevance_i z_i z'_i)

needs no list of sets. Strength and relevances have the largest posterior density given the
embeddings (automatic relevance determination for the ANOVA kernels of Durrande et al., 2013).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from shapiq_fixlip.solver.likelihood import minimise, negative_restricted_log_likelihood

if TYPE_CHECKING:
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.typing import FloatArray

__all__ = ["ROWS_TUNED", "Prior", "choose_prior"]

ROWS_TUNED = 512
"""The most coalitions from which the relevances are chosen; every step costs their cube.

``benchmarks/passes.py`` measures the estimator with the constants here. Others were not compared.
"""

_PRECISION = 0.6
"""Precision of the normal prior on the logits of relevances around their common mean."""

_LOG_STRENGTH_BOUNDS = (-14.0, 20.0)
"""Bounds of the logarithm of the strength."""

_MEAN_LOGIT_BOUNDS = (-14.0, 0.0)
"""Bounds of the mean logit of the relevances; above, every coalition is unlike every other."""

_DEVIATION_BOUNDS = (-7.0, 7.0)
"""Bounds of the deviation of a logit from the mean."""

_START_LOG_STRENGTH = 1.0
"""The logarithm of the strength at which the search starts."""


@dataclass(frozen=True)
class Prior:
    """Prior variances of coefficients, relative to the noise variance of one coalition.

    Attributes:
        p: Presence probability, for which the players are standardised.
        strength: The factor of the relevances in every variance; of the constant, all of it.
        relevances: One for each player, of shape ``(n,)``, greater than 0 and at most 1.
    """

    p: float
    strength: float
    relevances: FloatArray

    def variances(self, subsets: np.ndarray) -> FloatArray:
        """Return the variances of the coefficients of sets of one size, ``(q, size)``."""
        return self.strength * self.relevances[subsets].prod(axis=1)

    def covariance(self, coalitions: CoalitionMatrix, others: CoalitionMatrix) -> FloatArray:
        """Return the prior covariances between two lists of coalitions, of shape ``(m, m')``."""
        return self.strength * _product_kernel(coalitions, others, self.relevances, self.p)

    def covariance_of_degree(self, z: FloatArray, others: FloatArray, degree: int) -> FloatArray:
        """Return the part of the covariances from sets of one size, by Newton's identities.

        Args:
            z: Standardised coalitions, of shape ``(m, n)``.
            others: Other standardised coalitions, of shape ``(m', n)``.
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
        """Return the sum of the variances of all coefficients above a degree."""
        of_degrees = np.zeros(degree + 1)
        of_degrees[0] = self.strength
        for relevance in self.relevances:  # elementary symmetric polynomials, player by player
            of_degrees[1:] += relevance * of_degrees[:-1]
        whole = self.strength * math.exp(np.log1p(self.relevances).sum())
        return max(0.0, whole - float(of_degrees.sum()))


def choose_prior(sample: Sample, outputs: FloatArray, p: float) -> Prior:
    """Return the prior of the largest posterior density.

    The constant is unknown (restricted likelihood), and the scale of the outputs is estimated, too.

    Args:
        sample: The coalitions, of which the first 512 are used.
        outputs: What is predicted, of shape ``(m, r)``.
        p: Presence probability.
    """
    coalitions = sample.coalitions[:ROWS_TUNED].astype(np.float64)
    outputs = outputs[:ROWS_TUNED]
    outputs = outputs - outputs.mean(axis=0)  # constants cancel, but not their rounding
    weights = sample.weights[:ROWS_TUNED]
    noise = weights.mean() / weights
    n = coalitions.shape[1]
    found = minimise(
        _negative_log_posterior,
        np.concatenate([[_START_LOG_STRENGTH, -math.log(n)], np.zeros(n)]),
        [_LOG_STRENGTH_BOUNDS, _MEAN_LOGIT_BOUNDS, *[_DEVIATION_BOUNDS] * n],
        (coalitions, outputs, noise, p),
    )
    log_strength, mean, deviations = found[0], found[1], found[2:]
    return Prior(p, math.exp(log_strength), special.expit(mean + deviations))


def _negative_log_posterior(
    parameters: FloatArray, coalitions: FloatArray, outputs: FloatArray, noise: FloatArray, p: float
) -> tuple[float, FloatArray]:
    """Return twice the negative log posterior density, and its gradient.

    The likelihood is that per output.

    Args:
        parameters: The logarithm of the strength, the mean logit of the relevances, and the
            deviation of each logit from it.
        coalitions: Zeros and ones, of shape ``(m, n)``.
        outputs: Of shape ``(m, r)``.
        noise: The noise variance of each coalition, of shape ``(m,)``.
        p: Presence probability.
    """
    log_strength, mean, deviations = parameters[0], parameters[1], parameters[2:]
    relevances = special.expit(mean + deviations)
    signal = math.exp(log_strength) * _product_kernel(coalitions, coalitions, relevances, p)
    negative_log_likelihood, grad_covariance = negative_restricted_log_likelihood(
        signal + np.diag(noise), outputs
    )
    grad_log_signal = grad_covariance * signal
    grad_relevances = _gradient_of_log_kernel(grad_log_signal, coalitions, relevances, p)
    grad_logits = grad_relevances * relevances * (1 - relevances)
    gradient = np.concatenate([[grad_log_signal.sum(), grad_logits.sum()], grad_logits])
    gradient[2:] += 2 * _PRECISION * deviations
    return negative_log_likelihood + _PRECISION * float(deviations @ deviations), gradient


def _products(p: float) -> tuple[float, float, float]:
    """Return ``z z'`` of a player that is in neither of two coalitions, in one, in both."""
    return p / (1 - p), -1.0, (1 - p) / p


def _product_kernel(
    coalitions: CoalitionMatrix | FloatArray,
    others: CoalitionMatrix | FloatArray,
    relevances: FloatArray,
    p: float,
) -> FloatArray:
    """Return ``prod_i (1 + relevance_i z_i z'_i)`` for all pairs of coalitions.

    With ``x`` one or zero for a player who is present or absent, the logarithm of a factor is
    ``a + b (x + x') + c x x'``. So all factors together take one matrix product.
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
