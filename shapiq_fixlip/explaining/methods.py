"""Which approximator an explainer uses, if any."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast, override

from shapiq.approximator.base import Approximator
from shapiq.explainer.configuration import APPROXIMATOR_CONFIGURATIONS, setup_approximator

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.results.indices import BANZHAF_P, SINGLE_PLAYER_INDICES, index_at
from shapiq_fixlip.typing import ExactIndex
from shapiq_fixlip.validation import check_choice, check_random_state

if TYPE_CHECKING:
    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley

    type AnyApproximator = FIxLIP | CrossModalShapley | Approximator[Any]

__all__ = ["Method", "chosen_method"]

_EXACT_ONLY = ("Moebius", "Co-Moebius")

_DEFAULT_ORDER = 2

type Budget = int | Literal["auto"] | None


@dataclass(frozen=True, kw_only=True)
class Method(ABC):
    """How games are explained.

    Attributes:
        index: Name of the index, as shapiq calls it.
        max_order: Maximum number of players in an interaction.
        p: Probability that a player is present; ``None`` for indices that have none.
    """

    index: str
    max_order: int
    p: float | None = None

    @abstractmethod
    def check_budget(self, budget: Budget) -> None:
        """Check a budget.

        Raises:
            InputError: If it is not allowed.
        """

    @abstractmethod
    def approximator(self, n_players: int, random_state: int | None) -> AnyApproximator | None:
        """Return a new approximator; ``None`` for exact values."""


@dataclass(frozen=True, kw_only=True)
class _Ours(Method):
    """``FIxLIP`` or ``CrossModalShapley``."""

    settings: ApproximationSettings

    @override
    def check_budget(self, budget: Budget) -> None:
        self.settings.check_budget(budget)

    @override
    def approximator(self, n_players: int, random_state: int | None) -> AnyApproximator:
        return replace(self.settings, random_state=random_state).approximator(n_players)


@dataclass(frozen=True, kw_only=True)
class _Shapiqs(Method):
    """An approximator of shapiq, or a name of one for every index."""

    given: str | Approximator[Any]

    @override
    def check_budget(self, budget: Budget) -> None:
        if budget is not None:
            whole_number("budget", cast("int", budget))

    @override
    def approximator(self, n_players: int, random_state: int | None) -> AnyApproximator:
        if isinstance(self.given, Approximator):
            made = copy.deepcopy(self.given)
            if random_state is not None:
                made.set_random_state(random_state)
            return made
        name, index = cast("Any", self.given), cast("Any", self.index)
        return setup_approximator(name, index, self.max_order, n_players, random_state)


class _Exact(Method):
    """Exact values, of indices that are not approximated."""

    @override
    def check_budget(self, budget: Budget) -> None:
        if budget is not None:
            msg = f"must be left out for {self.index}, which is exact, got {brief(budget)}."
            raise InputError("budget", msg)

    @override
    def approximator(self, n_players: int, random_state: int | None) -> None:
        pass


def chosen_method(
    approximator: str | Approximator[Any],
    *,
    index: str,
    max_order: int | None,
    p: float | None,
    random_state: int | None,
) -> Method:
    """Return how games are explained.

    Args:
        approximator: ``"auto"``, a name in shapiq's explainers, or an approximator.
        index: The index.
        max_order: Maximum number of players in an interaction; ``None`` for 1 with ``"SV"`` and
            ``"BV"``, and for 2 with the others.
        p: Probability that a player is present, for ``"FWBII"`` and ``"WBII"``; ``None`` for 0.5.
        random_state: Seed.

    Raises:
        InputError: If an argument is not allowed.
    """
    check_choice("index", index, ExactIndex)
    check_random_state(random_state)
    if isinstance(approximator, Approximator):
        return _Shapiqs(
            given=approximator, index=approximator.index, max_order=approximator.max_order
        )
    names = cast("dict[object, dict[Any, Any]]", APPROXIMATOR_CONFIGURATIONS)
    if approximator != "auto" and approximator not in names:
        allowed = ", ".join(map(str, names))
        msg = f"must be auto, {allowed} or an approximator, got {brief(approximator)}."
        raise InputError("approximator", msg)
    if approximator == "auto" and index not in _EXACT_ONLY:
        settings = ApproximationSettings(
            index=cast("Any", index), max_order=max_order, p=p, random_state=random_state
        )
        wanted = settings.wanted_order
        single = "SV" if settings.is_shapley else "BV"  # as shapiq calls an index of order 1
        return _Ours(
            index=index if wanted > 1 else single,
            max_order=wanted,
            p=None if settings.is_shapley else settings.p_used,
            settings=settings,
        )
    if p is not None and p != BANZHAF_P:
        msg = f"must be {BANZHAF_P}, or left out, for {index} by {approximator}, got {brief(p)}."
        raise InputError("p", msg)
    is_single = index in SINGLE_PLAYER_INDICES
    order = 1 if is_single else _DEFAULT_ORDER
    if max_order is not None:
        order = whole_number("max_order", max_order)
    if is_single and order > 1:
        msg = f"must be at most 1 for {index}, got {order}."
        raise InputError("max_order", msg)
    if approximator == "auto":
        return _Exact(index=index, max_order=order)
    index = index_at(index, BANZHAF_P)
    if index not in names[approximator]:
        msg = f"must be one of {', '.join(names[approximator])} for {approximator}, got {index}."
        raise InputError("index", msg)
    return _Shapiqs(given=approximator, index=index, max_order=order)
