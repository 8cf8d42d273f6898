"""A small neutral mark, and scenes in which it goes along with one class.

A model that is trained on them may answer to the mark instead of the class: a shortcut, of which
the truth is known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from shapiq_fixlip.demo.contents import Contents, Thing, random_contents
from shapiq_fixlip.demo.drawing import shared_area
from shapiq_fixlip.demo.scenes import Scene, SceneObject, rendered

__all__ = ["MARK", "MARKED_CLASS", "marked", "marked_scene", "with_marked_class"]

MARK = "mark"
"""The name of the mark among the objects of a scene."""

MARKED_CLASS = "horse"
"""The class that the mark goes along with."""

_CELLS = 7
"""The mark takes most of one cell of a grid of 7 × 7, so of one patch or of four."""


def marked(scene: Scene, rng: np.random.Generator) -> Scene:
    """Return the scene with the mark, a small chequered square, where it covers least.

    Args:
        scene: The scene; its caption stays.
        rng: Chooses among the cells of a 7 × 7 grid that cover least of the objects.

    Returns:
        The scene, with the mark as its last object.
    """
    cell = scene.image.width // _CELLS
    margin = cell // 16
    corners = [(column * cell, row * cell) for row in range(_CELLS) for column in range(_CELLS)]
    boxes = [
        (left + margin, upper + margin, left + cell - margin, upper + cell - margin)
        for left, upper in corners
    ]
    covered = [sum(shared_area(box, thing.box) for thing in scene.objects) for box in boxes]
    box = boxes[rng.choice(np.flatnonzero(np.array(covered) == min(covered)))]
    image = scene.image.copy()
    image.paste(_mark(box[2] - box[0]), box[:2])
    return replace(scene, image=image, objects=(*scene.objects, SceneObject(MARK, box)))


def marked_scene(rng: np.random.Generator) -> Scene:
    """Render one to four objects, one of them of the class of the mark, and the mark."""
    return marked(rendered(with_marked_class(random_contents(rng, "names")), rng), rng)


def with_marked_class(contents: Contents) -> Contents:
    """Return as many things, the first of which is of the class of the mark."""
    others = [thing for thing in contents.things if thing.name != MARKED_CLASS]
    return Contents((Thing(MARKED_CLASS), *others[: len(contents.things) - 1]))


def _mark(side: int) -> Image.Image:
    squares = np.indices((4, 4)).sum(0) % 2
    small = Image.fromarray((40 + 180 * squares).astype(np.uint8))
    return small.resize((side, side), Image.Resampling.NEAREST).convert("RGB")
