"""Code that a model brings along is refused by name, and nobody is asked whether to run it.

A folder or a repository of a model may name Python files of its own, or kernels of others, for the
libraries to import. Every call of this package says ``trust_remote_code=False``, but libraries call
each other without saying so, and read the opposite from the model's own configuration.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from transformers import dynamic_module_utils

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CONFIGURATION_FILES", "check_no_foreign_code", "no_questions"]

CONFIGURATION_FILES = "*config*.json"
"""The files in which the libraries look for code to import."""

_NAMES_CODE = ("auto_map", "trust_remote_code")
_NAMES_KERNELS = ("attn_implementation", "_attn_implementation", "experts_implementation")


def check_no_foreign_code(folder: Path, source: str) -> None:
    """Check that the configuration of a model names no code.

    A file that is no JSON is passed over: no library can read it either, and each says so.

    Args:
        folder: Where the configuration is.
        source: What the user calls the model.

    Raises:
        InputError: If a file names code, with the file and the entry.
    """
    for file in sorted(folder.glob(CONFIGURATION_FILES)):
        try:
            configuration = json.loads(file.read_bytes())
        except (ValueError, RecursionError):
            continue
        for name, value in _entries(configuration):
            is_kernel = name in _NAMES_KERNELS and not str(value or "").isidentifier()
            if value and (name in _NAMES_CODE or is_kernel):
                msg = (
                    "model must need no code of its own, which is never run, got "
                    f"{source!r}, whose {file.name} has {name!r}; build such a model yourself and "
                    "pass it to from_transformers or from_open_clip."
                )
                raise InputError(msg)


def _entries(configuration: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """List all entries at all depths."""
    if isinstance(configuration, dict):
        yield from configuration.items()
        configuration = list(configuration.values())
    if isinstance(configuration, list):
        for part in configuration:
            yield from _entries(part)


@contextmanager
def no_questions() -> Iterator[None]:
    """Keep transformers from asking on standard input whether to run a model's code.

    It asks where nobody told it what to trust, as when open_clip loads a text tower; with a limit
    of no seconds it refuses instead. Nor does it ask a service of the hub to convert weights.
    """
    with (
        mock.patch.object(dynamic_module_utils, "TIME_OUT_REMOTE_CODE", 0),
        mock.patch.dict(os.environ, DISABLE_SAFETENSORS_CONVERSION="1"),
    ):
        yield
