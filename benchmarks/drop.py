"""Dropping the tokens of absent patches, against zeroing their pixels, on a large ViT.

Both embed the same coalitions of an image, in turns, so that a busy machine slows both down. The
models are random: only their size counts.
"""

from __future__ import annotations

import time
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer
from reporting import print_machine, print_table, require
from transformers import CLIPConfig, CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.demo.tokenizer import make_tokenizer
from shapiq_fixlip.encoders.huggingface import from_transformers
from shapiq_fixlip.encoders.loading import DEFAULT_BATCH_SIZE
from shapiq_fixlip.sides import ImageSide

TARGET = 1.5


def seconds(side: ImageSide, coalitions: np.ndarray) -> float:
    """Return how long a side takes to embed coalitions."""
    started = time.perf_counter()
    side.embed(coalitions)
    return time.perf_counter() - started


def main(
    *,
    device: Annotated[str, typer.Option(help="a torch device")] = "cpu",
    passes: Annotated[int, typer.Option(help="coalitions")] = 128,
    repeats: Annotated[int, typer.Option(help="turns, of which the median counts")] = 3,
    ps: Annotated[str, typer.Option(help="probabilities of a patch")] = "0.3 0.5 0.7",
) -> None:
    """Print the seconds of both and their ratio, and require 1.5 at p = 0.5."""
    print_machine()
    torch.manual_seed(0)
    config = CLIPConfig(vision_config={"patch_size": 16})  # ViT-B/16: 12 layers, 196 patches
    model = CLIPModel(config).eval().to(device)
    batch_size = DEFAULT_BATCH_SIZE["cpu" if device == "cpu" else "other"]
    encoder = from_transformers(
        model, CLIPImageProcessorPil(), make_tokenizer(), batch_size=batch_size
    )
    image, rng = demo_scene().image, np.random.default_rng(0)
    rows = []
    for p in map(float, ps.split()):
        coalitions = rng.random((passes, 196)) < p
        times: dict[str, list[float]] = {"zero": [], "drop": []}
        for _ in range(repeats):
            for removal, taken in times.items():
                side = ImageSide(encoder.image_tower, image, image_removal=removal, cache_size=0)
                side.embed(coalitions[:1])
                taken.append(seconds(side, coalitions))
        zero, drop = (float(np.median(taken)) for taken in times.values())
        rows.append({"p": p, "zero s": zero, "drop s": drop, "times faster": zero / drop})
    title = f"{passes} coalitions of a random ViT-B/16 on {device}, medians of {repeats} turns"
    print_table(title, pd.DataFrame(rows))
    at_half = [row["times faster"] for row in rows if row["p"] == 0.5]  # noqa: PLR2004 - as said
    if at_half:
        target = f"drop at p = 0.5 is at least {TARGET} times faster"
        require(target, is_reached=at_half[0] >= TARGET)


if __name__ == "__main__":
    typer.run(main)
