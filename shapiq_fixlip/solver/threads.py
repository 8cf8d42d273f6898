"""Independent pieces of work, each in one thread, as many at once as torch has threads.

Many small products of matrices take less time side by side than each of them in several threads.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

import torch
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["in_threads"]

_TURN = Lock()
"""Held by who uses all threads: limits of libraries are global, and set back in reverse order."""


def in_threads[A, T](function: Callable[[A], T], arguments: Iterable[A]) -> list[T]:
    """Return what a function returns for each argument, in their order."""
    n_threads = torch.get_num_threads()
    with (
        _TURN,
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(n_threads, initializer=_limit_this_thread) as pool,
    ):
        return list(pool.map(function, arguments))


def _limit_this_thread() -> None:
    torch.get_num_threads()  # sets the number of a new thread, which no limit survives
    threadpool_limits(1, user_api="openmp")
