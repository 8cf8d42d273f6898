"""The checked explanations of a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.results.explained import by_name
from shapiq_fixlip.results.resolved import check_resolved
from shapiq_fixlip.results.tables import check_standard_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.results.explained import Explained, Named
    from shapiq_fixlip.results.run_report import RunReport

__all__ = ["Entry", "entries_of"]


@dataclass(frozen=True)
class Entry:
    """One explanation of a page.

    Attributes:
        label: Name of the explanation.
        game: The explained game.
        values: The interactions.
        run: Cost and quality of the run, if known.
        standard_errors: Those of the interactions, if known.
        settings: How the interactions were computed.
        resolved: Those of the highest order that differ from zero, if known.
    """

    label: str
    game: ImageTextGame
    values: InteractionValues
    run: RunReport | None
    standard_errors: InteractionValues | None
    settings: Mapping[str, Any]
    resolved: frozenset[tuple[int, ...]] | None


def entries_of(explanations: Explained | Named[Explained]) -> list[Entry]:
    """Check the explanations of a page and return them.

    Raises:
        InputError: If there are none, their names or players do not fit each other, or one does not
            fit its game.
    """
    named = by_name(explanations)
    entries = [_checked(key, explained) for key, explained in named.items()]
    labels = [entry.label.strip() for entry in entries]
    if len(set(labels)) < len(labels) or (len(labels) > 1 and "" in labels):
        msg = f"must have different names, got {brief(list(named))}."
        raise InputError("explanations", msg)
    _check_same_image_players(entries)
    return entries


def _checked(key: str | float, explained: Explained) -> Entry:
    game = as_image_text(explained.game)
    values, errors = explained.values, explained.standard_errors
    check_explanation(values, game)
    if errors is not None:
        check_standard_errors(errors, values, game)
    if explained.resolved is not None:
        check_resolved(explained.resolved, values)
    label = f"p = {key}" if isinstance(key, float) else str(key)
    settings, resolved = explained.settings, explained.resolved
    return Entry(label, game, values, explained.run, errors, settings, resolved)


def _check_same_image_players(entries: list[Entry]) -> None:
    first = entries[0].game.image_side
    for entry in entries[1:]:
        side = entry.game.image_side
        if (side.kind, side.player_names) != (first.kind, first.player_names):
            msg = (
                f"must have the same image players, got {len(first.player_names)} of kind "
                f"{first.kind!r}, and for {entry.label!r} {len(side.player_names)} of kind "
                f"{side.kind!r}, or others' names."
            )
            raise InputError("explanations", msg)
