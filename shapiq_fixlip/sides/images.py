"""From the images that people have to the one form that the models take."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import PACKAGE_FOLDER
from shapiq_fixlip.sides.image_arrays import from_array, is_array
from shapiq_fixlip.sides.image_files import (
    ImageFile,
    is_image_file,
    open_image,
    readable,
)

if TYPE_CHECKING:
    import torch

__all__ = ["ImageLike", "load_image"]

type ImageLike = ImageFile | Image.Image | np.ndarray | torch.Tensor
"""An image, in any of the forms that people have.

- An image file: its path, its bytes, or the file, open in binary mode.
- A Pillow image.
- A uint8 array of shape ``(H, W, 3)``, ``(H, W, 4)`` with opacity, or ``(H, W)`` in grey.
- A tensor of shape ``(3, H, W)``, ``(4, H, W)`` or ``(H, W)``: uint8, as
  ``torchvision.io.decode_image`` returns it, or floating-point from 0 to 1, as ``ToTensor`` does.
"""

_MAX_ASPECT_RATIO = 100
"""The largest ratio of both sides. Other bounds were not compared.

Towers scale the shorter side to a fixed length, so a longer strip could fill the memory.
"""

_MAX_BYTE = 255
_MAX_LEVEL = 2**16 - 1
"""The largest value of a pixel that is read as grey; larger ones are other data."""


def load_image(image: ImageLike) -> Image.Image:
    """Return an upright RGB image with eight bits per channel.

    Rotations noted in the file (EXIF) are applied, transparent parts become white, and an animation
    becomes its first frame.

    Grey pixels of 16 bits may use fewer, such as the 12 of many cameras, and do not say so. The
    range is taken from the data: white is the smallest of 255, 511, 1023, ..., 65535 that no pixel
    exceeds. A warning names it if it is not 65535, as a dark image of 16 bits would become
    brighter; convert such an image to 8 bits yourself. No warning is needed for a PGM file, which
    names its range, and for pixels of 32 bits (mode ``"I"``) up to 255, which are taken for bytes.
    Of colours of 16 bits Pillow keeps only the upper 8; a dark image of them causes a warning.

    Args:
        image: See :data:`~shapiq_fixlip.sides.ImageLike`.

    Raises:
        InputError: If there is no such file, if it is not a complete image, if an array, a tensor
            or a grey value has another form, or if one side is more than 100 times as long as the
            other.
    """
    if isinstance(image, Image.Image) or is_image_file(image):
        picture = open_image("image", image)
    elif is_array(image):
        with readable("image", image):
            picture = from_array(image)
    else:
        msg = (
            "must be a path, bytes, a file, a Pillow image, an array or a tensor, "
            f"got {type(image).__name__}."
        )
        raise InputError("image", msg)
    if max(picture.size) > _MAX_ASPECT_RATIO * min(picture.size):
        msg = (
            f"must not be more than {_MAX_ASPECT_RATIO} times as long as it is wide, "
            f"got {picture.width} x {picture.height} pixels."
        )
        raise InputError("image", msg)
    white = _white(picture) if picture.mode.startswith("I") else _MAX_BYTE
    with readable("image", image):
        return _rgb(picture, white)


def _white(picture: Image.Image) -> int:
    """Return the grey value that is white in pixels of 16 or 32 bits."""
    if picture.mode == "I" and picture.format == "PPM":  # Pillow scales what the header says
        return _MAX_LEVEL
    levels = np.asarray(picture)
    lowest, highest = int(levels.min()), int(levels.max())
    if lowest < 0 or highest > _MAX_LEVEL:
        msg = (
            f"must have grey values from 0 to {_MAX_LEVEL}, got {lowest} to {highest}; "
            "convert it to 8 bits."
        )
        raise InputError("image", msg)
    white = max(_MAX_BYTE, 2 ** highest.bit_length() - 1)
    is_bytes = picture.mode == "I" and white == _MAX_BYTE
    if highest and white < _MAX_LEVEL and not is_bytes:
        warnings.warn(
            f"The grey values of the image reach {highest}: {white.bit_length()} of 16 bits seem "
            f"to be in use, so {white} is taken for white. If it is not, convert the image to "
            "8 bits yourself.",
            UserWarning,
            skip_file_prefixes=(PACKAGE_FOLDER,),
        )
    return white


def _rgb(picture: Image.Image, white: int) -> Image.Image:
    if picture.mode == "F":
        msg = (
            "must have integer pixels, got floating-point ones (mode 'F'); "
            "scale them from 0 to 255 and convert them to uint8."
        )
        raise InputError("image", msg)
    if picture.mode.startswith("I"):
        levels = np.asarray(picture, dtype=np.uint32)
        grey = (levels * _MAX_BYTE // white).astype(np.uint8)
        grey[levels == picture.info.get("transparency", -1)] = _MAX_BYTE
        return Image.fromarray(grey).convert("RGB")
    if picture.has_transparency_data:
        straight = picture.convert("LA") if picture.mode == "La" else picture
        layer = straight.convert("RGBA")
        backdrop = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(backdrop, layer).convert("RGB")
    return picture.convert("RGB")
