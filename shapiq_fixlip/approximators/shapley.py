"""Shapley values and interactions of separable games from few passes of each side.

All indices that generalise the Shapley value are integrals over ``p`` of the expected derivatives
of the game, which factorise over its sides (:mod:`shapiq_fixlip.solver.derivative_index`). A
sampled side is replaced by its posterior mean given the sampled coalitions
(:mod:`shapiq_fixlip.solver.shrinkage`).
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, override

import numpy as np
from shapiq.approximator.base import Approximator

from shapiq_fixlip.approximators.budget import Budget, split_passes
from shapiq_fixlip.approximators.by_name import derivative_index, labelled
from shapiq_fixlip.approximators.draws import min_coalitions
from shapiq_fixlip.approximators.uncertainty import KnowsErrors, Solved
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import draw_of_all_sizes, enumerate_of_all_sizes
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.separable import SeparableGame, check_own_values
from shapiq_fixlip.results.indices import SHAPLEY_INDICES
from shapiq_fixlip.results.run_report import RecordsRuns, RunReport
from shapiq_fixlip.solver.derivative_index import k_additive_index, shapley_index
from shapiq_fixlip.solver.fitted_game import MAX_SHRUNK, solve_shapley
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.terms import Terms
from shapiq_fixlip.validation import check_random_state

if TYPE_CHECKING:
    from shapiq import Game, InteractionValues

    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.derivative_index import DerivativeIndex
    from shapiq_fixlip.typing import BudgetSplit, ShapleyIndex

__all__ = ["MAX_SHAPLEY_ORDER", "CrossModalShapley"]

MAX_SHAPLEY_ORDER = 2
"""Maximum number of players in an approximated interaction."""

_MAX_DEGREE = 96
"""Maximum number of players for which the integral over ``p`` is exact.

With more players, the polynomial has a higher degree than the quadrature and the integral is nearly
exact. Chosen without a measurement.
"""

_MAX_DEGREE_OF_ERRORS = 14
"""The same for standard errors, which need no more than two digits."""

_MAX_PLAYERS_ENUMERATED = 16
"""Maximum number of players of an enumerated side; see :mod:`shapiq_fixlip.approximators.exact`."""

_MAX_FIXED_SHARE = 1 / 3
_MAX_FIXED_SHARE_OF_EXTREMES = 0.9
"""Maximum shares of a sample that the smallest and largest coalitions may take.

