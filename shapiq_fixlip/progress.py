"""Progress of long computations: a bar with the remaining time, or a few log lines."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapiq_fixlip.typing import Verbosity

__all__ = ["LOGGER", "advance", "check_verbose", "expect", "passes_shown", "tracked"]

LOGGER = logging.getLogger("shapiq_fixlip")

_SECONDS_BETWEEN_LINES = 10.0
"""Shortest time between two log lines."""

_SECONDS_WITHOUT_A_BAR = 1.0
"""Until a bar is shown that nobody has asked for."""

_MIN_SECONDS_TOLD = 5.0
"""Remaining time below which nothing is logged."""


class _Count:
    """Counts what is done; shows a bar on a terminal or in a notebook, and log lines elsewhere."""

    def __init__(self, bar: tqdm, units: str) -> None:
        self._bar, self._units = bar, units
        self._before = bar.n
        self._started = self._told = time.perf_counter()

    def expect(self, n: int) -> None:
        self._bar.total += n
        self._bar.refresh()

    def advance(self, n: int) -> None:
        is_first = self._bar.n == self._before
        self._bar.update(n)
        if not self._bar.disable or not n:
            return
        self._bar.n += n  # a disabled bar does not count
        now, done, total = time.perf_counter(), self._bar.n, self._bar.total
        rate = (done - self._before) / (now - self._started)
        left = (total - done) / rate
        is_long = left > _MIN_SECONDS_TOLD
        if is_long and (is_first or now - self._told > _SECONDS_BETWEEN_LINES):
            self._told = now
            message = "%d of %d %s, %.3g a second, about %.0f seconds left"
            LOGGER.info(message, done, total, self._units, rate, left)


_passes: ContextVar[_Count | None] = ContextVar("passes", default=None)


@contextmanager
def passes_shown(*, verbose: Verbosity) -> Iterator[None]:
    """Show the progress of all passes in the block, of both sides as one bar.

    Args:
        verbose: Whether to show progress.

    Raises:
        InputError: If that is neither true nor false nor "auto".
    """
    if not _is_shown(verbose):
        yield
        return
    with _bar("passes", total=0, verbose=verbose) as bar:
        token = _passes.set(_Count(bar, "passes"))
        try:
            yield
        finally:
            _passes.reset(token)


def tracked[T](
    items: Iterable[T], units: str, *, total: int, verbose: Verbosity, initial: int = 0
) -> Iterator[T]:
    """Iterate over items and show how far that is.

    Args:
        items: The items that are left.
        units: What they are called, in the plural.
        total: The number of items, those that are done included.
        verbose: Whether to show progress.
        initial: The number of items that are done. Default 0.

    Raises:
        InputError: If verbose is neither true nor false nor "auto".
    """
    if not _is_shown(verbose):
        yield from items
        return
    with _bar(units, total=total, initial=initial, verbose=verbose) as bar:
        count = _Count(bar, units)
        for item in items:
            yield item
            count.advance(1)


def check_verbose(verbose: object) -> None:
    """Check that progress is asked for as :data:`~shapiq_fixlip.typing.Verbosity` has it.

    Raises:
        InputError: If it is not.
    """
    if not isinstance(verbose, bool) and not (isinstance(verbose, str) and verbose == "auto"):
        msg = f"must be True, False or 'auto', got {brief(verbose)}."
        raise InputError("verbose", msg)


def _is_shown(verbose: Verbosity) -> bool:
    check_verbose(verbose)
    return not _is_plain() if verbose == "auto" else bool(verbose)


def _bar(units: str, *, total: int, verbose: Verbosity, initial: int = 0) -> tqdm:
    return tqdm(
        desc=units.capitalize(),
        unit=f" {units}",
        total=total,
        initial=initial,
        disable=_is_plain(),
        leave=False,
        delay=_SECONDS_WITHOUT_A_BAR if verbose == "auto" else 0,
    )


def expect(n: int) -> None:
    """Add passes that will be made to the total."""
    if (passes := _passes.get()) is not None:
        passes.expect(n)


def advance(n: int) -> None:
    """Count passes that have been made, or need not be made again."""
    if (passes := _passes.get()) is not None:
        passes.advance(n)


def _is_plain() -> bool:
    """Return whether standard error is neither a terminal nor that of a notebook."""
    return not (sys.stderr.isatty() or "ipykernel" in sys.modules)
