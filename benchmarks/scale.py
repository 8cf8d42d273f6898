"""Seconds and memory of the solver and of files, up to a thousand patches.

The model costs nothing: embeddings are normalised sums over cells of the image and over words, and
over products of them. Every size runs in a process of its own, whose peak memory, imports included,
can be read off; ``--against`` takes a checkout of version 0.1, which is measured in turn.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import open_clip
import pandas as pd
import torch
import typer
from PIL import Image
from reporting import print_machine, print_table, require

import shapiq_fixlip
from shapiq_fixlip import CallableEncoder, FIxLIP, Grid, VisionLanguageGame, interaction_table

IS_FIRST = shapiq_fixlip.__version__.startswith("0.1.")
"""Whether the package that is imported is version 0.1."""

if IS_FIRST:
    from shapiq_fixlip.page.report import report  # type: ignore[import-not-found]

    from shapiq_fixlip import OpenClipTokenizer  # type: ignore[attr-defined]
else:
    from shapiq_fixlip import Explanation
    from shapiq_fixlip.encoders import OpenClipTokenizer
    from shapiq_fixlip.results.tables import write_table

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = ("49 8", "196 20", "576 20", "1024 77")
JUDGED, MIN_RATIO = "576 20", 6
LIMITS = {"576 20": {"gigabytes": 1.5}, "1024 77": {"all": 15, "gigabytes": 3}}
"""Set before the work: how much faster than version 0.1, and the most seconds and memory."""

STAGES = ["fit", "errors", "table", "files"]
PASSES, CELL, CONTEXT_LENGTH = 256, 4, 128
DIMENSION, N_SQUARES = 512, 32
WORD = "word "


def normalised_sums(n: int, seed: int) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return a function from presence, ``(m, n)``, to vectors, ``(m, d)``."""
    rng = np.random.default_rng(seed)
    strengths = rng.gamma(0.5, size=(n, 1))  # few players matter much
    single = strengths * rng.normal(size=(n, DIMENSION))
    product = strengths * rng.normal(size=(n, N_SQUARES))
    back = 0.1 * rng.normal(size=(N_SQUARES, DIMENSION))
    first = rng.normal(size=DIMENSION)

    def embed(present: torch.Tensor) -> torch.Tensor:
        some = present.double().numpy() / math.sqrt(n)
        sums = first + some @ single + (some @ product) ** 2 @ back
        return torch.from_numpy(sums.astype(np.float32))

    return embed


def make_game(n_image: int, n_words: int) -> Any:  # noqa: ANN401 - of one of two versions
    """Return the game of a white image and of as many words."""
    rows = math.isqrt(n_image)
    of_image, of_text = normalised_sums(n_image, 0), normalised_sums(CONTEXT_LENGTH, 1)
    pixels = rows * CELL

    def encode_image(images: torch.Tensor) -> torch.Tensor:
        return of_image(images[:, 0, ::CELL, ::CELL].flatten(1))

    def encode_text(_: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return of_text(torch.nn.functional.pad(mask, (0, CONTEXT_LENGTH - mask.shape[1])))

    def preprocess(_: Image.Image) -> torch.Tensor:
        return torch.ones(3, pixels, pixels)

    encoder = CallableEncoder(
        encode_image,
        encode_text,
        preprocess=preprocess,
        tokenizer=OpenClipTokenizer(open_clip.SimpleTokenizer(), CONTEXT_LENGTH),
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        logit_scale=20.0,
        batch_size=PASSES,
    )
    image, text = Image.new("RGB", (pixels, pixels), "white"), WORD * n_words
    choice = "players" if IS_FIRST else "image_players"
    grid: Any = {choice: Grid(rows, rows)}
    return VisionLanguageGame(encoder, image, text.strip(), **grid)


def explained(n_image: int, n_words: int) -> dict[str, float]:
    """Explain a game, list its interactions, write all files, and return the seconds of each."""
    game = make_game(n_image, n_words)
    fixlip = FIxLIP(game.n_players, 2, random_state=0)
    times = [time.perf_counter()]

    def done() -> None:
        times.append(time.perf_counter())

    values = fixlip.approximate(game=game, budget_image=PASSES, budget_text=PASSES)
    run: Any = getattr(fixlip, "report" if IS_FIRST else "last_run")
    done()
    errors = fixlip.standard_errors()
    resolved: Any = {} if IS_FIRST else {"resolved": fixlip.resolved()}
    done()
    table: pd.DataFrame = interaction_table(values, game, errors, **resolved)
    done()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if IS_FIRST:
            table.to_csv(folder / "explanation.csv", index=False)
            values.to_json_file(folder / "explanation.json")
            report(values, game, folder / "page.html", standard_errors=errors, run_report=run)
        else:
            explanation = Explanation(game, values, run, errors, **resolved)
            write_table(table, folder / "explanation.csv")
            explanation.save(folder / "explanation")
            explanation.page(folder / "page.html")
    done()
    seconds = dict(zip(STAGES, np.diff(times).tolist(), strict=True))
    seconds["fit"] -= run.seconds_encoder
    return seconds


def measure_here(n_image: int, n_words: int) -> dict[str, float]:
    """Measure one size in this process, whose first explanation loads libraries."""
    explained(9, 2)
    seconds = explained(n_image, n_words)
    gigabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {**seconds, "gigabytes": gigabytes}


def measure(size: str, folder: str | None) -> dict[str, float]:
    """Measure one size in a process of its own, with the package of a folder."""
    command = [sys.executable, __file__, "--one", size]
    paths = {} if folder is None else {"PYTHONPATH": folder}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **paths}
    )
    return json.loads(done.stdout.splitlines()[-1])


def main(
    *,
    sizes: Annotated[str, typer.Option(help="image and text players, by commas")] = ",".join(SIZES),
    against: Annotated[str | None, typer.Option(help="folder of version 0.1")] = None,
    repeats: Annotated[int, typer.Option(help="runs; the median counts")] = 3,
    one: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Print seconds of each stage, their growth with the players, and ratios to version 0.1."""
    if one:
        n_image, n_words = map(int, one.split())
        print(json.dumps(measure_here(n_image, n_words)))
        return
    print_machine()
    versions = {"today": None} | ({"0.1": against} if against else {})
    rows = []
    for size in sizes.split(","):
        for version, folder in versions.items():
            runs = pd.DataFrame([measure(size, folder) for _ in range(repeats)])
            rows.append({"players": size, "version": version, **runs.median()})
    table = pd.DataFrame(rows)
    table["all"] = table[STAGES].sum(axis=1)
    print_table(f"Order 2, {PASSES} passes of each tower, seconds", table)
    today = table[table["version"] == "today"].set_index("players")
    n_players = [sum(map(int, size.split())) for size in today.index]
    power, _ = np.polyfit(np.log(n_players), np.log(today["all"]), 1)
    print(f"\nSeconds of all grow with the power {power:.2f} of the number of players.")
    for size, limits in LIMITS.items():
        if size in today.index:
            is_reached = all(today.loc[size, name] < most for name, most in limits.items())
            require(f"{size}: {limits} at most", is_reached=is_reached)
    if against and JUDGED in today.index:
        before = table[table["version"] == "0.1"].set_index("players")
        ratio = before.loc[JUDGED, "all"] / today.loc[JUDGED, "all"]
        target = f"{JUDGED}: at least {MIN_RATIO} times as fast as version 0.1, is {ratio:.1f}"
        require(target, is_reached=ratio >= MIN_RATIO)


if __name__ == "__main__":
    typer.run(main)