The second is for indices of order 2 that give a player little but its contributions to the
smallest and largest coalitions: k-SII nearly their mean, STII the one to the empty coalition. With
49 players and 128 to 256 passes, these coalitions divide the error of k-SII by three and more, but
increase that of Shapley values by a third and more. That was measured with an earlier prior, and is
not part of ``benchmarks/``.
"""


class CrossModalShapley(KnowsErrors, RecordsRuns, Approximator[Any]):
    """Approximates Shapley values and interactions of separable games.

    Each side is evaluated by itself. The cost grows with the number of encoder passes, not with the
    number of their pairs. A side is exact if its passes suffice for all its coalitions. Otherwise
    it is replaced by a Gaussian process that is fitted to its passes. Shapley values add up to
    the difference between the full and the empty coalition.

    The sample of a side always has the empty and the full coalition. It has those of one player and
    of all but one player if they are at most a third of the passes; for k-SII and STII, to which
    they matter more, at most nine tenths. All others are drawn, with all sizes equally likely.

    The ``r2`` of ``last_run`` says how well the fit of the game is, not how well the values alone
    describe the game. It is the R² with which drawn coalitions are predicted, each from a fit
    without it, with all sizes equally likely. It is 1 if all coalitions were evaluated.

    Attributes:
        settings: The options, as files and pages show them.
        last_run: Cost and quality of the last run.

    Examples:
        >>> from shapiq_fixlip import Grid, VisionLanguageGame, load_encoder
        >>> from shapiq_fixlip.demo.scenes import demo_scene
        >>> scene = demo_scene()
        >>> encoder = load_encoder("demo")  # doctest: +SKIP
        >>> game = VisionLanguageGame(encoder, scene.image, "a lion", image_players=Grid(2, 3))
        >>> approximator = CrossModalShapley(game.n_players, index="SV", random_state=0)
        >>> values = approximator.approximate(game=game, budget_image=32)
        >>> bool(abs(sum(values.values) - values[()] - game.full_value + game.empty_value) < 1e-6)
        True
        >>> approximator.last_run.passes, approximator.last_run.is_exact
        ((32, 4), False)
    """

    valid_indices = SHAPLEY_INDICES

    def __init__(
        self,
        n: int,
        max_order: int | None = None,
        index: ShapleyIndex = "k-SII",
        *,
        random_state: int | None = None,
    ) -> None:
        """Set the options of the approximation.

        Args:
            n: Number of players.
            max_order: Maximum number of players in an interaction: 1 or 2, and 1 for ``"SV"`` and
                for a single player. Default: the largest that is allowed. For higher orders see
                :func:`~shapiq_fixlip.exact_interactions`.
            index: ``"SV"``, ``"SII"``, ``"k-SII"`` (default), ``"FSII"``, ``"STII"``, ``"CHII"``
                or ``"kADD-SHAP"``; see :data:`~shapiq_fixlip.typing.ExplainedIndex`.
            random_state: Seed; the same seed gives the same result, bit for bit. Default: ``None``,
                a new one at every call.

        Raises:
            InputError: If an argument is not allowed.
        """
        n = whole_number("n", n)
        if index not in self.valid_indices:
            msg = f"must be one of {', '.join(self.valid_indices)}, got {index!r}."
            raise InputError("index", msg)
        highest = 1 if index == "SV" else min(MAX_SHAPLEY_ORDER, n)
        order = highest if max_order is None else whole_number("max_order", max_order)
        if order > highest:
            remedy = "" if index == "SV" else "; exact_interactions has orders up to 4"
            msg = f"must be at most {highest} for {index} of {n} players, got {order}{remedy}."
            raise InputError("max_order", msg)
        super().__init__(
            n,
            order,
            index,
            sampling_weights=np.ones(n + 1),
            random_state=check_random_state(random_state),
            initialize_dict=False,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The options, as files and pages show them."""
        return {"random_state": self._random_state}

    @override
    def approximate(  # type: ignore[override]  # options are named, no **kwargs
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
            budget: Maximum number of coalition values: the product of the passes of the sides.
            game: A separable game.
            budget_image: Maximum number of passes of the image (first) side, instead of
                ``budget``. Default 256.
            budget_text: The same of the text (second) side. Default 256.
            split: See :data:`~shapiq_fixlip.typing.BudgetSplit`. Default ``"balanced"``.

        Returns:
            The interactions of every order from 0 on, labelled as those of ``exact_interactions``.
            They describe the values of calling the game, which are centred unless the game has
            ``normalize=False``.

        Raises:
            InputError: If the budget is too small or too large, or the game is not suitable.
        """
        game = self._checked(game)
        players = (game.sides[0].n_players, game.sides[1].n_players)
        wanted = Budget(budget, budget_image, budget_text)
        minima = (min_coalitions(players[0]), min_coalitions(players[1]))
        passes = split_passes(players, minima, wanted, split=split)
        streams = streams_of(self._random_state)
        rngs = [np.random.default_rng(stream) for stream in (streams.first, streams.second)]
        first = self._draw(players[0], passes[0], rngs[0], wanted.argument("image"))
        second = self._draw(players[1], passes[1], rngs[1], wanted.argument("text"))
        observations = evaluate_sides(game, (first, second))
        started = time.perf_counter()
        order = self.max_order
        solution = solve_shapley(
            observations,
            derivative_index(self.index, min(self.n, _MAX_DEGREE), order),
            self._index_of_errors(),
            Terms.up_to(order, players),
        )
        values = labelled(
            solution.named,
            self.index,
            game,
            order,
            estimation_budget=None if observations.is_exact else math.prod(observations.passes),
        )
        r2 = solution.r2(np.random.default_rng(streams.held_out))
        self._last_run = RunReport(
            passes=observations.passes,
            seconds_encoder=observations.seconds,
            seconds_solver=time.perf_counter() - started,
            r2=r2,
            is_exact=observations.is_exact,
        )
        self._solved = Solved(solution, values, streams.resampling)
        return values

    def _index_of_errors(self) -> DerivativeIndex:
        """Return the index of standard errors: sums of another index are indices themselves."""
        players = min(self.n, _MAX_DEGREE_OF_ERRORS)
        match self.index, self.max_order:
            case "k-SII", 2:
                return shapley_index(players, is_aggregated=True)
            case "kADD-SHAP", 2:
                return k_additive_index(players)
        return derivative_index(self.index, players, self.max_order)

    def _checked(self, game: Game | None) -> SeparableGame:
        """Check that the game is separable and has the right number of players; return it."""
        if not isinstance(game, SeparableGame):
            msg = (
                f"must be a SeparableGame, got {brief(game)}; for other games shapiq has "
                "approximators, such as KernelSHAPIQ."
            )
            raise InputError("game", msg)
        check_own_values(game)
        if game.n_players != self.n:
            msg = f"must have {self.n} players, like the approximator, got {game.n_players}."
            raise InputError("game", msg)
        return game

    def _draw(self, n: int, size: int, rng: np.random.Generator, argument: str) -> Sample:
        """Draw the coalitions of a side, and check their number before any pass.

        Args:
            n: Number of players.
            size: Maximum number of coalitions.
            rng: The only source of randomness.
            argument: Name of the argument that gives ``size``, for errors.
        """
        if size >= 2**n and n <= _MAX_PLAYERS_ENUMERATED:
            return enumerate_of_all_sizes(n)
        minimum = min_coalitions(n)
        if not minimum <= min(size, 2**n) <= MAX_SHRUNK:
            msg = (
                f"must give at least {minimum} and at most {MAX_SHRUNK:,} coalitions of a "
                f"side with {n} players, or all of at most {_MAX_PLAYERS_ENUMERATED} players, got "
                f"{size:,}."
            )
            raise InputError(argument, msg)
        is_of_extremes = self.index in {"k-SII", "STII"} and self.max_order > 1
        max_fixed_share = _MAX_FIXED_SHARE_OF_EXTREMES if is_of_extremes else _MAX_FIXED_SHARE
        return draw_of_all_sizes(n, size, rng, max_fixed_share=max_fixed_share)
