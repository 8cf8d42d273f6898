"""Shapley values and interactions of separable games from few passes of each side.

Shapley interactions are integrals over ``p`` of the expected derivatives of the game, which
factorise over its sides (:mod:`shapiq_fixlip.solver.derivatives`). A side of which only some
coalitions are known is replaced by its expectation given these (:mod:`shapiq_fixlip.solver.all_p`).
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from shapiq.approximator.base import Approximator

from shapiq_fixlip.approximators.budget import Passes, wanted_passes
from shapiq_fixlip.approximators.draws import fewest_coalitions
from shapiq_fixlip.approximators.exact import labelled
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import draw_of_all_sizes, enumerate_of_all_sizes
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.results.indices import BANZHAF_P
from shapiq_fixlip.results.run_report import Reporting, RunReport
from shapiq_fixlip.solver.all_p import fit_surrogate
from shapiq_fixlip.solver.basis import DegreeBasis
from shapiq_fixlip.solver.derivatives import shapley_nodes
from shapiq_fixlip.solver.known_sides import (
    EnumeratedSide,
    joint_derivatives_up_to,
    share_predicted,
)
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.shrinkage import principal_directions
from shapiq_fixlip.validation import check_seed

if TYPE_CHECKING:
    from shapiq import Game, InteractionValues

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.known_sides import KnownSide
    from shapiq_fixlip.solver.observations import Evaluation
    from shapiq_fixlip.typing import BudgetSplit

__all__ = ["HIGHEST_SHAPLEY_ORDER", "CrossModalShapley", "ShapleyIndex"]

type ShapleyIndex = Literal["SV", "SII", "k-SII"]
"""Shapley values, Shapley interaction index, and SII aggregated to add up to the full value."""

HIGHEST_SHAPLEY_ORDER = 2

_MOST_SAMPLED = 8192
_MOST_PLAYERS_ENUMERATED = 16
"""What a machine can hold."""

_MOST_GIVEN = 1 / 3
_MOST_GIVEN_AGGREGATED = 0.9
"""Parts of a sample that the smallest and largest coalitions may take, at two orders of k-SII more
as it nearly is the mean of a player's contributions to the empty and to the full coalition."""

_HIGHEST_DEGREE = 96
"""Of the polynomials in ``p`` that are integrated exactly; those of more players nearly are."""


