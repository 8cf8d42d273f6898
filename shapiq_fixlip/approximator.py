"""FIxLIP: faithful weighted Banzhaf interactions (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from scipy import stats
from shapiq import InteractionValues
from shapiq.approximator.base import Approximator

from shapiq_fixlip.basis import DegreeBasis
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.evaluation import Evaluation, evaluate_jointly, evaluate_sides
from shapiq_fixlip.fits import ProjectionFit, SideFit
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.indices import FBII, FWBII, faithful_banzhaf_index
from shapiq_fixlip.interactions import Terms, faithfulness, joint_interactions
from shapiq_fixlip.least_squares import LeastSquaresFit, check_enough_coalitions
from shapiq_fixlip.sampling import Sample, draw_sample, split_budget
from shapiq_fixlip.shrinkage import fit_with_shrinkage, principal_directions
from shapiq_fixlip.typing import BudgetSplit, Estimator

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import Game

    from shapiq_fixlip.typing import BoolMatrix, FloatArray

__all__ = ["DEFAULT_PASSES", "FIxLIP", "RunReport", "check_options"]

DEFAULT_PASSES = 256
"""Encoder passes of each side if no budget is given."""

_FEWEST_COALITIONS = 8
"""Coalitions of a side below which nothing can be learnt about its interactions."""


@dataclass(frozen=True)
class RunReport:
    """What an approximation cost and how good it is.

    Attributes:
        passes: Coalitions evaluated: of the image and of the text for a separable game, otherwise
            coalitions of the whole game.
        seconds_encoder: Time spent in evaluating them.
        seconds_solver: Time spent in solving for the interactions.
        faithfulness: Cross-validated p-faithfulness: the R² of the explanation on coalitions that
            the fit has not seen, at most 1. Not a number if none can be left out.
        is_exact: Whether all coalitions were evaluated, so that nothing is estimated.
    """

    passes: tuple[int, ...]
    seconds_encoder: float
    seconds_solver: float
    faithfulness: float
    is_exact: bool


def check_options(*, max_order: int, p: float, estimator: str) -> None:
    """Refuse what no game can be approximated with.

    Raises:
        InputError: If an argument is not allowed.
    """
    if not 0 < p < 1:
        msg = f"p must be greater than 0 and less than 1, got {p}."
        raise InputError(msg)
    if max_order < 1:
        msg = f"max_order must be at least 1, got {max_order}."
        raise InputError(msg)
    if estimator not in get_args(Estimator.__value__):
        msg = f"estimator must be 'shrinkage' or 'least_squares', got {estimator!r}."
        raise InputError(msg)


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

    Examples:
        >>> from shapiq_games.synthetic import SOUM
        >>> fixlip = FIxLIP(6, max_order=2, p=0.3, random_state=0)
        >>> values = fixlip.approximate(budget=64, game=SOUM(6, n_basis_games=9, random_state=0))
        >>> values.index, fixlip.report.is_exact
        ('FWBII', True)
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
            random_state: Seed; the same seed gives the same result, bit for bit. Default ``None``,
                a new one at every call.

        Raises:
            InputError: If an argument is not allowed.
        """
        check_options(max_order=max_order, p=p, estimator=estimator)
        if max_order > n:
            msg = f"max_order must be 1 to the number of players ({n}), got {max_order}."
            raise InputError(msg)
        if cross_modal_only and max_order == 1:
            msg = "cross_modal_only must be False for max_order 1, got True."
            raise InputError(msg)
        super().__init__(
            n,
            max_order,
            faithful_banzhaf_index(p),
            sampling_weights=stats.binom.pmf(np.arange(n + 1), n, p),
            random_state=random_state,
            initialize_dict=False,
        )
        self.p, self.estimator, self.cross_modal_only = p, estimator, cross_modal_only
        self._report: RunReport | None = None
        self._terms = Terms(max_order, max_order - 1 if cross_modal_only else max_order)

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
        streams = np.random.SeedSequence(self._random_state).spawn(3)
        first_rng, second_rng, held_out_rng = map(np.random.default_rng, streams)
        if game is None:
            msg = "game must be a game or a function of coalitions, got None."
            raise InputError(msg)
        if isinstance(game, SeparableGame):
            passes = self._passes(game, budget, budget_image, budget_text, split)
            first, second = game.sides
            samples = (
                self._draw(first.n_players, passes[0], first_rng),
                self._draw(second.n_players, passes[1], second_rng),
            )
            evaluation = evaluate_sides(game, samples)
        else:
            wanted = self._joint_budget(budget, budget_image, budget_text)
            evaluation = evaluate_jointly(game, self._draw(self.n, wanted, first_rng))
        return self._solve(evaluation, held_out_rng)

    def _passes(
        self,
        game: SeparableGame,
        budget: int | None,
        budget_image: int | None,
        budget_text: int | None,
        split: BudgetSplit,
    ) -> tuple[int, int]:
        """Return the most passes of each side."""
        if game.n_players != self.n:
            msg = f"game must have {self.n} players as the approximator, got {game.n_players}."
            raise InputError(msg)
        if split not in get_args(BudgetSplit.__value__):
            msg = f"split must be 'balanced' or 'paper', got {split!r}."
            raise InputError(msg)
        if budget is None:
            return (
                DEFAULT_PASSES if budget_image is None else budget_image,
                DEFAULT_PASSES if budget_text is None else budget_text,
            )
        if budget_image is not None or budget_text is not None:
            msg = (
                "budget must be given alone, or budget_image and budget_text instead, "
                f"got {budget}, {budget_image} and {budget_text}."
            )
            raise InputError(msg)
        first, second = game.sides
        return split_budget(budget, first.n_players, second.n_players, split)

    def _joint_budget(
        self, budget: int | None, budget_image: int | None, budget_text: int | None
    ) -> int:
        """Return the most coalitions of a game that is not separable."""
        if budget is None or budget_image is not None or budget_text is not None:
            msg = "budget must be given, alone, for a game that is not separable."
            raise InputError(msg)
        if self.cross_modal_only:
            msg = "cross_modal_only must be False for a game that is not separable, got True."
            raise InputError(msg)
        return budget

    def _basis(self, n: int) -> DegreeBasis:
        # the ridge of the highest degree also takes up what cross-modal terms alone leave over
        is_shrunk = self.estimator == "shrinkage"
        return DegreeBasis(n, self.p, self.max_order if is_shrunk else self._terms.max_degree)

    def _draw(self, n: int, size: int, rng: np.random.Generator) -> Sample:
        """Draw the coalitions of a side, and refuse too few of them before they cost anything."""
        fewest = min(_FEWEST_COALITIONS, 2**n)
        sample = draw_sample(n, self.p, max(size, 1), rng)
        if min(size, len(sample)) < fewest:
            msg = (
                f"budget must give at least {fewest} coalitions of a side with {n} players, "
                f"got {min(size, len(sample))}."
            )
            raise InputError(msg)
        if self.estimator == "least_squares" and not sample.is_exact:
            check_enough_coalitions(len(sample), self._basis(n))
        return sample

    def _solve(self, evaluation: Evaluation, rng: np.random.Generator) -> InteractionValues:
        started = time.perf_counter()
        first = self._fit(evaluation, 0)
        second = self._fit(evaluation, 1)
        interactions = joint_interactions(first, second, self._terms)
        interactions[()] += evaluation.offset
        is_exact = all(sample.is_exact for sample in evaluation.samples)
        self._report = RunReport(
            passes=evaluation.passes,
            seconds_encoder=evaluation.seconds,
            faithfulness=faithfulness(first, second, self._terms, rng),
            seconds_solver=time.perf_counter() - started,
            is_exact=is_exact,
        )
        return InteractionValues(
            interactions,
            index=self.index,
            max_order=self.max_order,
            n_players=self.n,
            min_order=0,
            estimated=not is_exact,
            estimation_budget=math.prod(evaluation.passes),
            baseline_value=interactions[()],
        )

    def _fit(self, evaluation: Evaluation, side: int) -> SideFit:
        """Fit one side; only shrinkage looks at the other, to weigh what counts in a vector."""
        sample, values = evaluation.samples[side], evaluation.values[side]
        basis = self._basis(sample.coalitions.shape[1])
        if sample.is_exact:
            return ProjectionFit(sample, values, basis)
        if self.estimator == "least_squares":
            return LeastSquaresFit(sample, values, basis)
        partner_weights = evaluation.samples[1 - side].weights
        directions = principal_directions(partner_weights, evaluation.values[1 - side])
        return fit_with_shrinkage(sample, values, basis, directions)
