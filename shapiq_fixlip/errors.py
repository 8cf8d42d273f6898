"""The one error that speaks to the user, and a check that many arguments need."""

from __future__ import annotations

import operator
from typing import SupportsIndex, override

__all__ = ["MAX_WHOLE_NUMBER", "InputError", "brief", "first_line", "whole_number"]

MAX_WHOLE_NUMBER = 2**63 - 1
"""The largest whole number that fits into the files of results."""

_LONGEST_VALUE = 120


class InputError(ValueError):
    """Something the caller gave cannot be used.

    The message is one line that names the argument, what is allowed, and what came. The command
    line prints it with the name of the option, and stops; any other exception is a defect of this
    package.

    Attributes:
        argument: The argument.
        problem: What is allowed, and what came.

    >>> error = InputError("budget", "must be at least 8, got 4.")
    >>> error.argument, str(error)
    ('budget', 'budget must be at least 8, got 4.')
    """

    def __init__(self, argument: str, problem: str) -> None:
        """Tell what is wrong with an argument.

        Args:
            argument: Its name.
            problem: A sentence about it, such as "must be at least 8, got 4."
        """
        super().__init__(argument, problem)
        self.argument, self.problem = argument, problem

    @override
    def __str__(self) -> str:
        return f"{self.argument} {self.problem}"


def first_line(error: BaseException) -> str:
    """Return the first line of another library's message, to be quoted in ours."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def brief(value: object) -> str:
    """Return how a value is written, or only its type if that takes more than a line."""
    written = repr(value)
    is_short = len(written) <= _LONGEST_VALUE and "\n" not in written
    return written if is_short else f"a {type(value).__name__}"


def whole_number(name: str, value: SupportsIndex, least: int = 1) -> int:
    """Return the value of an argument as an integer.

    Raises:
        InputError: If it is no whole number, less than ``least``, or more than
            :data:`MAX_WHOLE_NUMBER`.
    """
    try:
        number = operator.index(value)
    except TypeError as error:
        msg = f"must be a whole number, got {value!r}."
        raise InputError(name, msg) from error
    if isinstance(value, bool):  # which Python takes for 0 or 1
        msg = f"must be a whole number, got {value}."
        raise InputError(name, msg)
    if number < least:
        msg = f"must be at least {least}, got {number}."
        raise InputError(name, msg)
    if number > MAX_WHOLE_NUMBER:
        msg = f"must be at most {MAX_WHOLE_NUMBER}, got {number}."
        raise InputError(name, msg)
    return number
