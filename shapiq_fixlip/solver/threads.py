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

__all__ = ["in_threads", "load_linear_algebra"]

_TURN = Lock()
"""Limits of libraries hold for the whole process and must be undone in reverse order: one at a
time."""


def in_threads[A, T](function: Callable[[A], T], arguments: Iterable[A]) -> list[T]:
    """Return what a function returns for each argument, in their order.

    Never call it inside itself: it would wait forever.
    """
    n_threads = torch.get_num_threads()
    with (
        _TURN,
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(n_threads, initializer=_limit_this_thread) as pool,
    ):
        return list(pool.map(function, arguments))


def load_linear_algebra(device: torch.device) -> None:
    """Let torch load what it needs on a GPU, as its first use in several threads at once fails.

    See https://github.com/pytorch/pytorch/issues/90613.
    """
    if device.type == "cuda":
        with _TURN:
            torch.linalg.cholesky_ex(torch.eye(1, device=device))


def _limit_this_thread() -> None:
    torch.get_num_threads()  # sets the number of a new thread, which no limit survives
    threadpool_limits(1, user_api="openmp")
