"""Expected derivatives at every ``p`` of a side that is known at some of its coalitions.

The side is replaced by its expectation given their values, under the prior of
:mod:`shapiq_fixlip.solver.covariance`: a sum of covariances with the sampled coalitions, whose
derivatives have a closed form. The factor of the sizes becomes a sum of powers ``x^|S|`` of roots
of unity by a Fourier transform; what remains is a product over players, of which the expectation at
``p`` is the product of expectations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from shapiq_fixlip.solver.covariance import choose_covariance
from shapiq_fixlip.solver.known_sides import KnownSide, Prediction

if TYPE_CHECKING:
    from shapiq_fixlip.solver.covariance import Covariance
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

type _Factor = tuple[FloatArray, bool]
"""A Cholesky factor, as scipy returns it."""

__all__ = ["Surrogate", "fit_surrogate"]

_ROWS_TUNED = 256
"""Coalitions that choose the covariance; more would change it little and cost their cube."""

_ROWS_JUDGED = 2048
"""Coalitions that choose the noise."""

_SMALLEST_NOISE = 1e-10
"""Relative to the variance of the function; less cannot be solved for."""

_GIVEN_NOISE = 1e-3
"""Of the coalitions that were not drawn, relative to that of the others: without any, a smooth
covariance would bend the function wildly in order to meet the values of a rough one."""

_MOST_HARM = 2.0
"""How many times worse drawn coalitions may be predicted for that; else all have the same noise."""

_N_BOUNDS = 2
"""The empty and the full coalition, whose values are met so that Shapley values add up."""

_REFINEMENTS = 3
"""Corrections of the solution, after which even the smallest noise of these two is gone."""

_LARGEST_NOISE = 0.3
_NOISE_FACTORS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.001)
"""What the most likely noise is multiplied by before the best predicting one is chosen."""

_PAIRS_CHUNK = 2**22
"""Numbers of a table of pairs of players that are built at once, 32 MiB."""


class Surrogate(KnownSide):
    """The expectation of a side given some values, and its derivatives.

    Attributes:
        covariance: What was believed before.
        noises: The variance of the noise of one coalition, relative to that of the function, if it
            was drawn and if it was not; the empty and the full coalition have none.
    """

    def __init__(
        self,
        coalitions: BoolMatrix,
        values: FloatArray,
        *,
        covariance: Covariance,
        noises: tuple[float, float],
        n_given: int,
    ) -> None:
        """Solve one equation for each coalition.

        Args:
            coalitions: Of shape ``(m, n)``.
            values: Their vectors, of shape ``(m, d)``.
            covariance: What was believed before.
            noises: See above.
            n_given: How many of the first coalitions were not drawn; the values of the empty and
                the full one, which come first, are met, those of the others nearly.
        """
        self.n, self.covariance, self.noises = coalitions.shape[1], covariance, noises
        self._coalitions, self._values, self._n_given = coalitions, values, n_given
        self._present = coalitions.astype(np.float64)
        covariances = covariance.between(coalitions, coalitions)
        self._factor = _factor(covariances, noises, n_given)
        of_ones = linalg.cho_solve(self._factor, np.ones(len(coalitions)))
        self._mean = of_ones @ values / of_ones.sum()
        self._dual = linalg.cho_solve(self._factor, values - self._mean)
        of_all = _all_noises(len(coalitions), noises, n_given)
        of_all[:_N_BOUNDS] = 0
        for _ in range(_REFINEMENTS):
            left = values - self._mean - covariances @ self._dual - of_all[:, None] * self._dual
            self._dual += linalg.cho_solve(self._factor, left)
        self._roots, self._spectrum = self._fourier_transform()

    def __call__(self, coalitions: BoolMatrix) -> FloatArray:
        """Return the expected vectors of coalitions, of shape ``(m', d)``."""
        return self._mean + self.covariance.between(coalitions, self._coalitions) @ self._dual

    def singles(self, p: float) -> FloatArray:
        """Return the derivatives at ``p`` of no player and of each, of shape ``(1 + n, d)``."""
        whole, absent, change = self._factors(p)
        singles = self._present * (whole @ change.T).real
        singles += (whole @ absent.T).real
        none = whole.sum(axis=1, keepdims=True).real
        derivatives = np.hstack([none, singles]).T @ self._dual
        derivatives[0] += self._mean
        return derivatives

    def pairs(self, p: float, vector: FloatArray) -> FloatArray:
        """Return the derivatives at ``p`` of all pairs of players, times a vector."""
        whole, absent, change = self._factors(p)
        whole *= (self._dual @ vector)[:, None]
        firsts, seconds = np.triu_indices(self.n, 1)
        mixed = (change * (self._present.T @ whole)) @ absent.T
        either = ((absent * whole.sum(axis=0)) @ absent.T + mixed + mixed.T).real
        derivatives = either[firsts, seconds]
        stacked = np.hstack([whole.real, whole.imag]).T
        step = max(1, _PAIRS_CHUNK // len(whole))
        for start in range(0, len(firsts), step):
            chunk = slice(start, start + step)
            i, j = firsts[chunk], seconds[chunk]
            real, imaginary = np.split(stacked @ (self._present[:, i] * self._present[:, j]), 2)
            both = (change[i] * change[j]).T
            derivatives[chunk] += np.sum(both.real * real - both.imag * imaginary, axis=0)
        return derivatives

    def left_out(self) -> Prediction:
        """Predict each coalition that was drawn from all others; exact, by one solve."""
        drawn = slice(self._n_given, None)
        values = self._values[drawn]
        errors = self._dual[drawn] / _precisions(self._factor)[drawn, None]
        return Prediction(values, values - errors, np.full(len(values), 1 / max(1, len(values))))

    def _fourier_transform(self) -> tuple[np.ndarray, np.ndarray]:
        """Write the factor of the sizes as the real part of a sum of powers of roots of unity.

        Returns:
            Half of the roots, of shape ``(k,)``, and for each coalition their coefficients,
            of shape ``(m, k)``, which count for the conjugate roots too.
        """
        length = self.n + 1 + self.n % 2  # odd: the root -1 could make an expectation vanish
        sizes = np.arange(length).clip(max=self.n)
        factors = self.covariance.of_sizes(self._coalitions.sum(axis=1), sizes)
        spectrum = np.fft.rfft(factors, axis=1) / length
        spectrum[:, 1:] *= 2
        roots = np.exp(2j * np.pi * np.arange(spectrum.shape[1]) / length)
        return roots, spectrum

    def _factors(self, p: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the derivatives of the sampled covariances at ``p``, as products of players.

        Returns:
            The expectation of each covariance for each root, of shape ``(m, k)``, and by what a
            derivative multiplies it, for each player and each root, ``(n, k)``: if the coalition
            is without the player, and the change if it is with the player.
        """
        alike, different = 1.0, np.exp(-self.covariance.rates)[:, None]
        roots = self._roots
        of_absent = p * roots * different + (1 - p) * alike
        of_present = p * roots * alike + (1 - p) * different
        absent = (roots * different - alike) / of_absent
        present = (roots * alike - different) / of_present
        logarithms = np.log(of_absent)
        exponents = self._present @ (np.log(of_present) - logarithms) + logarithms.sum(axis=0)
        return self._spectrum * np.exp(exponents), absent, present - absent


def fit_surrogate(
    coalitions: BoolMatrix,
    values: FloatArray,
    *,
    directions: FloatArray,
    n_given: int,
    rng: np.random.Generator,
) -> Surrogate:
    """Fit one side, with the prior that makes its values most likely.

    Args:
        coalitions: Of shape ``(m, n)``.
        values: Their vectors, of shape ``(m, d)``.
        directions: What counts of a vector, from ``shrinkage.principal_directions``.
        n_given: How many of the first coalitions were not drawn.
        rng: Draws the coalitions of a large sample that choose the covariance.
    """
    m, outputs = len(coalitions), values @ directions
    tuned = _tuned_rows(m, n_given, rng)
    covariance, most_likely = choose_covariance(coalitions[tuned], outputs[tuned])
    judged = slice(max(_ROWS_JUDGED, 2 * n_given))
    noises = _best_noises(
        covariance.between(coalitions[judged], coalitions[judged]),
        outputs[judged],
        n_given,
        min(most_likely, _LARGEST_NOISE),
    )
    return Surrogate(coalitions, values, covariance=covariance, noises=noises, n_given=n_given)


def _tuned_rows(m: int, n_given: int, rng: np.random.Generator) -> np.ndarray:
    """Return the coalitions that choose the covariance, all of them if they are few.

    Those that were not drawn are kept as far as possible: a covariance that does not know how small
    coalitions differ from the others must not be made to meet their values.
    """
    if m <= _ROWS_TUNED:
        return np.arange(m)
    n_kept = max(min(n_given, _ROWS_TUNED // 2), _ROWS_TUNED - (m - n_given))
    kept = rng.permutation(n_given)[:n_kept]
    others = n_given + rng.permutation(m - n_given)[: _ROWS_TUNED - n_kept]
    return np.concatenate([kept, others])


def _best_noises(
    covariance: FloatArray, outputs: FloatArray, n_given: int, largest: float
) -> tuple[float, float]:
    """Return the noises with which drawn coalitions are predicted best, each from all others.

    Args:
        covariance: Of all coalitions, of shape ``(m, m)``.
        outputs: What is predicted, of shape ``(m, r)``.
        n_given: How many of the first coalitions were not drawn.
        largest: The largest noise of drawn coalitions.

    Returns:
        Of drawn coalitions and of others.
    """
    outputs = outputs - outputs.mean(axis=0)

    def error(noises: tuple[float, float]) -> float:
        """Return the sum of squared errors of all drawn coalitions."""
        factor = _factor(covariance, noises, n_given)
        of_ones = linalg.cho_solve(factor, np.ones(len(outputs)))
        dual = linalg.cho_solve(factor, outputs - of_ones @ outputs / of_ones.sum())
        errors = dual[n_given:] / _precisions(factor)[n_given:, None]
        return float(np.sum(errors**2))

    drawn = [max(_SMALLEST_NOISE, largest * factor) for factor in _NOISE_FACTORS]
    candidates = [(noise, max(_SMALLEST_NOISE, _GIVEN_NOISE * noise)) for noise in drawn]
    errors = [error(noises) for noises in candidates]
    best = candidates[int(np.argmin(errors))]
    equal = (best[0], best[0])
    is_harmful = n_given > _N_BOUNDS and min(errors) > _MOST_HARM * error(equal)
    return equal if is_harmful else best


def _factor(covariance: FloatArray, noises: tuple[float, float], n_given: int) -> _Factor:
    """Factorise a covariance with noise of coalitions that were drawn and of others."""
    covariance = covariance.copy()
    covariance[np.diag_indices_from(covariance)] += _all_noises(len(covariance), noises, n_given)
    factor, lower = linalg.cho_factor(covariance, lower=True, overwrite_a=True)
    return factor, lower


def _all_noises(m: int, noises: tuple[float, float], n_given: int) -> FloatArray:
    """Return the noise of each coalition, of shape ``(m,)``."""
    of_all = np.full(m, noises[0])
    of_all[:n_given] = noises[1]
    of_all[:_N_BOUNDS] = _SMALLEST_NOISE
    return of_all


def _precisions(factor: _Factor) -> FloatArray:
    """Return one over the variance of each value given all others, the constant unknown."""
    inverse, _ = linalg.lapack.dpotri(factor[0], lower=True)  # only its lower triangle is filled
    of_ones = linalg.cho_solve(factor, np.ones(len(inverse)))
    return np.diag(inverse) - of_ones**2 / of_ones.sum()
