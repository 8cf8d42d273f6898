"""FIxLIP: faithful weighted Banzhaf interactions (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from scipy import linalg, stats
from shapiq import InteractionValues
from shapiq.approximator.base import Approximator

from shapiq_fixlip.basis import DegreeBasis
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.fits import ProjectionFit, SideFit
from shapiq_fixlip.games.separable import SeparableGame
from shapiq_fixlip.indices import FBII, FWBII, faithful_banzhaf_index
from shapiq_fixlip.interactions import Terms, faithfulness, joint_interactions
from shapiq_fixlip.least_squares import LeastSquaresFit, check_enough_coalitions
from shapiq_fixlip.sampling import Sample, draw_sample, split_budget
from shapiq_fixlip.shrinkage import fit_with_shrinkage
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

_SMALLEST_DIRECTION = 1e-3
"""Relative size of the directions in which a side varies too little to count."""

_HELD_OUT_COALITIONS = 1024
"""Coalitions of each side, at most, that go into the faithfulness."""


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
        rngs = tuple(np.random.default_rng(stream) for stream in streams)
        if game is None:
            msg = "game must be a game or a function of coalitions, got None."
            raise InputError(msg)
        if isinstance(game, SeparableGame):
            passes = self._passes(game, budget, budget_image, budget_text, split)
            evaluated = self._evaluate_sides(game, passes, rngs[:2])
        else:
            if budget is None or budget_image is not None or budget_text is not None:
                msg = "budget must be given, alone, for a game that is not separable."
                raise InputError(msg)
            evaluated = self._evaluate_jointly(game, budget, rngs[0])
        return self._solve(evaluated, rngs[2])

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

    def _evaluate_sides(
        self,
        game: SeparableGame,
        passes: tuple[int, int],
        rngs: tuple[np.random.Generator, ...],
    ) -> _Evaluated:
        samples = tuple(
            self._draw(side.n_players, size, rng)
            for side, size, rng in zip(game.sides, passes, rngs, strict=True)
        )
        started = time.perf_counter()
        first, second = (
            side.embed(sample.coalitions).astype(np.float64)
            for side, sample in zip(game.sides, samples, strict=True)
        )
        return _Evaluated(
            samples=samples,
            values=(game.scale * first, second),
            offset=game.bias - game.normalization_value,
            passes=tuple(len(sample) for sample in samples),
            seconds=time.perf_counter() - started,
        )

    def _evaluate_jointly(
        self,
        game: Game | Callable[[BoolMatrix], FloatArray],
        budget: int,
        rng: np.random.Generator,
    ) -> _Evaluated:
        """Evaluate coalitions of a whole game, as one side whose partner has no players."""
        if self.cross_modal_only:
            msg = "cross_modal_only must be False for a game that is not separable, got True."
            raise InputError(msg)
        sample = self._draw(self.n, budget, rng)
        started = time.perf_counter()
        values = np.asarray(game(sample.coalitions), dtype=np.float64)
        seconds = time.perf_counter() - started
        if not np.isfinite(values).all():
            msg = f"game must have finite values, got {(~np.isfinite(values)).sum()} that are not."
            raise InputError(msg)
        nobody = Sample(np.zeros((1, 0), dtype=bool), np.ones(1), is_exact=True)
        return _Evaluated(
            samples=(sample, nobody),
            values=(values[:, None], np.ones((1, 1))),
            offset=0.0,
            passes=(len(sample),),
            seconds=seconds,
        )

    def _solve(self, evaluated: _Evaluated, rng: np.random.Generator) -> InteractionValues:
        started = time.perf_counter()
        samples, values = evaluated.samples, evaluated.values
        first = self._fit(samples[0], values[0], partner=(samples[1], values[1]))
        second = self._fit(samples[1], values[1], partner=(samples[0], values[0]))
        interactions = joint_interactions(first, second, self._terms)
        interactions[()] += evaluated.offset
        rows = (_some_rows(len(samples[0]), rng), _some_rows(len(samples[1]), rng))
        is_exact = all(sample.is_exact for sample in samples)
        self._report = RunReport(
            passes=evaluated.passes,
            seconds_encoder=evaluated.seconds,
            faithfulness=faithfulness(first, second, self._terms, rows),
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
            estimation_budget=math.prod(evaluated.passes),
            baseline_value=interactions[()],
        )

    def _fit(
        self, sample: Sample, values: FloatArray, partner: tuple[Sample, FloatArray]
    ) -> SideFit:
        basis = self._basis(sample.coalitions.shape[1])
        if sample.is_exact:
            return ProjectionFit(sample, values, basis)
        if self.estimator == "least_squares":
            return LeastSquaresFit(sample, values, basis)
        return fit_with_shrinkage(sample, values, basis, _principal_directions(*partner))


@dataclass(frozen=True)
class _Evaluated:
    """The sampled sides of a game and what is to be added to the product of their values."""

    samples: tuple[Sample, ...]
    values: tuple[FloatArray, ...]
    offset: float
    passes: tuple[int, ...]
    seconds: float


def _principal_directions(sample: Sample, values: FloatArray) -> FloatArray:
    """Return how the values of a side weigh the dimensions of the other, ``(d, r)``.

    The mean square of ``<f, g>`` over the coalitions of ``g`` is that of ``f @ directions``.
    """
    _, sizes, directions = linalg.svd(
        np.sqrt(sample.weights)[:, None] * values, full_matrices=False
    )
    kept = sizes > _SMALLEST_DIRECTION * sizes[0]
    return directions[kept].T * sizes[kept]


def _some_rows(m: int, rng: np.random.Generator) -> np.ndarray:
    return (
        np.arange(m)
        if m <= _HELD_OUT_COALITIONS
        else rng.choice(m, _HELD_OUT_COALITIONS, replace=False)
    )
