"""The choices and array types of the package, shared by the Python API and the command line."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BoolMatrix",
    "BudgetSplit",
    "ComparedIndex",
    "Estimator",
    "ExactIndex",
    "ExplainedIndex",
    "FloatArray",
    "ImageRemovalName",
    "IntMatrix",
    "Others",
    "Palette",
    "Scale",
    "SubsetSearch",
    "TextRemovalName",
    "ValueScale",
]

type BoolMatrix = NDArray[np.bool_]
"""Coalitions: one row each, one column per player, true where the player is present."""

type IntMatrix = NDArray[np.integer]
"""The player of every pixel, -1 for none, or other whole numbers in rows and columns."""

type FloatArray = NDArray[np.float64]
"""Numbers in double precision, as everything that is solved for."""

type Estimator = Literal["shrinkage", "least_squares"]
"""How interactions are fitted to a sampled side.

- ``"shrinkage"``: a Gaussian process that learns how much every player matters.
- ``"least_squares"``: the paper's weighted least squares, without any penalty.
"""

type BudgetSplit = Literal["balanced", "paper"]
"""How a budget of coalition values becomes passes of the two sides.

- ``"balanced"``: the side with fewer players is enumerated if the square root of the budget allows
  it, and gets that square root otherwise; the other side gets the rest.
- ``"paper"``: in the proportion of the players, as in the paper's code.
"""

type SubsetSearch = Literal["greedy", "exhaustive"]
"""How subsets of players with the largest sums of interactions are found.

- ``"greedy"``: from every player one grows by the player who adds the most; the best of every size
  counts (paper). For single players no better ones exist.
- ``"exhaustive"``: all subsets are tried, of 12 players at most.
"""

type Others = Literal["mean", "best"]
"""What a contrast with several others is to: their mean, or the best of them."""

type Palette = Literal["shapiq", "colour_blind"]
"""Colours of what lowers and what raises a value.

- ``"shapiq"``: shapiq's blue and red.
- ``"colour_blind"``: blue and vermilion, which colour-blind people can tell apart.
"""

type Scale = Literal["shared", "separate"]
"""What the strongest colours of a picture stand for.

- ``"shared"``: the same absolute value for patches, words and links.
- ``"separate"``: the largest of each kind, as one of many patches contributes less than a word.
"""

type ValueScale = Literal["logit", "cosine"]
"""The value of a coalition: the model's logit, ``scale * cosine + bias``, or the cosine alone."""

type ExactIndex = Literal["FWBII", "WBII", "FBII", "BII", "BV", "SII", "k-SII", "SV", "Moebius"]
"""Indices that can be computed exactly, by the names of shapiq where it has one.

- ``"FWBII"``, ``"FBII"``: the best fit to the game at ``p``, at one half; see ``FIxLIP``.
- ``"WBII"``, ``"BII"``: expected discrete derivatives at ``p``, at one half.
- ``"BV"``: the Banzhaf values, expected marginal contributions at one half.
- ``"SII"``: the Shapley interaction index, the integral of ``"WBII"`` over ``p``.
- ``"k-SII"``: SII aggregated so that it adds up to the value of the full coalition.
- ``"SV"``: the Shapley values.
- ``"Moebius"``: the derivatives at the empty coalition, "WBII" at ``p = 0``.
"""

type ExplainedIndex = Literal["FWBII", "FBII", "BV", "SII", "k-SII", "SV"]
"""Indices that are approximated from a part of all coalitions; see ``ExactIndex``."""

type ComparedIndex = Literal["FWBII", "FBII", "BV", "SV", "SII", "k-SII", "FSII"]
"""Indices that can be compared: those of ``ExplainedIndex`` and ``"FSII"``, the best fit under the
weights of Shapley values, which shapiq approximates."""

type ImageRemovalName = Literal["zero", "mean", "gray", "black", "blur", "drop"]
"""What the model sees in the place of absent image players.

- ``"zero"``: zero after normalisation, the mean colour of what the model was trained on (paper).
- ``"mean"``: the mean colour of the image.
- ``"gray"``: medium grey.
- ``"black"``: black.
- ``"blur"``: the image, blurred until nothing but colours is left: by a Gaussian whose standard
  deviation is a tenth of the shorter side.
- ``"drop"``: nothing; the tokens leave the sequence. Only for vision transformers; the fewer
  tokens, the faster.
"""

type TextRemovalName = Literal["attention", "remove", "replace"]
"""What the model sees in the place of absent text players.

- ``"attention"``: their tokens keep their places, but no token attends to them (paper).
- ``"remove"``: the text without them, split into tokens again.
- ``"replace"``: a mask or unknown token in the place of each, or a full stop where the model knows
  neither.
"""
