"""Why a vision-language model finds an image and a text similar, as a plugin of shapiq.

Public names are loaded when they are first used, so that importing the package takes no time and
loads none of torch, transformers, open_clip and shapiq.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapiq_fixlip.approximator import FIxLIP
    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.encoders.huggingface import from_transformers
    from shapiq_fixlip.encoders.loading import load_encoder
    from shapiq_fixlip.errors import InputError
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.plot.image_text import image_text_plot
    from shapiq_fixlip.report import RunReport
    from shapiq_fixlip.sides.base import Side
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.sides.text import TextSide
    from shapiq_fixlip.views import image_interactions, interaction_table, text_interactions

__version__ = "0.1.0"

__all__ = [
    "Encoder",
    "FIxLIP",
    "ImageSide",
    "InputError",
    "RunReport",
    "SeparableGame",
    "Side",
    "TextSide",
    "VisionLanguageGame",
    "from_transformers",
    "image_interactions",
    "image_text_plot",
    "interaction_table",
    "load_encoder",
    "text_interactions",
]

_MODULES = {
    "Encoder": "encoders.base",
    "FIxLIP": "approximator",
    "ImageSide": "sides.image",
    "InputError": "errors",
    "RunReport": "report",
    "SeparableGame": "games.separable",
    "Side": "sides.base",
    "TextSide": "sides.text",
    "VisionLanguageGame": "games.vision_language",
    "from_transformers": "encoders.huggingface",
    "image_interactions": "views",
    "image_text_plot": "plot.image_text",
    "interaction_table": "views",
    "load_encoder": "encoders.loading",
    "text_interactions": "views",
}


def __getattr__(name: str) -> object:
    """Import a public name from the module that defines it."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names before they are loaded, too."""
    return sorted({*globals(), *__all__})
