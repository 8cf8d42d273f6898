"""Games, exact values and approximators for ``shapiq_benchmark``, which comes with shapiq.

:class:`VisionLanguageSetup` is one of its setups, :class:`SeparableComputer` one of its computers,
and :func:`runner_class` makes approximators that its runner takes.
"""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
