"""What a run of the approximator tells about itself."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["RunReport"]


@dataclass(frozen=True)
class RunReport:
    """What an approximation cost and how good it is.

    Attributes:
        passes: Coalitions evaluated: of the image and of the text for a separable game, otherwise
            coalitions of the whole game.
        seconds_encoder: Time spent in evaluating them.
        seconds_solver: Time spent in solving for the interactions and in judging them.
        faithfulness: Cross-validated p-faithfulness: the R² of the explanation on coalitions that
            the fit has not seen, at most 1. Not a number if none can be left out.
        is_exact: Whether all coalitions were evaluated, so that nothing is estimated.
    """

    passes: tuple[int, ...]
    seconds_encoder: float
    seconds_solver: float
    faithfulness: float
    is_exact: bool
