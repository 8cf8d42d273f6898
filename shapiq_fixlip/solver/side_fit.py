"""What every fit of one side offers, whatever its estimator.

A side is a function from coalitions to vectors. Its *fit* writes this function in a basis that is
orthonormal and ordered by degree, so that a part of low degree is found by leaving out columns.
Two fits together give the interactions of a separable game (:mod:`shapiq_fixlip.solver.combine`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.derivatives import derivatives_of_all, positions_of

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.basis import DegreeBasis
    from shapiq_fixlip.typing import FloatArray

__all__ = ["CoefficientFit", "PosteriorFit", "ProjectionFit", "SideFit"]


class SideFit(ABC):
    """The function of one side, expanded by degree.

    Attributes:
        basis: The products of players that the fit can have.
        sample: The coalitions it was fitted to.
        values: The vectors of these coalitions, of shape ``(m, d)``.
    """

    def __init__(self, sample: Sample, values: FloatArray, basis: DegreeBasis) -> None:
        """Keep what is fitted."""
        self.sample, self.values, self.basis = sample, values, basis

    @abstractmethod
    def coefficients(self, degree: int) -> FloatArray:
        """Return the coefficients of one degree, of shape ``(q_degree, d)``."""

    @abstractmethod
    def contract(self, vectors: FloatArray, max_degree: int) -> FloatArray:
        """Return inner products of all coefficients up to a degree with some vectors.

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
            For every degree the part of the prediction that has it, of shape ``(r, d)``.
        """

    def interactions(self, contracted: FloatArray, degree: int) -> FloatArray:
        """Turn functions in the basis of the fit into interactions, shapes as in ``contract``."""
        return self.basis.interactions(contracted, degree)


class PosteriorFit(SideFit):
    """A fit that knows how uncertain it is.

    Its coefficients are normal around their estimates. The covariance of two numbers made of them
    is that of the coalitions, the same for every dimension, times :attr:`value_covariance`.
    """

    value_covariance: FloatArray
    """Covariance of the noise in the vector of one coalition, of shape ``(d, d)``."""

    @abstractmethod
    def part_covariances(self, size: int) -> FloatArray:
        """Return how uncertain the interactions of one size are, before ``value_covariance``.

        An interaction is a sum of parts, one from the coefficients of each degree.

        Args:
            size: The number of players of the interactions.

        Returns:
            The covariances of the parts of every interaction, ``(q_size, degrees, degrees)``.
        """


class CoefficientFit(SideFit):
    """A fit that holds all its coefficients, of shape ``(q, d)``."""

    _coefficients: FloatArray

    def coefficients(self, degree: int) -> FloatArray:
        """Return the coefficients of one degree, of shape ``(q_degree, d)``."""
        return self._coefficients[self.basis.degree_slice(degree)]

    def contract(self, vectors: FloatArray, max_degree: int) -> FloatArray:
        """Return inner products of all coefficients up to a degree with some vectors."""
        return self._coefficients[: self.basis.ends[max_degree]] @ vectors.T


class ProjectionFit(CoefficientFit, PosteriorFit):
    """The exact expansion of a side whose coalitions are all known, in order."""

    def __init__(self, sample: Sample, values: FloatArray, basis: DegreeBasis) -> None:
        """Turn the expected derivatives into coefficients of the orthonormal products."""
        super().__init__(sample, values, basis)
        self._z = standardised(sample.coalitions, basis.p)
        derivatives = derivatives_of_all(values, basis.p)
        rows = np.concatenate([positions_of(subsets) for subsets in basis.subsets])
        scales = (basis.p * (1 - basis.p)) ** (basis.degrees / 2)
        self._coefficients = scales[:, None] * derivatives[rows]
        self.value_covariance = np.zeros((values.shape[1], values.shape[1]))

    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Return the parts of the function itself: nothing is estimated, so nothing is left out."""
        columns = self.basis.columns(self._z[rows])
        places = [self.basis.degree_slice(d) for d in range(self.basis.max_degree + 1)]
        return [columns[:, place] @ self._coefficients[place] for place in places]

    def part_covariances(self, size: int) -> FloatArray:
        """Return zeros: nothing is uncertain."""
        n_degrees = self.basis.max_degree + 1
        return np.zeros((len(self.basis.subsets[size]), n_degrees, n_degrees))
