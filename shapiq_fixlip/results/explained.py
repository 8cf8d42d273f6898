"""What tables, pictures and pages need of an explanation."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from shapiq import InteractionValues

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.image_text import ImageTextGame
from shapiq_fixlip.results.run_report import RunReport

if TYPE_CHECKING:
    from shapiq_fixlip.games.separable import SeparableGame

__all__ = [
    "AGREEMENT",
    "DIFFERENCE",
    "LEFT_OUT",
    "UNIT_SIZE",
    "Explained",
    "Named",
    "by_name",
    "one_line_summary",
    "unit_size",
]

AGREEMENT = "agreement"
"""The setting that says how similar two explanations are, of their difference."""

DIFFERENCE = "difference"
"""The setting of the difference of two explanations, which tells of which."""

LEFT_OUT = "words_left_out"
"""The setting that tells the words of only one of two texts."""

UNIT_SIZE = "unit_size"
"""The setting that tells how large the unit of the interactions is, in values of the game."""

_SHORT = reprlib.Repr(maxstring=60)


@runtime_checkable
class Explained(Protocol):
    """One game and its interactions, such as an :class:`~shapiq_fixlip.Explanation`."""

    @property
    def game(self) -> SeparableGame:
        """The explained game."""

    @property
    def values(self) -> InteractionValues:
        """Its interactions."""

    @property
    def standard_errors(self) -> InteractionValues | None:
        """The standard errors of the interactions, if known."""

    @property
    def resolved(self) -> frozenset[tuple[int, ...]] | None:
        """The interactions of the highest order that differ from zero, if known."""

    @property
    def run(self) -> RunReport | None:
        """Cost of the computation and quality of the fit, if known."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """How the interactions were computed."""


type Named[T] = Mapping[Any, T]
"""Several explanations by name, or by ``p``."""


def by_name(explanations: Explained | Named[Explained]) -> Named[Explained]:
    """Return explanations by name; a single one has none.

    Raises:
        InputError: If there are none, or something else is among them.
    """
    named = explanations if isinstance(explanations, Mapping) else {"": explanations}
    if not named:
        msg = "must be at least one, got none."
        raise InputError("explanations", msg)
    for explained in named.values():
        if not isinstance(explained, Explained):
            msg = f"must be an Explanation, or several by name, got {brief(explained)}."
            raise InputError("explanations", msg)
        for name, value, kind in (
            ("values", explained.values, InteractionValues),
            ("run", explained.run, RunReport | None),
            ("settings", explained.settings, Mapping),
        ):
            if not isinstance(value, kind):
                msg = f"must have {name} of an Explanation, got {brief(value)}."
                raise InputError("explanations", msg)
    return named


def unit_size(explained: Explained) -> float:
    """Return how large the unit of the interactions is, in values of the game: 1 by default."""
    size = explained.settings.get(UNIT_SIZE, 1.0)
    return float(size) if isinstance(size, int | float) and 0 < size < math.inf else 1.0


def one_line_summary(explained: Explained) -> str:
    """Describe in one line what was explained, how, and how well the interactions fit."""
    game, values, run = explained.game, explained.values, explained.run
    parts = [_SHORT.repr(game.text)] if isinstance(game, ImageTextGame) else []
    if isinstance(game, ImageTextGame) and game.unseen_text:
        parts.append("its end not seen")
    parts.append(f"{' + '.join(str(side.n_players) for side in game.sides)} players")
    parts.append(f"{values.index} of order {values.max_order}")
    if run is not None:
        passes = " + ".join(map(str, run.passes))
        parts.append("exact" if run.is_exact else f"{passes} passes")
        if not math.isnan(run.r2):
            parts.append(f"R² = {run.r2:.3f}")
    return ", ".join(parts)
