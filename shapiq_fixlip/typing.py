"""Choices and array types, shared by the Python API and the command line."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BanzhafIndex",
    "Base",
    "BudgetSplit",
    "BudgetUnit",
    "ClassValue",
    "EndOfReference",
    "Estimator",
    "ExactIndex",
    "ExplainedIndex",
    "FloatArray",
    "GradEclipVersion",
    "ImageRemovalName",
    "IntMatrix",
    "MapOfPatches",
    "Others",
    "Palette",
    "SceneDetail",
    "ShapleyIndex",
    "SubsetSearch",
    "TextRemovalName",
    "Ties",
    "ValueName",
    "ValueScale",
    "Verbosity",
    "View",
    "Width",
]

type IntMatrix = NDArray[np.integer]
"""A matrix of integers, such as the player of every pixel (-1 for none)."""

type FloatArray = NDArray[np.float64]
"""An array in double precision, in which everything is solved."""

type Estimator = Literal["shrinkage", "least_squares"]
"""How interactions are fitted to a sampled side.

- ``"shrinkage"``: a Gaussian process that learns the relevance of every player; of more than 8,192
  coalitions of a side, least squares.
- ``"least_squares"``: the paper's weighted least squares, without a penalty.
"""

type BudgetSplit = Literal["balanced", "paper"]
"""How a budget of coalition values is split into passes of the two sides.

- ``"balanced"``: the side with fewer players gets the square root of the budget, or all its
  coalitions if these are fewer. The other side gets the rest.
- ``"paper"``: in proportion to the numbers of players, as in the paper's code.
"""

type BudgetUnit = Literal["pass", "value"]
"""What the budget of an approximator counts in ``shapiq_benchmark``.

- ``"pass"``: passes of each tower. An approximator of shapiq makes as many for as many values.
- ``"value"``: coalition values, the product of the passes of both towers.
"""

type SubsetSearch = Literal["greedy", "exhaustive"]
"""How the subset of players with the largest sum of interactions is found, for every size.

- ``"greedy"``: one subset is grown from every player, by the player that adds the most. The best
  subset of every size counts (paper). Without pairs, it is the best of all subsets.
- ``"exhaustive"``: all subsets are tried. For at most 12 players.
"""

type GradEclipVersion = Literal["formula", "published"]
"""Which Grad-ECLIP.

- ``"formula"``: that of the paper (Zhao et al., ICML 2024).
- ``"published"``: that of its published code, from which published numbers come. The layers that
  are looked into run with a single head; cosines are those of queries and keys after the output
  projection; texts are padded to the context of the model with the token 0, and the smallest and
  largest cosine are over all places; negative heat is cut after summing over layers.
"""

type MapOfPatches = Literal["grad-eclip", "game"]
"""Which map of the image Metagame shares among words.

- ``"grad-eclip"``: :func:`~shapiq_fixlip.baselines.grad_eclip`, by its formula.
- ``"game"``: :func:`~shapiq_fixlip.baselines.generic_attention` of the last layer.
"""

type Ties = Literal["together", "random"]
"""How players of equal value are removed.

- ``"together"``: at once, as in the paper's code, where an explanation is of single players. With
  pairs the one with the smaller number leaves first.
- ``"random"``: one by one, in an order that a seed draws.
"""

type EndOfReference = Literal["text", "paper"]
"""Where exCLIP's reference text has its end token.

- ``"text"``: where the explained text has it, so that the references differ in nothing else.
- ``"paper"``: at place 3, as in the authors' code, whatever the length of the text.
"""

type Others = Literal["mean", "best"]
"""What one game is contrasted with if there are several others: their mean, or the best one."""

type SceneDetail = Literal["names", "colours", "places"]
"""What the caption of a demo scene tells.

- ``"names"``: names alone, as in "a lion and a tent".
- ``"colours"``: names and colours, as in "a red star and a blue car".
- ``"places"``: where one of two things is, as in "a lion left of a tent".
"""

type Palette = Literal["shapiq", "colour_blind"]
"""The two colours, for what lowers and for what raises a value.

- ``"shapiq"``: shapiq's blue and red.
- ``"colour_blind"``: blue and vermilion, which colour-blind people can tell apart.
"""

type View = Literal["auto", "links", "maps"]
"""How a picture shows the pairs of an image and a text player.

- ``"links"``: lines between them, as long as there are few.
- ``"maps"``: a small map of the image for each word that matters.
- ``"auto"``: links for at most 25 image players, else maps.
"""

type Base = Literal["auto", "image", "grey"]
"""The image below the colours.

- ``"image"``: as the model sees it.
- ``"grey"``: pale and grey.
- ``"auto"``: as the model sees it, unless a strong colour could hardly be told from what is below
  it. In most photos one could; an image without colours stays as it is.
