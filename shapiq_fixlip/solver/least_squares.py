"""The paper's estimator: weighted least squares over all pairs of sampled coalitions.

The design matrix of the pairs is never built. With an orthonormal basis of each side whose leading
columns span the functions of low degree, the fit of all pairs is the product of the two sides with
the terms of too high a total degree left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg

from shapiq_fixlip.coalitions.chunks import row_chunks
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.solver.basis import n_products, standardised
from shapiq_fixlip.solver.side_fit import CoefficientFit

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.basis import DegreeBasis
    from shapiq_fixlip.typing import FloatArray

__all__ = ["LeastSquaresFit", "check_enough_coalitions", "gram_matrix"]

_SMALLEST_PIVOT = 1e-7
"""Relative size of a Cholesky pivot below which columns count as dependent."""


def gram_matrix(
    z: FloatArray, weights: FloatArray, values: FloatArray, basis: DegreeBasis
) -> tuple[FloatArray, FloatArray]:
    """Return ``X' W X`` and ``X' W F``, building only a part of the columns ``X`` at a time.

    Args:
        z: Standardised coalitions, of shape ``(m, n)``.
        weights: Of shape ``(m,)``.
        values: ``F``, of shape ``(m, d)``.
        basis: Says which products the ``q`` columns are.

    Returns:
        Of shapes ``(q, q)`` and ``(q, d)``.
    """
    size = basis.ends[-1]
    gram, moments = np.zeros((size, size)), np.zeros((size, values.shape[1]))
    for rows in row_chunks(len(z), size):
        columns = basis.columns(z[rows])
        weighted = columns * weights[rows, None]
        gram += columns.T @ weighted
        moments += weighted.T @ values[rows]
    return gram, moments


def check_enough_coalitions(n_coalitions: int, n: int, max_degree: int) -> None:
    """Refuse fewer coalitions than columns.

    Args:
        n_coalitions: The number of distinct coalitions.
        n: Players of the side.
        max_degree: The most of them in one interaction.

    Raises:
        InputError: If there are too few.
    """
    n_columns = n_products(n, max_degree)
    if n_coalitions < n_columns:
        msg = (
            f"must give least squares at least {n_columns} distinct coalitions of a side "
            f"with {n} players, one for each interaction of up to {max_degree} of them, got "
            f"{n_coalitions}; a larger budget, a lower order or the shrinkage estimator will do."
        )
        raise InputError("budget", msg)


class LeastSquaresFit(CoefficientFit):
    """Weighted least squares on one side, in the orthonormal basis of its own sample.

    With the Cholesky factor ``X' W X = R' R`` the columns of ``X R^-1`` are orthonormal under the
    weights, and its leading columns span the functions of low degree because ``R`` is triangular.
    """

    def __init__(self, sample: Sample, values: FloatArray, basis: DegreeBasis) -> None:
        """Solve the normal equations.

        Raises:
            InputError: If the coalitions cannot tell all columns apart.
        """
        super().__init__(sample, values, basis)
        check_enough_coalitions(len(sample), basis.n, basis.max_degree)
        self._z = standardised(sample.coalitions, basis.p)
        gram, moments = gram_matrix(self._z, sample.weights, values, basis)
        self._upper = _cholesky(gram, len(sample))
        self._coefficients = linalg.solve_triangular(self._upper, moments, trans="T")

    def interactions(self, contracted: FloatArray, degree: int) -> FloatArray:
        """Turn functions in the basis of the sample into interactions."""
        size = self.basis.ends[degree]
        products = linalg.solve_triangular(self._upper[:size, :size], contracted)
        return super().interactions(products, degree)

    def held_out(self, rows: np.ndarray) -> list[FloatArray]:
        """Predict each coalition from the others by the usual formula for leaving one out.

        The split into degrees stays that of the full sample, so the parts are exact only together.
        """
        columns = self.basis.columns(self._z[rows])
        columns = linalg.solve_triangular(self._upper, columns.T, trans="T").T
        weights = self.sample.weights[rows, None]
        residuals = self.values[rows] - columns @ self._coefficients
        leverages = weights * np.sum(columns**2, axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            corrections = weights * residuals / (1 - leverages)
        parts = []
        for degree in range(self.basis.max_degree + 1):
            place = self.basis.degree_slice(degree)
            part = columns[:, place]
            own = np.sum(part**2, axis=1, keepdims=True) * corrections
            parts.append(part @ self._coefficients[place] - own)
        return parts


def _cholesky(gram: FloatArray, n_coalitions: int) -> FloatArray:
    """Return the upper factor, or say that the columns are linearly dependent."""
    try:
        upper = linalg.cholesky(gram)
    except linalg.LinAlgError:
        upper = np.zeros_like(gram)
    pivots = np.diag(upper)
    if pivots.min() <= _SMALLEST_PIVOT * np.sqrt(np.diag(gram).max()):
        msg = (
            f"must give least squares coalitions that tell all {len(gram)} interactions of "
            f"a side apart, got {n_coalitions} that do not; a larger budget, a p closer to 0.5 or "
            "the shrinkage estimator will do."
        )
        raise InputError("budget", msg)
    return upper
