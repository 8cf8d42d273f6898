"""From the fits of two sides to the interactions of the game and their cross-validated R².

An interaction of a game ``v = <f, g>`` is a sum of inner products of parts of both sides; which of
them go together, :mod:`shapiq_fixlip.solver.derivative_index` says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.r2 import r2_of_sums, weighted_r2

if TYPE_CHECKING:
    from shapiq_fixlip.solver.blocks import Blocks, Sizes
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.side_fit import SideFit
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "Terms",
    "check_count",
    "check_limits",
    "cross_validated_r2",
    "joint_interactions",
    "part_weights",
]

_MAX_INTERACTIONS = 10**7
"""The most interactions that a machine is expected to hold. This was not measured."""


@dataclass(frozen=True)
class Terms:
    """Which interactions a fit has.

    Attributes:
        max_order: The most players of an interaction.
        max_degrees: The most players of an interaction from each side.
    """

    max_order: int
    max_degrees: tuple[int, int]

    def partner_degree(self, degree: int) -> int:
        """Return the most players of the second side that may go with ``degree`` of the first."""
        return min(self.max_order - degree, self.max_degrees[1])

    @property
    def sizes(self) -> list[Sizes]:
        """The numbers of players of each side in an interaction."""
        return [
            (first, second)
            for first in range(self.max_degrees[0] + 1)
            for second in range(self.partner_degree(first) + 1)
        ]

    def count(self, players: tuple[int, int]) -> int:
        """Return the number of interactions of a game with so many players on each side."""
        return sum(
            math.comb(players[0], degree) * n_products(players[1], self.partner_degree(degree))
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


def joint_interactions(first: SideFit, second: SideFit, terms: Terms) -> Blocks:
    """Return the interactions of ``<f, g>``, the inner product of two fitted sides.

    Args:
        first: The fit of ``f``, whose players come first.
        second: The fit of ``g``.
        terms: Which interactions are wanted.

    """
    return {sizes: _block(first, second, sizes, terms) for sizes in terms.sizes}


def _block(first: SideFit, second: SideFit, sizes: Sizes, terms: Terms) -> FloatArray:
    """Return the interactions with so many players of each side, of shape ``(q, q')``."""
    weights = part_weights(first.index, sizes, terms)
    if len(first.subsets[sizes[0]]) >= len(second.subsets[sizes[1]]):
        partners = np.einsum("ps,qsd->pqd", weights, second.parts(sizes[1]))
        return first.contract(sizes[0], partners)
    partners = np.einsum("ps,qpd->sqd", weights, first.parts(sizes[0]))
    return second.contract(sizes[1], partners).T


def part_weights(index: DerivativeIndex, sizes: Sizes, terms: Terms) -> FloatArray:
    """Return the weights of the inner products of the parts of both sides in interactions.

    Args:
        index: The index of interactions.
        sizes: The numbers of players of each side in an interaction.
        terms: Which interactions are wanted.

    Returns:
        A row for each part of the first side, by node, then by degree, and a column for each part
        of the second side.
    """
    degrees = (
        np.arange(size, most + 1) for size, most in zip(sizes, terms.max_degrees, strict=True)
    )
    are_wanted = np.add.outer(*degrees) <= terms.max_order
    return np.kron(np.diag(index.weights_of(sum(sizes))), are_wanted.astype(float))


def cross_validated_r2(
    first: SideFit, second: SideFit, terms: Terms, rng: np.random.Generator
) -> float:
    """Return the cross-validated R²: how well pairs of coalitions are predicted when held out.

    A pair is predicted from the fits without its two coalitions. All pairs of the samples are held
    out, or those of some draws from a large sample. Where all coalitions are known, nothing is held
    out or drawn.

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
        return _r2_of_enumerated(first, second, terms)
    sides = [fit.held_out(rng) for fit in (first, second)]
    truth = sides[0].embeddings @ sides[1].embeddings.T
    weights = np.outer(sides[0].weights, sides[1].weights)
    predicted = np.zeros_like(truth)
    with np.errstate(invalid="ignore"):  # NaN where one cannot be held out
        for degree, part in enumerate(sides[0].parts):
            partner = sides[1].parts[: terms.partner_degree(degree) + 1].sum(axis=0)
            predicted += part @ partner.T
    return weighted_r2(truth, predicted, weights)


def _r2_of_enumerated(first: SideFit, second: SideFit, terms: Terms) -> float:
    """Return the share of the variance that the terms explain, by Parseval's identity."""
    if not first.index.predicts_values:
        return 1.0
    moments = _moment(first), _moment(second)
    grams = [_moments_by_degree(fit) for fit in (first, second)]
    square = np.sum(moments[0] * moments[1])
    explained = sum(np.sum(grams[0][i] * grams[1][j]) for i, j in terms.sizes)
    return r2_of_sums(
        unexplained=square - explained,
        total=square - np.sum(grams[0][0] * grams[1][0]),
        square=square,
    )


def _moment(fit: SideFit) -> FloatArray:
    """Return the mean products of all pairs of dimensions of embeddings, ``(d, d)``."""
    return fit.embeddings.T @ (fit.sample.weights[:, None] * fit.embeddings)


def _moments_by_degree(fit: SideFit) -> list[FloatArray]:
    """Return the same of the parts of each degree, from the expected derivatives."""
    (p,) = fit.index.nodes
    derivatives = [fit.parts(size)[:, 0] for size in range(fit.max_degree + 1)]
    return [(p * (1 - p)) ** size * of_size.T @ of_size for size, of_size in enumerate(derivatives)]
