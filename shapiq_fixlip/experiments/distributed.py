"""Runs on Ray, for more than one process or one machine."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from shapiq_fixlip._optional import require
from shapiq_fixlip.errors import InputError, ResourceError, first_line, whole_number
from shapiq_fixlip.experiments.work import attempted, reason, started

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from shapiq_fixlip.experiments.work import Record, Work, Worker

__all__ = ["mapped_by_ray", "require_ray"]

_PATIENCE = 10
"""Seconds within which a cluster must answer."""

_MAX_DEATHS = 3
"""Deaths of workers with the same input after which the input has failed."""


def mapped_by_ray(
    work: Work,
    facts: dict[str, Any],
    numbers: Sequence[int],
    *,
    address: str,
    n_workers: int | None = None,
) -> Generator[tuple[int, Record]]:
    """Yield the number and the record of every input, in the order of completion.

    Every worker is an actor that loads its model once. If one dies, such as for lack of memory, Ray
    restarts it and repeats its input. An input with which workers have died three times has failed.

    Args:
        work: The work on every input.
        facts: The facts of the run; see :func:`~shapiq_fixlip.experiments.work.started`.
        numbers: Numbers of the inputs.
        address: ``"local"``, or the address of a cluster.
        n_workers: Number of workers, at most the number of inputs. Default: the number of GPUs for
            work on GPUs, else of CPUs.

    Raises:
        InputError: If Ray is not installed, or ``n_workers`` is not allowed.
    """
    ray = require_ray(n_workers)
    if not numbers:
        return
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no usage statistics are sent
    try:
        _check_answer(address)
        ray.init(address=address)
    except (OSError, RuntimeError, ValueError) as error:
        why = first_line(error)
        msg = f"must be 'local' or the address of a cluster, got {address!r} ({why})."
        raise InputError("ray", msg) from error
    try:
        there = ray.cluster_resources()
        is_on_gpu = work.device.startswith("cuda") or (work.device == "auto" and "GPU" in there)
        kind = "GPU" if is_on_gpu else "CPU"
        n_there = int(there.get(kind, 0))
        size = min(n_workers or n_there or 1, len(numbers))
        actor = ray.remote(
            num_cpus=int(kind == "CPU"),
            num_gpus=int(kind == "GPU"),
            max_restarts=-1,
            max_task_retries=_MAX_DEATHS - 1,
        )(_Actor)
        yield from _mapped_by_actors(ray, [actor.remote(work, facts) for _ in range(size)], numbers)
    finally:
        ray.shutdown()


def _mapped_by_actors(
    ray: Any,  # noqa: ANN401 - a module
    actors: Sequence[Any],
    numbers: Sequence[int],
) -> Iterator[tuple[int, Record]]:
    pool = ray.util.ActorPool(actors)
    for number in numbers:
        pool.submit(lambda actor, number: actor.run.remote(number), number)
    missing, death = set(numbers), ""
    while pool.has_next():
        try:
            number, record = pool.get_next_unordered()
        except ray.exceptions.RayActorError as error:  # the worker died with its input
            death = reason(error)
            continue
        if isinstance(record, InputError | ResourceError):
            raise record
        missing.remove(number)
        yield number, record
    for number in sorted(missing):
        yield number, {"error": death}


def require_ray(n_workers: int | None = None) -> Any:  # noqa: ANN401 - a module
    """Check the number of workers and return the module Ray.

    Args:
        n_workers: Number of workers; ``None`` for the default.

    Raises:
        InputError: If Ray is not installed, or ``n_workers`` is not allowed.
    """
    if n_workers is not None:
        whole_number("n_workers", n_workers)
    return require("ray", argument="ray", extra="distributed")


def _check_answer(address: str) -> None:
    """Check that something answers at an address, as Ray itself would try for minutes.

    Raises:
        OSError: If nothing answers.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()


class _Actor:
    """A worker in its own process. If it could not start, it answers with the reason."""

    def __init__(self, work: Work, facts: dict[str, Any]) -> None:
        self._worker: Worker | InputError | ResourceError
        try:
            self._worker = started(work, facts)
        except (InputError, ResourceError) as error:
            self._worker = error

    def run(self, number: int) -> tuple[int, Record | InputError | ResourceError]:
        if isinstance(self._worker, InputError | ResourceError):
            return number, self._worker
        return number, attempted(self._worker, number)
