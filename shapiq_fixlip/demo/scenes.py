"""Scenes with known contents: objects on a textured background, with a caption that names them.

The place of every object is known, so explanations of a scene can be checked against the truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from shapiq_fixlip.demo.captions import MAX_OBJECTS
from shapiq_fixlip.demo.contents import random_contents
from shapiq_fixlip.demo.drawing import Box, background, paste, relit
from shapiq_fixlip.errors import InputError, whole_number

if TYPE_CHECKING:
    from shapiq_fixlip.demo.contents import Contents
    from shapiq_fixlip.typing import SceneDetail

__all__ = [
    "SCENE_SIZE",
    "Scene",
    "SceneObject",
    "collage",
    "demo_scene",
    "random_scene",
    "rendered",
]

SCENE_SIZE = 224
"""Side of a scene in pixels."""

_DEMO_SEED = 3
"""The seed of :func:`demo_scene`."""

_SHORTEST_SIDE = 2 / 7
"""The least of the longer side of an object, as a share of the scene's. It was not compared."""

_LONGEST_SIDES = (0.715, 0.518, 0.465, 0.429)
"""The most of the longer side of an object, for scenes of one to four objects."""


@dataclass(frozen=True)
class SceneObject:
    """An object of a scene.

    Attributes:
        name: The name of its class or shape.
        box: The pixels it covers.
        colour: The colour it was given, if any.
    """

    name: str
    box: Box
    colour: str | None = None


@dataclass(frozen=True)
class Scene:
    """A rendered image and the truth about it.

    Attributes:
        image: RGB, as wide as high.
        caption: A sentence that names objects of the scene.
        objects: The objects in the order of the caption, unnamed ones last.
        place: Where the first object is as seen from the second, if the caption says so.
        swap: The caption with the two places, or two of the colours, exchanged, which is wrong;
            ``None`` if the scene has no two. One of them may be of a thing that is not named.
    """

    image: Image.Image
    caption: str
    objects: tuple[SceneObject, ...]
    place: str | None = None
    swap: str | None = None


def random_scene(
    rng: np.random.Generator,
    n_objects: int | None = None,
    n_named: int | None = None,
    *,
    detail: SceneDetail = "names",
) -> Scene:
    """Render different objects at random places, sizes and angles, in random light.

    Args:
        rng: The only source of randomness.
        n_objects: 1 to 4; 2 if the caption tells places. Default: a random number.
        n_named: How many of them the caption names; both if it tells places. Default: all.
        detail: What the caption tells, see :data:`~shapiq_fixlip.typing.SceneDetail`. Default
            ``"names"``.

    Returns:
        The scene, its named objects first.

    Raises:
        InputError: If an argument is not allowed.
    """
    return rendered(random_contents(rng, detail, n_objects), rng, n_named=n_named)


def demo_scene() -> Scene:
    """Return the scene that the command line explains by default.

    >>> demo_scene().caption
    'a lion next to a unicorn and a tent'
    """
    return random_scene(np.random.default_rng(_DEMO_SEED), n_objects=3)


def rendered(
    contents: Contents,
    rng: np.random.Generator,
    *,
    n_named: int | None = None,
    size: int = SCENE_SIZE,
) -> Scene:
    """Render a scene of given contents.

    Args:
        contents: What it shows.
        rng: Draws everything else.
        n_named: How many of the things the caption names; both if it tells a place. Default: all.
        size: Side of the image in pixels. Default 224.

    Raises:
        InputError: If ``n_named`` is out of range.
    """
    most = len(contents.things)
    least = 1 if contents.place is None else most
    n_named = most if n_named is None else whole_number("n_named", n_named, least=0)
    if not least <= n_named <= most:
        msg = f"must be {least} to the number of objects ({most}), got {n_named}."
        raise InputError("n_named", msg)
    image = background(rng, size)
    frames = _frames(contents.place, size)
    longest = _LONGEST_SIDES[len(contents.things) - 1]
    sides = (round(_SHORTEST_SIDE * size), round(longest * size))
    boxes: list[Box] = []
    for i, thing in enumerate(contents.things):
        frame = frames[i % len(frames)]
        boxes.append(paste(image, thing.picture, frame, occupied=boxes, sides=sides, rng=rng))
    return _told(relit(image, rng), contents, boxes, n_named, rng)


def _frames(place: str | None, size: int) -> list[Box]:
    """Return where things may be: anywhere, or the first one on one side of the second."""
    half = size // 2
    halves: dict[str | None, list[Box]] = {
        None: [(0, 0, size, size)],
        "left of": [(0, 0, half, size), (half, 0, size, size)],
        "above": [(0, 0, size, half), (0, half, size, size)],
    }
    halves["right of"], halves["below"] = halves["left of"][::-1], halves["above"][::-1]
    return halves[place]


def collage(
    rng: np.random.Generator, n_named: int = MAX_OBJECTS, *, size: int = SCENE_SIZE
) -> Scene:
    """Render a 2 × 2 collage for the pointing game: four backgrounds with one object each.

    An object stays within the outer three sevenths of its quadrant, so that on a 7 × 7 grid of
    patches it lies in one of the four 3 × 3 corners.

    Args:
        rng: The only source of randomness.
        n_named: How many of the four objects the caption names, 1 to 4. Default 4.
        size: Side of the image in pixels. Default 224.

    Returns:
        The scene, its named objects first.

    Raises:
        InputError: If ``n_named`` is out of range.
    """
    if not 1 <= whole_number("n_named", n_named, least=0) <= MAX_OBJECTS:
        msg = f"must be 1 to {MAX_OBJECTS}, got {n_named}."
        raise InputError("n_named", msg)
    contents = random_contents(rng, "names", MAX_OBJECTS)
    image = Image.new("RGB", (size, size))
    half, side = size // 2, size * 3 // 7
    sides = (round(_SHORTEST_SIDE * size), side)
    boxes = []
    for quadrant, thing in zip(rng.permutation(4).tolist(), contents.things, strict=True):
        row, column = divmod(quadrant, 2)
        image.paste(background(rng, half), (column * half, row * half))
        left, upper = column * (size - side), row * (size - side)
        frame = (left, upper, left + side, upper + side)
        boxes.append(paste(image, thing.picture, frame, occupied=[], sides=sides, rng=rng))
    return _told(relit(image, rng), contents, boxes, n_named, rng)


def _told(
    image: Image.Image, contents: Contents, boxes: list[Box], n_named: int, rng: np.random.Generator
) -> Scene:
    """Return the scene with a sentence about it."""
    caption, swap = contents.captions(rng, n_named)
    objects = tuple(
        SceneObject(thing.name, box, thing.colour)
        for thing, box in zip(contents.things, boxes, strict=True)
    )
    return Scene(image, caption, objects, contents.place, swap)
