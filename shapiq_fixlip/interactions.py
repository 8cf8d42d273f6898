"""From the fits of two sides to the interactions of the game, and how well they describe it.

For a game ``v = <f, g>`` with coefficients ``c_A`` of ``f`` and ``c_B`` of ``g`` in orthonormal
bases that are ordered by degree, the best approximation with terms of at most ``k`` players has the
coefficients ``<c_A, c_B>`` with ``|A| + |B| <= k``. What remains is a change of basis on each side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.fits import SideFit
    from shapiq_fixlip.typing import FloatArray

__all__ = ["Terms", "faithfulness", "joint_interactions"]

_MOST_ROWS = 1024


@dataclass(frozen=True)
class Terms:
    """The interactions of a fit.

    Attributes:
        max_order: The most players of an interaction.
        max_degree: The most of them on one side.
    """

    max_order: int
    max_degree: int

    def partner_degree(self, degree: int) -> int:
        """Return how many players of one side may go with ``degree`` ones of the other."""
        return min(self.max_order - degree, self.max_degree)


def joint_interactions(
    first: SideFit, second: SideFit, terms: Terms
) -> dict[tuple[int, ...], float]:
    """Return the interactions of ``<f, g>``, the product of two fitted sides.

    Args:
        first: The fit of ``f``, whose players come first.
        second: The fit of ``g``; cheapest if it is the smaller one.
        terms: Which interactions are wanted.

    Returns:
        The value of every fitted interaction, ordered by size, then lexicographically.
    """
    found: list[tuple[tuple[int, ...], float]] = []
    for degree_first, block in _interactions_by_first_degree(first, second, terms):
        degrees_second = range(terms.partner_degree(degree_first) + 1)
        pairs = product(
            first.basis.subsets[degree_first].tolist(),
            chain.from_iterable(
                (second.basis.subsets[d] + first.basis.n).tolist() for d in degrees_second
            ),
        )
        players = (tuple(left + right) for left, right in pairs)
        found.extend(zip(players, block.ravel().tolist(), strict=True))
    return dict(sorted(found, key=lambda item: (len(item[0]), item[0])))


def _interactions_by_first_degree(
    first: SideFit, second: SideFit, terms: Terms
) -> Iterator[tuple[int, FloatArray]]:
    """Yield the interactions whose first part has a given size, for every size.

    A block has one row for each first part and one column for each second part that may go with it.
    """
    halves = []  # interactions in the first side, still in the basis of the second one
    for degree_second in range(terms.max_degree + 1):
        degree_first = terms.partner_degree(degree_second)
        contracted = first.contract(second.coefficients(degree_second), degree_first)
        halves.append(first.interactions(contracted, degree_first))
    for degree_first in range(terms.max_degree + 1):
        degree_second = terms.partner_degree(degree_first)
        place = first.basis.degree_slice(degree_first)
        half = np.hstack([half[place] for half in halves[: degree_second + 1]])
        yield degree_first, second.interactions(half.T, degree_second).T


def faithfulness(first: SideFit, second: SideFit, terms: Terms, rng: np.random.Generator) -> float:
    """Return how well the fit predicts pairs of coalitions that it has not seen.

    All pairs of the coalitions of the samples are predicted, each from the fit without its two
    coalitions; of a large sample 1,024 random coalitions are taken.

    Args:
        first: The fit of one side.
        second: The fit of the other side.
        terms: As in :func:`joint_interactions`.
        rng: Chooses among the coalitions of a large sample.

    Returns:
        The weighted coefficient of determination: 1 for a perfect prediction, 0 for one no better
        than the mean; not a number where a coalition cannot be left out.
    """
    rows_first, rows_second = _some_rows(first, rng), _some_rows(second, rng)
    truth = first.values[rows_first] @ second.values[rows_second].T
    weights = np.outer(first.sample.weights[rows_first], second.sample.weights[rows_second])
    parts_first, parts_second = first.held_out(rows_first), second.held_out(rows_second)
    predicted = np.zeros_like(truth)
    for degree_first in range(terms.max_degree + 1):
        degree_second = terms.partner_degree(degree_first)
        partner = np.sum(parts_second[: degree_second + 1], axis=0)
        predicted += parts_first[degree_first] @ partner.T
    mean = np.average(truth, weights=weights)
    unexplained = np.sum(weights * (truth - predicted) ** 2)
    total = np.sum(weights * (truth - mean) ** 2)
    if total <= 0:
        return 1.0 if unexplained <= 0 else float("nan")
    return float(1 - unexplained / total)


def _some_rows(fit: SideFit, rng: np.random.Generator) -> np.ndarray:
    m = len(fit.sample)
    if m <= _MOST_ROWS:
        return np.arange(m)
    return rng.choice(m, _MOST_ROWS, replace=False)
