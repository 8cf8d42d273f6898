"""What every fit of one side offers, whatever its estimator.

A side is a function from coalitions to embeddings. Its *fit* expands this function in a basis that
is orthonormal and ordered by degree, so its part of low degree is found by leaving out columns. Two
fits together give the interactions of a separable game (:mod:`shapiq_fixlip.solver.combine`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, override

import numpy as np

from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.derivatives import derivatives_of

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.basis import DegreeBasis
    from shapiq_fixlip.typing import FloatArray

__all__ = ["CoefficientFit", "PosteriorFit", "ProjectionFit", "SideFit"]


class SideFit(ABC):
    """The function of one side, expanded by degree.

    Attributes:
        basis: The products of players that span the fit.
        sample: The coalitions it was fitted to.
        embeddings: Those of these coalitions, of shape ``(m, d)``.
    """

    def __init__(self, sample: Sample, values: FloatArray, basis: DegreeBasis) -> None:
        """Keep the sample, its embeddings and the basis."""
        self.sample, self.embeddings, self.basis = sample, values, basis

    @abstractmethod
    def coefficients(self, degree: int) -> FloatArray:
        """Return the coefficients of one degree, of shape ``(q_degree, d)``."""

    @abstractmethod
    def contract(self, vectors: FloatArray, max_degree: int) -> FloatArray:
        """Return the inner products of all coefficients up to a degree with some vectors.

        Args:
            vectors: Of shape ``(r, d)``.
            max_degree: Coefficients of higher degree are left out.

        Returns:
            Of shape ``(basis.ends[max_degree], r)``.
        """

    @abstractmethod
    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Predict coalitions of the sample, each from a fit to all the others.

        Args:
            rows: Positions in the sample, of shape ``(r,)``.

        Returns:
            For every degree its part of the predictions, of shape ``(r, d)``.
        """

    def interactions(self, contracted: FloatArray, degree: int) -> FloatArray:
        """Turn contracted coefficients, from ``contract``, into interactions of the same shape."""
        return self.basis.interactions(contracted, degree)


class PosteriorFit(SideFit):
    """A fit with a posterior: its coefficients are normal around their estimates.

    The posterior covariance of two linear combinations of coefficients is a number that follows
    from the coalitions, times :attr:`value_covariance`.
    """

    value_covariance: FloatArray
    """Covariance of the noise in the embedding of one coalition, of shape ``(d, d)``."""

    @abstractmethod
    def part_covariances(self, size: int) -> FloatArray:
        """Return the covariances of parts of interactions, before ``value_covariance``.

        An interaction is a sum of parts, one from the coefficients of each degree.

        Args:
            size: The number of players of the interactions.

        Returns:
            Those of the parts of every interaction, of shape ``(q_size, degrees, degrees)``.
        """


class CoefficientFit(SideFit):
    """A fit that holds all its coefficients, of shape ``(q, d)``."""

    _coefficients: FloatArray

    @override
    def coefficients(self, degree: int) -> FloatArray:
        return self._coefficients[self.basis.degree_slice(degree)]

    @override
    def contract(self, vectors: FloatArray, max_degree: int) -> FloatArray:
        return self._coefficients[: self.basis.ends[max_degree]] @ vectors.T


class ProjectionFit(CoefficientFit, PosteriorFit):
    """The exact expansion of a side of which all coalitions are known, as enumerated."""

    def __init__(self, sample: Sample, values: FloatArray, basis: DegreeBasis) -> None:
        """Turn the expected derivatives into coefficients of the orthonormal products."""
        super().__init__(sample, values, basis)
        self._z = standardised(sample.coalitions, basis.p)
        scales = (basis.p * (1 - basis.p)) ** (basis.degrees / 2)
        self._coefficients = scales[:, None] * derivatives_of(values, basis.subsets, basis.p)
        self.value_covariance = np.zeros((values.shape[1], values.shape[1]))

    @override
    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Return the parts of the function itself: nothing is estimated, so nothing is held out."""
        columns = self.basis.columns(self._z[rows])
        places = [self.basis.degree_slice(d) for d in range(self.basis.max_degree + 1)]
        return [columns[:, place] @ self._coefficients[place] for place in places]

    @override
    def part_covariances(self, size: int) -> FloatArray:
        """Return zeros: nothing is uncertain."""
        n_degrees = self.basis.max_degree + 1
        return np.zeros((len(self.basis.subsets[size]), n_degrees, n_degrees))
