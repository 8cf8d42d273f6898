"""What was tried against the estimator and the draws of the package, and is measured by passes.py.

Draws of the coalitions of one side, of which those of a smaller power of two are always the first:
antithetic pairs, sizes spread evenly over their distribution, and a scrambled Sobol sequence; and
coalitions that are chosen one after the other where the posterior is widest.

Priors with one variance per degree, as ANOVA kernels have, by the leave-one-out error or by the
marginal likelihood, without and with terms of degree 3 as a part of the noise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy import linalg, optimize, stats
from scipy.stats import qmc

from shapiq_fixlip.solver.basis import standardised
from shapiq_fixlip.solver.likelihood import negative_restricted_log_likelihood
from shapiq_fixlip.solver.relevance import ROWS_TUNED, Prior
from shapiq_fixlip.solver.shrinkage import DualShrinkageFit

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.solver.fitted_game import Solution
    from shapiq_fixlip.typing import BoolMatrix, FloatArray

type Draw = Callable[[int, float, int, np.random.Generator], BoolMatrix]
"""From the number of players, ``p`` and an even number of coalitions to these."""

type Criterion = Callable[[FloatArray, FloatArray], float]
"""From the covariance of observed vectors and these, ``(m, r)``, to what is to be minimised."""

_LOG_STRENGTH_BOUNDS = (-9.0, 9.0)


def antithetic_pairs(n: int, p: float, size: int, rng: np.random.Generator) -> BoolMatrix:
    """Draw pairs of coalitions that are as unlike as ``p`` allows, at one half complements."""
    levels = rng.random((size // 2, n))
    return np.stack([levels < p, levels > 1 - p], axis=1).reshape(size, n)


def stratified_sizes(n: int, p: float, size: int, rng: np.random.Generator) -> BoolMatrix:
    """Draw coalitions whose sizes are quantiles at evenly spread levels."""
    sizes = stats.binom.ppf(qmc.Sobol(1, rng=rng).random(size), n, p)
    ranks = rng.random((size, n)).argsort(axis=1).argsort(axis=1)
    return ranks < sizes


def quasi_random(n: int, p: float, size: int, rng: np.random.Generator) -> BoolMatrix:
    """Draw coalitions from points that fill the cube evenly."""
    return qmc.Sobol(n, rng=rng).random(size) < p


DRAWS: dict[str, Draw] = {
    "antithetic": antithetic_pairs,
    "stratified": stratified_sizes,
    "Sobol": quasi_random,
}


def widest(prior: Prior, pool: BoolMatrix, known: np.ndarray, count: int) -> np.ndarray:
    """Choose coalitions one after the other, each where the posterior is widest.

    How wide it is depends on where values are known, not on the values; so many coalitions can be
    chosen before any of them is evaluated.

    Args:
        prior: Given the values that are known.
        pool: The coalitions to choose from, of shape ``(m, n)``.
        known: Positions of those whose values are known.
        count: How many are chosen.

    Returns:
        The positions of the known ones, then of the chosen ones.
    """
    chosen, size = known.tolist(), len(known)
    covariance = prior.covariance(pool[known], pool)
    factor = linalg.cholesky(covariance[:, known] + np.eye(size), lower=True)
    explained = np.zeros((len(pool), size + count))  # a Cholesky factor, column by column
    explained[:, :size] = linalg.solve_triangular(factor, covariance, lower=True).T
    of_players = 1 + prior.relevances * standardised(pool, prior.p) ** 2
    variances = prior.strength * of_players.prod(axis=1) - np.sum(explained**2, axis=1)
    variances[known] = -np.inf
    for place in range(size, size + count):
        best = int(np.argmax(variances))
        column = prior.covariance(pool, pool[[best]])[:, 0]
        column -= explained[:, :place] @ explained[best, :place]
        explained[:, place] = column / math.sqrt(variances[best] + 1)
        variances -= explained[:, place] ** 2
        variances[best] = -np.inf
        chosen.append(best)
    return np.array(chosen)


@dataclass(frozen=True)
class DegreePrior(Prior):
    """A prior under which all sets of one size matter alike.

    Attributes:
        of_sizes: The variance of a coefficient of every size, zero for the constant, which is not
            shrunk; sizes above that of the fit are a part of the noise.
    """

    of_sizes: FloatArray

    def variances(self, subsets: np.ndarray) -> FloatArray:
        """Return the variances of the coefficients of sets of one size, ``(q, size)``."""
        return np.full(len(subsets), self.of_sizes[subsets.shape[1]])

    def covariance(self, coalitions: BoolMatrix, others: BoolMatrix) -> FloatArray:
        """Return the covariance of the function at two lists of coalitions, ``(m, m')``."""
        z, z_others = standardised(coalitions, self.p), standardised(others, self.p)
        covariance = np.zeros((len(z), len(z_others)))
        for size in range(1, len(self.of_sizes)):
            covariance += self.covariance_of_degree(z, z_others, size)
        return covariance

    def covariance_of_degree(self, z: FloatArray, others: FloatArray, degree: int) -> FloatArray:
        """Return the part of the covariance that sets of one size make, of shape ``(m, m')``."""
        return self.of_sizes[degree] * super().covariance_of_degree(z, others, degree)


def leave_one_out_error(covariance: FloatArray, outputs: FloatArray) -> float:
    """Return the logarithm of the squared error of predicting each vector from all others."""
    inverse = linalg.inv(covariance)
    solved_ones = inverse.sum(axis=1)
    contrast = (
        inverse - np.outer(solved_ones, solved_ones) / solved_ones.sum()
    )  # the constant is unknown
    return math.log(np.sum((contrast @ outputs / np.diag(contrast)[:, None]) ** 2))


def negative_log_likelihood(covariance: FloatArray, outputs: FloatArray) -> float:
    """Return twice the negative logarithm of the restricted likelihood of normal vectors."""
    return negative_restricted_log_likelihood(covariance, outputs)[0]


def choose_degree_prior(
    solution: Solution, *, max_degree: int, criterion: Criterion
) -> DegreePrior:
    """Return the prior with one variance per degree that is best by some criterion.

    Args:
        solution: Of which the first side is sampled; its first 512 coalitions are used.
        max_degree: The highest degree that is not noise of each coalition alone.
        criterion: What is minimised.
    """
    first, _ = solution.fits
    n, p = first.basis.n, first.basis.p
    z = standardised(first.sample.coalitions[:ROWS_TUNED], p)
    directions = solution.observations.directions(0)
    outputs = first.embeddings[:ROWS_TUNED] @ directions
    counts = np.array([math.comb(n, size) for size in range(max_degree + 1)])
    even = DegreePrior(p, 1.0, np.ones(n), 1 / counts)
    parts = [even.covariance_of_degree(z, z, size) for size in range(1, max_degree + 1)]

    def objective(log_strengths: FloatArray) -> float:
        return criterion(np.eye(len(z)) + np.tensordot(np.exp(log_strengths), parts, 1), outputs)

    start = 3.0 - 2.0 * np.arange(max_degree)
    found = optimize.minimize(
        objective,
        start,
        method="Nelder-Mead",
        bounds=[_LOG_STRENGTH_BOUNDS] * max_degree,
        options={
            "initial_simplex": np.vstack([start, start + 2.0 * np.eye(max_degree)]),
            "xatol": 0.05,
            "fatol": 1e-4,
        },
    )
    return DegreePrior(p, 1.0, np.ones(n), np.concatenate([[0.0], np.exp(found.x) / counts[1:]]))


def solve_again(solution: Solution, prior: Prior) -> Solution:
    """Return the solution of the same values with another prior of the first side."""
    first, second = solution.fits
    fit = DualShrinkageFit(first.sample, first.embeddings, first.basis, prior)
    return replace(solution, fits=(fit, second))


DEGREE_PRIORS: dict[str, Callable[[Solution], DegreePrior]] = {
    "per degree": partial(choose_degree_prior, max_degree=2, criterion=leave_one_out_error),
    "+ degree 3": partial(choose_degree_prior, max_degree=3, criterion=leave_one_out_error),
    "+ likelihood": partial(choose_degree_prior, max_degree=2, criterion=negative_log_likelihood),
}
