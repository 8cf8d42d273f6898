"""FIxLIP: faithful weighted Banzhaf interactions (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats
from shapiq.approximator.base import Approximator

from shapiq_fixlip.basis import n_products
from shapiq_fixlip.budget import wanted_passes
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.evaluation import Evaluation, evaluate_jointly, evaluate_sides
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.indices import FBII, FWBII, faithful_banzhaf_index
from shapiq_fixlip.interactions import Terms
from shapiq_fixlip.least_squares import check_enough_coalitions
from shapiq_fixlip.options import check_count, check_limits, check_options
from shapiq_fixlip.report import RunReport
from shapiq_fixlip.sampling import Sample, draw_sample
from shapiq_fixlip.solution import Solution, solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import Game, InteractionValues

    from shapiq_fixlip.typing import BoolMatrix, BudgetSplit, Estimator, FloatArray

__all__ = ["FIxLIP"]

_FEWEST_COALITIONS = 8
"""Coalitions of a side below which nothing can be learnt about its interactions."""

_MOST_COALITIONS = 2**22
"""What a machine can hold."""


class FIxLIP(Approximator[Any]):
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
            msg = f"max_order must be 1 to the number of players ({n}), got {max_order}."
            raise InputError(msg)
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
        self._report: RunReport | None = None
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

    @property
    def report(self) -> RunReport:
        """What the last run cost and how good it is.

        Raises:
            RuntimeError: If nothing has been approximated yet.
        """
        if self._report is None:
            msg = "There is no report before the first call of approximate."
            raise RuntimeError(msg)
        return self._report

    def approximate(  # type: ignore[override]  # our options are named, not swallowed
        self,
        budget: int | None = None,
        game: Game | Callable[[BoolMatrix], FloatArray] | None = None,
        *,
        budget_image: int | None = None,
        budget_text: int | None = None,
        split: BudgetSplit = "balanced",
    ) -> InteractionValues:
        """Approximate the interactions of a game.

        Args:
            budget: The most coalition values used: for a separable game the product of the passes
                of its sides.
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
            msg = f"game must be a game or a function of coalitions, got {game!r}."
            raise InputError(msg)
        n_players = getattr(game, "n_players", self.n)
        if n_players != self.n:
            msg = f"game must have {self.n} players as the approximator, got {n_players}."
            raise InputError(msg)
        streams = np.random.SeedSequence(self._random_state).spawn(3)
        first_rng, second_rng, held_out_rng = map(np.random.default_rng, streams)
        if isinstance(game, SeparableGame):
            players = (game.sides[0].n_players, game.sides[1].n_players)
            degrees = self._terms(players).max_degrees
            passes = wanted_passes(
                players,
                (
                    self._fewest_coalitions(players[0], degrees[0]),
                    self._fewest_coalitions(players[1], degrees[1]),
                ),
                budget=budget,
                budget_image=budget_image,
                budget_text=budget_text,
                split=split,
            )
            samples = (
                self._draw(players[0], degrees[0], passes[0], first_rng),
                self._draw(players[1], degrees[1], passes[1], second_rng),
            )
            evaluation = evaluate_sides(game, samples)
        else:
            wanted = self._joint_budget(budget, budget_image, budget_text)
            degree = self._terms((self.n, 0)).max_order
            evaluation = evaluate_jointly(game, self._draw(self.n, degree, wanted, first_rng))
        return self._solve(evaluation, held_out_rng)

    def _joint_budget(
        self, budget: int | None, budget_image: int | None, budget_text: int | None
    ) -> int:
        """Return the most coalitions of a game that is not separable."""
        if budget is None or budget_image is not None or budget_text is not None:
            msg = "budget must be given, alone, for a game that is not separable."
            raise InputError(msg)
        names = ("cross_modal_only", "max_order_image", "max_order_text")
        for name, limit in zip(names, self._limits, strict=True):
            if limit:
                msg = f"{name} must be left out for a game that is not separable, got {limit}."
                raise InputError(msg)
        return whole_number("budget", budget)

    def _terms(self, players: tuple[int, int]) -> Terms:
        """Return which interactions are fitted in a game with so many players on each side.

        Raises:
            InputError: If there are too many.
        """
        highest = self.max_order - self.cross_modal_only
        image = min(highest, self.max_order_image or highest)
        text = min(highest, self.max_order_text or highest)
        terms = Terms(self.max_order, (image, text))
        check_count(terms, players)
        return terms

    def _fewest_coalitions(self, n: int, max_degree: int) -> int:
        """Return how many coalitions of a side with ``n`` players a fit needs."""
        fewest = min(_FEWEST_COALITIONS, 2**n)
        if self.estimator == "shrinkage":
            return fewest
        return max(fewest, n_products(n, max_degree))

    def _draw(self, n: int, max_degree: int, size: int, rng: np.random.Generator) -> Sample:
        """Draw the coalitions of a side, and refuse too few of them before they cost anything."""
        fewest = min(_FEWEST_COALITIONS, 2**n)
        if not fewest <= min(size, 2**n) <= _MOST_COALITIONS:
            msg = (
                f"budget must give at least {fewest} and at most {_MOST_COALITIONS:,} coalitions "
                f"of a side with {n} players, got {size:,}."
            )
            raise InputError(msg)
        sample = draw_sample(n, self.p, size, rng)
        if len(sample) < fewest:
            msg = (
                f"p must leave at least {fewest} different coalitions of a side with {n} players "
                f"among the draws, got {len(sample)} at {self.p}."
            )
            raise InputError(msg)
        if self.estimator == "least_squares" and not sample.is_exact:
            check_enough_coalitions(len(sample), n, max_degree)
        return sample

    def _solve(self, evaluation: Evaluation, rng: np.random.Generator) -> InteractionValues:
        started = time.perf_counter()
        terms = self._terms(evaluation.n_players)
        self._solution = solve(evaluation, self.p, terms, self.estimator)
        interactions = self._solution.interactions()
        explained = self._solution.faithfulness(rng)
        self._report = RunReport(
            passes=evaluation.passes,
            seconds_encoder=evaluation.seconds,
            seconds_solver=time.perf_counter() - started,
            faithfulness=explained,
            is_exact=evaluation.is_exact,
        )
        return self._solution.labelled(interactions)

    def standard_errors(self) -> InteractionValues:
        """Return how uncertain the interactions of the last run are, from the same passes.

        For ``"shrinkage"`` the standard deviations of the posterior; for ``"least_squares"`` the
        scatter over 100 random weightings of the sampled coalitions, which takes as many solutions.
        What they are errors of is what all coalitions would give. In our tests, intervals of 1.96
        standard errors cover about 95 % of the pairs, and 70 to 95 % of the single players.

        Returns:
            One standard error, not negative, for each interaction; zeros if nothing was estimated,
            not a number where the passes do not suffice to tell.

        Raises:
            RuntimeError: If nothing has been approximated yet.
        """
        if self._solution is None:
            msg = "There are no standard errors before the first call of approximate."
            raise RuntimeError(msg)
        stream = np.random.SeedSequence(self._random_state).spawn(4)[3]
        errors = self._solution.standard_errors(np.random.default_rng(stream))
        return self._solution.labelled(errors)
