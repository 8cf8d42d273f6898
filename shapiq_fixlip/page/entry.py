"""The explanations of a page, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.games.vision_language import check_image_text
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.results.run_report import RunReport
from shapiq_fixlip.results.tables import check_standard_errors

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame

__all__ = ["Entry", "Named", "entries_of"]

type Named[T] = Mapping[Any, T]
"""What belongs to several explanations, by their names or by ``p``."""


@dataclass(frozen=True)
class Entry:
    """One explanation of a page.

    Attributes:
        label: What it is called.
        values: The interactions.
        game: What was explained.
        standard_errors: Those of the interactions, if known.
        report: What the run cost, if known.
        facts: What else is told of it.
    """

    label: str
    values: InteractionValues
    game: ImageTextGame
    standard_errors: InteractionValues | None
    report: RunReport | None
    facts: Mapping[str, object]


def entries_of(
    values: InteractionValues | Named[InteractionValues],
    game: ImageTextGame | Named[ImageTextGame],
    *,
    standard_errors: InteractionValues | Named[InteractionValues] | None,
    run_report: RunReport | Named[RunReport] | None,
    facts: Mapping[str, object] | None,
) -> list[Entry]:
    """Put together what belongs to each explanation; arguments as those of ``report``.

    Raises:
        InputError: If something does not fit.
    """
    named = values if isinstance(values, Mapping) else {"": values}
    for name, given in (("standard_errors", standard_errors), ("run_report", run_report)):
        if named is values and given is not None and not isinstance(given, Mapping):
            msg = "must be given by the names of values, got one for all."
            raise InputError(name, msg)
    if not named:
        msg = "must be at least one explanation, got none."
        raise InputError("values", msg)
    _check_facts(facts)
    entries = []
    for key, one in named.items():
        its_game = _part("game", game, key)
        check_image_text(its_game)
        check_explanation(one, its_game)
        errors = _part("standard_errors", standard_errors, key)
        if errors is not None:
            check_standard_errors(errors, one, its_game)
        its_report = _part("run_report", run_report, key)
        if its_report is not None and not isinstance(its_report, RunReport):
            msg = f"must be the report of an approximator, got {brief(its_report)}."
            raise InputError("run_report", msg)
        label = f"p = {key:g}" if isinstance(key, float) else str(key)
        entries.append(Entry(label, one, its_game, errors, its_report, facts or {}))
    labels = [entry.label.strip() for entry in entries]
    if len(set(labels)) < len(labels) or (len(labels) > 1 and "" in labels):
        msg = f"must have different names, got {brief(list(named))}."
        raise InputError("values", msg)
    _check_same_players(entries)
    return entries


def _check_facts(facts: object) -> None:
    if facts is None:
        return
    if not isinstance(facts, Mapping) or not all(isinstance(name, str) for name in facts):
        msg = f"must be names and what to tell of them, got {brief(facts)}."
        raise InputError("facts", msg)


def _part[T](name: str, given: T | Named[T], key: str | float) -> T:
    """Return what belongs to one explanation."""
    if not isinstance(given, Mapping):
        return given
    if key not in given:
        msg = f"must have all names of values, got none for {key!r}."
        raise InputError(name, msg)
    return given[key]


def _check_same_players(entries: list[Entry]) -> None:
    first = entries[0].game
    for entry in entries[1:]:
        if entry.game.player_names != first.player_names or entry.game.words != first.words:
            msg = (
                f"must have the same players for all explanations, got {first.n_players} and "
                f"{entry.game.n_players} for {entry.label!r}, or others' names."
            )
            raise InputError("game", msg)