class CrossModalShapley(Reporting, Approximator[Any]):
    """Shapley values and interactions of separable games.

    Each side is evaluated by itself, at a cost that grows with the number of encoder passes and not
    with the number of their pairs. If all coalitions of a side fit into its passes, it is exact;
    otherwise a Gaussian process fitted to its passes stands in for it. Shapley values always add up
    to the difference between the full and the empty coalition.

    The coalitions of a sampled side are drawn so that all sizes are equally likely, apart from the
    empty and the full one, which are always there, and those of one player and of all but one
    player. These are there if they are at most a third of the passes, for k-SII of order 2, to
    which they matter more, up to nine tenths. (Of 49 players at 128 to 256 passes they divide the
    error of k-SII by three and more, but increase that of Shapley values by a third and more.)

    The ``faithfulness`` of its ``report`` is the R² with which coalitions that were drawn are
    predicted, each from a fit without it, when all sizes of a coalition of a side are equally
    likely: how well the game is known that the values describe, not how well the values alone
    describe it. 1 if all coalitions were evaluated.

    Attributes:
        report: What the last run cost and how good it is.

    Examples:
        >>> from shapiq_fixlip import Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", players=Grid(2, 3))
        >>> approximator = CrossModalShapley(game.n_players, index="SV", random_state=0)
        >>> values = approximator.approximate(game=game, budget_image=32)
        >>> bool(abs(sum(values.values) - values[()] - game.full_value + game.empty_value) < 1e-6)
        True
        >>> approximator.report.passes, approximator.report.is_exact
        ((32, 4), False)
    """

    valid_indices = ("SV", "SII", "k-SII")

    def __init__(
        self,
        n: int,
        max_order: int | None = None,
        index: ShapleyIndex = "k-SII",
        *,
        random_state: int | None = None,
    ) -> None:
        """Choose what is approximated.

        Args:
            n: Number of players.
            max_order: The most players of an interaction, 1 or 2. Default 2, for ``"SV"`` and a
                single player 1, the only one allowed. Exact interactions have higher orders too.
            index: ``"SV"``, ``"SII"`` or ``"k-SII"`` (default).
            random_state: Seed; the same seed gives the same result, bit for bit. Default ``None``,
                a new one at every call.

        Raises:
            InputError: If an argument is not allowed.
        """
        whole_number("n", n)
        if index not in self.valid_indices:
            msg = f"must be one of {', '.join(self.valid_indices)}, got {index!r}."
            raise InputError("index", msg)
        highest = 1 if index == "SV" else min(HIGHEST_SHAPLEY_ORDER, n)
        order = highest if max_order is None else whole_number("max_order", max_order)
        if order > highest:
            remedy = "" if index == "SV" else "; exact_interactions has orders up to 4"
            msg = f"must be at most {highest} for {index} of {n} players, got {order}{remedy}."
            raise InputError("max_order", msg)
        check_seed(random_state)
        super().__init__(
            n,
            order,
            index,
            sampling_weights=np.ones(n + 1),
            random_state=random_state,
            initialize_dict=False,
        )

    def approximate(  # type: ignore[override]  # our options are named, not swallowed
        self,
        budget: int | None = None,
        game: Game | None = None,
        *,
        budget_image: int | None = None,
        budget_text: int | None = None,
        split: BudgetSplit = "balanced",
    ) -> InteractionValues:
        """Approximate the interactions of a game.

        Args:
            budget: The most coalition values used: the product of the passes of the sides.
            game: A separable game.
            budget_image: The most passes of the image (first) side, instead of ``budget``. Default
                256.
            budget_text: The most passes of the text (second) side, instead of ``budget``. Default
                256.
            split: How ``budget`` is split; see :data:`~shapiq_fixlip.typing.BudgetSplit`.

        Returns:
            The interactions of every order from 0 on, labelled as those of ``exact_interactions``.
            They describe the game as called, which is centred unless it was told not to be.

        Raises:
            InputError: If the budget is too small or too large, or the game is not suitable.
        """
        game = self._checked(game)
        players = (game.sides[0].n_players, game.sides[1].n_players)
        passes = wanted_passes(
            players,
            (fewest_coalitions(players[0]), fewest_coalitions(players[1])),
            Passes(budget, budget_image, budget_text),
            split=split,
        )
        streams = streams_of(self._random_state)
        rngs = [np.random.default_rng(stream) for stream in (streams.first, streams.second)]
        first, n_given_first = self._draw(players[0], passes[0], rngs[0])
        second, n_given_second = self._draw(players[1], passes[1], rngs[1])
        evaluation = evaluate_sides(game, (first, second))
        started = time.perf_counter()
        sides = (
            _known_side(evaluation, 0, n_given_first, rngs[0]),
            _known_side(evaluation, 1, n_given_second, rngs[1]),
        )
        values = self._interactions(game, evaluation, sides)
        faithfulness = share_predicted(*sides)
        self._report = RunReport(
            passes=evaluation.passes,
            seconds_encoder=evaluation.seconds,
            seconds_solver=time.perf_counter() - started,
            faithfulness=faithfulness,
            is_exact=not values.estimated,
        )
        return values

    def _checked(self, game: Game | None) -> SeparableGame:
        """Return the game, and refuse one that cannot be approximated."""
        if not isinstance(game, SeparableGame):
            msg = (
                f"must be a SeparableGame, got {brief(game)}; for other games shapiq has "
                "approximators, such as KernelSHAPIQ."
            )
            raise InputError("game", msg)
        if game.n_players != self.n:
            msg = f"must have {self.n} players as the approximator, got {game.n_players}."
            raise InputError("game", msg)
        return game

    def _draw(self, n: int, size: int, rng: np.random.Generator) -> tuple[Sample, int]:
        """Draw the coalitions of a side, and refuse too few or too many before they cost anything.

        Returns:
            The coalitions, and how many of the first were not drawn.
        """
        if size >= 2**n and n <= _MOST_PLAYERS_ENUMERATED:
            return enumerate_of_all_sizes(n), 2**n
        fewest = fewest_coalitions(n)
        if not fewest <= min(size, 2**n) <= _MOST_SAMPLED:
            msg = (
                f"must give at least {fewest} and at most {_MOST_SAMPLED:,} coalitions of a "
                f"side with {n} players, or all of at most {_MOST_PLAYERS_ENUMERATED} players, got "
                f"{size:,}."
            )
            raise InputError("budget", msg)
        is_aggregated = self.index == "k-SII" and self.max_order > 1
        most_given = _MOST_GIVEN_AGGREGATED if is_aggregated else _MOST_GIVEN
        return draw_of_all_sizes(n, size, rng, most_given=most_given)

    def _interactions(
        self, game: SeparableGame, evaluation: Evaluation, sides: tuple[KnownSide, KnownSide]
    ) -> InteractionValues:
        """Integrate the derivatives of the game over ``p`` and label them."""
        found = sum(
            weight * joint_derivatives_up_to(*sides, node, self.max_order)
            for node, weight in zip(*shapley_nodes(min(self.n, _HIGHEST_DEGREE)), strict=True)
        )
        found[0] += evaluation.offset
        return labelled(
            found,
            self.index,
            DegreeBasis(self.n, BANZHAF_P, self.max_order),  # any p lists the same players,
            game,
            estimation_budget=None if evaluation.is_exact else math.prod(evaluation.passes),
        )


def _known_side(
    evaluation: Evaluation, side: int, n_given: int, rng: np.random.Generator
) -> KnownSide:
    """Enumerate or fit a side; only the fit looks at the other, to weigh its dimensions."""
    sample, values = evaluation.samples[side], evaluation.values[side]
    if sample.is_exact:
        return EnumeratedSide(sample, values)
    partner_weights = evaluation.samples[1 - side].weights
    directions = principal_directions(partner_weights, evaluation.values[1 - side])
    return fit_surrogate(sample.coalitions, values, directions=directions, n_given=n_given, rng=rng)
