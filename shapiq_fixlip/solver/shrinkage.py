"""Shrinkage: nearly the fit of least squares from far fewer passes.

The coefficients of the orthonormal products ``z_T`` are estimated by their posterior means under
the prior of :mod:`shapiq_fixlip.solver.relevance`, which learns from the same embeddings how much
each player matters. The constant is not shrunk. The dual form has one equation for each coalition
and products of all degrees. The primal form, for large samples of few players, has one equation for
each product of low degree and takes those of higher degree as noise.

The posterior alone is too narrow for single players, which are sums of many coefficients: the prior
takes these as independent, and all coalitions as equally hard to predict. Standard errors of the
dual form allow for both: for what the sets of a player share, and for surprising coalitions.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, override

import numpy as np
from scipy import linalg

from shapiq_fixlip.coalitions.sampling import probabilities
from shapiq_fixlip.solver.basis import products_of, standardised
from shapiq_fixlip.solver.least_squares import gram_matrix
from shapiq_fixlip.solver.relevance import Prior, choose_prior
from shapiq_fixlip.solver.shared_effects import common_parts
from shapiq_fixlip.solver.side_fit import CoefficientFit, PosteriorFit, SideFit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.basis import DegreeBasis
    from shapiq_fixlip.solver.shared_effects import CommonPart
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "DualShrinkageFit",
    "PrimalShrinkageFit",
    "fit_with_shrinkage",
]

_MAX_EQUATIONS = 4096
"""Up to this number of coalitions, or of products, the form is dual. Others were not compared."""


def fit_with_shrinkage(
    sample: Sample, values: FloatArray, basis: DegreeBasis, directions: FloatArray
) -> SideFit:
    """Fit one side, under the prior that makes its embeddings most likely.

    Args:
        sample: The coalitions.
        values: Their embeddings, of shape ``(m, d)``.
        basis: The products of the fit.
        directions: How the other side weighs dimensions; see ``Observations.directions``.
    """
    prior = choose_prior(sample, values @ directions, basis.p)
    is_primal = len(sample) > max(_MAX_EQUATIONS, basis.ends[-1])
    fit = PrimalShrinkageFit if is_primal else DualShrinkageFit
    return fit(sample, values, basis, prior)


class DualShrinkageFit(PosteriorFit):
    """The posterior mean as a weighted sum of covariances with the sampled coalitions."""

    def __init__(
        self, sample: Sample, values: FloatArray, basis: DegreeBasis, prior: Prior
    ) -> None:
        """Solve one equation for each coalition."""
        super().__init__(sample, values, basis)
        self.prior = prior
        self._z = standardised(sample.coalitions, basis.p)
        self._noise = sample.weights.mean() / sample.weights
        self._probabilities = probabilities(sample.coalitions, basis.p)
        covariance = prior.covariance(sample.coalitions, sample.coalitions)
        covariance[np.diag_indices_from(covariance)] += self._noise
        self._factor = linalg.cho_factor(covariance, overwrite_a=True)
        self._inverse_ones = linalg.cho_solve(self._factor, np.ones(len(sample)))
        self._constant_weights = self._inverse_ones / self._inverse_ones.sum()
        self._mean = self._constant_weights @ values
        self._dual = linalg.cho_solve(self._factor, values - self._mean)
        self.value_covariance = (values - self._mean).T @ self._dual / (len(sample) - 1)

    @override
    def coefficients(self, degree: int) -> FloatArray:
        moments = self._moments(self._dual, degree)
        return moments + self._mean if degree == 0 else moments

    @override
    def contract(self, vectors: FloatArray, max_degree: int) -> FloatArray:
        dual = self._dual @ vectors.T
        moments = [self._moments(dual, degree) for degree in range(max_degree + 1)]
        moments[0] += self._mean @ vectors.T
        return np.vstack(moments)

    def _moments(self, dual: FloatArray, degree: int) -> FloatArray:
        """Return the shrunk coefficients of one degree for dual weights of shape ``(m, r)``."""
        subsets = self.basis.subsets[degree]
        variances = self.prior.variances(subsets)
        residuals = (self._probabilities * self._noise)[:, None] * dual
        moments = np.empty((len(subsets), dual.shape[1]))
        for chunk, columns in self.basis.products(self._z, degree):
            moments[chunk] = variances[chunk, None] * (columns.T @ dual) + columns.T @ residuals
        return moments

    @override
    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Predict each coalition from the others, by the exact leave-one-out formula."""
        unit = np.zeros((len(self.sample), len(rows)))
        unit[rows, np.arange(len(rows))] = 1
        inverse = linalg.cho_solve(self._factor, unit - self._constant_weights[rows])
        changes = self._dual[rows] / inverse[rows, np.arange(len(rows))][:, None]
        even = Prior(self.basis.p, 1.0, np.ones(self.basis.n))
        parts = []
        for degree in range(self.basis.max_degree + 1):
            covariance = self.prior.covariance_of_degree(self._z[rows], self._z, degree)
            alike = even.covariance_of_degree(self._z[rows], self._z, degree)
            covariance += alike * (self._probabilities * self._noise)
            own = np.einsum("ij,ji->i", covariance, inverse)
            parts.append(covariance @ self._dual - own[:, None] * changes)
        parts[0] += self._mean - self._constant_weights[rows, None] * changes
        return parts

    @override
    def part_covariances(self, size: int) -> FloatArray:
        """Return the posterior covariances, enlarged by what the prior misses."""
        n_degrees = self.basis.max_degree + 1
        covariances = np.zeros((len(self.basis.subsets[size]), n_degrees, n_degrees))
        for chunk in self.basis.chunks(size):
            for degree, other, covariance in self._open_covariances(size, chunk):
                covariances[chunk, degree, other] = covariance
        return covariances

    def _open_covariances(self, size: int, chunk: slice) -> Iterator[tuple[int, int, FloatArray]]:
        """Yield the covariances of the parts of two degrees of some interactions, ``(q,)``."""
        degrees = range(size, self.basis.max_degree + 1)
        parts, with_values = zip(*(self._parts(size, chunk, d) for d in degrees), strict=True)
        explained = [linalg.cho_solve(self._factor, covariance) for covariance in with_values]
        with_mean = [-self._inverse_ones @ covariance for covariance in with_values]
        if size == 0:
            with_mean[0] += 1  # the mean is a part of the constant
        weights = [  # of each coalition in the estimates of the parts
            value_weights + np.outer(self._constant_weights, mean)
            for value_weights, mean in zip(explained, with_mean, strict=True)
        ]
        errors = [  # of the parts per unit of noise, which is itself a part of the function
            weight - self._probabilities[:, None] * part
            for weight, part in zip(weights, parts, strict=True)
        ]
        missed = [
            self._missed(size, chunk, degree, weight)
            for degree, weight in zip(degrees, weights, strict=True)
        ]
        for i, degree in enumerate(degrees):
            for j, other in enumerate(degrees):
                covariance = with_mean[i] * with_mean[j] / self._inverse_ones.sum()
                covariance -= np.sum(with_values[i] * explained[j], axis=0)
                covariance += self.basis.covariance_of_noise(size, degree, other)
                covariance += (self._probabilities**2 * (self._noise - 1)) @ (parts[i] * parts[j])
                covariance += self._excess @ (errors[i] * errors[j])
                covariance += np.sum(missed[i] * missed[j], axis=1)
                if i == j:
                    variances = self.prior.variances(self.basis.subsets[degree])
                    covariance += self.basis.parts(size, degree)[chunk].power(2) @ variances
                yield degree, other, covariance

    @cached_property
    def _excess(self) -> FloatArray:
        """Return by how much the variance of each coalition exceeds its noise, of shape ``(m,)``.

        Coalitions of few players are often harder to predict than others. A leave-one-out error
        that is larger than expected raises the variance to its square. A smaller one lowers only
        the noise: what the prior leaves open stays open.
        """
        inverse = linalg.cho_solve(self._factor, np.eye(len(self.sample)))
        precisions = np.diag(inverse) - self._constant_weights * self._inverse_ones
        squares = np.sum(self._dual**2, axis=1) / precisions
        total = np.trace(self.value_covariance)
        unevenness = squares / total if total > 0 else np.ones(len(squares))
        return np.where(unevenness > 1, 1 / precisions, self._noise) * (unevenness - 1)

    @cached_property
    def _common(self) -> list[CommonPart]:
        """Return what the sets of each player may have in common, for every size of sets."""
        return common_parts(self.prior, self.basis, self._z)

    def _missed(self, size: int, chunk: slice, degree: int, weights: FloatArray) -> FloatArray:
        """Return the errors of estimated parts from what sets have in common, ``(q, n * sizes)``.

        Args:
            size: The number of players of the interactions.
            chunk: Which of these interactions.
            degree: The degree of the parts.
            weights: Those of each coalition in the estimates, of shape ``(m, q)``.
        """
        of_products = self.basis.parts(size, degree)[chunk]
        missed = [np.zeros((weights.shape[1], 0))]
        for common in self._common:
            found = weights.T @ common.values
            if common.degree == degree:
                found -= of_products @ common.coefficients
            missed.append(found)
        return np.hstack(missed)

    def _parts(self, size: int, chunk: slice, degree: int) -> tuple[FloatArray, FloatArray]:
        """Return what each coalition tells about parts of some interactions.

        Returns:
            Its weight in the part if all coalitions were known, divided by its probability; and the
            prior covariance of its value and the part. Both are of shape ``(m, q)``.
        """
        of_products = self.basis.parts(size, degree)[chunk]
        variances = self.prior.variances(self.basis.subsets[degree])
        parts = np.zeros((len(self.sample), of_products.shape[0]))
        covariance = np.zeros_like(parts)
        for place in self.basis.chunks(degree):
            some = of_products[:, place]
            if some.nnz:
                columns = products_of(self._z, self.basis.subsets[degree][place])
                parts += columns @ some.T
                covariance += (columns * variances[place]) @ some.T
        return parts, covariance + (self._probabilities * self._noise)[:, None] * parts


