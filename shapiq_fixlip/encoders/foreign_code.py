"""Checks that a model brings no code of its own; such code is never run, and no question is asked.

A folder or a repository of a model may name its own Python files, or kernels of others, for the
libraries to import. Every call of this package passes ``trust_remote_code=False``. But libraries
call each other without it, and read the opposite from the model's own configuration.
"""

from __future__ import annotations

import json
import pickle
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from transformers import dynamic_module_utils

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import json_entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["CONFIGURATION_FILES", "check_no_foreign_code", "no_questions", "weights_only"]

CONFIGURATION_FILES = (
    "config*.json",
    "tokenizer_config*.json",
    "*processor_config*.json",
    "open_clip_config.json",
)
"""Patterns of the files that tell the libraries which code to import."""

_NAMES_CODE = ("auto_map", "trust_remote_code")
_NAMES_KERNELS = ("attn_implementation", "_attn_implementation", "experts_implementation")

_BACKBONE = "backbone"
"""The entry for a part of a model that transformers takes from timm or another repository."""

_OWN_KERNELS = {"eager", "sdpa", "flex_attention", "batched_mm", "grouped_mm"}
"""Kernels of torch and transformers; others, as of flash attention, may come from the hub."""


def check_no_foreign_code(
    folder: Path, source: str, patterns: Sequence[str] = CONFIGURATION_FILES
) -> None:
    """Check that the configuration of a model names no code.

    Files that are not JSON are skipped: the libraries cannot read them either, and raise errors.

    Args:
        folder: Where the configuration is.
        source: What the user calls the model.
        patterns: Patterns of the files that are checked. Default: of all that libraries read.

    Raises:
        InputError: If a file names code; the error names the file and the entry.
    """
    files = {file for pattern in patterns for file in folder.glob(pattern) if file.is_file()}
    for file in sorted(files):
        try:
            named = _named_code(json.loads(file.read_bytes()))
        except (ValueError, RecursionError):
            continue
        if named is not None:
            msg = (
                "must need no code of its own, which is never run, and no parts of other "
                f"repositories, got {source!r}, whose {file.name} has {named!r}; build such a "
                "model yourself and pass it to from_transformers or from_open_clip."
            )
            raise InputError("model", msg)


def _named_code(configuration: object) -> str | None:
    """Return the name of the first entry, at any depth, that names code or another repository."""
    for _, name, value in json_entries(configuration):
        if (name in _NAMES_CODE and value) or _is_elsewhere(name, value):
            return name
        if name in _NAMES_KERNELS:
            kernels = value.values() if isinstance(value, dict) else [value]
            if any(kernel and not _is_own_kernel(kernel) for kernel in kernels):
                return name
    return None


def _is_own_kernel(kernel: object) -> bool:
    return isinstance(kernel, str) and kernel.removeprefix("paged|") in _OWN_KERNELS


def _is_elsewhere(name: str, value: object) -> bool:
    return name == _BACKBONE and isinstance(value, str) and "/" in value


_lock = threading.Lock()
_n_loading = 0
_limit_before = 0


@contextmanager
def no_questions() -> Iterator[None]:
    """Keep transformers from asking on standard input whether to run a model's code.

    It asks if ``trust_remote_code`` was not passed, as when open_clip loads a text tower. With a
    time limit of zero seconds it refuses instead. Several threads may load models at once.
    """
    global _n_loading, _limit_before  # noqa: PLW0603 - the limit is global, too
    with _lock:
        if not _n_loading:
            _limit_before = dynamic_module_utils.TIME_OUT_REMOTE_CODE
            dynamic_module_utils.TIME_OUT_REMOTE_CODE = 0
        _n_loading += 1
    try:
        yield
    finally:
        with _lock:
            _n_loading -= 1
            if not _n_loading:
                dynamic_module_utils.TIME_OUT_REMOTE_CODE = _limit_before


@contextmanager
def weights_only(source: str) -> Iterator[None]:
    """Replace torch's error for a pickle of more than weights, which says how to open it anyway.

    Args:
        source: What the user calls the model.

    Raises:
        InputError: If torch refuses a pickle.
    """
    try:
        yield
    except pickle.UnpicklingError as error:
        msg = (
            "must have weights in safetensors, or in a pickle of nothing but weights, "
            f"got {source!r}, whose pickle holds something else or is damaged."
        )
        raise InputError("model", msg) from error
