"""How interactions change with ``p``, from one set of passes.

Coalitions drawn at some probabilities tell about others, too, when they are weighted by how much
more likely they are there (importance sampling). The weights follow from the mixture of all
probabilities at which was drawn (the balance heuristic of Veach and Guibas, 1995), so that at any
of these a coalition never counts for more than their number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shapiq_fixlip.approximators.budget import Passes, wanted_passes
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import MixtureSample, draw_mixture
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.games.separable import check_separable
from shapiq_fixlip.results.labelling import faithful_values
from shapiq_fixlip.results.tables import interaction_columns
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.combine import Terms, check_count
from shapiq_fixlip.solver.fitted_game import solve
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.validation import ascending_probabilities, check_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.typing import Estimator

__all__ = ["Sweep", "sweep_p"]

_PROBABILITIES = tuple(round(0.1 * tenth, 1) for tenth in range(1, 10))

_FEWEST_EFFECTIVE = 16
"""Effective coalitions of a sampled side below which its interactions are not told."""


@dataclass(frozen=True)
class Sweep:
    """Interactions at several ``p``.

    Attributes:
        values: The interactions at every ``p``, from the smallest to the largest.
        quality: One row for each ``p`` with ``effective_image`` and ``effective_text``, how many
            coalitions drawn at this ``p`` would tell as much as those that were drawn for all, and
            the cross-validated ``faithfulness``.
        passes: Coalitions that were evaluated, of the image and of the text.
    """

    values: dict[float, InteractionValues]
    quality: pd.DataFrame
    passes: tuple[int, ...]

    def table(self, game: SeparableGame) -> pd.DataFrame:
        """List all interactions by name, with one column for each ``p``, the strongest first.

        Raises:
            InputError: If the game has another number of players.
        """
        return interaction_columns(self.values, game)


def sweep_p(
    game: SeparableGame,
    probabilities: Sequence[float] = _PROBABILITIES,
    *,
    max_order: int = 2,
    drawn_at: Sequence[float] | None = None,
    estimator: Estimator = "shrinkage",
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = None,
) -> Sweep:
    """Compute faithful weighted Banzhaf interactions at several ``p`` from the same passes.

    Args:
        game: Any separable game.
        probabilities: The values of ``p``. Default 0.1 to 0.9 in steps of 0.1.
        max_order: The most players of an interaction. Default 2.
        drawn_at: The values of ``p`` at which coalitions are drawn, in equal parts. Default those
            of ``probabilities``.
        estimator: See :data:`~shapiq_fixlip.typing.Estimator`. Default ``"shrinkage"``.
        budget_image: The most passes of the image (first) side. Default 256.
        budget_text: The most passes of the text (second) side. Default 256.
        random_state: Seed. Default ``None``, a new one at every call.

    Returns:
        The interactions at every ``p`` and how far they can be trusted.

    Raises:
        InputError: If too few coalitions count at some ``p``, or an argument is not allowed.
    """
    check_separable(game)
    wanted = ascending_probabilities("probabilities", probabilities)
    origins = wanted if drawn_at is None else ascending_probabilities("drawn_at", drawn_at)
    check_options(max_order=max_order, p=wanted[0], estimator=estimator, random_state=random_state)
    if max_order > game.n_players:
        msg = f"must be 1 to the number of players ({game.n_players}), got {max_order}."
        raise InputError("max_order", msg)
    players = (game.sides[0].n_players, game.sides[1].n_players)
    passes = wanted_passes(players, (1, 1), Passes(image=budget_image, text=budget_text))
    streams = streams_of(random_state)
    held_out_rng = np.random.default_rng(streams.held_out)
    draws = (
        draw_mixture(players[0], origins, passes[0], np.random.default_rng(streams.first)),
        draw_mixture(players[1], origins, passes[1], np.random.default_rng(streams.second)),
    )
    terms = Terms(max_order, (min(max_order, players[0]), min(max_order, players[1])))
    check_count(terms, players)
    for p in wanted:
        _check_effective(draws, p, max_order, estimator)
    evaluation = evaluate_sides(game, (draws[0].at(wanted[0]), draws[1].at(wanted[0])))
    values, quality = {}, []
    for p in wanted:
        samples = (draws[0].at(p), draws[1].at(p))
        solution = solve(replace(evaluation, samples=samples), p, terms, estimator)
        values[p] = faithful_values(solution, solution.interactions())
        quality.append(
            {
                "p": p,
                "effective_image": draws[0].effective_size(p),
                "effective_text": draws[1].effective_size(p),
                "faithfulness": solution.faithfulness(held_out_rng),
            }
        )
    return Sweep(values, pd.DataFrame(quality).set_index("p"), evaluation.passes)


def _check_effective(
    draws: tuple[MixtureSample, MixtureSample], p: float, max_order: int, estimator: Estimator
) -> None:
    """Refuse what too few coalitions tell about, before any pass."""
    for name, draw in zip(("budget_image", "budget_text"), draws, strict=True):
        if draw.is_exact:
            continue
        fewest = _FEWEST_EFFECTIVE
        if estimator == "least_squares":
            fewest = max(fewest, n_products(draw.coalitions.shape[1], max_order))
        if draw.effective_size(p) < fewest:
            msg = (
                f"must give at least {fewest} effective coalitions at every p, got "
                f"{draw.effective_size(p):.1f} at p = {p:g} from {draw.counts.sum():.0f} draws at "
                f"{', '.join(f'{origin:g}' for origin in draw.origins)}; more passes or draws "
                "closer to this p will do."
            )
            raise InputError(name, msg)
