"""The choices and array types of the package, shared by the Python API and the command line."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BoolMatrix",
    "BudgetSplit",
    "Estimator",
    "FloatArray",
    "ValueScale",
]

type BoolMatrix = NDArray[np.bool_]
"""Coalitions: one row each, one column per player, true where the player is present."""

type FloatArray = NDArray[np.float64]
"""Numbers in double precision, as everything that is solved for."""

type Estimator = Literal["shrinkage", "least_squares"]
"""How interactions are fitted to a sampled side.

- ``"shrinkage"``: a ridge per degree whose strengths are chosen by cross-validation.
- ``"least_squares"``: the paper's weighted least squares, without any penalty.
"""

type BudgetSplit = Literal["balanced", "paper"]
"""How a budget of coalition values becomes passes of the two sides.

- ``"balanced"``: the side with fewer players is enumerated if the square root of the budget allows
  it, and gets that square root otherwise; the other side gets the rest.
- ``"paper"``: in the proportion of the players, as in the paper's code.
"""

type ValueScale = Literal["logit", "cosine"]
"""The value of a coalition: the model's logit, ``scale * cosine + bias``, or the cosine alone."""
