"""What the sets of a player may have in common, which the prior of a side does not know.

The prior of :mod:`shapiq_fixlip.solver.relevance` takes the coefficients of all sets as
independent, so that their sum over the sets of a player would nearly vanish. In an encoder they
share signs: a player changes an embedding less the longer it already is, whatever made it long. The
coefficients of a few hundred coalitions do not tell how much they share. Hence the fit stays
without it, and only standard errors allow for it: a priori each player adds to the coefficients of
all its sets of one size the same normal number, in proportion to the deviation that the prior gives
each of them.
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
"""Of the sum over a player's sets, what is common relative to what is not.

With less, intervals of single players cover too seldom where there are 12 or 16 cells; with more,
they are too wide where there are 49 patches (``benchmarks/coverage.py``).
"""


@dataclass(frozen=True)
class CommonPart:
    """For each player the function that is common to its sets of one size.

    Attributes:
        degree: The size of the sets.
        coefficients: Of the products of this degree, of shape ``(q, n)``, one function a column.
        values: Of the sampled coalitions, of shape ``(m, n)``.
    """

    degree: int
    coefficients: sparse.csr_array
    values: FloatArray


def common_parts(prior: Prior, basis: DegreeBasis, z: FloatArray) -> list[CommonPart]:
    """Return what the sets of each player may have in common, for sets of two players and more.

    Args:
        prior: Gives each coefficient its deviation.
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
