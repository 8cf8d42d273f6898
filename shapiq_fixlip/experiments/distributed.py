"""The same work on Ray, for those who outgrow one process or one machine."""

from __future__ import annotations

import functools
import os
import socket
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

from shapiq_fixlip._optional import require
from shapiq_fixlip.errors import InputError, first_line, whole_number
from shapiq_fixlip.experiments.work import attempted, reason, started

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from shapiq_fixlip.experiments.work import Record, Work, Worker

__all__ = ["mapped_by_ray", "require_ray"]

_PATIENCE = 10
"""Seconds in which a cluster must answer."""

_MOST_DEATHS = 3
"""Of workers with the same input."""


def mapped_by_ray(
    work: Work,
    facts: dict[str, Any],
    numbers: Sequence[int],
    *,
    address: str,
    n_workers: int | None = None,
) -> Generator[tuple[int, Record]]:
    """Yield the number and the record of every input, in the order in which they are finished.

    Every worker is an actor that loads its model once. Another takes the place of one that dies, as
    for want of memory, and tries its input again; an input of which three have died has failed.

    Args:
        work: What is done with every input.
        facts: What the run began with; see :func:`~shapiq_fixlip.experiments.work.started`.
        numbers: The inputs.
        address: ``"local"``, or that of a cluster.
        n_workers: How many. Default: as many as there are GPUs, for work on such, or CPUs; not more
            than inputs.

    Raises:
        InputError: If Ray is not installed, or ``n_workers`` is not allowed.
    """
    ray = require_ray(n_workers)
    if not numbers:
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to anybody
    try:
        _check_answer(address)
        ray.init(address=address)
    except (OSError, RuntimeError, ValueError) as error:
        reason = first_line(error)
        msg = f"must be 'local' or the address of a cluster, got {address!r} ({reason})."
        raise InputError("ray", msg) from error
    try:
        kind = "GPU" if work.device.startswith("cuda") else "CPU"
        n_there = int(ray.cluster_resources().get(kind, 0))
        size = min(n_workers or n_there or 1, len(numbers))
        options: dict[str, Any] = {"num_gpus": 1} if kind == "GPU" else {"num_cpus": 1}
        start = functools.partial(ray.remote(**options)(_Actor).remote, work, facts)
        yield from _mapped_by_actors(ray, start, size, numbers)
    finally:
        ray.shutdown()


def _mapped_by_actors(
    ray: Any,  # noqa: ANN401 - a module
    start: Callable[[], Any],
    size: int,
    numbers: Sequence[int],
) -> Iterator[tuple[int, Record]]:
    waiting = iter(numbers)
    deaths: Counter[int] = Counter()
    running: dict[Any, tuple[int, Any]] = {}  # by what will be the record

    def give(number: int, actor: Any) -> None:  # noqa: ANN401 - a handle of Ray
        running[actor.run.remote(number)] = (number, actor)

    for number in islice(waiting, size):
        give(number, start())
    while running:
        (finished,), _ = ray.wait(list(running))
        number, actor = running.pop(finished)
        try:
            record = ray.get(finished)
        except ray.exceptions.RayActorError as error:
            actor = start()
            deaths[number] += 1
            if deaths[number] < _MOST_DEATHS:
                give(number, actor)
                continue
            record = {"error": reason(error)}
        if isinstance(record, InputError):
            raise record
        if (following := next(waiting, None)) is not None:
            give(following, actor)
        yield number, record


def require_ray(n_workers: int | None = None) -> Any:  # noqa: ANN401 - a module
    """Return Ray.

    Args:
        n_workers: How many workers there shall be; ``None`` for the default.

    Raises:
        InputError: If Ray is not installed, or ``n_workers`` is not allowed.
    """
    if n_workers is not None:
        whole_number("n_workers", n_workers)
    return require("ray", argument="ray", extra="distributed")


def _check_answer(address: str) -> None:
    """Fail at once where nobody answers, as Ray itself tries for minutes.

    Raises:
        OSError: If nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()


class _Actor:
    """A worker in a process of its own; what the user gave wrong is told by its first answer."""

    def __init__(self, work: Work, facts: dict[str, Any]) -> None:
        self._worker: Worker | InputError
        try:
            self._worker = started(work, facts)
        except InputError as error:
            self._worker = error

    def run(self, number: int) -> Record | InputError:
        if isinstance(self._worker, InputError):
            return self._worker
        return attempted(self._worker, number)
