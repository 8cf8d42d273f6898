"""Scenes with known contents: objects on a textured background, with a caption that names them.

The place of every object is known, so explanations of a scene can be checked against the truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops

from shapiq_fixlip.demo.sprites import CLASS_NAMES, sprite
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "MAX_OBJECTS",
    "SCENE_SIZE",
    "Scene",
    "SceneObject",
    "caption",
    "collage",
    "demo_scene",
    "random_scene",
]

SCENE_SIZE = 112
"""Side of a scene in pixels."""

MAX_OBJECTS = 4
"""The most objects in one scene."""

type Box = tuple[int, int, int, int]
"""Left, upper, right and lower edge in pixels, the last two exclusive, as in Pillow."""

_DEMO_SEED = 3
"""The seed of :func:`demo_scene`."""

_SHORTEST_SIDE = 32
"""The shortest longer side of an object in pixels. It and the numbers below were not compared."""

_LONGEST_SIDES = (80, 58, 52, 48)
"""The longest longer side of an object in pixels, for scenes of one to four objects."""

_SHARE_HIDDEN = 0.1
"""The largest overlap of two boxes, as a share of the smaller one."""

_PLACEMENTS = 40
"""The number of tries before a smaller object is drawn."""

_TEMPLATES = (
    ("a {}", "a photo of a {}", "a picture of a {}", "there is a {}"),
    ("a {} next to a {}", "a {} and a {}", "a photo of a {} and a {}", "a {} with a {}"),
    ("a {}, a {} and a {}", "a {} next to a {} and a {}", "a photo of a {}, a {} and a {}"),
    ("a {}, a {}, a {} and a {}", "a {} and a {} next to a {} and a {}"),
)


@dataclass(frozen=True)
class SceneObject:
    """An object of a scene.

    Attributes:
        name: The name of its class.
        box: The pixels it covers.
    """

    name: str
    box: Box


@dataclass(frozen=True)
class Scene:
    """A rendered image and the truth about it.

    Attributes:
        image: RGB, ``SCENE_SIZE`` pixels wide and high.
        caption: A sentence that names objects of the scene.
        objects: The objects in the order of the caption, unnamed ones last.
    """

    image: Image.Image
    caption: str
    objects: tuple[SceneObject, ...]


def caption(names: Sequence[str], rng: np.random.Generator) -> str:
    """Return a random sentence that names the objects in the given order.

    Args:
        names: One to four class names.
        rng: Chooses the sentence.

    Raises:
        InputError: If there are no names or more than four.

    >>> caption(["dog", "apple"], np.random.default_rng(0))
    'a dog with an apple'
    """
    if not 1 <= len(names) <= MAX_OBJECTS:
        msg = f"must hold 1 to {MAX_OBJECTS} class names, got {len(names)}."
        raise InputError("names", msg)
    templates = _TEMPLATES[len(names) - 1]
    sentence = templates[rng.integers(len(templates))].format(*names)
    for name in names:
        if name[0] in "aeiou" and name != "unicorn":
            sentence = sentence.replace(f"a {name}", f"an {name}")
    return sentence


def random_scene(
    rng: np.random.Generator, n_objects: int | None = None, n_named: int | None = None
) -> Scene:
    """Render different objects at random places, sizes and angles, in random light.

    Args:
        rng: The only source of randomness.
        n_objects: 1 to 4; ``None`` (default) draws the number, too.
        n_named: How many of them the caption names; ``None`` (default) means all.

    Returns:
        The scene, its named objects first.

    Raises:
        InputError: If a number is out of range.
    """
    if n_objects is None:
        n_objects = int(rng.integers(1, MAX_OBJECTS + 1))
    if not 1 <= n_objects <= MAX_OBJECTS:
        msg = f"must be 1 to {MAX_OBJECTS}, got {n_objects}."
        raise InputError("n_objects", msg)
    if n_named is None:
        n_named = n_objects
    if not 1 <= n_named <= n_objects:
        msg = f"must be 1 to the number of objects ({n_objects}), got {n_named}."
        raise InputError("n_named", msg)
    names = _draw_names(rng, n_objects)
    image = _background(rng, SCENE_SIZE)
    frame = (0, 0, SCENE_SIZE, SCENE_SIZE)
    objects: list[SceneObject] = []
    for name in names:
        boxes = [placed.box for placed in objects]
        longest_side = _LONGEST_SIDES[n_objects - 1]
        objects.append(_place(image, name, frame, boxes, longest_side, rng))
    return Scene(_relight(image, rng), caption(names[:n_named], rng), tuple(objects))


def demo_scene() -> Scene:
    """Return the scene that the command line explains by default.

    >>> demo_scene().caption
    'a lion next to a unicorn and a tent'
    """
    return random_scene(np.random.default_rng(_DEMO_SEED), n_objects=3)


def collage(rng: np.random.Generator, n_named: int = MAX_OBJECTS) -> Scene:
    """Render a 2 × 2 collage for the pointing game: four backgrounds with one object each.

    An object stays within the outer three sevenths of its quadrant, so that on a 7 × 7 grid of
    patches it lies in one of the four 3 × 3 corners.

    Args:
        rng: The only source of randomness.
        n_named: How many of the four objects the caption names, 1 to 4. Default 4.

    Returns:
        The scene, its named objects first.

    Raises:
        InputError: If ``n_named`` is out of range.
    """
    if not 1 <= n_named <= MAX_OBJECTS:
        msg = f"must be 1 to {MAX_OBJECTS}, got {n_named}."
        raise InputError("n_named", msg)
    names = _draw_names(rng, MAX_OBJECTS)
    image = Image.new("RGB", (SCENE_SIZE, SCENE_SIZE))
    half, side = SCENE_SIZE // 2, SCENE_SIZE * 3 // 7
    objects = []
    for quadrant, name in zip(rng.permutation(4).tolist(), names, strict=True):
        row, column = divmod(quadrant, 2)
        image.paste(_background(rng, half), (column * half, row * half))
        left, upper = column * (SCENE_SIZE - side), row * (SCENE_SIZE - side)
        frame = (left, upper, left + side, upper + side)
        objects.append(_place(image, name, frame, [], side, rng))
    return Scene(_relight(image, rng), caption(names[:n_named], rng), tuple(objects))


def _draw_names(rng: np.random.Generator, n_names: int) -> list[str]:
    return [CLASS_NAMES[i] for i in rng.choice(len(CLASS_NAMES), n_names, replace=False)]


def _background(rng: np.random.Generator, side: int) -> Image.Image:
    """Return a square of one colour with coarse blotches and fine grain over it."""
    colour = rng.uniform(40, 220, size=3)
    blotches = _noise(rng, cells=int(rng.integers(2, 8)), centre=colour, contrast=40, side=side)
    grain = _noise(rng, cells=side // 2, centre=128, contrast=14, side=side)
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


def _place(
    image: Image.Image,
    name: str,
    frame: Box,
    occupied: list[Box],
    longest_side: int,
    rng: np.random.Generator,
) -> SceneObject:
    """Paste the object into the frame, away from the occupied boxes, and return where it is."""
    while True:
        side = int(rng.integers(_SHORTEST_SIDE, max(longest_side, _SHORTEST_SIDE) + 1))
        drawn = _rotated_sprite(name, rng.uniform(-25, 25), side)
        for _ in range(_PLACEMENTS):
            left = int(rng.integers(frame[0], frame[2] - drawn.width + 1))
            upper = int(rng.integers(frame[1], frame[3] - drawn.height + 1))
            box = (left, upper, left + drawn.width, upper + drawn.height)
            if all(_overlap(box, other) <= _SHARE_HIDDEN for other in occupied):
                image.paste(drawn, (left, upper), drawn)
                return SceneObject(name, box)
        longest_side = side


def _rotated_sprite(name: str, angle: float, side: int) -> Image.Image:
    """Return the sprite rotated by some degrees, at most ``side`` pixels wide and high."""
    upright = sprite(name)
    cosine, sine = math.cos(math.radians(angle)), abs(math.sin(math.radians(angle)))
    width, height = upright.size
    scale = side / (max(width * cosine + height * sine, height * cosine + width * sine) + 2)
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    scaled = upright.resize(size, Image.Resampling.BILINEAR)
    rotated = scaled.rotate(angle, resample=Image.Resampling.BILINEAR, expand=True)
    return rotated.crop(rotated.getbbox())


def _overlap(box: Box, other: Box) -> float:
    """Return the area that two boxes share, divided by that of the smaller one."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (box, other)]
    return max(width, 0) * max(height, 0) / min(areas)


def _relight(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return the image in light of random brightness and slightly random colour."""
    lamp = rng.uniform(0.7, 1.25) * rng.uniform(0.92, 1.08, size=3)
    response = np.outer(lamp, np.arange(256)).clip(0, 255).astype(np.uint8)
    return image.point(response.ravel().tolist())
