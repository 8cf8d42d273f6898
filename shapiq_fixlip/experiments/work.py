"""The work on every input of a run."""

from __future__ import annotations

import json
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
    "reason",
    "started",
]

type Record = dict[str, Any]
"""The result for one input, ready for JSON.

It has ``rows`` or ``interactions``, or an ``error`` with the reason why there are none; the digest
of the input as ``content``, ``None`` if the input could not be read; and the origin of the input.
"""

type Worker = Callable[[int], Record]
"""A pure function from the number of an input to its record."""


class Work(Protocol):
    """Settings from which every process makes its own worker.

    Attributes:
        device: Torch device.
    """

    @property
    def device(self) -> str:
        """Torch device."""

    @property
    def n_at_once(self) -> int:
        """How many inputs one process works on at once, in threads."""

    def examples(self) -> PairDataset:
        """Return the inputs."""

    def worker(self) -> Worker:
        """Load data and models, once for each process, and return a worker."""

    def facts(self) -> dict[str, Any]:
        """Return everything that records depend on, ready for JSON: settings and file digests."""


def started(work: Work, facts: dict[str, Any]) -> Worker:
    """Return a worker, and check that data and models have not changed since the run began.

    Raises:
        InputError: If data or models cannot be loaded, or files have changed.
    """
    worker = work.worker()
    if as_json(work.facts()) != facts:
        msg = "must not change during a run, nor must the data, got files that have changed."
        raise InputError("model", msg)
    return worker


def explaining(examples: PairDataset, explain: Callable[[Example], Record]) -> Worker:
    """Return a worker that reads an input, records the digest of its content, and explains it.

    Args:
        examples: The inputs.
        explain: Function from an input to its record without ``content``.
    """

    def work(number: int) -> Record:
        try:
            example = examples[number]
        except Exception as error:  # noqa: BLE001 - decoders fail in many ways
            return {"content": None, "error": reason(error)}
        return {"content": example.content, **attempted(explain, example)}

    return work


def attempted[T](explain: Callable[[T], Record], given: T) -> Record:
    """Return the record of an input, or one with the reason of its failure."""
    try:
        return explain(given)
    except Exception as error:  # noqa: BLE001 - one bad input must not end the run
        return {"error": reason(error)}


def reason(error: BaseException) -> str:
    """Return the reason of a failure in one line."""
    return f"{type(error).__name__}: {first_line(error)}"


def has_failed(record: Record) -> bool:
    """Return whether an input or a part of it failed."""
    return any("error" in part for part in (record, *record.get("rows", ())))


def as_json(content: dict[str, Any]) -> dict[str, Any]:
    """Return a record as it is after being written to a file and read."""
    written: dict[str, Any] = json.loads(writable(json.dumps(content, ensure_ascii=False)))
    return written
