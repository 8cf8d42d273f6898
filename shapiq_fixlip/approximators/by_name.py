"""From the name of an index to its sum of expected derivatives, and to labelled values."""

from __future__ import annotations

from functools import partial
from itertools import chain, combinations
from typing import TYPE_CHECKING

from shapiq import InteractionValues
from shapiq.game_theory.aggregation import aggregate_base_interaction

from shapiq_fixlip.results.indices import BANZHAF_P, FBII, FWBII, WBII
from shapiq_fixlip.results.labelling import with_numbers
from shapiq_fixlip.solver.derivative_index import (
    DerivativeIndex,
    chaining_index,
    derivatives_at,
    faithful_index,
    faithful_shapley_index,
    fourier_index,
    shapley_index,
    taylor_index,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq.typing import InteractionScores

    from shapiq_fixlip.games.separable import SeparableGame

__all__ = ["derivative_index", "labelled"]

_AGGREGATED_FROM = {"k-SII": "SII", "kADD-SHAP": "FSII"}
"""Indices that are sums of another index, which is computed in their place."""


def derivative_index(
    index: str, n_players: int, max_order: int, p: float = BANZHAF_P
) -> DerivativeIndex:
    """Return an index as a sum of expected derivatives.

    Args:
        index: Its name. For k-SII and kADD-SHAP it is that of SII and of FSII, which
            :func:`labelled` aggregates.
        n_players: The most players for which integrals are exact.
        max_order: Maximum number of players in an interaction.
        p: Probability that a player is present, for ``"FWBII"`` and ``"WBII"``. Default 0.5.
    """
    by_name: dict[str, Callable[[], DerivativeIndex]] = {
        **dict.fromkeys(("FWBII", "FBII"), partial(faithful_index, p)),
        **dict.fromkeys(("WBII", "BII", "BV"), partial(derivatives_at, p)),
        "Moebius": partial(derivatives_at, 0.0),
        "Co-Moebius": partial(derivatives_at, 1.0),
        "Fourier": partial(fourier_index, max_order),
        **dict.fromkeys(("SV", "SII"), partial(shapley_index, n_players)),
        "CHII": partial(chaining_index, n_players, max_order),
        "STII": partial(taylor_index, n_players, max_order),
        "FSII": partial(faithful_shapley_index, n_players, max_order),
    }
    return by_name[_AGGREGATED_FROM.get(index, index)]()


def labelled(
    interactions: InteractionScores,
    index: str,
    game: SeparableGame,
    max_order: int,
    *,
    estimation_budget: int | None = None,
) -> InteractionValues:
    """Return interactions as labelled ``InteractionValues``.

    Args:
        interactions: The interactions, ordered by size, then lexicographically; those of
            :func:`derivative_index`.
        index: The index, one of :data:`~shapiq_fixlip.typing.ExactIndex`.
        game: The explained game.
        max_order: Maximum number of players in an interaction.
        estimation_budget: Number of coalition values that they are estimated from. Default:
            ``None``, they are exact.
    """
    if index == "kADD-SHAP":
        interactions = _of_the_same_function(interactions)
    values = InteractionValues(
        interactions,
        index="SII" if index == "k-SII" else index,
        max_order=max_order,
        n_players=game.n_players,
        min_order=0,
        estimated=estimation_budget is not None,
        estimation_budget=estimation_budget,
        baseline_value=(
            interactions[()]
            if index in {FBII, FWBII, WBII, "Co-Moebius"}  # shapiq puts the baseline in its place
            else game.empty_value - game.normalization_value
        ),
    )
    if index != "k-SII":
        return values
    aggregated = aggregate_base_interaction(values)  # without those that are zero
    return with_numbers(aggregated, {players: aggregated[players] for players in interactions})


def _of_the_same_function(faithful: InteractionScores) -> InteractionScores:
    """Return the Shapley interaction index of the function whose Möbius coefficients are given.

    Of those of FSII it is kADD-SHAP (Pelegrina et al., 2023).
    """
    found = dict.fromkeys(faithful, 0.0)
    for players, value in faithful.items():
        sizes = range(len(players) + 1)
        for subset in chain.from_iterable(combinations(players, size) for size in sizes):
            found[subset] += value / (len(players) - len(subset) + 1)
    return found
