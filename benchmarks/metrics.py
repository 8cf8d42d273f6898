"""The greedy search of insertion and deletion, and exCLIP on a ViT-B/32: seconds and memory."""

from __future__ import annotations

import resource
import time
from itertools import combinations

import numpy as np
import pandas as pd
import typer
from reporting import print_machine, print_table, require
from shapiq import InteractionValues
from transformers import CLIPConfig, CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from shapiq_fixlip import VisionLanguageGame
from shapiq_fixlip.baselines import exclip
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.demo.tokenizer import make_tokenizer
from shapiq_fixlip.encoders.huggingface import from_transformers
from shapiq_fixlip.metrics.removal_curves import removal_sequences

MAX_SECONDS = {57: 1, 208: 10}
MAX_GIBIBYTES = 8
TEXT = "dog next to pizza"


def random_values(n: int) -> InteractionValues:
    """Return random interactions of order 2."""
    rng = np.random.default_rng(0)
    sets = [*combinations(range(n), 1), *combinations(range(n), 2)]
    interactions = dict(zip(sets, rng.normal(size=len(sets)), strict=True))
    return InteractionValues(interactions, index="FBII", max_order=2, n_players=n, min_order=1)


def plain_sequence(players: np.ndarray, pairs: np.ndarray) -> None:
    """Grow a subset from every player with one loop inside another, as one would write first."""
    n = len(players)
    for start in range(n):
        inside = [start]
        while len(inside) < n:
            outside = [player for player in range(n) if player not in inside]
            gains = [players[new] + sum(pairs[new, old] for old in inside) for new in outside]
            inside.append(outside[int(np.argmax(gains))])


def search_row(n: int, *, is_plain_run: bool) -> dict[str, float]:
    """Measure the search among ``n`` players, both sequences."""
    values = random_values(n)
    started = time.perf_counter()
    removal_sequences(values)
    seconds = time.perf_counter() - started
    plain = float("nan")
    if is_plain_run:
        players, pairs = values.get_n_order_values(1), values.get_n_order_values(2)
        started = time.perf_counter()
        plain_sequence(players, pairs)
        plain_sequence(-players, -pairs)
        plain = time.perf_counter() - started
    return {"players": n, "seconds": seconds, "nested loops": plain, "ratio": plain / seconds}


def main() -> None:
    """Print both tables and whether the targets are reached."""
    print_machine()
    table = pd.DataFrame([search_row(57, is_plain_run=True), search_row(208, is_plain_run=False)])
    print_table("Sequences of insertion and deletion, order 2", table)
    for n, most in MAX_SECONDS.items():
        seconds = table.set_index("players")["seconds"][n]
        require(f"{n} players in under {most} s", is_reached=seconds < most)
    model = CLIPModel(CLIPConfig())  # the size of ViT-B/32, random weights
    game = VisionLanguageGame(
        from_transformers(model, CLIPImageProcessorPil(), make_tokenizer()),
        demo_scene().image,
        TEXT,
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    started = time.perf_counter()
    exclip(game)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    row = {"seconds": seconds, "peak GiB": memory, "peak GiB before": before}
    print_table("exCLIP on a ViT-B/32, 20 steps, batches of 64", pd.DataFrame([row]))
    require(f"exCLIP below {MAX_GIBIBYTES} GiB", is_reached=memory < MAX_GIBIBYTES)


if __name__ == "__main__":
    typer.run(main)
