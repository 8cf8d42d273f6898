"""What is done with every input of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from shapiq_fixlip.errors import first_line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Record", "Work", "Worker", "attempted", "reason"]

type Record = dict[str, Any]
"""What came of one input, as JSON has it; one that failed has only an ``error``, the reason."""

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
        """Return all settings that records depend on, as JSON has them."""


def attempted(worker: Worker, number: int) -> Record:
    """Return the record of an input, or the reason why there is none."""
    try:
        return worker(number)
    except Exception as error:  # noqa: BLE001 - one bad input must not end the run
        return {"error": reason(error)}


def reason(error: BaseException) -> str:
    """Return in one line what went wrong."""
    return f"{type(error).__name__}: {first_line(error)}"
