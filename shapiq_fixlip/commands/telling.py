"""Messages of a command on standard error while it runs."""

from __future__ import annotations

import logging
import sys
from typing import override

from shapiq_fixlip.progress import LOGGER

__all__ = ["printable", "tell"]


def printable(text: str) -> str:
    r"""Return a text in one line, with escapes for what would move or colour a terminal.

    >>> print(printable("a\rdog"))
    a\rdog
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class _StandardError(logging.Handler):
    """Writes to standard error as it is now, which a program may have replaced."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")


def tell(what: str, *, quiet: bool) -> bool:
    """Print what the command does, before slow packages are imported, and set up logging.

    Args:
        what: The message, such as "Loading demo".
        quiet: Whether to print no messages, now and later.

    Returns:
        Whether to show progress: the opposite of ``quiet``.
    """
    LOGGER.handlers = [_StandardError()]
    LOGGER.setLevel(logging.WARNING if quiet else logging.INFO)
    LOGGER.propagate = False
    LOGGER.info("%s …", printable(what))
    return not quiet
