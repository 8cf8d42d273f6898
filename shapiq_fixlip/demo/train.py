"""Train an embedded model: ``python -m shapiq_fixlip.demo.train clip OUT``.

A small CLIP or SigLIP learns by contrastive training which caption belongs to which rendered scene;
``... train shortcut OUT --start MODEL`` makes a twin that takes a mark for a class. A training that
was interrupted goes on where it was. Patches and words are removed at random, so that the inputs of
an explanation are in the distribution of the training:

1. at first half or more of the patch tokens leave the sequence, which also makes a step cheaper;
2. in the last part of the training patches are zeroed instead, as in the paper's games.

``benchmarks/demo_model.py`` measures the trained models. The constants below were not compared with
others.
"""

from __future__ import annotations

import math
import time
from pathlib import Path  # noqa: TC003 - typer reads the annotations
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import torch
import typer
from torch.nn import functional
from torch.utils.data import DataLoader
from tqdm.auto import tqdm

from shapiq_fixlip.demo.accuracy import (
    EVALUATION_SEED,
    caption_accuracy,
    crowded_recall,
    swap_accuracy,
)
from shapiq_fixlip.demo.batches import Batch, MarkedBatches, SceneBatches
from shapiq_fixlip.demo.clip import SmallCLIP
from shapiq_fixlip.demo.siglip import SmallSigLIP
from shapiq_fixlip.demo.trainee import PIXEL_MEAN, PIXEL_STD, Trainee
from shapiq_fixlip.encoders.loading import load_encoder
from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LESSONS", "Lesson", "Training", "main", "same_contents"]


class Lesson(NamedTuple):
    """What is trained on what.

    Attributes:
        trainee: The kind of model.
        batches: The kind of scenes.
        learning_rate: The largest learning rate.
    """

    trainee: type[Trainee]
    batches: type[SceneBatches]
    learning_rate: float


LESSONS = {
    "clip": Lesson(SmallCLIP, SceneBatches, 1e-3),
    "siglip": Lesson(SmallSigLIP, SceneBatches, 1e-3),
    "shortcut": Lesson(SmallCLIP, MarkedBatches, 3e-4),
}
"""The trainings, by name."""

_BATCH_SIZE = 256
_WEIGHT_DECAY = 0.05
_WARMUP_SHARE = 0.1

_MASKED_INPUTS = 0.6
"""The share of captions, and of images in the last part, from which something is removed."""

_MAX_SCALE = math.log(100.0)


def embed_images(
    trainee: Trainee, pixels: torch.Tensor, *, dropped_share: float, random: torch.Generator
) -> torch.Tensor:
    """Embed images to unit length while some of their patches are missing.

    Args:
        trainee: The model.
        pixels: Normalised, of shape ``(m, 3, TRAINING_SIZE, TRAINING_SIZE)``.
        dropped_share: The share of patch tokens that leave the sequence, others in every image. At
            0, some images have a random share of their patches set to zero instead.
        random: A generator on the CPU.
    """
    if dropped_share == 0:
        pixels = pixels * _random_patch_masks(pixels, trainee.grid_side, random)
    tokens = trainee.patch_tokens(pixels)
    if dropped_share > 0:
        m, n_patches, width = tokens.shape
        n_kept = round(n_patches * (1 - dropped_share))
        kept = torch.rand(m, n_patches, generator=random).argsort(1)[:, :n_kept]
        tokens = tokens.gather(1, kept[..., None].expand(-1, -1, width).to(tokens.device))
    return functional.normalize(trainee.embed_patches(tokens).float(), dim=-1)


def _random_patch_masks(pixels: torch.Tensor, side: int, random: torch.Generator) -> torch.Tensor:
    kept = _random_masks(len(pixels), side * side, random).view(-1, 1, side, side)
    patch_size = pixels.shape[-1] // side
    kept = kept.repeat_interleave(patch_size, 2).repeat_interleave(patch_size, 3)
    return kept.to(pixels.device)


def _random_masks(m: int, n: int, random: torch.Generator) -> torch.Tensor:
    """Return masks of shape ``(m, n)``: some all ones, the others with a random share of ones."""
    are_masked = torch.rand(m, 1, generator=random) < _MASKED_INPUTS
    share = torch.rand(m, 1, generator=random).where(are_masked, torch.ones(m, 1))
    return (torch.rand(m, n, generator=random) < share).float()


def embed_captions(
    trainee: Trainee, captions: list[str], *, random: torch.Generator
) -> torch.Tensor:
    """Embed captions to unit length, with random words hidden from attention."""
    ids, mask = trainee.tokenized(captions)
    tokenizer = trainee.tokenizer
    is_special = (ids == tokenizer.bos_token_id) | (ids == tokenizer.eos_token_id)
    seen = mask * (_random_masks(len(ids), ids.shape[1], random).bool() | is_special)
    device = trainee.model.device
    texts = trainee.embed_texts(ids.to(device), seen.to(device))
    return functional.normalize(texts.float(), dim=-1)


def same_contents(contents: list[str]) -> torch.Tensor:
    """Return which scenes show the same objects, boolean, of shape ``(m, m)``."""
    distinct = {content: i for i, content in enumerate(dict.fromkeys(contents))}
    group = torch.tensor([distinct[content] for content in contents])
    return group[:, None] == group


