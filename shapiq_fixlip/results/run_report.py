"""Cost and quality of a run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, override

from shapiq_fixlip.files import or_nan, or_none
from shapiq_fixlip.notebooks import facts_html

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RecordsRuns", "RunReport"]


@dataclass(frozen=True)
class RunReport:
    """Cost and quality of an approximation.

    Attributes:
        passes: Numbers of evaluated coalitions: of the image and of the text for a separable game,
            else of the whole game.
        seconds_encoder: Time for evaluating the coalitions, in seconds.
        seconds_solver: Time for solving for the interactions and for ``r2``, in seconds.
        r2: Cross-validated p-faithfulness, at most 1: the R² of the explanation on coalitions that
            the fit has not seen. For Shapley interactions, which do not predict values, the R² of
            the fitted game itself. NaN if no coalition can be left out.
        is_exact: Whether all coalitions were evaluated, so that nothing is estimated.
        stopped: Why ``budget="auto"`` stopped; ``None`` for other budgets.
    """

    passes: tuple[int, ...]
    seconds_encoder: float
    seconds_solver: float
    r2: float
    is_exact: bool
    stopped: str | None = None

    @override
    def __repr__(self) -> str:
        return f"<RunReport: {', '.join(f'{name} {fact}' for name, fact in self._told().items())}>"

    def _repr_html_(self) -> str:
        """Return a table for a notebook."""
        return facts_html("RunReport", self._told())

    def _told(self) -> dict[str, str]:
        """Return what is known, as people read it."""
        told = {"passes": " + ".join(map(str, self.passes))}
        if not math.isnan(self.seconds_encoder):
            seconds = (self.seconds_encoder, self.seconds_solver)
            told["seconds"] = f"{seconds[0]:.1f} + {seconds[1]:.1f}"
        if not math.isnan(self.r2):
            told["R²"] = f"{self.r2:.3f}"
        told["values"] = "exact" if self.is_exact else "estimated"
        return told if self.stopped is None else {**told, "stopped": self.stopped}

    def facts(self) -> dict[str, Any]:
        """Return the report as JSON has it, which knows no NaN."""
        return {
            "passes": list(self.passes),
            "seconds_encoder": or_none(self.seconds_encoder),
            "seconds_solver": or_none(self.seconds_solver),
            "r2": or_none(self.r2),
            "is_exact": self.is_exact,
            "stopped": self.stopped,
        }

    @classmethod
    def of_facts(cls, facts: Mapping[str, Any]) -> Self:
        """Return the report that :meth:`facts` is of.

        Raises:
            TypeError: If an entry has another type.
            ValueError: If a number is not one.
        """
        stopped = facts.get("stopped")  # older files do not tell it
        if not isinstance(stopped, str | None):
            msg = f"there is no text that says why it stopped, but {stopped!r}"
            raise TypeError(msg)
        return cls(
            passes=tuple(map(int, facts["passes"])),
            seconds_encoder=or_nan(facts["seconds_encoder"]),
            seconds_solver=or_nan(facts["seconds_solver"]),
            r2=or_nan(facts["r2"]),
            is_exact=bool(facts["is_exact"]),
            stopped=stopped,
        )


class RecordsRuns:
    """Keeps the cost and quality of its last run."""

    _last_run: RunReport | None = None

    @property
    def last_run(self) -> RunReport:
        """Cost and quality of the last run.

        Raises:
            RuntimeError: If there was no run yet.
        """
        if self._last_run is None:
            msg = "There is no last run before the first one."
            raise RuntimeError(msg)
        return self._last_run
