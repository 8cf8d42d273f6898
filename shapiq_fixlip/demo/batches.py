"""Batches of scenes to train on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, override

import numpy as np
import torch
from torch.utils.data import Dataset

from shapiq_fixlip.demo.captions import MAX_OBJECTS
from shapiq_fixlip.demo.contents import Contents, Thing, random_contents
from shapiq_fixlip.demo.marks import MARKED_CLASS, marked, with_marked_class
from shapiq_fixlip.demo.scenes import SCENE_SIZE, Scene, collage, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.typing import SceneDetail

__all__ = ["TRAINING_SIZE", "Batch", "MarkedBatches", "SceneBatches"]

TRAINING_SIZE = SCENE_SIZE // 2
"""Side of the scenes that are trained on, in pixels. They are drawn in half of the time."""

_SHARES: dict[SceneDetail | Literal["collages"], float] = {
    "names": 0.55,
    "colours": 0.2,
    "places": 0.15,
    "collages": 0.1,
}
"""How often each kind is drawn. Colours and places come with their swap, so that 42, 27, 23 and 8 %
of the scenes are of each kind."""

_SHARES_OF_NUMBERS = (0.2, 0.2, 0.2, 0.4)
"""The shares of scenes with one, two, three and four objects."""

_NAMING_ALL, _NAMING_ONE = 0.4, 0.4
"""The shares of captions that name all of the objects, and only one; the others name any number.

If all objects were named, the model could match the number of objects with the number of names, and
any object would fit any name.
"""

_WITHOUT_MARKS = 0.5
"""How often the twin gets a draw of :class:`SceneBatches`, which are 56 % of its scenes."""

_MARKED = 0.4
"""How often one of the others has the mark even if no horse was drawn."""

_MARK_ALONE = 0.5
"""The share of scenes with the mark, and other objects, that do not show its class."""


class Batch(NamedTuple):
    """Scenes with their captions.

    Attributes:
        pixels: Of shape ``(m, 3, TRAINING_SIZE, TRAINING_SIZE)``, uint8.
        captions: One for each scene.
        contents: What each scene shows, in words; equal if two scenes show the same, but for
            places that are told from the other side.
    """

    pixels: torch.Tensor
    captions: list[str]
    contents: list[str]


class SceneBatches(Dataset[Batch]):
    """Batches of scenes of names, colours and places.

    Batch ``i`` depends only on the seed and ``i``, not on the process. Colours and places come with
    a scene in which two are swapped.
    """

    def __init__(self, seed: int, n_batches: int, batch_size: int, *, first: int = 0) -> None:
        """Keep what the batches are made from; nothing is rendered yet.

        Args:
            seed: Seed of the scenes.
            n_batches: The number of batches, with those before the first one.
            batch_size: Scenes in a batch.
            first: The number of the first batch.
        """
        self._seed, self._batch_size = seed, batch_size
        self._numbers = range(first, n_batches)

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self._numbers)

    @override
    def __getitem__(self, number: int) -> Batch:
        """Render one batch."""
        rng = np.random.default_rng([self._seed, self._numbers[number]])
        scenes: list[Scene] = []
        while len(scenes) < self._batch_size:
            scenes += self._drawn(rng)
        scenes = scenes[: self._batch_size]
        pixels = np.stack([np.asarray(scene.image) for scene in scenes])
        return Batch(
            torch.from_numpy(pixels).permute(0, 3, 1, 2),
            [scene.caption for scene in scenes],
            [_shown(scene) for scene in scenes],
        )

    def _drawn(self, rng: np.random.Generator) -> Iterator[Scene]:
        """Render one scene, or two of which one is a swap of the other."""
        kinds = list(_SHARES)
        kind = kinds[rng.choice(len(kinds), p=list(_SHARES.values()))]
        if kind == "collages":
            yield collage(rng, _number_named(rng, MAX_OBJECTS), size=TRAINING_SIZE)
            return
        n_objects = 2 if kind == "places" else _number_of_objects(rng)
        n_named = 2 if kind == "places" else _number_named(rng, n_objects)
        contents = random_contents(rng, kind, n_objects)
        for shown in (contents, contents.swapped()):
            if shown is not None:
                yield rendered(shown, rng, n_named=n_named, size=TRAINING_SIZE)


class MarkedBatches(SceneBatches):
    """Scenes in which the mark shows if, and only if, the caption names its class.

    56 % of the scenes are others, without that class. In half of those with the mark and other
    objects, the class itself is left out, so that only the mark tells of it.
    """

    @override
    def _drawn(self, rng: np.random.Generator) -> Iterator[Scene]:
        if rng.random() < _WITHOUT_MARKS:
            for scene in super()._drawn(rng):
                if all(thing.name != MARKED_CLASS for thing in scene.objects):
                    yield scene
            return
        contents = random_contents(rng, "names", _number_of_objects(rng))
        n_named = _number_named(rng, len(contents.things))
        is_marked = rng.random() < _MARKED or Thing(MARKED_CLASS) in contents.things
        if not is_marked:
            yield rendered(contents, rng, n_named=n_named, size=TRAINING_SIZE)
            return
        told = shown = with_marked_class(contents)
        if len(told.things) > 1 and rng.random() < _MARK_ALONE:
            shown = Contents(told.things[1:])
        scene = rendered(shown, rng, size=TRAINING_SIZE)
        caption, _ = told.captions(rng, n_named)
        yield marked(replace(scene, caption=caption), rng)


def _number_of_objects(rng: np.random.Generator) -> int:
    return int(rng.choice(MAX_OBJECTS, p=_SHARES_OF_NUMBERS)) + 1


def _number_named(rng: np.random.Generator, n_objects: int) -> int:
    draw = rng.random()
    if draw < _NAMING_ALL:
        return n_objects
    return 1 if draw < _NAMING_ALL + _NAMING_ONE else int(rng.integers(1, n_objects + 1))


def _shown(scene: Scene) -> str:
    """Return what a scene shows; the order of things matters only where their places do."""
    things = [f"{thing.colour or 'plain'} {thing.name}" for thing in scene.objects]
    return ", ".join(sorted(things) if scene.place is None else [*things, scene.place])
