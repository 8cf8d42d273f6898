"""A Gaussian process over coalitions of all sizes, and its expected derivatives at every ``p``.

A sampled side is replaced by its posterior mean under the prior of
:mod:`shapiq_fixlip.solver.covariance`. This is a constant plus a sum of covariances with the
sampled coalitions, whose expected derivatives have a closed form: a discrete Fourier transform
writes the size factor of a covariance as a sum of powers ``x^|S|`` of roots of unity ``x``. The
rest is a product over players, whose expectation at ``p`` is the product of their expectations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import numpy as np
from scipy import linalg

from shapiq_fixlip.solver.covariance import choose_covariance
from shapiq_fixlip.solver.known_sides import HeldOut, KnownSide

if TYPE_CHECKING:
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.solver.covariance import Covariance
    from shapiq_fixlip.typing import FloatArray

type _Factor = tuple[FloatArray, bool]
"""A Cholesky factor, as scipy returns it."""

__all__ = ["Surrogate", "fit_surrogate"]

_ROWS_TUNED = 256
"""The most coalitions from which the covariance is chosen; every step costs their cube.

``benchmarks/shapley.py`` measures the estimator with this number. Others were not compared.
"""

_ROWS_JUDGED = 2048
"""The most coalitions from which the noise is chosen, but at least twice those not drawn.

Every candidate costs their cube. Other numbers were not compared.
"""

_MIN_NOISE = 1e-10
"""The smallest noise, relative to the variance of the function; less cannot be solved for."""

_FIXED_NOISE = 1e-3
"""The noise of coalitions that were not drawn, relative to that of drawn ones.

With none at all, a smooth covariance bent the function wildly to meet the values of a rough game.
Other ratios were not compared.
"""

_MAX_HARM = 2.0
"""The factor by which a smaller noise of the others may raise the squared error of drawn ones.

Beyond it, all have the same noise: of many players, single ones may act so unlike all larger
coalitions that meeting their values spoils every other prediction. Other factors were not compared.
"""

_N_BOUNDS = 2
"""The empty and the full coalition. Their values are met, so that Shapley values add up."""

_REFINEMENTS = 3
"""Steps of iterative refinement, which take away even the smallest noise of these two.

Other numbers were not compared.
"""

_MAX_NOISE = 0.3
"""The largest noise, relative to the variance of the function. Others were not compared."""

_NOISE_FACTORS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.001)
"""Factors of the most likely noise, of which leave-one-out errors choose one.

