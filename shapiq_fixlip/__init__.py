"""Why a vision-language model finds an image and a text similar, as a plugin of shapiq.

Public names are loaded when they are first used, so that importing the package takes no time and
loads none of torch, transformers, open_clip and shapiq. They are listed in ``__init__.pyi``.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

__version__ = "0.2.0"
