"""FIxLIP: faithful weighted Banzhaf interactions (Baniecki et al., NeurIPS 2025)."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, override

import numpy as np
from scipy import stats
from shapiq.approximator.base import Approximator

from shapiq_fixlip.approximators.auto_budget import until_stable
from shapiq_fixlip.approximators.budget import Budget, check_given_once, check_takes_auto
from shapiq_fixlip.approximators.by_name import derivative_index
from shapiq_fixlip.approximators.chosen import chosen_interactions, described, with_subsets
from shapiq_fixlip.approximators.draws import evaluate_for_fit, numbers_of_players
from shapiq_fixlip.approximators.uncertainty import KnowsErrors, Solved
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.games.separable import factorises
from shapiq_fixlip.results.indices import BANZHAF_INDICES, FBII, check_banzhaf_index, index_at
from shapiq_fixlip.results.labelling import banzhaf_values
from shapiq_fixlip.results.run_report import RecordsRuns, RunReport
from shapiq_fixlip.solver.fitted_game import solve
from shapiq_fixlip.solver.terms import Chosen, Terms, check_count, check_limits
from shapiq_fixlip.validation import check_flag, check_options, check_random_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import Game, InteractionValues
    from shapiq.typing import CoalitionMatrix, GameValues

    from shapiq_fixlip.approximators.chosen import InteractionsLike
    from shapiq_fixlip.coalitions.random_streams import Streams
    from shapiq_fixlip.solver.observations import Observations
    from shapiq_fixlip.solver.solution import Solution
    from shapiq_fixlip.typing import BanzhafIndex, BudgetSplit, Estimator

__all__ = ["FIxLIP"]


class _Evaluated(NamedTuple):
    """What a run can be continued from."""

    game: object
    streams: Streams
    observations: Observations


class FIxLIP(KnowsErrors, RecordsRuns, Approximator[Any]):
    """Approximates faithful weighted Banzhaf interactions: the best fit to the game at ``p``.

    The interactions ``e_L`` of at most ``max_order`` players minimise the expected square of
    ``v(S) - sum_{L in S} e_L``, where each player is in ``S`` independently with probability ``p``.
    Each side of a :class:`~shapiq_fixlip.SeparableGame` is sampled and fitted by itself. The cost
    grows with the number of encoder passes, not with the number of their pairs. Any other game, and
    one with loaded values, is sampled as a whole. If all coalitions of a side are evaluated, its
    projection is exact.

    Attributes:
        p: Probability that a player is present.
        estimator: How a sampled side is fitted.
        cross_modal_only: Whether interactions of ``max_order`` players of one side are left out.
        max_order_image: Maximum number of image players in an interaction.
        max_order_text: Maximum number of text players in an interaction.
        interactions: Which interactions are computed, in words; ``None`` for all.
        settings: The options, as files and pages show them.
        last_run: Cost and quality of the last run.

    Examples:
        >>> fixlip = FIxLIP(6, max_order=2, p=0.3)
        >>> values = fixlip.approximate(64, lambda coalitions: coalitions[:, 0] & coalitions[:, 3])
        >>> values.index, round(values[(0, 3)], 6), fixlip.last_run.is_exact
        ('FWBII', 1.0, True)
    """

    valid_indices = BANZHAF_INDICES

    def __init__(  # noqa: PLR0913 - index, p and estimator, and three limits of orders
        self,
        n: int,
        max_order: int = 2,
        *,
        p: float = 0.5,
        index: BanzhafIndex = "FWBII",
        estimator: Estimator = "shrinkage",
        cross_modal_only: bool = False,
        max_order_image: int | None = None,
        max_order_text: int | None = None,
        interactions: InteractionsLike | None = None,
        random_state: int | None = None,
    ) -> None:
        """Set the options of the approximation.

        Args:
            n: Number of players.
            max_order: Maximum number of players in an interaction, 1 to ``n``. Default 2.
            p: Probability that a player is present, between 0 and 1. Default 0.5 (Banzhaf).
            index: ``"FWBII"`` (default) or the derivatives that it is made of, ``"WBII"``; at
                0.5 also by shapiq's names, ``"FBII"``, ``"BII"``, ``"BV"`` (``"FBII"`` of order 1)
                and ``"Fourier"``. See :data:`~shapiq_fixlip.typing.BanzhafIndex`.
            estimator: ``"shrinkage"`` (default) or ``"least_squares"``, the paper's; see
                :data:`~shapiq_fixlip.typing.Estimator`.
            cross_modal_only: Whether to leave out interactions of ``max_order`` players of one
                side, so that least squares needs far fewer passes. Default ``False``.
            max_order_image: Maximum number of image players (of the first side), to keep higher
                orders few and readable. With ``max_order=3``, 2 image players and 1 text player
                leave pairs of patches with a word. Default: ``max_order``.
            max_order_text: The same of text players (of the second side). Default: ``max_order``.
            interactions: Which interactions to compute, such as ``[(3,), (3, 50)]`` or
                ``Containing([3])``; see :data:`~shapiq_fixlip.approximators.InteractionsLike`.
                Shrinkage fits all up to ``max_order`` as before, with the same numbers, errors and
                ``r2``, but computes only these. Least squares fits only these and all their
                subsets (``r2`` is that of this fit): it needs fewer passes, and what others would
                explain changes the numbers. Which are resolved depends on how many there are,
                and those of fewer than ``max_order`` players are judged by their intervals alone.
                Default: all.
            random_state: Seed; the same seed gives the same result, with the same number of threads
                bit for bit. Default: ``None``, a new one at every call.

        Raises:
            InputError: If an argument is not allowed.
        """
        n, max_order = whole_number("n", n), whole_number("max_order", max_order)
        check_options(max_order=max_order, p=p, estimator=estimator, random_state=random_state)
        p = float(p)
        check_banzhaf_index(index, max_order, p)
        if max_order > n:
            msg = f"must be 1 to the number of players ({n}), got {max_order}."
            raise InputError("max_order", msg)
        limits = {"max_order_image": max_order_image, "max_order_text": max_order_text}
        check_limits(max_order, cross_modal_only=cross_modal_only, **limits)
        chosen = None
        if interactions is not None:
            for name, limit in {"cross_modal_only": cross_modal_only, **limits}.items():
                if limit:
                    msg = f"must be left out if interactions are given, got {limit}."
                    raise InputError(name, msg)
            chosen = chosen_interactions(interactions, n, max_order)
            if estimator == "least_squares":
                chosen = with_subsets(chosen)
        super().__init__(
            n,
            max_order,
            FBII if index == "BV" else index_at(index, p),
            sampling_weights=stats.binom.pmf(np.arange(n + 1), n, p),
            random_state=check_random_state(random_state),
            initialize_dict=False,
        )
        self.p, self.estimator, self.cross_modal_only = p, estimator, cross_modal_only
        self.max_order_image, self.max_order_text = max_order_image, max_order_text
        self.interactions = None if interactions is None else described(interactions)
        self._chosen = chosen
        self._last: _Evaluated | None = None

    @override
    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and hash(self) == hash(other)

    @override
    def __hash__(self) -> int:
        chosen = None if self._chosen is None else tuple(self._chosen)
        options = self.p, self.estimator, *self._limits.items(), chosen
        return hash((super().__hash__(), options))

    @override
    def __getstate__(self) -> dict[str, Any]:
        """Leave out what a run can be continued from: games hold models and locks."""
        return {**vars(self), "_last": None}

    @property
    def settings(self) -> dict[str, Any]:
        """The options, as files and pages show them."""
        options: dict[str, Any] = {"p": self.p, "estimator": self.estimator, **self._limits}
        if self.interactions is not None:
            options["interactions"] = self.interactions
        return {**options, "random_state": self._random_state}

    @property
    def _limits(self) -> dict[str, int]:
        """The options that leave out interactions, apart from ``max_order``."""
        limits = {
            "cross_modal_only": self.cross_modal_only,
            "max_order_image": self.max_order_image,
            "max_order_text": self.max_order_text,
        }
        return {name: limit for name, limit in limits.items() if limit}

    @override
    def approximate(  # type: ignore[override]  # options are named, no **kwargs
        self,
        budget: int | Literal["auto"] | None = None,
        game: Game | Callable[[CoalitionMatrix], GameValues] | None = None,
        *,
        budget_image: int | None = None,
        budget_text: int | None = None,
        split: BudgetSplit = "balanced",
        resume: bool = False,
    ) -> InteractionValues:
        """Approximate the interactions of a game.

        Args:
            budget: Maximum number of coalition values: for a separable game the product of the
                passes of its sides. Default for loaded values: all. With ``"auto"``, for shrinkage
                only, passes of each side are doubled, from 256 to at most 4,096, until the
                interactions of both sides are expected to correlate by 0.995 with those of all
                coalitions, and all others by 0.9; ``last_run.stopped`` says why it stopped.
            game: The game, or a function from coalitions ``(m, n)`` to values ``(m,)``.
            budget_image: Maximum number of passes of the image (first) side, instead of
                ``budget``. Default 256.
            budget_text: The same of the text (second) side. Default 256.
            split: See :data:`~shapiq_fixlip.typing.BudgetSplit`. Default ``"balanced"``.
            resume: Whether to continue the last run, of the same game: coalitions that were
                evaluated are used, and not evaluated again. Default ``False``.

        Returns:
            The interactions of every order from 0 on, with the name that the index has at ``p``
            (``FBII`` at 0.5, else ``FWBII``, by default). They describe the values of calling the
            game, centred unless it has ``normalize=False``.

        Raises:
            InputError: If the budget is too small, or an argument does not suit the game.
        """
        if not callable(game):
            msg = f"must be a game or a function of coalitions, got {game!r}."
            raise InputError("game", msg)
        n_players = numbers_of_players(game, self.n)
        check_flag("resume", resume)
        last = self._checked_last(game) if resume else None
        streams = last.streams if last else streams_of(self._random_state)
        known = last.observations if last else None
        started = time.perf_counter() - (known.seconds if known else 0.0)
        terms = self._terms(n_players)
        index = derivative_index(self.index, self.n, self.max_order, self.p)

        def run(budget: Budget) -> Solution:
            nonlocal known
            known = evaluate_for_fit(
                game,
                terms,
                n_players,
                budget,
                split,
                streams,
                p=self.p,
                estimator=self.estimator,
                limits=self._limits,
                known=known,
            )
            return solve(known, index, terms, self.estimator)

        if isinstance(budget, str) and budget == "auto":
            check_given_once(budget, budget_image, budget_text)
            check_takes_auto(self.estimator)
            has_sides = factorises(game)
            solution, stopped = until_stable(
                lambda size: run(Budget(None, size, size) if has_sides else Budget(size))
            )
        else:
            solution, stopped = run(Budget(budget, budget_image, budget_text)), None
        self._last = _Evaluated(game, streams, solution.observations)
        values = banzhaf_values(solution, self.index)
        self._solved = Solved(solution, values, streams.resampling)
        r2 = solution.r2(np.random.default_rng(streams.held_out))
        self._last_run = RunReport(
            passes=solution.observations.passes,
            seconds_encoder=solution.observations.seconds,
            seconds_solver=time.perf_counter() - started - solution.observations.seconds,
            r2=r2,
            is_exact=solution.observations.is_exact,
            stopped=stopped,
        )
        return values

    def _checked_last(self, game: Game | Callable[[CoalitionMatrix], GameValues]) -> _Evaluated:
        """Return the last run, which must be of this game."""
        if self._last is None or self._last.game != game:
            msg = "must be False unless this approximator last ran on the same game, got True."
            raise InputError("resume", msg)
        return self._last

    def _terms(self, n_players: tuple[int, int]) -> Terms:
        """Return the fitted interactions of a game with these numbers of players.

        Raises:
            InputError: If there are too many interactions.
        """
        if self._chosen is not None:
            everything = Terms.up_to(self.max_order, n_players)
            return replace(everything, chosen=Chosen.of(self._chosen, n_players))
        highest = self.max_order - self.cross_modal_only
        image = min(highest, self.max_order_image or highest, n_players[0])
        text = min(highest, self.max_order_text or highest, n_players[1])
        terms = Terms(self.max_order, (image, text))
        check_count(terms, n_players)
        return terms
