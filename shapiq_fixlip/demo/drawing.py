"""How the pixels of a scene are drawn: a textured background, pictures on it, and a lamp."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Box", "background", "paste", "relit", "shared_area"]

type Box = tuple[int, int, int, int]
"""Left, upper, right and lower edge in pixels, the last two exclusive, as in Pillow."""

_GRAIN_CELLS = 56
"""The number of grains along a side of a background. It and the numbers below were not compared."""

_SHARE_HIDDEN = 0.1
"""The largest overlap of two boxes, as a share of the smaller one."""

_PLACEMENTS = 40
"""The number of tries before a smaller object is drawn."""


def background(rng: np.random.Generator, side: int) -> Image.Image:
    """Return a square of one colour with coarse blotches and fine grain over it."""
    colour = rng.uniform(40, 220, size=3)
    blotches = _noise(rng, cells=int(rng.integers(2, 8)), centre=colour, contrast=40, side=side)
    grain = _noise(rng, cells=_GRAIN_CELLS, centre=128, contrast=14, side=side)
    return ImageChops.add(blotches, grain, offset=-128)


def _noise(
    rng: np.random.Generator,
    *,
    cells: int,
    centre: float | np.ndarray,
    contrast: float,
    side: int,
) -> Image.Image:
    amplitude = rng.uniform(0, contrast)
    noise = centre + rng.uniform(-amplitude, amplitude, size=(cells, cells, 3))
    small = Image.fromarray(noise.clip(0, 255).astype(np.uint8))
    return small.resize((side, side), Image.Resampling.BILINEAR)


def paste(
    image: Image.Image,
    picture: Image.Image,
    frame: Box,
    *,
    occupied: Sequence[Box],
    sides: tuple[int, int],
    rng: np.random.Generator,
) -> Box:
    """Paste a picture, rotated, into a frame, away from occupied boxes, and return its box.

    Args:
        image: What is drawn on.
        picture: RGBA.
        frame: Where the picture may be.
        occupied: Where other pictures are.
        sides: The bounds of the longer side of the rotated picture in pixels.
        rng: Draws the side, the angle and the place.
    """
    shortest, longest = sides
    longest = min(longest, frame[2] - frame[0], frame[3] - frame[1])
    while True:
        side = int(rng.integers(min(shortest, longest), longest + 1))
        drawn = _rotated(picture, rng.uniform(-25, 25), side)
        for _ in range(_PLACEMENTS):
            left = int(rng.integers(frame[0], frame[2] - drawn.width + 1))
            upper = int(rng.integers(frame[1], frame[3] - drawn.height + 1))
            box = (left, upper, left + drawn.width, upper + drawn.height)
            if all(_overlap(box, other) <= _SHARE_HIDDEN for other in occupied):
                image.paste(drawn, (left, upper), drawn)
                return box
        longest = side


def _rotated(picture: Image.Image, angle: float, side: int) -> Image.Image:
    """Return the picture rotated by some degrees, at most ``side`` pixels wide and high."""
    cosine, sine = math.cos(math.radians(angle)), abs(math.sin(math.radians(angle)))
    width, height = picture.size
    scale = side / (max(width * cosine + height * sine, height * cosine + width * sine) + 2)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    scaled = picture.resize(size, Image.Resampling.BILINEAR)
    rotated = scaled.rotate(angle, resample=Image.Resampling.BILINEAR, expand=True)
    return rotated.crop(rotated.getbbox())


def _overlap(box: Box, other: Box) -> float:
    """Return the area that two boxes share, divided by that of the smaller one."""
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return shared_area(box, other) / min(areas)


def shared_area(box: Box, other: Box) -> int:
    """Return the number of pixels that two boxes share."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0)


def relit(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the image in light of random brightness and slightly random colour."""
    lamp = rng.uniform(0.7, 1.25) * rng.uniform(0.92, 1.08, size=3)
    response = np.outer(lamp, np.arange(256)).clip(0, 255).astype(np.uint8)
    return image.point(response.ravel().tolist())
