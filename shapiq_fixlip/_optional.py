"""The import of optional packages, which extras of this package install."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from shapiq_fixlip.errors import InputError

__all__ = ["require"]


def require(package: str, *, argument: str, extra: str) -> Any:  # noqa: ANN401 - a module
    """Import an optional package.

    Args:
        package: The module to import.
        argument: Name of the argument whose value needs it, for the error.
        extra: The extra of this package that installs it.

    Raises:
        InputError: If it is not installed.
    """
    try:
        return import_module(package)
    except ImportError as error:
        msg = (
            f"needs the package {package.partition('.')[0]!r}, "
            f"got none; install it with pip install 'shapiq-fixlip[{extra}]'."
        )
        raise InputError(argument, msg) from error
