"""The one error that speaks to the user."""

from __future__ import annotations

__all__ = ["InputError", "first_line"]


class InputError(ValueError):
    """Something the caller gave cannot be used.

    The message is one line that names the argument, what is allowed, and what came. The command
    line prints it and stops; any other exception is a defect of this package.
    """


def first_line(error: BaseException) -> str:
    """Return the first line of another library's message, to be quoted in ours."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
