"""What is done with every input of a run."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Protocol

from shapiq_fixlip.errors import InputError, first_line
from shapiq_fixlip.files import writable

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.datasets.base import Example, PairDataset

__all__ = [
    "Record",
    "Work",
    "Worker",
    "as_json",
    "attempted",
    "explaining",
    "has_failed",
    "or_none",
    "reason",
    "started",
]

type Record = dict[str, Any]
"""What came of one input, as JSON has it: ``rows``, ``interactions``, or an ``error``, the reason
why there are none; its ``content``, ``None`` if it could not be read; and where it is from."""

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

    def examples(self) -> PairDataset:
        """Return the inputs."""

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
        msg = "and data must stay as they are during a run, got files that have changed."
        raise InputError("model", msg)
    return worker


def explaining(examples: PairDataset, explain: Callable[[Example], Record]) -> Worker:
    """Return a worker that reads an input, notes its content, and explains it.

    Args:
        examples: The inputs.
        explain: Returns what comes of one, but for its content.
    """

    def work(number: int) -> Record:
        try:
            example = examples[number]
        except Exception as error:  # noqa: BLE001 - decoders fail in many ways
            return {"content": None, "error": reason(error)}
        return {"content": example.content, **attempted(explain, example)}

    return work


def attempted[T](explain: Callable[[T], Record], given: T) -> Record:
    """Return what comes of an input, or the reason why nothing does."""
    try:
        return explain(given)
    except Exception as error:  # noqa: BLE001 - one bad input must not end the run
        return {"error": reason(error)}


def reason(error: BaseException) -> str:
    """Return in one line what went wrong."""
    return f"{type(error).__name__}: {first_line(error)}"


def has_failed(record: Record) -> bool:
    """Tell whether an input failed, or a part of it."""
    return any("error" in part for part in (record, *record.get("rows", ())))


def or_none(number: float) -> float | None:
    """Return a number as JSON has it, which knows only finite ones."""
    return float(number) if math.isfinite(number) else None


def as_json(content: dict[str, Any]) -> dict[str, Any]:
    """Return something as it reads back from a file."""
    written: dict[str, Any] = json.loads(writable(json.dumps(content, ensure_ascii=False)))
    return written