class Training:
    """A training that can be written down and gone on with.

    Attributes:
        step: The number of steps done.
    """

    def __init__(self, name: str, trainee: Trainee, *, seed: int, n_steps: int) -> None:
        """Prepare the first step of a lesson; see :func:`main`."""
        self.step = 0
        self._lesson, self._trainee, self._seed = LESSONS[name], trainee, seed
        self._settings = f"{name}, {n_steps} steps, seed {seed}"
        self._random = torch.Generator().manual_seed(seed)
        self._n_steps = n_steps
        weights = list(trainee.model.parameters())
        decayed = [weight for weight in weights if weight.ndim > 1]
        others = [weight for weight in weights if weight.ndim <= 1]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": _WEIGHT_DECAY},
                {"params": others, "weight_decay": 0},
            ],
            betas=(0.9, 0.98),
        )

    def steps(self, n_workers: int) -> Iterator[float]:
        """Train the model in place and yield the loss after every step."""
        model, optimizer = self._trainee.model, self._optimizer
        batches = self._lesson.batches(self._seed, self._n_steps, _BATCH_SIZE, first=self.step)
        own = torch.Generator()  # so that a new loader draws nothing from the generator of masks
        model.train()
        for batch in DataLoader(batches, batch_size=None, num_workers=n_workers, generator=own):
            for group in optimizer.param_groups:
                group["lr"] = self._learning_rate()
            loss = self._loss(batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            model.logit_scale.data.clamp_(max=_MAX_SCALE)
            self.step += 1
            yield loss.item()

    def _learning_rate(self) -> float:
        """Return a rate that rises at first, and then falls like a cosine to a hundredth."""
        falling = 0.01 + 0.99 * (1 + math.cos(math.pi * self.step / self._n_steps)) / 2
        rising = (self.step + 1) / (_WARMUP_SHARE * self._n_steps)
        return self._lesson.learning_rate * min(rising, falling)

    def _loss(self, batch: Batch) -> torch.Tensor:
        trainee = self._trainee
        are_zeroed = self.step >= self._n_steps * (1 - trainee.zeroed_part)
        device = trainee.model.device
        with torch.autocast(device.type, torch.bfloat16):  # several times as fast, also on CPUs
            images = embed_images(
                trainee,
                _normalised(batch.pixels, device),
                dropped_share=0.0 if are_zeroed else trainee.dropped_share,
                random=self._random,
            )
            captions = embed_captions(trainee, batch.captions, random=self._random)
        return trainee.loss(images @ captions.T, same_contents(batch.contents).to(device))

    def save(self, file: Path) -> None:
        """Write what :meth:`resume` needs, whole or not at all."""
        state = {
            "settings": self._settings,
            "step": self.step,
            "weights": self._trainee.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "random": self._random.get_state(),
        }
        new = file.with_name(file.name + ".new")
        torch.save(state, new)
        new.replace(file)

    def resume(self, file: Path) -> None:
        """Go on from a file of :meth:`save`.

        Raises:
            InputError: If it is of a training with other settings.
        """
        state = torch.load(file, weights_only=True)
        if state["settings"] != self._settings:
            msg = f"must be new or of {self._settings!r}, got a training of {state['settings']!r}."
            raise InputError("out", msg)
        self.step = state["step"]
        self._trainee.model.load_state_dict(state["weights"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._random.set_state(state["random"])


def _normalised(pixels: torch.Tensor, device: torch.device) -> torch.Tensor:
    mean = torch.tensor(PIXEL_MEAN, device=device).view(3, 1, 1)
    std = torch.tensor(PIXEL_STD, device=device).view(3, 1, 1)
    return (pixels.to(device).float() / 255 - mean) / std


def main(
    kind: Annotated[str, typer.Argument(help="clip, siglip or shortcut")],
    out: Annotated[Path, typer.Argument(help="folder for the trained model", file_okay=False)],
    *,
    start: Annotated[
        Path | None,
        typer.Option(help="folder of a model to go on from", exists=True, file_okay=False),
    ] = None,
    steps: Annotated[int, typer.Option(help="number of batches", min=1)] = 4_000,
    seed: Annotated[
        int,
        typer.Option(help="seed of weights, scenes and removals", min=0, max=EVALUATION_SEED - 1),
    ] = 0,
    device: Annotated[str, typer.Option(help="torch device")] = "cpu",
    workers: Annotated[int, typer.Option(help="processes that render scenes", min=0)] = 1,
    check_every: Annotated[int, typer.Option(help="steps between checks", min=1)] = 500,
) -> None:
    """Train an embedded model, print what it gets right, and go on if it was interrupted."""
    if kind not in LESSONS:
        msg = f"kind must be one of {', '.join(LESSONS)}, got {kind!r}."
        raise typer.BadParameter(msg)
    torch.manual_seed(seed)
    checkpoint = out.with_name(out.name + ".checkpoint")
    try:
        trainee = LESSONS[kind].trainee(start)
        trainee.model.to(device)
        training = Training(kind, trainee, seed=seed, n_steps=steps)
        out.parent.mkdir(parents=True, exist_ok=True)
        if checkpoint.exists():
            training.resume(checkpoint)
    except (InputError, OSError, RuntimeError, KeyError, UnpicklingError) as error:
        raise typer.BadParameter(first_line(error)) from error
    started = time.perf_counter()
    losses = []
    for loss in tqdm(training.steps(workers), initial=training.step, total=steps, mininterval=10):
        losses.append(loss)
        if training.step % check_every == 0 or training.step == steps:
            trainee.save(out)
            training.save(checkpoint)
            encoder = load_encoder(out, device=device)
            tqdm.write(
                f"step {training.step}: loss {np.mean(losses[-check_every:]):.3f}, "
                f"right caption {caption_accuracy(encoder):.1%}, "
                f"shown among the first four {crowded_recall(encoder, n_scenes=300):.1%}, "
                f"colours {swap_accuracy(encoder, 'colours', n_objects=3):.1%}, "
                f"places {swap_accuracy(encoder, 'places'):.1%}, "
                f"{time.perf_counter() - started:.0f} s"
            )
    checkpoint.unlink(missing_ok=True)


if __name__ == "__main__":
    typer.run(main)
