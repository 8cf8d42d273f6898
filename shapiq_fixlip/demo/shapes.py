"""Plain shapes: white, to be tinted."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from shapiq_fixlip.demo.sprites import SPRITE_SIZE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SHAPE_NAMES", "shape"]

_SIDE = 4 * SPRITE_SIZE  # drawn larger, and reduced for smooth edges


def shape(name: str) -> Image.Image:
    """Return a white RGBA picture of a shape, one of :data:`SHAPE_NAMES`, on nothing."""
    mask = Image.new("L", (_SIDE, _SIDE))
    _DRAWN[name](ImageDraw.Draw(mask))
    mask = mask.reduce(4)
    picture = Image.new("RGBA", mask.size, "white")
    picture.putalpha(mask)
    return picture.crop(mask.getbbox())


def _regular(n_corners: int, *radii: float) -> Iterator[tuple[float, float]]:
    """Yield corners around the middle, the first at the top, at alternating radii (shares)."""
    for i in range(n_corners):
        radius, angle = radii[i % len(radii)] * _SIDE / 2, 2 * math.pi * i / n_corners
        yield _SIDE / 2 + radius * math.sin(angle), _SIDE / 2 - radius * math.cos(angle)


def _polygon(corners: Iterator[tuple[float, float]]) -> Callable[[ImageDraw.ImageDraw], None]:
    points = list(corners)
    return lambda draw: draw.polygon(points, fill=255)


def _circle(draw: ImageDraw.ImageDraw) -> None:
    draw.ellipse((0, 0, _SIDE - 1, _SIDE - 1), fill=255)


def _moon(draw: ImageDraw.ImageDraw) -> None:
    _circle(draw)
    draw.ellipse((0.4 * _SIDE, 0, 1.2 * _SIDE, 0.8 * _SIDE), fill=0)


def _square(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 0, _SIDE, _SIDE), fill=255)


def _cross(draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0.34 * _SIDE, 0, 0.66 * _SIDE, _SIDE), fill=255)
    draw.rectangle((0, 0.34 * _SIDE, _SIDE, 0.66 * _SIDE), fill=255)


def _heart(draw: ImageDraw.ImageDraw) -> None:
    """Draw the curve x = 16 sin³ t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t."""
    corners = []
    for i in range(200):
        t = 2 * math.pi * i / 200
        height = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        across = 16 * math.sin(t) ** 3
        corners.append((_SIDE * (0.5 + across / 34), _SIDE * (0.45 - height / 34)))
    draw.polygon(corners, fill=255)


_DRAWN: dict[str, Callable[[ImageDraw.ImageDraw], None]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _polygon(_regular(3, 1.0)),
    "diamond": _polygon(_regular(4, 1.0, 0.6)),
    "star": _polygon(_regular(10, 1.0, 0.45)),
    "cross": _cross,
    "heart": _heart,
    "moon": _moon,
}

SHAPE_NAMES: tuple[str, ...] = tuple(_DRAWN)
"""The names of the shapes."""
