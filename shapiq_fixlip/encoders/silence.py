"""Keeps messages of other libraries from the user while a model is loaded."""

from __future__ import annotations

import logging
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["silent"]

_LOUD = ("huggingface_hub", "root")
"""Loggers that repeat what our errors say; open_clip reports errors twice."""


@contextmanager
def silent() -> Iterator[None]:
    """Suppress messages, warnings and progress bars of other libraries.

    Bars of downloads stay. Afterwards all settings are restored.
    """
    levels = {name: logging.getLogger(name).level for name in _LOUD}
    transformers = sys.modules.get("transformers")
    settings = None if transformers is None else transformers.utils.logging
    if settings is not None:
        verbosity, has_bars = settings.get_verbosity(), settings.is_progress_bar_enabled()
        settings.set_verbosity_error()
        settings.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            # torch warns of a pickle that it then refuses; our error says so
            warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
            for name in _LOUD:
                logging.getLogger(name).setLevel(logging.CRITICAL)
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        if settings is not None:
            settings.set_verbosity(verbosity)
            if has_bars:
                settings.enable_progress_bar()
