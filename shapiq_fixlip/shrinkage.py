"""Shrinkage per degree: nearly the fit of least squares from far fewer passes.

In the orthonormal products ``z_T`` coefficients get smaller as the degree grows. Each degree ``d``
therefore gets a ridge of its own: a *strength* ``tau_d``, the variance that its ``binom(n, d)``
coefficients have together before any value is seen, against noise of variance one (the terms of
higher degree). The constant is not penalised. With more columns than coalitions the fit is solved
in its dual form, whose kernel ``sum_d tau_d / binom(n, d) e_d(z * z')`` needs no columns; here
``e_d`` is the elementary symmetric polynomial.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, optimize
from threadpoolctl import threadpool_limits

from shapiq_fixlip.basis import standardised
from shapiq_fixlip.fits import CoefficientFit, SideFit
from shapiq_fixlip.least_squares import gram_matrix

if TYPE_CHECKING:
    from shapiq_fixlip.basis import DegreeBasis
    from shapiq_fixlip.sampling import Sample
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "DualShrinkageFit",
    "PrimalShrinkageFit",
    "choose_strengths",
    "fit_with_shrinkage",
    "principal_directions",
]

_ROWS_TUNED = 512
"""Coalitions that choose the strengths; more would change them little and cost their cube."""

_SMALLEST_DIRECTION = 1e-3
"""Relative size of the directions in which a side varies too little to count."""

_LOG_STRENGTH_BOUNDS = (-9.0, 9.0)

_TINY = np.finfo(np.float64).tiny


def fit_with_shrinkage(
    sample: Sample, values: FloatArray, basis: DegreeBasis, directions: FloatArray
) -> SideFit:
    """Fit one side, with strengths that predict left-out coalitions best.

    Args:
        sample: The coalitions.
        values: Their vectors, of shape ``(m, d)``.
        basis: The products of the fit.
        directions: What counts of a vector, from :func:`principal_directions`.
    """
    strengths = choose_strengths(sample, values @ directions, basis.max_degree, basis.p)
    is_overdetermined = len(sample) > basis.ends[-1]
    fit = PrimalShrinkageFit if is_overdetermined else DualShrinkageFit
    return fit(sample, values, basis, strengths)


def principal_directions(weights: FloatArray, values: FloatArray) -> FloatArray:
    """Return how one side weighs the dimensions of the other.

    The mean square of ``<f, g>`` over the coalitions of ``g`` is that of ``f @ directions``:
    predicting ``f`` well along these directions is predicting the game well.

    Args:
        weights: Of the coalitions of ``g``, of shape ``(m,)``.
        values: The vectors ``g``, of shape ``(m, d)``.

    Returns:
        Of shape ``(d, r)``, without the directions in which ``g`` hardly varies.
    """
    squares, directions = linalg.eigh(values.T @ (weights[:, None] * values))
    sizes = np.sqrt(squares.clip(min=0))
    kept = sizes > _SMALLEST_DIRECTION * sizes[-1]
    return directions[:, kept] * sizes[kept]


def choose_strengths(sample: Sample, outputs: FloatArray, max_degree: int, p: float) -> FloatArray:
    """Return the strength of every degree from 1 on that minimises the leave-one-out error.

    Args:
        sample: The coalitions; the first 512 are used.
        outputs: What is predicted, of shape ``(m, r)``.
        max_degree: The number of strengths.
        p: Probability that a player is present.
    """
    z = standardised(sample.coalitions[:_ROWS_TUNED], p)
    weights = sample.weights[:_ROWS_TUNED]
    outputs = outputs[:_ROWS_TUNED]
    noise = np.diag(weights.mean() / weights)
    parts = [_kernel(z, z, degree) for degree in range(1, max_degree + 1)]

    def leave_one_out_error(log_strengths: FloatArray) -> float:
        kernel = noise + sum(
            math.exp(log_strength) * part
            for log_strength, part in zip(log_strengths, parts, strict=True)
        )
        inverse = linalg.inv(kernel)
        inverse_ones = inverse.sum(axis=1)
        centred = inverse - np.outer(inverse_ones, inverse_ones) / inverse_ones.sum()
        errors = (centred @ outputs) / np.diag(centred)[:, None]
        return math.log(np.sum(weights[:, None] * errors**2) + _TINY)

    start = 3.0 - 2.0 * np.arange(max_degree)  # where they often are
    simplex = np.vstack([start, start + 2.0 * np.eye(max_degree)])
    with threadpool_limits(1, "blas"):  # many small products, which threads only slow down
        found = optimize.minimize(
            leave_one_out_error,
            start,
            method="Nelder-Mead",
            bounds=[_LOG_STRENGTH_BOUNDS] * max_degree,
            options={"initial_simplex": simplex, "xatol": 0.05, "fatol": 1e-4},
        )
    return np.exp(found.x)


def _kernel(z: FloatArray, others: FloatArray, degree: int) -> FloatArray:
    """Return ``e_degree(z * z') / binom(n, degree)`` for all pairs, by Newton's identities."""
    symmetric = [np.ones((len(z), len(others)))]
    power_sums = [z**k @ (others**k).T for k in range(1, degree + 1)]
    for size in range(1, degree + 1):
        terms = (
            (-1) ** (k - 1) * symmetric[size - k] * power_sums[k - 1] for k in range(1, size + 1)
        )
        symmetric.append(sum(terms, start=np.zeros_like(symmetric[0])) / size)
    return symmetric[degree] / max(1, math.comb(z.shape[1], degree))


class DualShrinkageFit(SideFit):
    """The fit as a weighted sum of kernels at the sampled coalitions."""

    def __init__(
        self, sample: Sample, values: FloatArray, basis: DegreeBasis, strengths: FloatArray
    ) -> None:
        """Solve one equation for each coalition."""
        super().__init__(sample, values, basis)
        self._strengths = strengths
        self._z = standardised(sample.coalitions, basis.p)
        kernel = np.diag(sample.weights.mean() / sample.weights)
        for degree in range(1, basis.max_degree + 1):
            kernel += self._kernel(self._z, degree)
        self._factor = linalg.cho_factor(kernel)
        ones = np.ones(len(sample))
        inverse_ones = linalg.cho_solve(self._factor, ones)
        self._constant_weights = inverse_ones / inverse_ones.sum()
        self._constant = self._constant_weights @ values
        self._dual = linalg.cho_solve(self._factor, values - self._constant)

    def _kernel(self, z: FloatArray, degree: int) -> FloatArray:
        return self._strengths[degree - 1] * _kernel(z, self._z, degree)

    def coefficients(self, degree: int) -> FloatArray:
        """Return the coefficients of one degree, of shape ``(q_degree, d)``."""
        if degree == 0:
            return self._constant[None]
        return self._moments(self._dual, degree)

    def contract(self, vectors: FloatArray, max_degree: int) -> FloatArray:
        """Return inner products of all coefficients up to a degree with some vectors."""
        dual = self._dual @ vectors.T
        moments = [self._moments(dual, degree) for degree in range(1, max_degree + 1)]
        return np.vstack([self._constant @ vectors.T, *moments])

    def _moments(self, dual: FloatArray, degree: int) -> FloatArray:
        """Return the coefficients of one degree for dual weights of shape ``(m, r)``."""
        n_products = len(self.basis.subsets[degree])
        moments = np.empty((n_products, dual.shape[1]))
        for chunk, columns in self.basis.products(self._z, degree):
            moments[chunk] = columns.T @ dual
        return moments * (self._strengths[degree - 1] / max(1, n_products))

    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Predict each coalition from the others; exact, by one solve."""
        unit = np.zeros((len(self.sample), len(rows)))
        unit[rows, np.arange(len(rows))] = 1
        inverse = linalg.cho_solve(self._factor, unit - self._constant_weights[rows])
        changes = self._dual[rows] / inverse[rows, np.arange(len(rows))][:, None]
        parts = [self._constant - self._constant_weights[rows, None] * changes]
        for degree in range(1, self.basis.max_degree + 1):
            kernel = self._kernel(self._z[rows], degree)
            own = np.einsum("ij,ji->i", kernel, inverse)
            parts.append(kernel @ self._dual - own[:, None] * changes)
        return parts


class PrimalShrinkageFit(CoefficientFit):
    """The same fit by one equation for each product, for samples larger than the basis."""

    def __init__(
        self, sample: Sample, values: FloatArray, basis: DegreeBasis, strengths: FloatArray
    ) -> None:
        """Solve the penalised normal equations."""
        super().__init__(sample, values, basis)
        self._z = standardised(sample.coalitions, basis.p)
        self._weights = sample.weights / sample.weights.mean()
        gram, moments = gram_matrix(self._z, self._weights, values, basis)
        for degree in range(1, basis.max_degree + 1):
            place = basis.degree_slice(degree)
            n_products = place.stop - place.start
            diagonal = np.arange(place.start, place.stop)
            gram[diagonal, diagonal] += n_products / strengths[degree - 1]
        self._factor = linalg.cho_factor(gram)
        self._coefficients = linalg.cho_solve(self._factor, moments)

    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Predict each coalition from the others; exact, by one solve."""
        columns = self.basis.columns(self._z[rows])
        influence = linalg.cho_solve(self._factor, columns.T).T
        weights = self._weights[rows, None]
        leverages = weights * np.sum(columns * influence, axis=1, keepdims=True)
        residuals = self.values[rows] - columns @ self._coefficients
        changes = weights * residuals / (1 - leverages)
        parts = []
        for degree in range(self.basis.max_degree + 1):
            place = self.basis.degree_slice(degree)
            part = columns[:, place]
            own = np.sum(part * influence[:, place], axis=1, keepdims=True)
            parts.append(part @ self._coefficients[place] - own * changes)
        return parts
