"""The coefficient of determination, also of values that do not vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from shapiq_fixlip.typing import FloatArray

__all__ = ["r2_of_sums", "weighted_r2"]

_ROUNDING = 1e-13
"""Variance, relative to the mean square, up to which a game counts as constant.

It stands for rounding errors of double precision. Other bounds were not compared.
"""


def r2_of_sums(*, unexplained: float, total: float, square: float) -> float:
    """Return the coefficient of determination.

    Args:
        unexplained: The mean or the sum of the squared errors of the predictions.
        total: That of the squared deviations from the mean.
        square: That of the squared values.

    Returns:
        1 for a perfect prediction, 0 for one no better than the mean. For values that do not vary,
        1 if the prediction is perfect up to rounding, otherwise NaN.
    """
    unexplained = max(unexplained, 0.0)  # a difference of sums may round to less
    rounding = _ROUNDING * square
    if total <= rounding:
        return 1.0 if unexplained <= rounding else float("nan")
    return float(1 - unexplained / total)


def weighted_r2(truth: FloatArray, predicted: FloatArray, weights: FloatArray) -> float:
    """Return the coefficient of determination of weighted predictions, all of the same shape."""
    mean = np.average(truth, weights=weights)
    return r2_of_sums(
        unexplained=np.sum(weights * (truth - predicted) ** 2),
        total=np.sum(weights * (truth - mean) ** 2),
        square=np.sum(weights * truth**2),
    )
