"""Errors for unusable input and for a machine that lacks something, and shared checks."""

from __future__ import annotations

import errno
import operator
from contextlib import contextmanager
from typing import TYPE_CHECKING, SupportsIndex, override

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MAX_WHOLE_NUMBER",
    "InputError",
    "ResourceError",
    "brief",
    "first_line",
    "is_of_the_machine",
    "is_out_of_memory",
    "renamed",
    "whole_number",
]

MAX_WHOLE_NUMBER = 2**63 - 1
"""The largest whole number that fits into the result files: 64-bit integers."""

_MAX_VALUE_LENGTH = 120
"""Characters of a value that an error message quotes: more would not fit in a line."""

_OUT_OF_MEMORY = (
    *("out of memory", "can't allocate memory", "not enough memory"),
    *("alloc_failed", "invalid buffer size"),
)
"""Parts of the messages of torch, by device and operating system; only CUDA has its own type."""

_MACHINE_ERRORS = {"ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENFILE", "ENOMEM", "EROFS"}
"""Names of operating system errors that no argument causes: full disks, too many open files."""


class InputError(ValueError):
    """An argument that cannot be used.

    The message is one line with the name of the argument, the allowed values and the received
    value. The command line prints it with the name of the option, and stops. Any other exception,
    except :class:`ResourceError`, is a bug of this package.

    Attributes:
        argument: Name of the argument.
        problem: The allowed values and the received value.

    >>> error = InputError("budget", "must be at least 8, got 4.")
    >>> error.argument, str(error)
    ('budget', 'budget must be at least 8, got 4.')
    """

    def __init__(self, argument: str, problem: str) -> None:
        """Describe the problem of an argument.

        Args:
            argument: Name of the argument.
            problem: The rest of a sentence about it, such as "must be at least 8, got 4."
        """
        super().__init__(argument, problem)
        self.argument, self.problem = argument, problem

    @override
    def __str__(self) -> str:
        return f"{self.argument} {self.problem}"


class ResourceError(RuntimeError):
    """The machine lacks something: memory, space on a disk, or a connection.

    The message is one line that says what is missing. The command line prints it, and stops.
    """


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception, of Python or of torch on any device, is for lack of memory.

    >>> is_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9.07 GB)"))
    True
    """
    if type(error).__name__ == "OutOfMemoryError":  # torch's own for CUDA; torch loads slowly
        return True
    said = str(error).lower() if isinstance(error, RuntimeError) else ""
    return isinstance(error, MemoryError) or any(part in said for part in _OUT_OF_MEMORY)


def is_of_the_machine(error: BaseException) -> bool:
    """Return whether the machine, and no argument, causes an exception.

    It lacks memory, space on a disk or a connection, or has too many open files.
    """
    if is_out_of_memory(error) or isinstance(error, ResourceError):
        return True
    if not isinstance(error, OSError):
        return False
    is_lost = isinstance(error, ConnectionError | TimeoutError)
    return is_lost or errno.errorcode.get(error.errno or 0) in _MACHINE_ERRORS


@contextmanager
def renamed(argument: str, given: str) -> Iterator[None]:
    """Call an argument in errors by the name that it was given by.

    Args:
        argument: Its name in the block.
        given: Its name outside.
    """
    try:
        yield
    except InputError as error:
        if error.argument != argument:
            raise
        raise InputError(given, error.problem) from error


def first_line(error: BaseException) -> str:
    """Return the first line of another library's message, to quote it in an own one."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def brief(value: object) -> str:
    """Return the ``repr`` of a value in one short line.

    A text that is too long is cut; of any other value only the type is left.

    >>> brief(2.5), brief([2.5] * 99)
    ('2.5', 'an object of type list')
    """
    if isinstance(value, str) and len(value) > _MAX_VALUE_LENGTH:
        return f"{value[:_MAX_VALUE_LENGTH]!r}... of {len(value)} characters"
    written = repr(value)
    is_short = isinstance(value, str) or len(written) <= _MAX_VALUE_LENGTH
    return (
        written if is_short and "\n" not in written else f"an object of type {type(value).__name__}"
    )


def whole_number(name: str, value: SupportsIndex, least: int = 1) -> int:
    """Return the value of an argument as an integer.

    Raises:
        InputError: If it is not a whole number, less than ``least``, or greater than
            :data:`MAX_WHOLE_NUMBER`.
    """
    try:
        number = operator.index(value)
    except TypeError as error:
        msg = f"must be a whole number, got {value!r}."
        raise InputError(name, msg) from error
    if isinstance(value, bool):  # for Python, an integer
        msg = f"must be a whole number, got {value}."
        raise InputError(name, msg)
    if number < least:
        msg = f"must be at least {least}, got {number}."
        raise InputError(name, msg)
    if number > MAX_WHOLE_NUMBER:
        msg = f"must be at most {MAX_WHOLE_NUMBER}, got {number}."
        raise InputError(name, msg)
    return number
