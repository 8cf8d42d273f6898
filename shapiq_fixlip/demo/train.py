"""Train an embedded model from scratch: ``python -m shapiq_fixlip.demo.train clip OUT``.

A small CLIP or SigLIP learns by contrastive training which caption belongs to which rendered scene.
Patches and words are removed at random during training, so that the inputs of an explanation are in
its distribution:

1. at first half of the patch tokens leave the sequence, which also halves the cost of a step;
2. in the last part of the training patches are zeroed instead, as in the paper's games.

``benchmarks/demo_model.py`` measures the trained models. Of the constants below only the share of
captions that name all objects was compared with another value.
"""

from __future__ import annotations

import math
import time
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from typing import TYPE_CHECKING, Annotated, NamedTuple, override

import numpy as np
import torch
import typer
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from tqdm.auto import tqdm

from shapiq_fixlip.demo.clip import SmallCLIP
from shapiq_fixlip.demo.scenes import MAX_OBJECTS, SCENE_SIZE, Scene, random_scene
from shapiq_fixlip.demo.siglip import SmallSigLIP
from shapiq_fixlip.demo.trainee import PIXEL_MEAN, PIXEL_STD
from shapiq_fixlip.encoders.loading import load_encoder
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.demo.trainee import Trainee
    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["EVALUATION_SEED", "TRAINEES", "caption_accuracy", "train"]

EVALUATION_SEED = 2**31
"""Seed of scenes that are never trained on: training uses ``[seed, step]``."""

TRAINEES = {"clip": SmallCLIP, "siglip": SmallSigLIP}
"""The kinds of models that can be trained."""

_LEARNING_RATE = 1e-3
_WEIGHT_DECAY = 0.05
_WARMUP_STEPS = 500

_CAPTIONS_NAMING_ALL = 0.5
"""The share of captions that name all objects.

With all of them (1.0), the recognition of the pointing game stayed at 0.73; that of the shipped
model is in ``benchmarks/results/demo_model.txt``. Values in between were not compared.
"""

_DROPPED_SHARE = 0.5
"""The share of patches that are dropped in the first part of the training."""

_ZEROED_PART = 0.2
"""The share of steps, at the end, in which patches are zeroed instead."""

_MASKED_INPUTS = 0.6
"""The share of captions, and of images in the last part, from which something is removed."""

_MAX_SCALE = math.log(100.0)


class Batch(NamedTuple):
    """Scenes with their captions.

    Attributes:
        pixels: Of shape ``(m, 3, SCENE_SIZE, SCENE_SIZE)``, uint8.
        captions: One for each scene.
        contents: The names of the objects of each scene.
    """

    pixels: torch.Tensor
    captions: list[str]
    contents: list[frozenset[str]]


class SceneBatches(Dataset[Batch]):
    """Batches of scenes: batch ``i`` depends only on the seed and ``i``, not on the process."""

    def __init__(self, seed: int, n_batches: int, batch_size: int) -> None:
        """Keep what the batches are made from; nothing is rendered yet."""
        self._seed, self._n_batches, self._batch_size = seed, n_batches, batch_size

    def __len__(self) -> int:
        """Return the number of batches."""
        return self._n_batches

    @override
    def __getitem__(self, step: int) -> Batch:
        """Render one batch."""
        rng = np.random.default_rng([self._seed, step])
        scenes = [_training_scene(rng) for _ in range(self._batch_size)]
        return Batch(
            _stacked(scenes),
            [scene.caption for scene in scenes],
            [frozenset(placed.name for placed in scene.objects) for scene in scenes],
        )


def _training_scene(rng: np.random.Generator) -> Scene:
    """Render a scene whose caption may leave out some objects half of the time.

    If all objects were named, the model could match the number of objects with the number of names,
    and any object would fit any name.
    """
    n_objects = int(rng.integers(1, MAX_OBJECTS + 1))
    names_all = rng.random() < _CAPTIONS_NAMING_ALL
    return random_scene(rng, n_objects, None if names_all else int(rng.integers(1, n_objects + 1)))


def embed_images(trainee: Trainee, pixels: torch.Tensor, *, dropped_share: float) -> torch.Tensor:
    """Embed images to unit length while some of their patches are missing.

    Args:
        trainee: The model.
        pixels: Normalised, of shape ``(m, 3, SCENE_SIZE, SCENE_SIZE)``.
        dropped_share: The share of patch tokens that leave the sequence, others in every image. At
            0, some images have a random share of their patches set to zero instead.
    """
    if dropped_share == 0:
        pixels = pixels * _random_patch_masks(pixels, trainee.patch_size)
    tokens = trainee.patch_tokens(pixels)
    if dropped_share > 0:
        m, n_patches, width = tokens.shape
        n_kept = round(n_patches * (1 - dropped_share))
        kept = torch.rand(m, n_patches, device=tokens.device).argsort(1)[:, :n_kept]
        tokens = tokens.gather(1, kept[..., None].expand(-1, -1, width))
    return functional.normalize(trainee.embed_patches(tokens), dim=-1)


def _random_patch_masks(pixels: torch.Tensor, patch_size: int) -> torch.Tensor:
    side = SCENE_SIZE // patch_size
    kept = _random_masks(len(pixels), side * side, pixels.device).view(-1, 1, side, side)
    return kept.repeat_interleave(patch_size, 2).repeat_interleave(patch_size, 3)


def _random_masks(m: int, n: int, device: torch.device) -> torch.Tensor:
    """Return masks of shape ``(m, n)``: some all ones, the others with a random share of ones."""
    share = torch.rand(m, 1, device=device).where(
        torch.rand(m, 1, device=device) < _MASKED_INPUTS, torch.ones(m, 1, device=device)
    )
    return (torch.rand(m, n, device=device) < share).float()


