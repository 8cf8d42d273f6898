"""Least squares with some interactions only, over all pairs of sampled coalitions.

The products of the chosen sets of both sides do not span a product of two spaces. But their Gram
matrix over all pairs of coalitions is made of those of both sides: the inner product of ``z_A z_B``
and ``z_A' z_B'`` is that of ``z_A`` and ``z_A'`` times that of ``z_B`` and ``z_B'``.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, override

import numpy as np
from scipy import linalg, sparse

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.solver.basis import products_of, standardised
from shapiq_fixlip.solver.least_squares import cholesky_of
from shapiq_fixlip.solver.r2 import weighted_r2
from shapiq_fixlip.solver.side_fit import held_out_rows
from shapiq_fixlip.solver.solution import Solution
from shapiq_fixlip.solver.standard_errors import bootstrap_standard_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.blocks import Blocks
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.solver.terms import Terms
    from shapiq_fixlip.typing import FloatArray

__all__ = ["MAX_CHOSEN", "ChosenLeastSquares"]

MAX_CHOSEN = 8192
"""The most interactions, whose Gram matrix must fit into memory."""

_N_FOLDS = 4
"""Parts of the coalitions of a side that are held out; other numbers were not compared."""

_WHOLE = -1
"""The fold of coalitions that are never held out."""


class ChosenLeastSquares(Solution):
    """The fit of a game by chosen interactions, which hold all their subsets."""

    def __init__(self, observations: Observations, index: DerivativeIndex, terms: Terms) -> None:
        """Solve the normal equations.

        Args:
            observations: What was evaluated.
            index: The index of interactions, with one node.
            terms: Which interactions are fitted and returned, some chosen ones.

        Raises:
            InputError: If the coalitions do not tell them apart.
        """
        super().__init__(observations, index, terms)
        subsets = terms.subsets(observations.n_players)
        self._columns = [
            np.hstack(
                [products_of(standardised(sample.coalitions, self.p), sets) for sets in of_side]
            )
            for sample, of_side in zip(observations.samples, subsets, strict=True)
        ]
        self._rows, self._partners = self._places(subsets)
        first, second = observations.samples
        coefficients = self._coefficients_with(first.weights, second.weights)
        if coefficients is None:
            msg = (
                f"must give least squares coalitions that tell {len(self._rows):,} interactions "
                f"apart, got {len(first)} and {len(second)} of both sides that do not; a larger "
                "budget, a p closer to 0.5 or the shrinkage estimator will do."
            )
            raise InputError("budget", msg)
        self._coefficients = coefficients

    def _places(
        self, subsets: tuple[list[np.ndarray], list[np.ndarray]]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns of each interaction in both sides, each of shape ``(q,)``."""
        starts = [np.cumsum([0, *map(len, of_side)]) for of_side in subsets]
        rows, partners = {}, {}
        for sizes, mask in self.labels.masks.items():
            of_first, of_second = np.indices(mask.shape)
            rows[sizes] = starts[0][sizes[0]] + of_first
            partners[sizes] = starts[1][sizes[1]] + of_second
        return self.labels.numbers(rows), self.labels.numbers(partners)

    def _coefficients_with(self, *weights: FloatArray) -> FloatArray | None:
        """Return the coefficients of the products, with weights of the coalitions of each side.

        They are ``None`` where the coalitions do not tell the products apart.
        """
        grams, moments = [], []
        for columns, of_side, embeddings in zip(
            self._columns, weights, self.observations.embeddings, strict=True
        ):
            weighted = of_side[:, None] * columns
            grams.append(columns.T @ weighted)
            moments.append(weighted.T @ embeddings)
        rows, partners = self._rows, self._partners
        gram = grams[0][np.ix_(rows, rows)] * grams[1][np.ix_(partners, partners)]
        right = np.sum(moments[0][rows] * moments[1][partners], axis=1)
        upper = cholesky_of(gram)
        return None if upper is None else linalg.cho_solve((upper, False), right)

    @cached_property
    @override
    def values(self) -> Blocks:
        found = self._of_coefficients(self._coefficients)
        found[0, 0] = found[0, 0] + self.observations.offset
        return found

    def _of_coefficients(self, coefficients: FloatArray) -> Blocks:
        """Turn coefficients of the products into interactions."""
        sizes = np.array([len(players) for players in self.labels.players])
        derivatives = coefficients * (self.p * (1 - self.p)) ** (-sizes / 2)
        weights = np.array([self.index.weights_of(size)[0] for size in sizes])
        return self.labels.blocks(weights * (self._sums @ derivatives))

    @cached_property
    def _sums(self) -> sparse.csr_array:
        """The factors of the derivatives of larger sets in interactions."""
        (factor,) = self.index.factors
        places = {players: place for place, players in enumerate(self.labels.players)}
        entries = [
            (factor ** (len(players) - size), places[part], place)
            for players, place in places.items()
            for size in range(len(players) + 1)
            for part in combinations(players, size)
        ]
        numbers, rows, columns = zip(*entries, strict=True)
        return sparse.csr_array((numbers, (rows, columns)), shape=(len(places),) * 2)

    @override
    def r2(self, rng: np.random.Generator) -> float:
        """Hold out parts of both sides at once, as a pair is predicted without its coalitions.

        A side that is enumerated, and both of them if nothing is estimated, stay whole.
        """
        samples = self.observations.samples
        n_folds = 1 if self.observations.is_exact else _N_FOLDS
        folds = [
            np.full(len(sample), _WHOLE)
            if sample.is_exact
            else rng.permutation(len(sample)) % n_folds
            for sample in samples
        ]
        judged = []
        for fold in range(n_folds):
            kept, held_out = [], []
            for sample, of_side in zip(samples, folds, strict=True):
                kept.append(np.where(of_side == fold, 0.0, sample.weights))
                held_out.append(_held_out(sample, (of_side == fold) | (of_side == _WHOLE), rng))
            coefficients = self._coefficients_with(*kept)
            if coefficients is None:  # too few coalitions are left
                return math.nan
            rows, weights = zip(*held_out, strict=True)
            predicted = self._predicted(coefficients, rows)
            judged.append((self._pairs(rows), predicted, np.outer(*weights)))
        return weighted_r2(
            *(
                np.concatenate([part.ravel() for part in parts])
                for parts in zip(*judged, strict=True)
            )
        )

    def _pairs(self, rows: tuple[np.ndarray, ...]) -> FloatArray:
        """Return the values of all pairs of some coalitions of each side."""
        first, second = self.observations.embeddings
        return first[rows[0]] @ second[rows[1]].T

    def _predicted(self, coefficients: FloatArray, rows: tuple[np.ndarray, ...]) -> FloatArray:
        """Predict the same."""
        first, second = self._columns
        table = np.zeros((first.shape[1], second.shape[1]))
        table[self._rows, self._partners] = coefficients
        return first[rows[0]] @ table @ second[rows[1]].T

    @override
    def standard_errors(self, rng: np.random.Generator) -> Blocks:
        def solve_again(samples: tuple[Sample, Sample]) -> Blocks:
            found = self._coefficients_with(samples[0].weights, samples[1].weights)
            unknown = np.full(len(self._coefficients), math.nan)
            return self._of_coefficients(unknown if found is None else found)

        n_columns = (self._columns[0].shape[1], self._columns[1].shape[1])
        return bootstrap_standard_errors(
            solve_again, self.values, self.observations.samples, n_columns, rng
        )


def _held_out(
    sample: Sample, is_held_out: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[np.ndarray, FloatArray]:
    """Return positions of held-out coalitions, all or some draws, and their weights."""
    positions = np.flatnonzero(is_held_out)
    rows, weights = held_out_rows(sample.weights[positions], rng)
    return positions[rows], weights * sample.weights[positions].sum()
