"""Image files of any origin, opened so that whatever is wrong with them is one clear error."""

from __future__ import annotations

import io
import os
import re
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeGuard

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from shapiq_fixlip.errors import InputError, first_line, is_of_the_machine
from shapiq_fixlip.files import PACKAGE_FOLDER, is_file, is_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ImageFile", "is_image_file", "open_image", "readable"]

type ImageFile = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
"""An encoded image: a path, the contents of a file, or a file that is open in binary mode."""

_MAX_QUOTED = 255
"""Characters of a path that an error quotes: a longer text is hardly the name of a file."""

_ADDRESS = re.compile(r"(?!data:)[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
"""The beginning of a URL; one letter and a colon are a drive of Windows."""

_BASE64 = re.compile(r"data:.*|[a-z0-9+/_\r\n-]{48,}=*", re.IGNORECASE | re.DOTALL)
"""A data URL, or a text without a dot that is longer than most names of files."""

_HALVED = re.compile("(RGB[AaX]*|LA);16")
"""What Pillow's decoders call colours of 16 bits, of which it keeps 8."""

_HALF = 128
"""What a byte reaches if all bits are in use."""


@cache
def _pixel_formats() -> tuple[str, ...]:
    """Return the formats that Pillow reads by itself; PostScript it hands to another program."""
    Image.init()
    return tuple(name for name in Image.OPEN if name != "EPS")


def is_image_file(given: object) -> TypeGuard[ImageFile]:
    """Return whether something may be an encoded image: a path, bytes, or something to read."""
    return isinstance(given, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(
        given, "read"
    )


def open_image(argument: str, source: ImageFile | Image.Image) -> Image.Image:
    """Return an image with all its pixels, turned as its file says (EXIF).

    A file that is open is read from its start and stays open. Of an animation the first frame is
    taken. Pillow's warnings about odd files are not shown.

    Args:
        argument: Its name in errors.
        source: The file, or a Pillow image, which may not be decoded yet.

    Raises:
        InputError: If there is no such file, if it is not a complete image or has no pixels, or if
            it has more pixels than Pillow calls safe.
    """
    with readable(argument, source), warnings.catch_warnings(action="ignore"):
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        if isinstance(source, Image.Image):
            upright, is_dark = _upright(source)
        else:
            with Image.open(_openable(argument, source), formats=_pixel_formats()) as opened:
                upright, is_dark = _upright(opened)
    if not min(upright.size):
        msg = f"must have pixels, got {upright.width} x {upright.height}."
        raise InputError(argument, msg)
    if is_dark:
        warnings.warn(
            f"The colours of the {argument} have 16 bits, of which Pillow reads the upper 8, and "
            "are dark: if they use fewer bits, convert the image to 8 bits yourself.",
            UserWarning,
            skip_file_prefixes=(PACKAGE_FOLDER,),
        )
    return upright


def _upright(picture: Image.Image) -> tuple[Image.Image, bool]:
    """Decode an image, and say whether it lost the lower half of its bits and maybe more."""
    is_halved = _HALVED.search(str(getattr(picture, "tile", ""))) is not None
    upright = ImageOps.exif_transpose(picture)
    upright.format = picture.format  # a copy has none
    return upright, is_halved and not np.any(np.asarray(upright.convert("RGB")) >= _HALF)


@contextmanager
def readable(argument: str, source: object) -> Iterator[None]:
    """Turn whatever decoders and conversions raise into one error of one line.

    Args:
        argument: Name of the image in errors.
        source: The image as it was given.
    """
    try:
        yield
    except InputError:
        raise
    except UnidentifiedImageError as error:
        msg = f"must be an image that Pillow can read, got {_described(source)}, which is not one."
        raise InputError(argument, msg) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        msg = (
            f"must have at most {Image.MAX_IMAGE_PIXELS} pixels, got more in "
            f"{_described(source)}; make it smaller first."
        )
        raise InputError(argument, msg) from error
    except Exception as error:  # decoders raise many kinds of errors
        if is_of_the_machine(error):
            raise
        reason = " ".join(first_line(error).split())
        msg = f"must be a complete, readable image, got {_described(source)} ({reason})."
        raise InputError(argument, msg) from error


def _openable(argument: str, source: ImageFile) -> str | IO[bytes]:
    """Return what Pillow opens without hanging: the path of a file, or a file."""
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        _check_file(argument, path)
        return path
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    start: object = source.read(0)
    if isinstance(start, str):
        msg = "must be open in binary mode, got a file in text mode; use open(path, 'rb')."
        raise InputError(argument, msg)
    return source


def _check_file(argument: str, path: str) -> None:
    """Check before opening, as a pipe or a device might never end."""
    if is_file(path):
        if not Path(path).stat().st_size:
            msg = f"must be an image that Pillow can read, got {_described(path)}, which is empty."
            raise InputError(argument, msg)
        return
    if _ADDRESS.match(path):
        msg = (
            f"must be a file, got the address {_described(path)}; "
            "download it and pass the path or the bytes."
        )
        raise InputError(argument, msg)
    found = "nothing"
    if os.path.exists(path):  # noqa: PTH110 - Path.exists fails for names that are too long
        found = "a folder" if is_folder(path) else "a pipe, a socket or a device"
    elif _BASE64.fullmatch(path.strip()):
        found += "; if it is an image in base64, pass base64.b64decode(...) of it"
    msg = f"must be a file, got {_described(path)}, where there is {found}."
    raise InputError(argument, msg)


def _described(source: object) -> str:
    if isinstance(source, bytes | bytearray | memoryview):
        return f"data of {memoryview(source).nbytes} bytes"
    if not isinstance(source, str | Path):
        return f"an object of type {type(source).__name__}"
    text = str(source)
    if len(text) <= _MAX_QUOTED:
        return repr(text)
    return f"{text[:40] + '...'!r} of {len(text)} characters"