Other grids were not compared.
"""

_PAIRS_CHUNK = 2**22
"""Numbers in a table of pairs of players that are built at once, 32 MiB."""


class Surrogate(KnownSide):
    """The posterior mean of a side given some embeddings, and its derivatives.

    Attributes:
        covariance: The prior covariance.
        noises: Noise variances relative to the variance of the function: of a drawn coalition and
            of one that was not drawn. The empty and the full coalition have none.
    """

    def __init__(
        self,
        coalitions: CoalitionMatrix,
        values: FloatArray,
        *,
        covariance: Covariance,
        noises: tuple[float, float],
        n_fixed: int,
    ) -> None:
        """Solve one equation for each coalition.

        Args:
            coalitions: Of shape ``(m, n)``.
            values: Their embeddings, of shape ``(m, d)``.
            covariance: The prior covariance.
            noises: As in the attribute.
            n_fixed: How many of the first coalitions were not drawn. The empty and the full one
                come first; their embeddings are met exactly, those of the others nearly.
        """
        self.n, self.covariance, self.noises = coalitions.shape[1], covariance, noises
        self._coalitions, self._values, self._n_given = coalitions, values, n_fixed
        self._present = coalitions.astype(np.float64)
        covariances = covariance.between(coalitions, coalitions)
        self._factor = _factor(covariances, noises, n_fixed)
        solved_ones = linalg.cho_solve(self._factor, np.ones(len(coalitions)))
        self._mean = solved_ones @ values / solved_ones.sum()
        self._dual = linalg.cho_solve(self._factor, values - self._mean)
        of_all = _all_noises(len(coalitions), noises, n_fixed)
        of_all[:_N_BOUNDS] = 0
        for _ in range(_REFINEMENTS):
            left = values - self._mean - covariances @ self._dual - of_all[:, None] * self._dual
            self._dual += linalg.cho_solve(self._factor, left)
        self._roots, self._spectrum = self._fourier_transform()

    def __call__(self, coalitions: CoalitionMatrix) -> FloatArray:
        """Return the posterior means of coalitions, of shape ``(m', d)``."""
        return self._mean + self.covariance.between(coalitions, self._coalitions) @ self._dual

    @override
    def singles(self, p: float) -> FloatArray:
        whole, absent, change = self._factors(p)
        singles = self._present * (whole @ change.T).real
        singles += (whole @ absent.T).real
        none = whole.sum(axis=1, keepdims=True).real
        derivatives = np.hstack([none, singles]).T @ self._dual
        derivatives[0] += self._mean
        return derivatives

    @override
    def pairs(self, p: float, vector: FloatArray) -> FloatArray:
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

    @override
    def hold_out(self) -> HeldOut:
        """Predict each drawn coalition from all others, by the exact leave-one-out formula."""
        drawn = slice(self._n_given, None)
        values = self._values[drawn]
        errors = self._dual[drawn] / _precisions(self._factor)[drawn, None]
        return HeldOut(values, values - errors, np.full(len(values), 1 / max(1, len(values))))

    def _fourier_transform(self) -> tuple[np.ndarray, np.ndarray]:
        """Write the size factor as the real part of a sum of powers of roots of unity.

        Returns:
            One root of each conjugate pair, of shape ``(k,)``, and their coefficients for each
            coalition, of shape ``(m, k)``, which include those of the conjugate roots.
        """
        length = self.n + 1 + self.n % 2  # odd: the root -1 could make an expectation 0
        sizes = np.arange(length).clip(max=self.n)
        factors = self.covariance.of_sizes(self._coalitions.sum(axis=1), sizes)
        spectrum = np.fft.rfft(factors, axis=1) / length
        spectrum[:, 1:] *= 2
        roots = np.exp(2j * np.pi * np.arange(spectrum.shape[1]) / length)
        return roots, spectrum

    def _factors(self, p: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the expected derivatives of covariances at ``p``, as products over players.

        Returns:
            Three arrays. First, the expectation of each covariance for each root, ``(m, k)``. A
            derivative multiplies it by a factor for each player and root, ``(n, k)``: second, this
            factor for coalitions without the player; third, how much larger it is for the others.
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
    coalitions: CoalitionMatrix,
    values: FloatArray,
    *,
    directions: FloatArray,
    n_fixed: int,
    rng: np.random.Generator,
) -> Surrogate:
    """Fit one side, under the prior that makes its embeddings most likely.

    Args:
        coalitions: Of shape ``(m, n)``.
        values: Their embeddings, of shape ``(m, d)``.
        directions: How the other side weighs the dimensions, from
            :meth:`~shapiq_fixlip.solver.observations.Observations.directions`.
        n_fixed: How many of the first coalitions were not drawn.
        rng: Draws those coalitions of a large sample from which the covariance is chosen.
    """
    m, outputs = len(coalitions), values @ directions
    tuned = _tuned_rows(m, n_fixed, rng)
    covariance, minimise = choose_covariance(coalitions[tuned], outputs[tuned])
    judged = slice(max(_ROWS_JUDGED, 2 * n_fixed))
    noises = _best_noises(
        covariance.between(coalitions[judged], coalitions[judged]),
        outputs[judged],
        n_fixed,
        min(minimise, _MAX_NOISE),
    )
    return Surrogate(coalitions, values, covariance=covariance, noises=noises, n_fixed=n_fixed)


def _tuned_rows(m: int, n_fixed: int, rng: np.random.Generator) -> np.ndarray:
    """Return the coalitions from which the covariance is chosen, all of them if they are few.

    Those that were not drawn are kept as far as possible. The surrogate nearly meets their values,
    so its covariance has to know how small coalitions differ from the others.
    """
    if m <= _ROWS_TUNED:
        return np.arange(m)
    n_kept = max(min(n_fixed, _ROWS_TUNED // 2), _ROWS_TUNED - (m - n_fixed))
    kept = rng.permutation(n_fixed)[:n_kept]
    others = n_fixed + rng.permutation(m - n_fixed)[: _ROWS_TUNED - n_kept]
    return np.concatenate([kept, others])


def _best_noises(
    covariance: FloatArray, outputs: FloatArray, n_fixed: int, largest: float
) -> tuple[float, float]:
    """Return the noises with the smallest leave-one-out error of drawn coalitions.

    Args:
        covariance: Of all coalitions, of shape ``(m, m)``.
        outputs: What is predicted, of shape ``(m, r)``.
        n_fixed: How many of the first coalitions were not drawn.
        largest: The largest noise of drawn coalitions.

    Returns:
        The noise of drawn coalitions and that of the others.
    """
    outputs = outputs - outputs.mean(axis=0)

    def error(noises: tuple[float, float]) -> float:
        """Return the sum of squared leave-one-out errors of all drawn coalitions."""
        factor = _factor(covariance, noises, n_fixed)
        solved_ones = linalg.cho_solve(factor, np.ones(len(outputs)))
        dual = linalg.cho_solve(factor, outputs - solved_ones @ outputs / solved_ones.sum())
        errors = dual[n_fixed:] / _precisions(factor)[n_fixed:, None]
        return float(np.sum(errors**2))

    drawn = [max(_MIN_NOISE, largest * factor) for factor in _NOISE_FACTORS]
    candidates = [(noise, max(_MIN_NOISE, _FIXED_NOISE * noise)) for noise in drawn]
    errors = [error(noises) for noises in candidates]
    best = candidates[int(np.argmin(errors))]
    equal = (best[0], best[0])
    is_harmful = n_fixed > _N_BOUNDS and min(errors) > _MAX_HARM * error(equal)
    return equal if is_harmful else best


def _factor(covariance: FloatArray, noises: tuple[float, float], n_fixed: int) -> _Factor:
    """Return the Cholesky factor of a covariance plus the noise of drawn and other coalitions."""
    covariance = covariance.copy()
    covariance[np.diag_indices_from(covariance)] += _all_noises(len(covariance), noises, n_fixed)
    factor, lower = linalg.cho_factor(covariance, lower=True, overwrite_a=True)
    return factor, lower


def _all_noises(m: int, noises: tuple[float, float], n_fixed: int) -> FloatArray:
    """Return the noise of each coalition, of shape ``(m,)``."""
    of_all = np.full(m, noises[0])
    of_all[:n_fixed] = noises[1]
    of_all[:_N_BOUNDS] = _MIN_NOISE
    return of_all


def _precisions(factor: _Factor) -> FloatArray:
    """Return one over the variance of each value given all others, with an unknown constant."""
    inverse, _ = linalg.lapack.dpotri(factor[0], lower=True)  # only its lower triangle is filled
    solved_ones = linalg.cho_solve(factor, np.ones(len(inverse)))
    return np.diag(inverse) - solved_ones**2 / solved_ones.sum()
