"""Explanations: one call, an explainer by shapiq's conventions, and the object they make."""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
