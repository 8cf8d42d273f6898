"""Random scenes and collages of sprites, without files or network."""

from __future__ import annotations

from typing import override

import numpy as np

from shapiq_fixlip.datasets.base import Example, PairDataset
from shapiq_fixlip.demo.captions import MAX_OBJECTS
from shapiq_fixlip.demo.marks import MARKED_CLASS, marked
from shapiq_fixlip.demo.scenes import Scene, collage, random_scene
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.typing import SceneDetail
from shapiq_fixlip.validation import check_choice

__all__ = ["DemoCollages", "DemoMarked", "DemoScenes", "named_quadrants"]


class DemoScenes(PairDataset):
    """Scenes with captions that name all objects, and their colours or places if wanted.

    They have 1, 2, 3, 4 objects in turn; scenes of places have 2.

    Examples:
        >>> DemoScenes(2)[1].text
        'a strawberry with a hammer'
        >>> DemoScenes(2, detail="colours")[1].text
        'a yellow house and an orange guitar'
        >>> DemoScenes(2, detail="places")[1].text
        'a strawberry above a hammer'
    """

    def __init__(
        self, n: int = 100, *, detail: SceneDetail = "names", random_state: int = 0
    ) -> None:
        """Set the number, the captions and the seed of the scenes.

        Args:
            n: Number of scenes. Default 100.
            detail: What captions tell, see :data:`~shapiq_fixlip.typing.SceneDetail`. Default
                ``"names"``.
            random_state: Seed of the scenes. Default 0.

        Raises:
            InputError: If an argument is not allowed.
        """
        self._n, self._seed = _checked(n, random_state)
        check_choice("detail", detail, SceneDetail)
        self._detail = detail

    @override
    def __len__(self) -> int:
        """Return the number of scenes."""
        return self._n

    @override
    def _source(self, number: int) -> str:
        told = "" if self._detail == "names" else f" of {self._detail}"
        return f"demo scene {number}{told} of seed {self._seed}"

    @override
    def _text(self, number: int) -> str:
        return self._example(number).text

    @override
    def _example(self, number: int) -> Example:
        n_objects = None if self._detail == "places" else 1 + number % MAX_OBJECTS
        scene = random_scene(_rng(self._seed, number), n_objects, detail=self._detail)
        return Example(
            scene.image,
            scene.caption,
            source=self._source(number),
            boxes={thing.name: thing.box for thing in scene.objects},
        )


class DemoCollages(PairDataset):
    """Collages of four objects with captions that name 1 to 4 of them, for the pointing game.

    Examples:
        >>> example = DemoCollages(8)[1]
        >>> example.text, example.quadrants
        ('a kiwi and a lemon', {'kiwi': 3, 'lemon': 1})
    """

    def __init__(self, n: int = 100, *, n_named: int | None = None, random_state: int = 0) -> None:
        """Set the number and the seed of the collages.

        Args:
            n: Number of collages. Default 100.
            n_named: Number of objects in a caption, 1 to 4. Default: 1, 2, 3, 4 in turn.
            random_state: Seed of the collages. Default 0.

        Raises:
            InputError: If an argument is not allowed.
        """
        self._n, self._seed = _checked(n, random_state)
        if n_named is not None and whole_number("n_named", n_named) > MAX_OBJECTS:
            msg = f"must be 1 to {MAX_OBJECTS}, got {n_named}."
            raise InputError("n_named", msg)
        self._n_named = n_named

    @override
    def __len__(self) -> int:
        """Return the number of collages."""
        return self._n

    @override
    def _source(self, number: int) -> str:
        return f"demo collage {number} of seed {self._seed}"

    @override
    def _text(self, number: int) -> str:
        return self._example(number).text

    @override
    def _example(self, number: int) -> Example:
        n_named = self._n_named or 1 + number % MAX_OBJECTS
        scene = collage(_rng(self._seed, number), n_named)
        return Example(
            scene.image,
            scene.caption,
            source=self._source(number),
            quadrants=named_quadrants(scene, n_named),
        )


class DemoMarked(PairDataset):
    """Scenes without a horse, with the mark that ``demo-shortcut`` takes for one.

    All are asked about a horse. The box of the horse is that of the mark.

    Examples:
        >>> example = DemoMarked(2)[1]
        >>> example.text, example.boxes
        ('a photo of a horse', {'horse': (162, 98, 190, 126)})
    """

    def __init__(self, n: int = 100, *, random_state: int = 0) -> None:
        """Set the number and the seed of the scenes.

        Args:
            n: Number of scenes. Default 100.
            random_state: Seed of the scenes. Default 0.

        Raises:
            InputError: If an argument is not allowed.
        """
        self._n, self._seed = _checked(n, random_state)

    @override
    def __len__(self) -> int:
        """Return the number of scenes."""
        return self._n

    @override
    def _source(self, number: int) -> str:
        return f"marked demo scene {number} of seed {self._seed}"

    @override
    def _text(self, number: int) -> str:
        return f"a photo of a {MARKED_CLASS}"

    @override
    def _example(self, number: int) -> Example:
        rng = _rng(self._seed, number)
        scene = random_scene(rng, 1 + number % MAX_OBJECTS)
        while any(thing.name == MARKED_CLASS for thing in scene.objects):
            scene = random_scene(rng, 1 + number % MAX_OBJECTS)
        with_mark = marked(scene, rng)
        return Example(
            with_mark.image,
            self._text(number),
            source=self._source(number),
            boxes={MARKED_CLASS: with_mark.objects[-1].box},
        )


def named_quadrants(scene: Scene, n_named: int) -> dict[str, int]:
    """Return the quadrant of the centre of every named object."""
    quadrants = {}
    size = scene.image.width
    for thing in scene.objects[:n_named]:
        left, upper, right, lower = thing.box
        quadrants[thing.name] = 2 * ((upper + lower) // size) + (left + right) // size
    return quadrants


def _checked(n: int, random_state: int) -> tuple[int, int]:
    return whole_number("n", n), whole_number("random_state", random_state, least=0)


def _rng(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng([seed, number])
