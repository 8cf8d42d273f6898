"""The absolute values of the strongest colours of a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import NamedTuple

import numpy as np

from shapiq_fixlip.errors import InputError, brief

__all__ = ["Limits", "limit_of", "limits_of"]


class Limits(NamedTuple):
    """The absolute values of the strongest colours, by kind, and of the thickest links."""

    image: float
    text: float
    pairs: float


def limits_of(scale: float | Sequence[float] | None, found: Limits) -> Limits:
    """Return the absolute values of the strongest colours.

    Args:
        scale: One number for all kinds, or one each for image players, text players and pairs.
        found: What they are by default.

    Raises:
        InputError: If they are not positive, finite numbers.
    """
    if scale is None:
        return found
    if not isinstance(scale, Sequence | np.ndarray) or isinstance(scale, str):
        limit = limit_of(scale)
        return Limits(limit, limit, limit)
    if len(scale) != len(found):
        kinds = "image players, text players and pairs"
        msg = f"must be a positive number, or three: of {kinds}, got {brief(scale)}."
        raise InputError("scale", msg)
    return Limits(*map(limit_of, scale))


def limit_of(scale: float) -> float:
    """Return the absolute value of the strongest colour.

    Raises:
        InputError: If it is not a positive, finite number.
    """
    is_number = isinstance(scale, Real) and not isinstance(scale, bool)
    if not is_number or not 0 < float(scale) < math.inf:
        raise InputError("scale", f"must be a positive number, got {brief(scale)}.")
    return float(scale)
