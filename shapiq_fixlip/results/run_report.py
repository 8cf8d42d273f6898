"""What a run tells about itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Reporting", "RunReport"]


@dataclass(frozen=True)
class RunReport:
    """What an approximation cost and how good it is.

    Attributes:
        passes: Coalitions evaluated: of the image and of the text for a separable game, otherwise
            coalitions of the whole game.
        seconds_encoder: Time spent in evaluating them.
        seconds_solver: Time spent in solving for the interactions and in judging them.
        faithfulness: Cross-validated p-faithfulness: the R² of the explanation on coalitions that
            the fit has not seen, at most 1; for Shapley interactions, which are not made to predict
            values, that of the fitted game itself. Not a number if none can be left out.
        is_exact: Whether all coalitions were evaluated, so that nothing is estimated.
    """

    passes: tuple[int, ...]
    seconds_encoder: float
    seconds_solver: float
    faithfulness: float
    is_exact: bool


class Reporting:
    """Something that can be asked what its last run cost."""

    _report: RunReport | None = None

    @property
    def report(self) -> RunReport:
        """What the last run cost and how good it is.

        Raises:
            RuntimeError: If there was none yet.
        """
        if self._report is None:
            msg = "There is no report before the first run."
            raise RuntimeError(msg)
        return self._report
