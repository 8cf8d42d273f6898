"""The only door to packages that an extra brings."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from shapiq_fixlip.errors import InputError

__all__ = ["require"]


def require(package: str, *, argument: str, extra: str) -> Any:  # noqa: ANN401 - a module
    """Import a package that only some need.

    Args:
        package: The module to import.
        argument: What was asked for that needs it.
        extra: The extra of this package that brings it.

    Raises:
        InputError: If it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        msg = (
            f"must have the package {package.partition('.')[0]!r}, "
            f"got none; install it with pip install 'shapiq-fixlip[{extra}]'."
        )
        raise InputError(argument, msg) from error