def embed_captions(trainee: Trainee, captions: list[str]) -> torch.Tensor:
    """Embed captions to unit length, with random words hidden from attention."""
    ids, mask = (part.to(trainee.model.device) for part in trainee.tokenized(captions))
    tokenizer = trainee.tokenizer
    is_special = (ids == tokenizer.bos_token_id) | (ids == tokenizer.eos_token_id)
    kept = _random_masks(len(ids), ids.shape[1], ids.device).bool()
    return functional.normalize(trainee.embed_texts(ids, mask * (kept | is_special)), dim=-1)


def same_contents(contents: list[frozenset[str]]) -> torch.Tensor:
    """Return which scenes show the same objects, boolean, of shape ``(m, m)``."""
    distinct = {content: i for i, content in enumerate(dict.fromkeys(contents))}
    group = torch.tensor([distinct[content] for content in contents])
    return group[:, None] == group


def train(
    trainee: Trainee, *, seed: int, n_steps: int, batch_size: int, n_workers: int
) -> Iterator[tuple[int, float]]:
    """Train the model in place and yield the step and the loss after every step."""
    model = trainee.model
    decayed = [weight for weight in model.parameters() if weight.ndim > 1]
    others = [weight for weight in model.parameters() if weight.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": _WEIGHT_DECAY}, {"params": others, "weight_decay": 0}],
        lr=_LEARNING_RATE,
        betas=(0.9, 0.98),
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(
            (step + 1) / _WARMUP_STEPS, 0.01 + 0.99 * (1 + math.cos(math.pi * step / n_steps)) / 2
        ),
    )
    batches = SceneBatches(seed, n_steps, batch_size)
    loader = DataLoader(batches, batch_size=None, num_workers=n_workers)
    model.train()
    for step, batch in enumerate(loader):
        in_last_part = step >= n_steps * (1 - _ZEROED_PART)
        images = embed_images(
            trainee,
            _normalised(batch.pixels, model.device),
            dropped_share=0.0 if in_last_part else _DROPPED_SHARE,
        )
        captions = embed_captions(trainee, batch.captions)
        loss = trainee.loss(images @ captions.T, same_contents(batch.contents).to(model.device))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        model.logit_scale.data.clamp_(max=_MAX_SCALE)
        yield step, loss.item()


@torch.no_grad()
def caption_accuracy(encoder: Encoder, *, n_scenes: int = 1000, n_captions: int = 100) -> float:
    """Return how often the right caption is the most similar one, for scenes never trained on.

    Every caption competes with ``n_captions - 1`` others, each of which names other objects.

    Args:
        encoder: An encoder that was trained on demo scenes.
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
    image_tower, text_tower = encoder.image_tower, encoder.text_tower
    n_right = 0
    for _ in range(n_scenes // n_captions):
        scenes: dict[frozenset[str], Scene] = {}
        while len(scenes) < n_captions:
            scene = random_scene(rng)
            scenes.setdefault(frozenset(placed.name for placed in scene.objects), scene)
        pixels = [image_tower.prepare(scene.image).pixels for scene in scenes.values()]
        texts = [text_tower.prepare(scene.caption) for scene in scenes.values()]
        images = image_tower.embed_pixels(torch.cat(pixels))
        captions = torch.cat([text_tower.embed(text.ids, text.attention_mask) for text in texts])
        best = (images @ captions.T).argmax(1).cpu()
        n_right += int((best == torch.arange(n_captions)).sum())
    return n_right / n_scenes


def _stacked(scenes: list[Scene]) -> torch.Tensor:
    """Return the images of scenes, uint8, of shape ``(m, 3, SCENE_SIZE, SCENE_SIZE)``."""
    pixels = np.stack([np.asarray(scene.image) for scene in scenes])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


def _normalised(pixels: torch.Tensor, device: torch.device) -> torch.Tensor:
    mean = torch.tensor(PIXEL_MEAN, device=device).view(3, 1, 1)
    std = torch.tensor(PIXEL_STD, device=device).view(3, 1, 1)
    return (pixels.to(device).float() / 255 - mean) / std


def main(
    kind: Annotated[str, typer.Argument(help="clip or siglip")],
    out: Annotated[Path, typer.Argument(help="folder for the trained model")],
    *,
    steps: Annotated[int, typer.Option(help="number of batches")] = 2_600,
    batch_size: Annotated[int, typer.Option(help="scenes in a batch")] = 256,
    seed: Annotated[int, typer.Option(help="seed of weights, scenes and removals")] = 0,
    device: Annotated[str, typer.Option(help="torch device")] = "cpu",
    workers: Annotated[int, typer.Option(help="processes that render scenes")] = 1,
    check_every: Annotated[int, typer.Option(help="steps between accuracy checks")] = 500,
) -> None:
    """Train an embedded model, and print how often it picks the right caption."""
    if kind not in TRAINEES:
        msg = f"kind must be one of {', '.join(TRAINEES)}, got {kind!r}."
        raise typer.BadParameter(msg)
    torch.manual_seed(seed)
    trainee = TRAINEES[kind]()
    trainee.model.to(device)
    started = time.perf_counter()
    losses = []
    run = train(trainee, seed=seed, n_steps=steps, batch_size=batch_size, n_workers=workers)
    for step, loss in tqdm(run, total=steps, mininterval=10):
        losses.append(loss)
        if (step + 1) % check_every == 0 or step + 1 == steps:
            trainee.save(out)
            accuracy = caption_accuracy(load_encoder(out, device=device))
            tqdm.write(
                f"step {step + 1}: loss {np.mean(losses[-check_every:]):.3f}, "
                f"right caption {accuracy:.1%}, {time.perf_counter() - started:.0f} s"
            )


if __name__ == "__main__":
    typer.run(main)
