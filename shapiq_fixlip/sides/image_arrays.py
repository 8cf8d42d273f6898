"""Images as arrays and tensors."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from PIL import Image

from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    import torch

__all__ = ["as_array", "from_array", "is_array"]

_CHANNELS = (1, 3, 4)
"""Grey, RGB, and RGB with opacity."""

_CONVERSIONS = {
    "b": "255 * image.astype('uint8')",
    "f": "(255 * image).round().astype('uint8') if it is from 0 to 1",
    "i": "image.astype('uint8') if it is from 0 to 255",
    "u": "(image // 257).astype('uint8') if it has 16 bits",
}
"""How to make bytes of an array, by the kind of its numbers."""


def is_array(given: object) -> bool:
    """Return whether something is an array, a tensor, or says how it becomes an array."""
    return isinstance(given, np.ndarray) or hasattr(given, "__array__")


def as_array(given: object) -> np.ndarray:
    """Return an array of anything that numpy reads, and of a tensor on any device."""
    return np.asarray(given.detach().cpu() if _is_tensor(given) else given)


def from_array(given: object) -> Image.Image:
    """Return the image that an array with the channels last, or a tensor with them first, holds.

    Raises:
        InputError: If it has another shape, or other numbers than bytes or those of a tensor from
            0 to 1.
    """
    if _is_tensor(given):
        pixels = as_array(_tensor_bytes(given))
        pixels = np.moveaxis(pixels, 0, -1) if pixels.ndim == 3 else pixels  # noqa: PLR2004
    else:
        pixels = as_array(given)
        _check_array(pixels)
    grey = pixels.ndim == 2 or pixels.shape[2] == 1  # noqa: PLR2004 - rows and columns
    pixels = pixels.reshape(pixels.shape[:2]) if grey else pixels
    return Image.fromarray(np.ascontiguousarray(pixels))


def _is_tensor(given: object) -> TypeGuard[torch.Tensor]:
    torch: Any = sys.modules.get("torch")  # slow to import, and loaded where tensors are
    return torch is not None and isinstance(given, torch.Tensor)


def _check_array(array: np.ndarray) -> None:
    shape = array.shape
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[2] in _CHANNELS)  # noqa: PLR2004
    if array.dtype == np.uint8 and is_image and array.size:
        return
    advice = ""
    if array.dtype != np.uint8:
        advice = _CONVERSIONS.get(array.dtype.kind, "")
    elif len(shape) == 3 and shape[0] in _CHANNELS:  # noqa: PLR2004 - channels, H and W
        advice = "image.transpose(1, 2, 0)"
    elif len(shape) == 4:  # noqa: PLR2004 - a batch
        advice = "one of them, such as image[0]"
    msg = (
        "must be a uint8 array of shape (height, width, 3), (height, width, 4) or (height, width), "
        f"got {array.dtype} of shape {shape}{advice and f'; pass {advice}'}."
    )
    raise InputError("image", msg)


def _tensor_bytes(tensor: torch.Tensor) -> torch.Tensor:
    shape = tuple(tensor.shape)
    is_image = len(shape) == 2 or (len(shape) == 3 and shape[0] in _CHANNELS)  # noqa: PLR2004
    is_bytes = str(tensor.dtype) == "torch.uint8"
    if not (is_bytes or tensor.is_floating_point()) or not is_image or not tensor.numel():
        advice = ""
        if len(shape) == 3 and shape[2] in _CHANNELS:  # noqa: PLR2004 - H, W and channels
            advice = "; pass image.permute(2, 0, 1)"
        elif len(shape) == 4:  # noqa: PLR2004 - a batch
            advice = "; pass one of them, such as image[0]"
        msg = (
            "must be a tensor of shape (3, height, width), (4, height, width) or (height, width), "
            "uint8 or floating-point from 0 to 1, "
            f"got {tensor.dtype} of shape {shape}{advice}."
        )
        raise InputError("image", msg)
    if is_bytes:
        return tensor
    shares = tensor.detach().float()
    if not ((shares >= 0) & (shares <= 1)).all():
        msg = (
            "must have values from 0 to 1 as a floating-point tensor, "
            f"got {shares.min():.3g} to {shares.max():.3g}; "
            "undo a normalisation, or pass values from 0 to 255 as image.byte()."
        )
        raise InputError("image", msg)
    return (255 * shares).round().byte()
