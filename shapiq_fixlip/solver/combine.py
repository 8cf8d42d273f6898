"""From the fits of two sides to the interactions of the game and their cross-validated R².

An interaction of a game ``v = <f, g>`` is a sum of inner products of parts of both sides; which of
them go together, :mod:`shapiq_fixlip.solver.derivative_index` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shapiq_fixlip.solver.enumerated import EnumeratedFit
from shapiq_fixlip.solver.r2 import r2_of_sums, weighted_r2

if TYPE_CHECKING:
    from shapiq_fixlip.solver.blocks import Blocks, Sizes
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.solver.side_fit import SideFit
    from shapiq_fixlip.solver.terms import Terms
    from shapiq_fixlip.typing import FloatArray

__all__ = [
    "cross_validated_r2",
    "joint_interactions",
    "part_weights",
]


def joint_interactions(first: SideFit, second: SideFit, terms: Terms) -> Blocks:
    """Return the interactions of ``<f, g>``, the inner product of two fitted sides.

    Args:
        first: The fit of ``f``, whose players come first.
        second: The fit of ``g``.
        terms: Which interactions are returned.
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
        terms: Which interactions are fitted.

    Returns:
        A row for each part of the first side, by node, then by degree, and a column for each part
        of the second side.
    """
    degrees = (
        np.arange(size, max_degree + 1)
        for size, max_degree in zip(sizes, terms.max_degrees, strict=True)
    )
    fits_order = np.add.outer(*degrees) <= terms.max_order
    return np.kron(np.diag(index.weights_of(sum(sizes))), fits_order.astype(float))


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
        terms: Which interactions are fitted; those that are not returned count, too.
        rng: Draws coalitions of a large sample.

    Returns:
        The weighted coefficient of determination: 1 for a perfect prediction, 0 for one no better
        than the mean; NaN where a coalition cannot be held out.
    """
    if isinstance(first, EnumeratedFit) and isinstance(second, EnumeratedFit):
        return _r2_of_enumerated(first, second, terms)
    sides = [fit.held_out(rng) for fit in (first, second)]
    truth = sides[0].embeddings @ sides[1].embeddings.T
    weights = np.outer(sides[0].weights, sides[1].weights)
    predicted = np.zeros_like(truth)
    with np.errstate(invalid="ignore"):  # NaN where one cannot be held out
        for degree, component in enumerate(sides[0].by_degree):
            partner = sides[1].by_degree[: terms.partner_degree(degree) + 1].sum(axis=0)
            predicted += component @ partner.T
    return weighted_r2(truth, predicted, weights)


def _r2_of_enumerated(first: EnumeratedFit, second: EnumeratedFit, terms: Terms) -> float:
    """Return the share of the variance that the terms explain, by Parseval's identity."""
    if not first.index.predicts_values:
        return 1.0
    moments = _moment(first), _moment(second)
    grams = [fit.moments_by_degree() for fit in (first, second)]
    square = np.sum(moments[0] * moments[1])
    explained = sum(np.sum(grams[0][i] * grams[1][j]) for i, j in terms.all_sizes)
    return r2_of_sums(
        unexplained=square - explained,
        total=square - np.sum(grams[0][0] * grams[1][0]),
        square=square,
    )


def _moment(fit: SideFit) -> FloatArray:
    """Return the mean products of all pairs of dimensions of embeddings, ``(d, d)``."""
    return fit.embeddings.T @ (fit.sample.weights[:, None] * fit.embeddings)
