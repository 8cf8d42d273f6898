"""From the images that people have to the one form that the models take."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from shapiq_fixlip.errors import InputError

__all__ = ["ImageLike", "load_image", "pixel_formats"]

type ImageLike = str | Path | Image.Image | np.ndarray
"""A path, a Pillow image, or a uint8 array of shape ``(H, W, 3)``."""

_MAX_ASPECT_RATIO = 100
"""The largest ratio of both sides. Other bounds were not compared.

Towers scale the shorter side to a fixed length, so a longer strip could fill the memory.
"""

_SIXTEEN_TO_EIGHT_BITS = 257
_MAX_BYTE = 255


@cache
def pixel_formats() -> tuple[str, ...]:
    """Return the formats that Pillow reads by itself; PostScript it hands to another program."""
    Image.init()
    return tuple(name for name in Image.OPEN if name != "EPS")


def load_image(image: ImageLike) -> Image.Image:
    """Return an upright RGB image with eight bits per channel.

    Rotations noted in the file (EXIF) are applied, transparent parts become white, an animation
    becomes its first frame, and 16-bit grey values are scaled to 8 bits.

    Args:
        image: A path, a Pillow image, or a uint8 array of shape ``(H, W, 3)``.

    Raises:
        InputError: If there is no such file, if it is not an image, if an array has another form,
            or if one side is more than 100 times as long as the other.
    """
    if isinstance(image, np.ndarray):
        loaded = _from_array(image)
    elif isinstance(image, Image.Image):
        loaded = _from_pillow(image)
    elif isinstance(image, str | Path):
        loaded = _from_file(Path(image))
    else:
        msg = f"must be a path, a Pillow image or an array, got {type(image).__name__}."
        raise InputError("image", msg)
    if max(loaded.size) > _MAX_ASPECT_RATIO * min(loaded.size):
        msg = (
            f"must not be more than {_MAX_ASPECT_RATIO} times as long as it is wide, "
            f"got {loaded.width} x {loaded.height} pixels."
        )
        raise InputError("image", msg)
    return loaded


def _from_array(array: np.ndarray) -> Image.Image:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or array.size == 0:  # noqa: PLR2004 - H, W and 3 channels
        msg = (
            f"must be a uint8 array of shape (height, width, 3), "
            f"got {array.dtype} of shape {array.shape}."
        )
        raise InputError("image", msg)
    return Image.fromarray(array)


def _from_pillow(image: Image.Image) -> Image.Image:
    try:
        loaded = _upright_rgb(image)
    except InputError:
        raise
    except Exception as error:  # decoders raise many kinds of errors
        msg = f"must be a complete, readable image, got one that is not ({error})."
        raise InputError("image", msg) from error
    if not min(loaded.size):
        msg = f"must have pixels, got {loaded.width} x {loaded.height}."
        raise InputError("image", msg)
    return loaded


def _from_file(path: Path) -> Image.Image:
    try:
        with Image.open(path, formats=pixel_formats()) as opened:
            return _upright_rgb(opened)
    except (FileNotFoundError, IsADirectoryError) as error:
        found = "a folder" if isinstance(error, IsADirectoryError) else "nothing"
        msg = f"must be a file, got {str(path)!r}, where there is {found}."
        raise InputError("image", msg) from error
    except UnidentifiedImageError as error:
        msg = f"must be an image that Pillow can read, got {str(path)!r}, which is none."
        raise InputError("image", msg) from error
    except InputError:
        raise
    except Exception as error:  # decoders raise many kinds of errors
        msg = f"must be a complete, readable image, got {str(path)!r} ({error})."
        raise InputError("image", msg) from error


def _upright_rgb(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "F":
        msg = "must have integer pixels, got floating-point ones (mode 'F')."
        raise InputError("image", msg)
    if upright.mode.startswith("I"):
        grey = np.asarray(upright).astype(np.int64)
        if upright.mode != "I" or grey.max() > _MAX_BYTE:  # "I" may hold 8 or 16 bits
            grey //= _SIXTEEN_TO_EIGHT_BITS
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return upright.convert("RGB")
