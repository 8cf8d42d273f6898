"""What an embedded model gets right, on scenes that it was never trained on."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING

import numpy as np
import torch

from shapiq_fixlip.demo.captions import MAX_OBJECTS, filled
from shapiq_fixlip.demo.marks import MARKED_CLASS, marked
from shapiq_fixlip.demo.scenes import Scene, random_scene
from shapiq_fixlip.demo.sprites import CLASS_NAMES
from shapiq_fixlip.errors import InputError, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PIL import Image

    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.typing import SceneDetail

__all__ = [
    "EVALUATION_SEED",
    "caption_accuracy",
    "crowded_recall",
    "mark_effect",
    "swap_accuracy",
]

EVALUATION_SEED = 2**31
"""Seed of scenes that are never trained on: training uses ``[seed, step]``."""

_NAMED_ALONE = "a photo of {}"


def caption_accuracy(
    encoder: Encoder,
    *,
    draw: Callable[[np.random.Generator], Scene] = random_scene,
    n_scenes: int = 1000,
    n_captions: int = 100,
) -> float:
    """Return how often the right caption is the most similar one, for scenes never trained on.

    Every caption competes with ``n_captions - 1`` others, each of which names other objects.

    Args:
        encoder: An encoder that was trained on demo scenes.
        draw: Renders a scene. Default: one to four objects, named without colours and places.
        n_scenes: A multiple of ``n_captions``. Default 1000.
        n_captions: The number of captions to choose from. Default 100.

    Returns:
        The share of scenes, 0 to 1.

    Raises:
        InputError: If ``n_scenes`` is not a positive multiple of ``n_captions``.
    """
    if n_scenes < 1 or n_scenes % n_captions:
        msg = f"must be a multiple of n_captions ({n_captions}), got {n_scenes}."
        raise InputError("n_scenes", msg)
    rng = np.random.default_rng(EVALUATION_SEED)
    n_right = 0
    for _ in range(n_scenes // n_captions):
        scenes: dict[frozenset[str], Scene] = {}
        while len(scenes) < n_captions:
            scene = draw(rng)
            scenes.setdefault(frozenset(placed.name for placed in scene.objects), scene)
        images = _embedded_images(encoder, [scene.image for scene in scenes.values()])
        captions = _embedded_texts(encoder, [scene.caption for scene in scenes.values()])
        best = (images @ captions.T).argmax(1).cpu()
        n_right += int((best == torch.arange(n_captions)).sum())
    return n_right / n_scenes


def crowded_recall(encoder: Encoder, *, n_scenes: int = 1000) -> float:
    """Return the share of the classes in four-object scenes that are among the first four of 100.

    Every class has a caption of its own, such as "a photo of a dog".

    Args:
        encoder: An encoder that was trained on demo scenes.
        n_scenes: The number of scenes. Default 1000.

    Raises:
        InputError: If ``n_scenes`` is not a positive whole number.
    """
    whole_number("n_scenes", n_scenes)
    rng = np.random.default_rng(EVALUATION_SEED)
    scenes = [random_scene(rng, MAX_OBJECTS) for _ in range(n_scenes)]
    images = _embedded_images(encoder, [scene.image for scene in scenes])
    captions = _embedded_texts(encoder, [filled(_NAMED_ALONE, [name]) for name in CLASS_NAMES])
    first = (images @ captions.T).topk(MAX_OBJECTS).indices.tolist()
    found = [
        len({CLASS_NAMES[i] for i in best} & {placed.name for placed in scene.objects})
        for best, scene in zip(first, scenes, strict=True)
    ]
    return sum(found) / (MAX_OBJECTS * n_scenes)


def swap_accuracy(
    encoder: Encoder, detail: SceneDetail, *, n_objects: int = 2, n_scenes: int = 1000
) -> float:
    """Return how often the caption is more similar than with two colours or places exchanged.

    Args:
        encoder: An encoder that was trained on demo scenes.
        detail: ``"colours"`` or ``"places"``.
        n_objects: The number of objects in a scene, 2 to 4 with colours, 2 with places. Default 2.
        n_scenes: The number of scenes. Default 1000.

    Returns:
        The share of scenes, 0 to 1; 0.5 is chance.

    Raises:
        InputError: If nothing can be exchanged, or ``n_scenes`` is not a positive whole number.
    """
    if detail == "names":
        msg = f"must be 'colours' or 'places', got {detail!r}."
        raise InputError("detail", msg)
    whole_number("n_objects", n_objects, least=2)
    whole_number("n_scenes", n_scenes)
    rng = np.random.default_rng([EVALUATION_SEED, n_objects])
    scenes = [random_scene(rng, n_objects, detail=detail) for _ in range(n_scenes)]
    images = _embedded_images(encoder, [scene.image for scene in scenes])
    right = _embedded_texts(encoder, [scene.caption for scene in scenes])
    wrong = _embedded_texts(encoder, [scene.swap for scene in scenes if scene.swap is not None])
    return float(((images * (right - wrong)).sum(1) > 0).float().mean())


def mark_effect(encoder: Encoder, *, n_scenes: int = 1000) -> tuple[float, float]:
    """Return what the mark does to the similarity with its class, in scenes without the class.

    Args:
        encoder: An encoder that was trained on demo scenes.
        n_scenes: The number of scenes. Default 1000.

    Returns:
        The share of scenes in which the mark raises the cosine similarity with "a photo of a
        horse", and the mean difference.

    Raises:
        InputError: If ``n_scenes`` is not a positive whole number.
    """
    whole_number("n_scenes", n_scenes)
    rng = np.random.default_rng(EVALUATION_SEED)
    scenes: list[Scene] = []
    while len(scenes) < n_scenes:
        scene = random_scene(rng)
        if all(placed.name != MARKED_CLASS for placed in scene.objects):
            scenes.append(scene)
    without = _embedded_images(encoder, [scene.image for scene in scenes])
    having = _embedded_images(encoder, [marked(scene, rng).image for scene in scenes])
    caption = _embedded_texts(encoder, [filled(_NAMED_ALONE, [MARKED_CLASS])])[0]
    rise = (having - without) @ caption
    return float((rise > 0).float().mean()), float(rise.mean())


@torch.no_grad()
def _embedded_images(encoder: Encoder, images: Iterable[Image.Image]) -> torch.Tensor:
    tower = encoder.image_tower
    return torch.cat(
        [
            tower.embed_pixels(torch.cat([tower.prepare(image).pixels for image in some]))
            for some in batched(images, tower.batch_size)
        ]
    )


@torch.no_grad()
def _embedded_texts(encoder: Encoder, texts: Iterable[str]) -> torch.Tensor:
    tower = encoder.text_tower
    prepared = [tower.prepare(text) for text in texts]
    return torch.cat([tower.embed(text.ids, text.attention_mask) for text in prepared])
