"""Approximators as the runner of ``shapiq_benchmark`` makes and calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.approximators.shapley import CrossModalShapley
from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.results.indices import BANZHAF_P, indices_at
from shapiq_fixlip.typing import BudgetUnit
from shapiq_fixlip.validation import check_choice, probability

if TYPE_CHECKING:
    from shapiq import Game, InteractionValues
    from shapiq.approximator.base import Approximator

    from shapiq_fixlip.typing import BanzhafIndex, ShapleyIndex

__all__ = ["runner_class"]


def runner_class(
    method: Literal["fixlip", "shapley"], *, p: float = BANZHAF_P, budget_unit: BudgetUnit = "pass"
) -> type[Approximator[Any]]:
    """Return a class of approximators that ``shapiq_benchmark.run`` takes.

    The runner gives a class the number of players, an index, an order and a seed, and its
    approximators a budget; so ``p`` and the unit of the budget are part of the class.

    Args:
        method: ``"fixlip"`` for :class:`~shapiq_fixlip.FIxLIP`, ``"shapley"`` for
            :class:`~shapiq_fixlip.CrossModalShapley`.
        p: Probability that a player is present, for ``"fixlip"``. Default 0.5.
        budget_unit: See :data:`~shapiq_fixlip.typing.BudgetUnit`. Default ``"pass"``.

    Raises:
        InputError: If an argument is not allowed.

    Examples:
        >>> kind = runner_class("fixlip", p=0.3)
        >>> kind.__name__, kind.valid_indices
        ('FIxLIP_0.3', ('FWBII', 'WBII'))
    """
    check_choice("budget_unit", budget_unit, BudgetUnit)
    p = probability("p", p)
    kinds: dict[str, type[Approximator[Any]]] = {"fixlip": _FIxLIP, "shapley": _CrossModalShapley}
    if method not in list(kinds):  # which may not be hashable
        msg = f"must be 'fixlip' or 'shapley', got {brief(method)}."
        raise InputError("method", msg)
    if method == "shapley" and p != BANZHAF_P:
        msg = f"must be left out for 'shapley', got {p}."
        raise InputError("p", msg)
    kind = kinds[method]
    bases = (_ByPasses, kind) if budget_unit == "pass" else (kind,)
    indices = indices_at(kind.valid_indices, p)
    name = kind.__name__.strip("_") + ("" if p == BANZHAF_P else f"_{p}")
    name += "" if budget_unit == "pass" else "_by_value"
    return type(name, bases, {"p_of_class": p, "valid_indices": indices, "__module__": __name__})


class _FIxLIP(FIxLIP):
    p_of_class: ClassVar[float]

    def __init__(
        self,
        n: int,
        max_order: int = 2,
        index: BanzhafIndex = "FWBII",
        random_state: int | None = None,
    ) -> None:
        super().__init__(n, max_order, p=self.p_of_class, index=index, random_state=random_state)


class _CrossModalShapley(CrossModalShapley):
    def __init__(
        self,
        n: int,
        max_order: int = 2,
        index: ShapleyIndex = "k-SII",
        random_state: int | None = None,
    ) -> None:
        super().__init__(n, max_order, index, random_state=random_state)


class _ByPasses:
    """Takes a budget as the number of passes of each tower."""

    def approximate(self, budget: int, game: Game) -> InteractionValues:
        return cast("Any", super()).approximate(game=game, budget_image=budget, budget_text=budget)
