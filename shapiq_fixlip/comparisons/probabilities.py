"""Interactions at several ``p``, from one set of passes.

Coalitions that were drawn at some ``p`` are reweighted for another ``p`` by the ratio of their
probabilities (importance sampling). The denominator is the probability under the mixture of all
``p`` at which coalitions were drawn (the balance heuristic of Veach and Guibas, 1995). So at any of
these ``p``, no weight exceeds the number of mixed ``p``.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shapiq_fixlip.approximators.budget import Budget, split_passes
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import MixtureSample, draw_mixture
from shapiq_fixlip.comparisons.side_by_side import SideBySide
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.explaining.explanation import Explanation
from shapiq_fixlip.games.separable import check_own_values
from shapiq_fixlip.plot.sweep import sweep_plot
from shapiq_fixlip.results.labelling import banzhaf_values
from shapiq_fixlip.results.run_report import RunReport
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.fitted_game import check_takes_shrinkage, solve
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.terms import Terms, check_count
from shapiq_fixlip.validation import ascending_probabilities, check_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.plot.drawn import Drawn
    from shapiq_fixlip.typing import Estimator

__all__ = ["Sweep", "sweep_p"]

_PS = tuple(round(0.1 * tenth, 1) for tenth in range(1, 10))

_MIN_EFFECTIVE = 16
"""Minimum effective number of coalitions of a sampled side. Chosen without a measurement."""


@dataclass(frozen=True)
class Sweep(SideBySide):
    """Interactions at several ``p``.

    Attributes:
        explanations: The explanations by ``p``, from the smallest to the largest.
        quality: One row for each ``p``. ``effective_image`` and ``effective_text`` are effective
            sample sizes: the number of coalitions drawn at this ``p`` alone that would tell as much
            as those drawn for all ``p``. ``r2`` is the cross-validated R².
        passes: Numbers of evaluated coalitions of the image and of the text.
    """

    explanations: dict[float, Explanation]
    quality: pd.DataFrame
    passes: tuple[int, ...]

    def plot(self, *, n_strongest: int = 8, show: bool = False) -> Drawn[Axes]:
        """Plot the strongest interactions of several players against ``p``.

        Args:
            n_strongest: Maximum number of interactions. Default 8.
            show: Whether to call ``plt.show()``. Default ``False``.

        Returns:
            The figure and its axes.

        Raises:
            InputError: If ``n_strongest`` is not allowed.
        """
        return sweep_plot(self.explanations, n_strongest=n_strongest, show=show)


def sweep_p(
    game: SeparableGame,
    ps: Sequence[float] = _PS,
    *,
    max_order: int | None = None,
    drawn_at: Sequence[float] | None = None,
    estimator: Estimator = "shrinkage",
    budget_image: int | None = None,
    budget_text: int | None = None,
    random_state: int | None = 0,
) -> Sweep:
    """Compute faithful weighted Banzhaf interactions at several ``p`` from the same passes.

    Args:
        game: A separable game.
        ps: The values of ``p``. Default: 0.1 to 0.9 in steps of 0.1.
        max_order: Maximum number of players in an interaction. Default 2, or 1 for one player.
        drawn_at: The values of ``p`` at which coalitions are drawn, in equal parts. Default: those
            of ``ps``.
        estimator: See :data:`~shapiq_fixlip.typing.Estimator`. Default ``"shrinkage"``.
        budget_image: Maximum number of image (first side) passes. Default 256.
        budget_text: Maximum number of text (second side) passes. Default 256.
        random_state: Seed of the sampling. Default 0.

    Returns:
        The explanations by ``p``, with effective sample sizes and R². They have no standard errors:
        what reweighed coalitions leave unexplained has not been measured.

    Raises:
        InputError: If the effective number of coalitions is too small at some ``p``, or an argument
            is not allowed.
    """
    check_own_values(game)
    wanted = ascending_probabilities("ps", ps)
    origins = wanted if drawn_at is None else ascending_probabilities("drawn_at", drawn_at)
    max_order = min(2, game.n_players) if max_order is None else max_order
    check_options(max_order=max_order, p=wanted[0], estimator=estimator, random_state=random_state)
    if max_order > game.n_players:
        msg = f"must be 1 to the number of players ({game.n_players}), got {max_order}."
        raise InputError("max_order", msg)
    players = (game.sides[0].n_players, game.sides[1].n_players)
    passes = split_passes(players, (1, 1), Budget(image=budget_image, text=budget_text))
    streams = streams_of(random_state)
    held_out_rng = np.random.default_rng(streams.held_out)
    draws = (
        draw_mixture(players[0], origins, passes[0], np.random.default_rng(streams.first)),
        draw_mixture(players[1], origins, passes[1], np.random.default_rng(streams.second)),
    )
    terms = Terms.up_to(max_order, players)
    check_count(terms, players)
    for p in wanted:
        _check_coalitions(draws, p, max_order, estimator)
    observations = evaluate_sides(game, (draws[0].at(wanted[0]), draws[1].at(wanted[0])))
    told = {"estimator": estimator, "random_state": random_state}
    explanations, quality = {}, []
    for p in wanted:
        samples = (draws[0].at(p), draws[1].at(p))
        started = time.perf_counter()
        weighted = replace(observations, samples=samples)
        solution = solve(weighted, faithful_index(p), terms, estimator)
        values, r2 = banzhaf_values(solution), solution.r2(held_out_rng)
        run = RunReport(
            observations.passes,
            observations.seconds,
            time.perf_counter() - started,
            r2=r2,
            is_exact=observations.is_exact,
        )
        explanations[p] = Explanation(game, values, run, settings={**told, "p": p})
        quality.append(
            {
                "p": p,
                "effective_image": draws[0].effective_size(p),
                "effective_text": draws[1].effective_size(p),
                "r2": r2,
            }
        )
    return Sweep(explanations, pd.DataFrame(quality).set_index("p"), observations.passes)


def _check_coalitions(
    draws: tuple[MixtureSample, MixtureSample], p: float, max_order: int, estimator: Estimator
) -> None:
    """Check the number of coalitions, and the effective one at ``p``, before any pass."""
    for name, draw in zip(("budget_image", "budget_text"), draws, strict=True):
        if draw.is_exact:
            continue
        m, n = draw.coalitions.shape
        minimum = _MIN_EFFECTIVE
        if estimator == "least_squares":
            minimum = max(minimum, n_products(n, max_order))
        else:
            check_takes_shrinkage(m, n, n_products(n, max_order), name)
        if draw.effective_size(p) < minimum:
            msg = (
                f"must give at least {minimum} effective coalitions at every p, got "
                f"{draw.effective_size(p):.1f} at p = {p:g} from {draw.counts.sum():.0f} draws at "
                f"{', '.join(f'{origin:g}' for origin in draw.origins)}; more passes or draws "
                "closer to this p will do."
            )
            raise InputError(name, msg)
