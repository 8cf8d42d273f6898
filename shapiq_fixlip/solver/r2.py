"""The coefficient of determination, with a word on what does not vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from shapiq_fixlip.typing import FloatArray

__all__ = ["share_explained", "weighted_share_explained"]

_ROUNDING = 1e-13
"""Variance, relative to the mean square, below which a game counts as constant."""


def share_explained(*, unexplained: float, total: float, square: float) -> float:
    """Return the coefficient of determination.

    Args:
        unexplained: Mean or sum of the squared errors of the predictions.
        total: That of the squared deviations from the mean.
        square: That of the squared values.

    Returns:
        1 for a perfect prediction, 0 for one no better than the mean. For values that do not vary,
        which have nothing to be explained, 1 or not a number.
    """
    rounding = _ROUNDING * square
    if total <= rounding:
        return 1.0 if unexplained <= rounding else float("nan")
    return float(1 - unexplained / total)


def weighted_share_explained(
    truth: FloatArray, predicted: FloatArray, weights: FloatArray
) -> float:
    """Return the coefficient of determination of weighted predictions, all of the same shape."""
    mean = np.average(truth, weights=weights)
    return share_explained(
        unexplained=np.sum(weights * (truth - predicted) ** 2),
        total=np.sum(weights * (truth - mean) ** 2),
        square=np.sum(weights * truth**2),
    )