class PrimalShrinkageFit(CoefficientFit, PosteriorFit):
    """Nearly the same fit, by one equation for each product of low degree."""

    def __init__(
        self, sample: Sample, values: FloatArray, basis: DegreeBasis, prior: Prior
    ) -> None:
        """Solve the penalised normal equations."""
        super().__init__(sample, values, basis)
        self._z = standardised(sample.coalitions, basis.p)
        noise = 1 + prior.variance_above(basis.max_degree)
        self._weights = sample.weights / sample.weights.mean() / noise
        gram, moments = gram_matrix(self._z, self._weights, values, basis)
        penalties = np.concatenate([1 / prior.variances(subsets) for subsets in basis.subsets])
        penalties[0] = 0
        gram[np.diag_indices_from(gram)] += penalties
        self._factor = linalg.cho_factor(gram)
        self._coefficients = linalg.cho_solve(self._factor, moments)
        square = values.T @ (self._weights[:, None] * values) - moments.T @ self._coefficients
        self.value_covariance = square / (len(sample) - 1)

    @override
    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Predict each coalition from the others, by the exact leave-one-out formula."""
        columns = self.basis.columns(self._z[rows])
        influence = linalg.cho_solve(self._factor, columns.T).T
        weights = self._weights[rows, None]
        leverages = weights * np.sum(columns * influence, axis=1, keepdims=True)
        residuals = self.embeddings[rows] - columns @ self._coefficients
        changes = weights * residuals / (1 - leverages)
        parts = []
        for degree in range(self.basis.max_degree + 1):
            place = self.basis.degree_slice(degree)
            part = columns[:, place]
            own = np.sum(part * influence[:, place], axis=1, keepdims=True)
            parts.append(part @ self._coefficients[place] - own * changes)
        return parts

    @override
    def part_covariances(self, size: int) -> FloatArray:
        """Return the posterior covariances, from the inverse of the normal equations."""
        n_degrees = self.basis.max_degree + 1
        covariances = np.zeros((len(self.basis.subsets[size]), n_degrees, n_degrees))
        inverse = linalg.cho_solve(self._factor, np.eye(self.basis.ends[-1]))
        for degree in range(size, n_degrees):
            for other in range(size, n_degrees):
                block = inverse[self.basis.degree_slice(degree), self.basis.degree_slice(other)]
                half = self.basis.parts(size, degree) @ block
                covariances[:, degree, other] = np.asarray(
                    self.basis.parts(size, other).multiply(half).sum(axis=1)
                ).ravel()
        return covariances
