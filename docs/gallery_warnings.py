"""Makes warnings of the gallery's scripts errors, which end the build."""

from __future__ import annotations

import warnings

__all__ = ["stop_at_warnings"]


def stop_at_warnings(_gallery: dict[str, object], _script: str) -> None:
    """Prepare the run of a script, as sphinx-gallery calls it."""
    warnings.resetwarnings()
    warnings.simplefilter("error")
    for category in (DeprecationWarning, PendingDeprecationWarning):
        warnings.simplefilter("ignore", category)  # other packages about each other