"""

type Verbosity = bool | Literal["auto"]
"""Whether progress is shown.

- ``True``, ``False``: It is, as log lines where there is neither a terminal nor a notebook; or not.
- ``"auto"``: As a bar in a notebook and on a terminal, of runs longer than a second; nowhere else.
"""

type Width = float | Literal["page", "column"]
"""The width of a figure: in inches, from 2 to 40, or as papers need it.

- ``"page"``: 6.75 inches, a page of two columns.
- ``"column"``: 3.25 inches, one column.
"""

type ValueScale = Literal["logit", "cosine"]
"""The value of a coalition: the model's logit, ``scale * cosine + bias``, or the cosine alone."""

type ValueName = Literal["similarity", "difference", "probability"]
"""What the value of a coalition is: a similarity, a difference of some, or a probability."""

type ClassValue = Literal["margin", "mean-margin", "logit", "probability"]
"""What is explained of a class among several.

- ``"margin"``: its logit minus that of the best other one, the same whatever is removed.
- ``"mean-margin"``: its logit minus the mean of all others.
- ``"logit"``: its logit alone.
- ``"probability"``: the softmax of all logits, or for models with a bias, such as SigLIP, the
  sigmoid of its own. It is no sum over image and text, so texts are fixed, and the logits of all
  classes are computed for every coalition of the image.
"""

type BanzhafIndex = Literal["FWBII", "FBII", "WBII", "BII", "BV", "Fourier"]
"""Indices at one ``p``; see ``ExplainedIndex``."""

type ShapleyIndex = Literal["SV", "SII", "k-SII", "FSII", "STII", "CHII", "kADD-SHAP"]
"""Indices that generalise the Shapley value; see ``ExplainedIndex``."""

type ExplainedIndex = BanzhafIndex | ShapleyIndex
"""Indices that can be approximated from a sample of coalitions, by their names in shapiq if any.

At one ``p``:

- ``"FWBII"``: faithful weighted Banzhaf interactions, the best fit to the game at ``p``; see
  ``FIxLIP``. ``"FBII"``: the same at ``p = 0.5``.
- ``"WBII"``: weighted Banzhaf interactions, the expected discrete derivatives at ``p``.
  ``"BII"``: the same at ``p = 0.5``.
- ``"BV"``: the Banzhaf values, the expected marginal contributions at ``p = 0.5``.
- ``"Fourier"``: the Fourier coefficients, ``(-1/2)^s`` times ``"BII"`` of ``s`` players.

Those that generalise the Shapley value; in order 1 they are all ``"SV"``:

- ``"SV"``: the Shapley values.
- ``"SII"``: the Shapley interaction index, the integral of ``"WBII"`` over ``p``.
- ``"k-SII"``: SII, aggregated so that the interactions add up to the value of the full coalition.
- ``"FSII"``: the faithful Shapley interactions, the best fit under the weights of Shapley values.
- ``"STII"``: the Shapley-Taylor interactions: the derivatives at the empty coalition, and in the
  highest order what they leave.
- ``"CHII"``: the chaining interaction index.
- ``"kADD-SHAP"``: the k-additive Shapley values: SII of the function that FSII fits.
"""

type ExactIndex = ExplainedIndex | Literal["Moebius", "Co-Moebius"]
"""Indices that can be computed exactly: those of ``ExplainedIndex``, and two more.

- ``"Moebius"``: the Möbius coefficients: the derivatives at the empty coalition, ``"WBII"`` at
  ``p = 0``.
- ``"Co-Moebius"``: the derivatives at the full coalition, ``"WBII"`` at ``p = 1``.
"""

type ImageRemovalName = Literal["zero", "mean", "gray", "black", "blur", "drop"]
"""How absent image players are removed: what the model sees in their place.

- ``"zero"``: zero after normalisation, the mean colour of the training data (paper).
- ``"mean"``: the mean colour of the image.
- ``"gray"``: medium grey.
- ``"black"``: black.
- ``"blur"``: the blurred image, of which only colours are left. The standard deviation of the
  Gaussian is a tenth of the shorter side.
- ``"drop"``: nothing; their tokens are taken out of the sequence. Only for vision transformers.
  The fewer tokens, the faster.
"""

type TextRemovalName = Literal["attention", "remove", "replace"]
"""How absent text players are removed: what the model sees in their place.

- ``"attention"``: their tokens keep their places, but no token attends to them (paper).
- ``"remove"``: the text without them, tokenised again.
- ``"replace"``: a mask token or an unknown token in the place of each, or a full stop if the
  tokenizer has neither.
"""
