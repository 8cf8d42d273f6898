"""From the fits of two sides to the interactions of the game and their cross-validated R².

For a game ``v = <f, g>`` with coefficients ``c_A`` of ``f`` and ``c_B`` of ``g`` in orthonormal
bases that are ordered by degree, the best approximation with terms of at most ``k`` players has the
coefficients ``<c_A, c_B>`` with ``|A| + |B| <= k``. A change of basis on each side turns them into
interactions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain, product
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.r2 import r2_of_sums, weighted_r2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapiq.typing import InteractionScores

    from shapiq_fixlip.solver.basis import DegreeBasis
    from shapiq_fixlip.solver.side_fit import SideFit
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "Terms",
    "check_count",
    "check_limits",
    "cross_validated_r2",
    "joint_interactions",
    "listed",
]

_MAX_INTERACTIONS = 10**7
"""The most interactions that a machine is expected to hold. This was not measured."""

_MAX_ROWS = 1024
"""The most coalitions of each side that are held out; other numbers were not compared."""


@dataclass(frozen=True)
class Terms:
    """Which interactions a fit has.

    Attributes:
        max_order: The most players of an interaction.
        max_degrees: The most players of an interaction from each side.
    """

    max_order: int
    max_degrees: tuple[int, int]

    def partner_degree(self, degree: int, side: int) -> int:
        """Return the most players of the other side that may go with ``degree`` of a side."""
        return min(self.max_order - degree, self.max_degrees[1 - side])

    def count(self, players: tuple[int, int]) -> int:
        """Return the number of interactions of a game with so many players on each side."""
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
    """Check that ``cross_modal_only`` and the limits of both sides fit ``max_order``.

    Raises:
        InputError: If an argument is not allowed.
    """
    if cross_modal_only and max_order == 1:
        msg = "must be False for interactions of at most one player, got True."
        raise InputError("cross_modal_only", msg)
    limits = {"max_order_image": max_order_image, "max_order_text": max_order_text}
    for name, limit in limits.items():
        if limit is not None and whole_number(name, limit) > max_order:
            msg = f"must be at most {max_order}, the maximum order, got {limit}."
            raise InputError(name, msg)


def check_count(terms: Terms, players: tuple[int, int]) -> None:
    """Check that there are at most ten million interactions.

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


def joint_interactions(first: SideFit, second: SideFit, terms: Terms) -> InteractionScores:
    """Return the interactions of ``<f, g>``, the inner product of two fitted sides.

    Args:
        first: The fit of ``f``, whose players come first.
        second: The fit of ``g``. The cost is lowest if it is the smaller side.
        terms: Which interactions are wanted.

    Returns:
        The value of every fitted interaction, ordered by size, then lexicographically.
    """
    blocks = _interactions_by_first_degree(first, second, terms)
    return listed(blocks, first.basis, second.basis, terms)


def listed(
    blocks: Iterable[FloatArray], first: DegreeBasis, second: DegreeBasis, terms: Terms
) -> InteractionScores:
    """Label numbers by their interactions.

    Args:
        blocks: An array for each size of the first part, with a row for each first part and a
            column for each second part that may go with it.
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
    """Yield the interactions in blocks, one for each size of their first part."""
    halves = []  # interactions of the first side, but still coefficients of the second one
    for degree_second in range(terms.max_degrees[1] + 1):
        degree_first = terms.partner_degree(degree_second, 1)
        contracted = first.contract(second.coefficients(degree_second), degree_first)
        halves.append(first.interactions(contracted, degree_first))
    for degree_first in range(terms.max_degrees[0] + 1):
        degree_second = terms.partner_degree(degree_first, 0)
        place = first.basis.degree_slice(degree_first)
        half = np.hstack([half[place] for half in halves[: degree_second + 1]])
        yield second.interactions(half.T, degree_second).T


def cross_validated_r2(
    first: SideFit, second: SideFit, terms: Terms, rng: np.random.Generator
) -> float:
    """Return the cross-validated R²: how well pairs of coalitions are predicted when held out.

    A pair is predicted from the fits without its two coalitions. All pairs of the samples are held
    out, or those of 1,024 draws from a large sample. Where all coalitions are known, nothing is
    held out or drawn.

    Args:
        first: The fit of one side.
        second: The fit of the other side.
        terms: As in :func:`joint_interactions`.
        rng: Draws coalitions of a large sample.

    Returns:
        The weighted coefficient of determination: 1 for a perfect prediction, 0 for one no better
        than the mean; NaN where a coalition cannot be held out.
    """
    if first.sample.is_exact and second.sample.is_exact:
        return _r2_of_projections(first, second, terms)
    (rows_first, weights_first), (rows_second, weights_second) = (
        _some_rows(fit, rng) for fit in (first, second)
    )
    truth = first.embeddings[rows_first] @ second.embeddings[rows_second].T
    weights = np.outer(weights_first, weights_second)
    parts_first, parts_second = first.held_out(rows_first), second.held_out(rows_second)
    predicted = np.zeros_like(truth)
    for degree_first in range(terms.max_degrees[0] + 1):
        degree_second = terms.partner_degree(degree_first, 0)
        partner = np.sum(parts_second[: degree_second + 1], axis=0)
        with np.errstate(invalid="ignore"):  # NaN where one cannot be held out
            predicted += parts_first[degree_first] @ partner.T
    return weighted_r2(truth, predicted, weights)


def _some_rows(fit: SideFit, rng: np.random.Generator) -> tuple[np.ndarray, FloatArray]:
    """Return positions of coalitions in a sample and their weights, which sum to one."""
    m, weights = len(fit.sample), fit.sample.weights
    if m <= _MAX_ROWS:
        return np.arange(m), weights
    rows, counts = np.unique(rng.choice(m, _MAX_ROWS, p=weights), return_counts=True)
    return rows, counts / _MAX_ROWS


def _r2_of_projections(first: SideFit, second: SideFit, terms: Terms) -> float:
    """Return the share of the variance that the terms explain, by Parseval's identity."""
    grams_first, grams_second = (
        [fit.coefficients(degree).T @ fit.coefficients(degree) for degree in range(highest + 1)]
        for fit, highest in zip((first, second), terms.max_degrees, strict=True)
    )
    moments_first, moments_second = (
        fit.embeddings.T @ (fit.sample.weights[:, None] * fit.embeddings) for fit in (first, second)
    )
    square = np.sum(moments_first * moments_second)
    explained = sum(
        np.sum(grams_first[i] * grams_second[j])
        for i in range(terms.max_degrees[0] + 1)
        for j in range(terms.partner_degree(i, 0) + 1)
    )
    return r2_of_sums(
        unexplained=square - explained,
        total=square - np.sum(grams_first[0] * grams_second[0]),
        square=square,
    )
