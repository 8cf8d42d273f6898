"""Which approximator an explainer uses, if any."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast, override

from shapiq.approximator import SHAPIQ, SVARMIQ
from shapiq.approximator.base import Approximator
from shapiq.explainer.configuration import APPROXIMATOR_CONFIGURATIONS, setup_approximator

from shapiq_fixlip.approximators.exact import MAX_ORDER
from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.approximators.settings import DEFAULT_ORDER, ApproximationSettings
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.results.indices import (
    BANZHAF_P,
    FWBII,
    OF_ANY_P,
    SINGLE_PLAYER_INDICES,
    index_at,
)
from shapiq_fixlip.typing import ExactIndex
from shapiq_fixlip.validation import check_choice, check_random_state, shared_random_state

if TYPE_CHECKING:
    from shapiq_fixlip.approximators.shapley import CrossModalShapley

    type AnyApproximator = FIxLIP | CrossModalShapley | Approximator[Any]

__all__ = ["Method", "chosen_method"]

_EXACT_ONLY = ("Moebius", "Co-Moebius")

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

    def seed(self, random_state: int | None) -> int:
        """Return the given seed, or a new one."""
        return shared_random_state(random_state)

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
class _Named(Method):
    """The approximator of shapiq that its explainers choose for a name and an index."""

    name: str

    @override
    def check_budget(self, budget: Budget) -> None:
        if budget is not None:
            whole_number("budget", cast("int", budget))

    @override
    def approximator(self, n_players: int, random_state: int | None) -> AnyApproximator:
        name, index = cast("Any", self.name), cast("Any", self.index)
        return setup_approximator(name, index, self.max_order, n_players, random_state)


@dataclass(frozen=True, kw_only=True)
class _Given(Method):
    """Copies of an approximator."""

    given: Approximator[Any]

    @override
    def check_budget(self, budget: Budget) -> None:
        if budget is not None and not (budget == "auto" and isinstance(self.given, FIxLIP)):
            whole_number("budget", cast("int", budget))

    @override
    def seed(self, random_state: int | None) -> int:
        own = self.given._random_state  # noqa: SLF001 - shapiq has no other way
        return super().seed(own if random_state is None else random_state)

    @override
    def approximator(self, n_players: int, random_state: int | None) -> AnyApproximator:
        made = copy.deepcopy(self.given)
        made.set_random_state(random_state)
        return made


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
        return _given(approximator, index=index, max_order=max_order, p=p)
    is_exact = approximator == "auto" and index in _EXACT_ONLY
    if approximator == "auto" and not is_exact:
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
    if p is not None and (index not in OF_ANY_P or p != BANZHAF_P):
        msg = f"must be left out for {index} by {approximator}, got {brief(p)}."
        raise InputError("p", msg)
    highest = 1 if index in SINGLE_PLAYER_INDICES else MAX_ORDER if is_exact else None
    order = min(DEFAULT_ORDER, highest or DEFAULT_ORDER)
    if max_order is not None:
        order = whole_number("max_order", max_order)
    if highest is not None and order > highest:
        msg = f"must be at most {highest} for {index}, got {order}."
        raise InputError("max_order", msg)
    if is_exact:
        return _Exact(index=index, max_order=order)
    name = _checked_name(approximator, index_at(index, BANZHAF_P))
    return _Named(name=name, index=index_at(index, BANZHAF_P), max_order=order)


def _given(
    approximator: Approximator[Any], *, index: str, max_order: int | None, p: float | None
) -> _Given:
    """Return the method of an approximator, whose own index, order and ``p`` count.

    Raises:
        InputError: If others are asked for, or it computes another index than it says.
    """
    own = {"max_order": approximator.max_order, "p": getattr(approximator, "p", None)}
    for name, asked in {"max_order": max_order, "p": p}.items():
        if asked is not None and asked != own[name]:
            msg = f"must be that of the approximator, or left out, got {brief(asked)}."
            raise InputError(name, msg)
    if index not in {FWBII, approximator.index}:  # the first one is the default
        msg = f"must be {approximator.index}, that of the approximator, or left out, got {index}."
        raise InputError("index", msg)
    _check_computes(type(approximator), approximator.index)
    return _Given(
        given=approximator,
        index=approximator.index,
        max_order=approximator.max_order,
        p=own["p"],
    )


def _checked_name(name: object, index: str) -> str:
    """Return the name of approximators of shapiq, which have one for the index.

    Raises:
        InputError: If there is none, or it cannot be used.
    """
    by_name = cast("dict[object, dict[str, type]]", APPROXIMATOR_CONFIGURATIONS)
    if not isinstance(name, str) or name not in by_name:
        allowed = ", ".join(map(str, by_name))
        msg = f"must be auto, {allowed} or an approximator, got {brief(name)}."
        raise InputError("approximator", msg)
    if index not in by_name[name]:
        msg = f"must be one of {', '.join(by_name[name])} for {name}, got {index}."
        raise InputError("index", msg)
    kind = by_name[name][index]
    if hasattr(kind, "_import_error"):
        msg = f"must be one that is installed, got {name!r}, an extra of shapiq."
        raise InputError("approximator", msg)
    _check_computes(kind, index)
    return name


def _check_computes(kind: type, index: str) -> None:
    """Check that a class of shapiq computes the index that it is asked for.

    Raises:
        InputError: If not: CHII of these two is another index (docs/upstream/reports.md).
    """
    if index == "CHII" and issubclass(kind, SHAPIQ | SVARMIQ):
        msg = f"must be left out for CHII, which {kind.__name__} does not compute."
        raise InputError("approximator", msg)
