"""What is done with every input of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Record",
    "Work",
    "Worker",
    "as_json",
    "attempted",
    "has_failed",
    "is_record",
    "reason",
    "started",
]

type Record = dict[str, Any]
"""What came of one input, as JSON has it: ``rows``, ``interactions``, or an ``error``, the reason
why there are none; ``content``, by which the input is known; and where it is from."""

type Worker = Callable[[int], Record]
"""Turns the number of an input into its record: a pure function."""


class Work(Protocol):
    """Settings, from which every process makes its own worker.

    Attributes:
        device: The torch device that it runs on.
    """

    @property
    def device(self) -> str:
        """The torch device that it runs on."""

    def worker(self) -> Worker:
        """Load what is needed, once for each process."""

    def facts(self) -> dict[str, Any]:
        """Return all that records depend on, as JSON has it: settings, and digests of files."""


def started(work: Work, facts: dict[str, Any]) -> Worker:
    """Load what is needed, and check that it is what a run began with.

    Raises:
        InputError: If something cannot be loaded, or files have changed.
    """
    worker = work.worker()
    if as_json(work.facts()) != facts:
        msg = "model and data must stay as they are during a run, got files that have changed."
        raise InputError(msg)
    return worker


def attempted(worker: Worker, number: int) -> Record:
    """Return the record of an input, or the reason why there is none."""
    try:
        return worker(number)
    except Exception as error:  # noqa: BLE001 - one bad input must not end the run
        return {"error": reason(error)}


def reason(error: BaseException) -> str:
    """Return in one line what went wrong."""
    return f"{type(error).__name__}: {first_line(error)}"


def has_failed(record: Record) -> bool:
    """Tell whether an input failed, or a part of it."""
    return any("error" in part for part in (record, *record.get("rows", ())))


def is_record(content: object) -> TypeGuard[Record]:
    """Tell whether what was read from a file can be a record."""
    if not isinstance(content, dict):
        return False
    parts = content.get("rows", content.get("interactions"))
    if isinstance(parts, list):
        return all(isinstance(part, dict) for part in parts)
    return isinstance(content.get("error"), str)


def as_json(content: dict[str, Any]) -> dict[str, Any]:
    """Return something as it reads back from a file; letters that no file has become a "?"."""
    written: dict[str, Any] = json.loads(
        json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    )
    return written
