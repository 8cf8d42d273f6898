"""The paper's estimator: weighted least squares over all pairs of sampled coalitions.

The design matrix of the pairs is never built. Each side has an orthonormal basis whose leading
columns span the functions of low degree. The fit of all pairs is then the product of the fits of
both sides, without the terms whose total degree is too high.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, override

import numpy as np
from scipy import linalg

from shapiq_fixlip.coalitions.chunks import row_chunks
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.solver.basis import DegreeBasis, n_products, positions, standardised
from shapiq_fixlip.solver.side_fit import HeldOut, SideFit, held_out_rows

if TYPE_CHECKING:
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.typing import FloatArray

__all__ = ["LeastSquaresFit", "check_enough_coalitions", "cholesky_of"]

_MIN_PIVOT = 1e-7
"""The smallest Cholesky pivot, relative to the largest norm of a column.

Below it, columns count as linearly dependent. Other bounds were not compared.
"""

_ROUNDING = 1e-10
"""How close to 1 a leverage counts as 1: no other coalition tells about this one."""


def _gram_matrix(
    z: FloatArray, weights: FloatArray, values: FloatArray, basis: DegreeBasis
) -> tuple[FloatArray, FloatArray]:
    """Return ``X' W X`` and ``X' W F``, building only some rows of ``X`` at a time.

    Args:
        z: Standardised coalitions, of shape ``(m, n)``.
        weights: Of shape ``(m,)``.
        values: ``F``, of shape ``(m, d)``.
        basis: The products that are the ``q`` columns.

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


def check_enough_coalitions(
    n_coalitions: int, n: int, n_columns: int, argument: str = "budget"
) -> None:
    """Check that there are at least as many coalitions as columns.

    Args:
        n_coalitions: The number of distinct coalitions.
        n: The number of players of the side.
        n_columns: The number of sets of its players in interactions.
        argument: The argument that gave their number, for errors. Default ``"budget"``.

    Raises:
        InputError: If there are too few.
    """
    if n_coalitions < n_columns:
        msg = (
            f"must give least squares at least {n_columns} distinct coalitions of a side "
            f"with {n} players, one for each set of them in an interaction, got {n_coalitions}; "
            "use a larger budget, a p closer to 0.5, a lower max_order or estimator='shrinkage'."
        )
        raise InputError(argument, msg)


class LeastSquaresFit(SideFit):
    """Weighted least squares on one side, in the orthonormal basis of its own sample.

    With the Cholesky factor ``X' W X = R' R`` the columns of ``X R^-1`` are orthonormal under the
    weights, and its leading columns span the functions of low degree because ``R`` is triangular.
    The part of a degree is that of the columns of this degree.
    """

    def __init__(
        self,
        sample: Sample,
        embeddings: FloatArray,
        index: DerivativeIndex,
        max_degree: int,
        subsets: list[np.ndarray] | None = None,
    ) -> None:
        """Solve the normal equations.

        Raises:
            InputError: If the coalitions are fewer than the columns, or the columns are linearly
                dependent on them.
        """
        super().__init__(sample, embeddings, index, max_degree, subsets)
        check_enough_coalitions(len(sample), self.n, n_products(self.n, max_degree))
        (p,), (factor,) = index.nodes, index.factors
        self._basis = DegreeBasis(self.n, p, max_degree, factor)
        self._z = standardised(sample.coalitions, p)
        gram, moments = _gram_matrix(self._z, sample.weights, embeddings, self._basis)
        upper = cholesky_of(gram)
        if upper is None:
            msg = (
                f"must give least squares coalitions that tell all {len(gram)} interactions of "
                f"a side apart, got {len(sample)} that do not; a larger budget, a p closer to 0.5 "
                "or the shrinkage estimator will do."
            )
            raise InputError("budget", msg)
        self._upper = upper
        self._coefficients = linalg.solve_triangular(self._upper, moments, trans="T")

    @override
    def parts(self, size: int) -> FloatArray:
        of_degrees = [self._part(size, degree) for degree in range(size, self.max_degree + 1)]
        return self._wanted(size, np.stack(of_degrees, axis=1))

    def _wanted(self, size: int, found: FloatArray) -> FloatArray:
        """Return the rows of the sets that are wanted."""
        if self.has_all_subsets:
            return found
        return found[positions(self._basis.subsets[size], self.subsets[size], self.n)]

    @override
    def contract(self, size: int, vectors: FloatArray) -> FloatArray:
        """Return the same sums, from one solve for all degrees."""
        contracted = np.zeros((len(self._coefficients), vectors.shape[1]))
        for degree, of_degree in enumerate(vectors, start=size):
            place = self._basis.degree_slice(degree)
            contracted[place] = self._coefficients[place] @ of_degree.T
        return self._wanted(size, self._interactions(contracted)[self._basis.degree_slice(size)])

    def _part(self, size: int, degree: int) -> FloatArray:
        """Return what the coefficients of one degree add to sets of one size, ``(q, d)``."""
        only = np.zeros_like(self._coefficients)
        place = self._basis.degree_slice(degree)
        only[place] = self._coefficients[place]
        return self._interactions(only)[self._basis.degree_slice(size)]

    def _interactions(self, coefficients: FloatArray) -> FloatArray:
        products = linalg.solve_triangular(self._upper, coefficients)
        return self._basis.interactions(products)

    @override
    def held_out(self, rng: np.random.Generator) -> HeldOut:
        """Predict each coalition without one of its draws, by the formula of least squares.

        The split into degrees stays that of the full sample, so only the sum of the parts is exact.
        """
        rows, weights = held_out_rows(self.sample.weights, rng)
        columns = self._basis.columns(self._z[rows])
        columns = linalg.solve_triangular(self._upper, columns.T, trans="T").T  # orthonormal
        of_draws = self.sample.weights[rows] / (1 + self.sample.repeats[rows])
        leverages = of_draws * np.sum(columns**2, axis=1)
        can_leave = leverages < 1 - _ROUNDING
        scales = np.where(can_leave, of_draws, np.nan) / (1 - leverages)
        corrections = scales[:, None] * (self.embeddings[rows] - columns @ self._coefficients)
        parts = []
        for degree in range(self.max_degree + 1):
            place = self._basis.degree_slice(degree)
            part = columns[:, place]
            own = np.sum(part**2, axis=1, keepdims=True) * corrections
            parts.append(part @ self._coefficients[place] - own)
        return HeldOut(self.embeddings[rows], np.stack(parts), weights)


def cholesky_of(gram: FloatArray) -> FloatArray | None:
    """Return the upper Cholesky factor, ``None`` if the columns are linearly dependent."""
    try:
        upper = linalg.cholesky(gram)
    except linalg.LinAlgError:
        return None
    is_dependent = np.diag(upper).min() <= _MIN_PIVOT * np.sqrt(np.diag(gram).max())
    return None if is_dependent else upper
