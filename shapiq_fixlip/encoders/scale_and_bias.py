"""The scale and the bias of a model's similarity."""

from __future__ import annotations

import math
from typing import Any

import torch

from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.errors import InputError

__all__ = ["scale_and_bias"]

_MAX_LOGARITHM = 20.0
"""Bound of ``logit_scale``, a logarithm; known models have up to 4.8."""

_MAX_BIAS = 1e6
"""Bound of ``logit_bias``; known models have up to 17."""


def scale_and_bias(model: Any) -> tuple[float, float]:  # noqa: ANN401 - of any library
    """Return the factor of the cosine, and what is added.

    Args:
        model: Any model with a ``logit_scale``, the logarithm of the factor.

    Raises:
        InputError: If one of them is no number, or too large.
    """
    with refusing("must have one logit_scale and at most one logit_bias"):
        logarithm = torch.as_tensor(model.logit_scale).item()
        bias = getattr(model, "logit_bias", None)
        bias = 0.0 if bias is None else torch.as_tensor(bias).item()
    if not abs(logarithm) <= _MAX_LOGARITHM:
        msg = (
            "must have a weight logit_scale, the logarithm of a factor, from "
            f"-{_MAX_LOGARITHM:g} to {_MAX_LOGARITHM:g}, got {logarithm:g}."
        )
        raise InputError("model", msg)
    if not abs(bias) <= _MAX_BIAS:
        msg = f"must have a weight logit_bias from -{_MAX_BIAS:g} to {_MAX_BIAS:g}, got {bias:g}."
        raise InputError("model", msg)
    limit = getattr(model, "max_log_logit_scale", None)  # AIMv2 limits it in its forward pass
    return math.exp(logarithm if limit is None else min(max(logarithm, 0.0), limit)), bias
