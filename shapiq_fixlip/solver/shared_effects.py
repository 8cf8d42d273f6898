"""What the sets of a player may have in common: only standard errors allow for it.

The prior of :mod:`shapiq_fixlip.solver.relevance` takes the coefficients of all sets as
independent, so that their sum over the sets of a player would nearly vanish. In an encoder they
share signs: a player changes an embedding less the longer it already is, whatever made it long. A
few hundred coalitions do not tell how much the coefficients share. Hence the fit ignores it, and
standard errors allow for it: a priori each player has one normal number for every size of sets. It
is added to the coefficients of all its sets of this size, in proportion to their prior standard
deviations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from shapiq_fixlip.solver.basis import DegreeBasis
    from shapiq_fixlip.solver.relevance import Prior
    from shapiq_fixlip.typing import FloatArray

__all__ = ["CommonPart", "common_parts"]

_SHARED_VARIANCE = 5.0
"""Variance of the sum over a player's sets: the common part relative to the independent one.

Measured by ``benchmarks/coverage.py``: with less, intervals of single players cover too seldom for
12 or 16 cells; with more, they are too wide for 49 patches.
"""


@dataclass(frozen=True)
class CommonPart:
    """For each player the common part of its sets of one size, as a function of coalitions.

    Attributes:
        degree: The size of the sets.
        coefficients: Those of the products of this degree, ``(q, n)``, one function a column.
        values: Those of the sampled coalitions, of shape ``(m, n)``.
    """

    degree: int
    coefficients: sparse.csr_array
    values: FloatArray


def common_parts(prior: Prior, basis: DegreeBasis, z: FloatArray) -> list[CommonPart]:
    """Return what the sets of each player may have in common, for sets of two players and more.

    Args:
        prior: Gives each coefficient its standard deviation.
        basis: The products of the fit.
        z: Standardised coalitions, of shape ``(m, n)``.
    """
    common = []
    for degree in range(2, min(basis.max_degree, basis.n) + 1):
        subsets = basis.subsets[degree]
        deviations = np.sqrt(prior.variances(subsets))
        sets = np.arange(len(subsets))
        of_players = sparse.csr_array(
            (deviations.repeat(degree), (sets.repeat(degree), subsets.ravel())),
            shape=(len(subsets), basis.n),
        )
        variances = _SHARED_VARIANCE * of_players.power(2).sum(axis=0)
        scales = np.sqrt(variances) / of_players.sum(axis=0)
        coefficients = of_players.multiply(scales).tocsr()
        values = np.zeros((len(z), basis.n))
        for chunk, columns in basis.products(z, degree):
            values += columns @ coefficients[chunk]
        common.append(CommonPart(degree, coefficients, values))
    return common
