"""The index and the options of an approximation, shared by all functions that explain games."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from shapiq_fixlip.approximators.budget import check_given_once, check_takes_auto
from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.approximators.shapley import MAX_SHAPLEY_ORDER, CrossModalShapley
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.results.indices import (
    BANZHAF_P,
    OF_ANY_P,
    SHAPLEY_INDICES,
    SINGLE_PLAYER_INDICES,
)
from shapiq_fixlip.solver.terms import check_limits
from shapiq_fixlip.typing import ExplainedIndex
from shapiq_fixlip.validation import check_choice, check_options

if TYPE_CHECKING:
    from typing import Literal

    from shapiq_fixlip.typing import Estimator

__all__ = ["DEFAULT_ORDER", "ApproximationSettings"]

DEFAULT_ORDER = 2
_DEFAULT_ESTIMATOR = "shrinkage"


@dataclass(frozen=True, kw_only=True)
class ApproximationSettings:
    """The index and the options of an approximation, checked before a model is loaded.

    Attributes:
        index: See :data:`~shapiq_fixlip.typing.ExplainedIndex`.
        max_order: Maximum number of players in an interaction; ``None`` for 1 with ``"SV"`` and
            ``"BV"``, and for 2 with the others.
        p: Probability that a player is present, for ``"FWBII"`` and ``"WBII"``; ``None`` for 0.5.
        estimator: See :data:`~shapiq_fixlip.typing.Estimator`; not for Shapley interactions.
        max_order_image: Maximum number of image players in an interaction; not for Shapley
            interactions.
        max_order_text: Maximum number of text players in an interaction; not for Shapley
            interactions.
        random_state: Seed.
    """

    index: ExplainedIndex = "FWBII"
    max_order: int | None = None
    p: float | None = None
    estimator: Estimator = "shrinkage"
    max_order_image: int | None = None
    max_order_text: int | None = None
    random_state: int | None = 0

    def __post_init__(self) -> None:
        """Check all options.

        Raises:
            InputError: If an argument is not allowed.
        """
        check_choice("index", self.index, ExplainedIndex)
        if self.p is not None and self.index not in OF_ANY_P:
            only = " and ".join(OF_ANY_P)
            msg = f"must be left out for {self.index}, as it is only for {only}, got {self.p!r}."
            raise InputError("p", msg)
        order = 1 if self.max_order is None else whole_number("max_order", self.max_order)
        check_options(
            max_order=order,
            p=self.p_used,
            estimator=self.estimator,
            random_state=self.random_state,
        )
        if self._max_of_index is not None and order > self._max_of_index:
            msg = f"must be at most {self._max_of_index} for {self.index}, got {order}."
            raise InputError("max_order", msg)
        if self.is_shapley:
            self._check_shapley()
        check_limits(
            self.wanted_order,
            cross_modal_only=False,
            max_order_image=self.max_order_image,
            max_order_text=self.max_order_text,
        )

    def _check_shapley(self) -> None:
        """Check that no option is given that Shapley interactions do not have."""
        options: dict[str, object] = {
            "estimator": None if self.estimator == _DEFAULT_ESTIMATOR else self.estimator,
            "max_order_image": self.max_order_image,
            "max_order_text": self.max_order_text,
        }
        for name, value in options.items():
            if value is not None:
                msg = f"must be left out for {self.index}, got {value!r}."
                raise InputError(name, msg)

    @property
    def p_used(self) -> float:
        """The probability that a player is present, for indices that are not Shapley's."""
        return BANZHAF_P if self.p is None else self.p

    @property
    def is_shapley(self) -> bool:
        """Whether the index is one of Shapley's, an integral over ``p``."""
        return self.index in SHAPLEY_INDICES

    @property
    def _max_of_index(self) -> int | None:
        if self.index in SINGLE_PLAYER_INDICES:
            return 1
        return MAX_SHAPLEY_ORDER if self.is_shapley else None

    def check_budget(
        self,
        budget: int | Literal["auto"] | None,
        budget_image: int | None = None,
        budget_text: int | None = None,
    ) -> None:
        """Check the budget; arguments as those of :meth:`shapiq_fixlip.FIxLIP.approximate`.

        Raises:
            InputError: If an argument is not allowed.
        """
        if isinstance(budget, str) and budget == "auto":
            if self.is_shapley:
                msg = f"must be a number for {self.index}, got 'auto'."
                raise InputError("budget", msg)
            check_takes_auto(self.estimator)
        elif budget is not None:
            whole_number("budget", budget)
        check_given_once(budget, budget_image, budget_text)
        for name, passes in (("budget_image", budget_image), ("budget_text", budget_text)):
            if passes is not None:
                whole_number(name, passes)

    @property
    def wanted_order(self) -> int:
        """The most players of an interaction, in a game of as many players at least."""
        return self.max_order or self._max_of_index or DEFAULT_ORDER

    def approximator(
        self, n_players: int, *, clip_order: bool = False
    ) -> FIxLIP | CrossModalShapley:
        """Return a new approximator.

        Args:
            n_players: Number of players of the game.
            clip_order: Whether to reduce a ``max_order`` greater than ``n_players``, as for a data
                set with games of different sizes. Default ``False``.

        Raises:
            InputError: If there are fewer players than ``max_order``.
        """
        order, index = self.wanted_order, cast("Any", self.index)
        if clip_order or self.max_order is None:
            order = min(order, n_players)
        if self.is_shapley:
            return CrossModalShapley(n_players, order, index, random_state=self.random_state)
        return FIxLIP(
            n_players,
            order,
            p=self.p_used,
            index=index,
            estimator=self.estimator,
            max_order_image=self.max_order_image,
            max_order_text=self.max_order_text,
            random_state=self.random_state,
        )
