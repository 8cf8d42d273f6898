"""From the fits of two sides to the interactions of the game, and how well they describe it.

For a game ``v = <f, g>`` with coefficients ``c_A`` of ``f`` and ``c_B`` of ``g`` in orthonormal
bases that are ordered by degree, the best approximation with terms of at most ``k`` players has the
coefficients ``<c_A, c_B>`` with ``|A| + |B| <= k``. What remains is a change of basis on each side.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain, product
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.r2 import share_explained, weighted_share_explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapiq_fixlip.solver.basis import DegreeBasis
    from shapiq_fixlip.solver.side_fit import SideFit
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "Terms",
    "check_count",
    "check_limits",
    "faithfulness",
    "joint_interactions",
    "listed",
]

_MAX_INTERACTIONS = 10**7
"""What a machine can hold."""

_MOST_ROWS = 1024


@dataclass(frozen=True)
class Terms:
    """The interactions of a fit.

    Attributes:
        max_order: The most players of an interaction.
        max_degrees: The most of them on each side.
    """

    max_order: int
    max_degrees: tuple[int, int]

    def partner_degree(self, degree: int, side: int) -> int:
        """Return how many players of the other side may go with ``degree`` ones of a side."""
        return min(self.max_order - degree, self.max_degrees[1 - side])

    def count(self, players: tuple[int, int]) -> int:
        """Return the number of interactions in a game with so many players on each side."""
        return sum(
            math.comb(players[0], degree) * n_products(players[1], self.partner_degree(degree, 0))
            for degree in range(self.max_degrees[0] + 1)
        )


def check_limits(
    max_order: int,
    *,
    cross_modal_only: bool,
    max_order_image: int | None,
    max_order_text: int | None,
) -> None:
    """Refuse limits of the players of one side that leave nothing or limit nothing.

    Raises:
        InputError: If an argument is not allowed.
    """
    if cross_modal_only and max_order == 1:
        msg = "must be False for max_order 1, got True."
        raise InputError("cross_modal_only", msg)
    limits = {"max_order_image": max_order_image, "max_order_text": max_order_text}
    for name, limit in limits.items():
        if limit is not None and whole_number(name, limit) > max_order:
            msg = f"must be at most {max_order}, the order, got {limit}."
            raise InputError(name, msg)


def check_count(terms: Terms, players: tuple[int, int]) -> None:
    """Refuse more interactions than a machine can hold.

    Args:
        terms: Which interactions are wanted.
        players: The number of players of each side.

    Raises:
        InputError: If there are too many.
    """
    count = terms.count(players)
    if count > _MAX_INTERACTIONS:
        msg = (
            f"must leave at most {_MAX_INTERACTIONS:,} interactions, got "
            f"{terms.max_order} of {sum(players)} players, which have {count:,}; max_order_image "
            "and max_order_text leave fewer."
        )
        raise InputError("max_order", msg)


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
    blocks = _interactions_by_first_degree(first, second, terms)
    return listed(blocks, first.basis, second.basis, terms)


def listed(
    blocks: Iterable[FloatArray], first: DegreeBasis, second: DegreeBasis, terms: Terms
) -> dict[tuple[int, ...], float]:
    """Label numbers that belong to interactions.

    Args:
        blocks: For every size of the first part one row for each first part, and one column for
            each second part that may go with it.
        first: The products of the first side.
        second: The products of the second side.
        terms: Which interactions there are.

    Returns:
        The number of every interaction, ordered by size, then lexicographically.
    """
    found: list[tuple[tuple[int, ...], float]] = []
    for degree_first, block in enumerate(blocks):
        degrees_second = range(terms.partner_degree(degree_first, 0) + 1)
        pairs = product(
            first.subsets[degree_first].tolist(),
            chain.from_iterable((second.subsets[d] + first.n).tolist() for d in degrees_second),
        )
        players = (tuple(left + right) for left, right in pairs)
        found.extend(zip(players, block.ravel().tolist(), strict=True))
    return dict(sorted(found, key=lambda item: (len(item[0]), item[0])))


def _interactions_by_first_degree(
    first: SideFit, second: SideFit, terms: Terms
) -> Iterator[FloatArray]:
    """Yield the interactions whose first part has a given size, for every size, as blocks."""
    halves = []  # interactions in the first side, still in the basis of the second one
    for degree_second in range(terms.max_degrees[1] + 1):
        degree_first = terms.partner_degree(degree_second, 1)
        contracted = first.contract(second.coefficients(degree_second), degree_first)
        halves.append(first.interactions(contracted, degree_first))
    for degree_first in range(terms.max_degrees[0] + 1):
        degree_second = terms.partner_degree(degree_first, 0)
        place = first.basis.degree_slice(degree_first)
        half = np.hstack([half[place] for half in halves[: degree_second + 1]])
        yield second.interactions(half.T, degree_second).T


def faithfulness(first: SideFit, second: SideFit, terms: Terms, rng: np.random.Generator) -> float:
    """Return how well the fit predicts pairs of coalitions that it has not seen.

    Pairs of the coalitions of the samples are predicted, each from the fit without its two
    coalitions: all of them, or those of 1,024 draws from a large sample. Where all coalitions are
    known, nothing is left out or drawn.

    Args:
        first: The fit of one side.
        second: The fit of the other side.
        terms: As in :func:`joint_interactions`.
        rng: Draws coalitions of a large sample.

    Returns:
        The weighted coefficient of determination: 1 for a perfect prediction, 0 for one no better
        than the mean; not a number where a coalition cannot be left out.
    """
    if first.sample.is_exact and second.sample.is_exact:
        return _faithfulness_of_projections(first, second, terms)
    (rows_first, weights_first), (rows_second, weights_second) = (
        _some_rows(fit, rng) for fit in (first, second)
    )
    truth = first.values[rows_first] @ second.values[rows_second].T
    weights = np.outer(weights_first, weights_second)
    parts_first, parts_second = first.held_out(rows_first), second.held_out(rows_second)
    predicted = np.zeros_like(truth)
    for degree_first in range(terms.max_degrees[0] + 1):
        degree_second = terms.partner_degree(degree_first, 0)
        partner = np.sum(parts_second[: degree_second + 1], axis=0)
        with np.errstate(invalid="ignore"):  # a coalition that cannot be left out is not a number
            predicted += parts_first[degree_first] @ partner.T
    return weighted_share_explained(truth, predicted, weights)


def _some_rows(fit: SideFit, rng: np.random.Generator) -> tuple[np.ndarray, FloatArray]:
    """Return coalitions of a sample and their weights, which sum to one."""
    m, weights = len(fit.sample), fit.sample.weights
    if m <= _MOST_ROWS:
        return np.arange(m), weights
    rows, counts = np.unique(rng.choice(m, _MOST_ROWS, p=weights), return_counts=True)
    return rows, counts / _MOST_ROWS


def _faithfulness_of_projections(first: SideFit, second: SideFit, terms: Terms) -> float:
    """Return the share of the variance that lies in the terms, by Parseval's identity."""
    grams_first, grams_second = (
        [fit.coefficients(degree).T @ fit.coefficients(degree) for degree in range(highest + 1)]
        for fit, highest in zip((first, second), terms.max_degrees, strict=True)
    )
    moments_first, moments_second = (
        fit.values.T @ (fit.sample.weights[:, None] * fit.values) for fit in (first, second)
    )
    square = np.sum(moments_first * moments_second)
    explained = sum(
        np.sum(grams_first[i] * grams_second[j])
        for i in range(terms.max_degrees[0] + 1)
        for j in range(terms.partner_degree(i, 0) + 1)
    )
    return share_explained(
        unexplained=square - explained,
        total=square - np.sum(grams_first[0] * grams_second[0]),
        square=square,
    )
