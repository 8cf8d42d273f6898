"""FIxLIP: faithful weighted Banzhaf interactions (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import stats
from shapiq.approximator.base import Approximator

from shapiq_fixlip.approximators.auto_budget import until_stable
from shapiq_fixlip.approximators.budget import Passes, wanted_passes
from shapiq_fixlip.approximators.draws import draw_for_fit, fewest_for_fit
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.results.indices import FBII, FWBII, faithful_banzhaf_index
from shapiq_fixlip.results.labelling import faithful_values
from shapiq_fixlip.results.run_report import Reporting, RunReport
from shapiq_fixlip.solver.combine import Terms, check_count, check_limits
from shapiq_fixlip.solver.fitted_game import Solution, solve
from shapiq_fixlip.solver.observations import evaluate_jointly, evaluate_sides
from shapiq_fixlip.validation import check_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import Game, InteractionValues

    from shapiq_fixlip.coalitions.random_streams import Streams
    from shapiq_fixlip.coalitions.sampling import Sample
    from shapiq_fixlip.solver.observations import Evaluation
    from shapiq_fixlip.typing import BoolMatrix, BudgetSplit, Estimator, FloatArray

__all__ = ["FIxLIP"]


class FIxLIP(Reporting, Approximator[Any]):
    """Faithful weighted Banzhaf interactions: the best fit to the game at ``p``.

    The interactions ``e_L`` of at most ``max_order`` players minimise the expected square of
    ``v(S) - sum_{L in S} e_L`` when every player is in ``S`` independently with probability ``p``.
    On a :class:`~shapiq_fixlip.SeparableGame` each side is sampled and solved for by itself, at a
    cost that grows with the number of encoder passes and not with the number of their pairs; any
    other game is sampled as a whole. A side of which all coalitions are evaluated is projected
    exactly.

    Attributes:
        p: The probability of a player to be present.
        estimator: How a sampled side is fitted.
        cross_modal_only: Whether interactions of ``max_order`` players of one side are left out.
        max_order_image: The most image players of an interaction.
        max_order_text: The most text players of an interaction.
        report: What the last run cost and how good it is.

    Examples:
        >>> fixlip = FIxLIP(6, max_order=2, p=0.3)
        >>> values = fixlip.approximate(64, lambda coalitions: coalitions[:, 0] & coalitions[:, 3])
        >>> values.index, round(values[(0, 3)], 6), fixlip.report.is_exact
        ('FWBII', 1.0, True)
    """

    valid_indices = (FBII, FWBII)

    def __init__(
        self,
        n: int,
        max_order: int = 2,
        *,
        p: float = 0.5,
        estimator: Estimator = "shrinkage",
        cross_modal_only: bool = False,
        max_order_image: int | None = None,
        max_order_text: int | None = None,
        random_state: int | None = None,
    ) -> None:
        """Choose what is approximated and how.

        Args:
            n: Number of players.
            max_order: The most players of an interaction, 1 to ``n``. Default 2.
            p: Probability of a player to be present, between 0 and 1. Default 0.5 (Banzhaf).
            estimator: ``"shrinkage"`` (default) or ``"least_squares"``, the paper's; see
                :data:`~shapiq_fixlip.typing.Estimator`.
            cross_modal_only: Leave out interactions of ``max_order`` players of one side, so that
                least squares needs far fewer passes. Default ``False``.
            max_order_image: The most image players (of the first side) in one interaction, so that
                higher orders stay few and readable: with ``max_order=3``, 2 image players and 1
                text player leave pairs of patches with a word. Default ``max_order``.
            max_order_text: The most text players (of the second side). Default ``max_order``.
            random_state: Seed; the same seed gives the same result, bit for bit. Default ``None``,
                a new one at every call.

        Raises:
            InputError: If an argument is not allowed.
        """
        whole_number("n", n)
        check_options(max_order=max_order, p=p, estimator=estimator, random_state=random_state)
        p = float(p)
        if max_order > n:
            msg = f"must be 1 to the number of players ({n}), got {max_order}."
            raise InputError("max_order", msg)
        check_limits(
            max_order,
            cross_modal_only=cross_modal_only,
            max_order_image=max_order_image,
            max_order_text=max_order_text,
        )
        super().__init__(
            n,
            max_order,
            faithful_banzhaf_index(p),
            sampling_weights=stats.binom.pmf(np.arange(n + 1), n, p),
            random_state=random_state,
            initialize_dict=False,
        )
        self.p, self.estimator, self.cross_modal_only = p, estimator, cross_modal_only
        self.max_order_image, self.max_order_text = max_order_image, max_order_text
        self._solution: Solution | None = None

    def __eq__(self, other: object) -> bool:
        """Tell whether both approximate the same thing in the same way."""
        return super().__eq__(other) and hash(self) == hash(other)

    def __hash__(self) -> int:
        """Return a hash of all options."""
        return hash((super().__hash__(), self.p, self.estimator, *self._limits))

    @property
    def _limits(self) -> tuple[bool, int | None, int | None]:
        return self.cross_modal_only, self.max_order_image, self.max_order_text

    def approximate(  # type: ignore[override]  # our options are named, not swallowed
        self,
        budget: int | Literal["auto"] | None = None,
        game: Game | Callable[[BoolMatrix], FloatArray] | None = None,
        *,
        budget_image: int | None = None,
        budget_text: int | None = None,
        split: BudgetSplit = "balanced",
    ) -> InteractionValues:
        """Approximate the interactions of a game.

        Args:
            budget: The most coalition values used: for a separable game the product of the passes
                of its sides. With ``"auto"`` passes are doubled, from 256 of each side to 4,096
                at most, until the interactions of the highest order are expected to correlate by
                0.995 with those of all coalitions; for shrinkage only.
            game: The game, or any function from coalitions ``(m, n)`` to values ``(m,)``.
            budget_image: The most passes of the image (first) side, instead of ``budget``. Default
                256.
            budget_text: The most passes of the text (second) side, instead of ``budget``. Default
                256.
            split: How ``budget`` is split; see :data:`~shapiq_fixlip.typing.BudgetSplit`.

        Returns:
            The interactions of every order from 0 on; ``FBII`` at ``p = 0.5``, else ``FWBII``. They
            describe the game as called, which is centred unless it was told not to be.

        Raises:
            InputError: If the budget is too small for a fit, or an argument does not suit the game.
        """
        if not callable(game):
            msg = f"must be a game or a function of coalitions, got {game!r}."
            raise InputError("game", msg)
        n_players = getattr(game, "n_players", self.n)
        if n_players != self.n:
            msg = f"must have {self.n} players as the approximator, got {n_players}."
            raise InputError("game", msg)
        streams = streams_of(self._random_state)
        started = time.perf_counter()

        def run(passes: Passes) -> Solution:
            evaluation = self._evaluate(game, passes, split, streams)
            return solve(evaluation, self.p, self._terms(evaluation.n_players), self.estimator)

        if budget == "auto":
            self._check_automatic(budget_image, budget_text)
            is_separable = isinstance(game, SeparableGame)
            solution = until_stable(
                lambda size: run(Passes(None, size, size) if is_separable else Passes(size))
            )
        else:
            solution = run(Passes(budget, budget_image, budget_text))
        self._solution = solution
        interactions = solution.interactions()
        explained = solution.faithfulness(np.random.default_rng(streams.held_out))
        seconds = time.perf_counter() - started
        self._report = RunReport(
            passes=solution.evaluation.passes,
            seconds_encoder=solution.evaluation.seconds,
            seconds_solver=seconds - solution.evaluation.seconds,
            faithfulness=explained,
            is_exact=solution.evaluation.is_exact,
        )
        return faithful_values(solution, interactions)

    def _evaluate(
        self,
        game: Game | Callable[[BoolMatrix], FloatArray],
        passes: Passes,
        split: BudgetSplit,
        streams: Streams,
    ) -> Evaluation:
        """Draw coalitions, the same first ones whatever their number, and evaluate them."""
        first_rng, second_rng = map(np.random.default_rng, (streams.first, streams.second))
        if not isinstance(game, SeparableGame):
            wanted, degree = self._joint_budget(passes), self._terms((self.n, 0)).max_order
            return evaluate_jointly(game, self._draw(self.n, degree, wanted, first_rng))
        players = (game.sides[0].n_players, game.sides[1].n_players)
        degrees = self._terms(players).max_degrees
        fewest = (
            fewest_for_fit(players[0], degrees[0], self.estimator),
            fewest_for_fit(players[1], degrees[1], self.estimator),
        )
        wanted_first, wanted_second = wanted_passes(players, fewest, passes, split=split)
        samples = (
            self._draw(players[0], degrees[0], wanted_first, first_rng),
            self._draw(players[1], degrees[1], wanted_second, second_rng),
        )
        return evaluate_sides(game, samples)

    def _draw(self, n: int, max_degree: int, size: int, rng: np.random.Generator) -> Sample:
        return draw_for_fit(n, self.p, size, rng, max_degree=max_degree, estimator=self.estimator)

    def _check_automatic(self, budget_image: int | None, budget_text: int | None) -> None:
        """Refuse options under which a run cannot tell when it has seen enough."""
        if budget_image is not None or budget_text is not None:
            msg = (
                "must be given alone, or budget_image and budget_text instead, "
                f"got 'auto', {budget_image} and {budget_text}."
            )
            raise InputError("budget", msg)
        if self.estimator != "shrinkage":
            msg = f"must be a number for the estimator {self.estimator!r}, got 'auto'."
            raise InputError("budget", msg)

    def _joint_budget(self, passes: Passes) -> int:
        """Return the most coalitions of a game that is not separable."""
        if passes.pairs is None or passes.image is not None or passes.text is not None:
            msg = "must be given, alone, for a game that is not separable."
            raise InputError("budget", msg)
        names = ("cross_modal_only", "max_order_image", "max_order_text")
        for name, limit in zip(names, self._limits, strict=True):
            if limit:
                msg = f"must be left out for a game that is not separable, got {limit}."
                raise InputError(name, msg)
        return whole_number("budget", passes.pairs)

    def _terms(self, players: tuple[int, int]) -> Terms:
        """Return which interactions are fitted in a game with so many players on each side.

        Raises:
            InputError: If there are too many.
        """
        highest = self.max_order - self.cross_modal_only
        image = min(highest, self.max_order_image or highest, players[0])
        text = min(highest, self.max_order_text or highest, players[1])
        terms = Terms(self.max_order, (image, text))
        check_count(terms, players)
        return terms

    def standard_errors(self) -> InteractionValues:
        """Return how uncertain the interactions of the last run are, from the same passes.

        For ``"shrinkage"`` the standard deviations of the posterior, up to 4,096 coalitions of a
        side with an allowance for what its prior misses; for ``"least_squares"`` the scatter over
        100 random weightings of the sampled coalitions, which takes as many solutions. What they
        are errors of is what all coalitions would give. In ``benchmarks/coverage.py``, intervals of
        1.96 standard errors of shrinkage cover 96 % of the single players and 97 % of the pairs.

        Returns:
            One standard error, not negative, for each interaction; zeros if nothing was estimated,
            not a number where the passes do not suffice to tell.

        Raises:
            RuntimeError: If nothing has been approximated yet.
        """
        if self._solution is None:
            msg = "There are no standard errors before the first call of approximate."
            raise RuntimeError(msg)
        rng = np.random.default_rng(streams_of(self._random_state).resampling)
        errors = self._solution.standard_errors(rng)
        return faithful_values(self._solution, errors)
