"""The same work on Ray, for those who outgrow one process or one machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from shapiq_fixlip._optional import require
from shapiq_fixlip.errors import InputError, first_line, whole_number
from shapiq_fixlip.experiments.work import attempted

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from shapiq_fixlip.experiments.work import Record, Work, Worker

__all__ = ["mapped_by_ray", "require_ray"]

_PATIENCE = 10
"""Seconds in which a cluster must answer."""


def mapped_by_ray(
    work: Work, numbers: Sequence[int], *, address: str, n_workers: int | None = None
) -> Generator[tuple[int, Record]]:
    """Yield the number and the record of every input, in the order in which they are finished.

    Every worker is an actor that loads its model once. Ray starts another in the place of one that
    dies, and gives it the input again.

    Args:
        work: What is done with every input.
        numbers: The inputs.
        address: ``"local"``, or that of a cluster.
        n_workers: How many. Default: as many as there are GPUs, for work on such, or CPUs; not more
            than inputs.

    Raises:
        InputError: If Ray is not installed, or ``n_workers`` is not allowed.
    """
    ray = require_ray(n_workers)
    from ray.util import ActorPool  # noqa: PLC0415 - of an extra

    if not numbers:
        return
    try:
        _check_answer(address)
        ray.init(address=address)
    except (OSError, RuntimeError, ValueError) as error:
        reason = first_line(error)
        msg = f"ray must be 'local' or the address of a cluster, got {address!r} ({reason})."
        raise InputError(msg) from error
    try:
        kind = "GPU" if work.device.startswith("cuda") else "CPU"
        n_there = int(ray.cluster_resources().get(kind, 0))
        size = min(n_workers or n_there or 1, len(numbers))
        options: dict[str, Any] = {"num_gpus": 1} if kind == "GPU" else {"num_cpus": 1}
        actor = ray.remote(**options, max_restarts=-1, max_task_retries=-1)(_Actor)
        pool: Any = ActorPool([actor.remote(work) for _ in range(size)])
        for number, found in pool.map_unordered(lambda one, i: one.run.remote(i), numbers):
            if isinstance(found, InputError):
                raise found
            yield number, found
    finally:
        ray.shutdown()


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

    def __init__(self, work: Work) -> None:
        self._worker: Worker | InputError
        try:
            self._worker = work.worker()
        except InputError as error:
            self._worker = error

    def run(self, number: int) -> tuple[int, Record | InputError]:
        if isinstance(self._worker, InputError):
            return number, self._worker
        return number, attempted(self._worker, number)
