"""What other packages say about loading a model is not what the user wants to read."""

from __future__ import annotations

import logging
import warnings

__all__ = ["silence_other_packages"]


def silence_other_packages() -> None:
    """Keep what others say about loading a model out of what the user reads."""
    # torch says so of a pickle that it then refuses, which our error tells
    warnings.filterwarnings("ignore", "Detected pickle protocol", UserWarning)
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    logging.getLogger().setLevel(logging.CRITICAL)  # open_clip reports errors twice
