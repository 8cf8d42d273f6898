"""What was tried against the estimator and the draws of the package, and is measured by passes.py.

Draws of the coalitions of one side, of which those of a smaller power of two are always the first:
antithetic pairs, sizes spread evenly over their distribution, and a scrambled Sobol sequence; and
coalitions that are chosen one after the other where the posterior is widest.

Priors without the factor of the sizes of coalitions, and with the same relevance of all players.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import torch
from scipy import linalg, stats
from scipy.stats import qmc

from shapiq_fixlip.solver import gaussian_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapiq_fixlip.solver.kernels import Prior
    from shapiq_fixlip.typing import BoolMatrix

type Draw = Callable[[int, float, int, np.random.Generator], BoolMatrix]
"""From the number of players, ``p`` and an even number of coalitions to these."""


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
    coalitions = torch.as_tensor(pool, dtype=torch.float64)
    chosen, size = known.tolist(), len(known)
    covariance = prior.covariance(coalitions[known], coalitions).numpy()
    factor = linalg.cholesky(covariance[:, known] + np.eye(size), lower=True)
    explained = np.zeros((len(pool), size + count))  # a Cholesky factor, column by column
    explained[:, :size] = linalg.solve_triangular(factor, covariance, lower=True).T
    variances = np.array([float(prior.covariance(one[None], one[None])) for one in coalitions])
    variances -= np.sum(explained**2, axis=1)
    variances[known] = -np.inf
    for place in range(size, size + count):
        best = int(np.argmax(variances))
        column = prior.covariance(coalitions, coalitions[[best]])[:, 0].numpy()
        column = column - explained[:, :place] @ explained[best, :place]
        explained[:, place] = column / math.sqrt(variances[best] + 1)
        variances -= explained[:, place] ** 2
        variances[best] = -np.inf
        chosen.append(best)
    return np.array(chosen)


@contextmanager
def without_sizes() -> Iterator[None]:
    """Choose priors under which the size of a coalition hardly matters."""
    strength, (least, _), shift = gaussian_process.BOUNDS
    bounds = (strength, (least, least), shift)
    with patch.object(gaussian_process, "BOUNDS", bounds):
        yield


@contextmanager
def all_alike() -> Iterator[None]:
    """Choose priors under which all players matter alike."""
    with patch.object(gaussian_process, "DEVIATION_BOUNDS", (0.0, 0.0)):
        yield


PRIORS = {"without sizes": without_sizes, "all alike": all_alike}
