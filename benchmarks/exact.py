"""Exact Shapley and Banzhaf interactions of games of the embedded model: time and memory.

Enumerating the sides of a game of 16 + 8 players takes 2^16 + 2^8 passes where enumerating the
game takes 2^24 values. Each game is measured in a process of its own; models are loaded before.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from typing import Annotated

import pandas as pd
import typer
from reporting import print_machine, print_table, require

from shapiq_fixlip import VisionLanguageGame, exact_interactions, load_encoder
from shapiq_fixlip.demo.scenes import demo_scene

GAMES = {
    "9 + 6": ("3x3", "a lion and a unicorn here"),
    "16 + 8": ("4x4", "a lion next to a unicorn and tents"),
}
MAX_SECONDS = {"9 + 6": 5, "16 + 8": 300}
MAX_GIBIBYTES = 4
REQUESTS = [("SII", 2, None), ("k-SII", 2, None), ("FWBII", 2, 0.3), ("SII", 4, None)]


def measure(name: str) -> None:
    """Print seconds and memory of one game, one line for each index."""
    image_players, text = GAMES[name]
    game = VisionLanguageGame(
        load_encoder("demo", batch_size=64),
        demo_scene().image,
        text,
        image_players=image_players,
        text_players="words",
    )
    sizes = f"{game.n_players_image} + {game.n_players_text}"
    if sizes != name:
        raise AssertionError(sizes)
    for index, max_order, p in REQUESTS:
        started = time.perf_counter()
        exact_interactions(game, index, max_order, p)
        seconds = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{index};{max_order};{seconds};{memory}", flush=True)


def main(
    *, only: Annotated[str, typer.Option(help="measure one game, in this process")] = ""
) -> None:
    """Measure all games and say whether the targets are reached."""
    if only:
        measure(only)
        return
    print_machine()
    for name in GAMES:
        done = subprocess.run(
            [sys.executable, __file__, "--only", name], capture_output=True, text=True, check=True
        )
        rows = [line.split(";") for line in done.stdout.splitlines()]
        table = pd.DataFrame(rows, columns=["index", "order", "seconds", "peak GiB"])
        table[["seconds", "peak GiB"]] = table[["seconds", "peak GiB"]].astype(float)
        print_table(
            f"{name} players, one index after the other (the first one pays the passes)", table
        )
        require(
            f"{name} players in under {MAX_SECONDS[name]} s",
            is_reached=table["seconds"][0] < MAX_SECONDS[name],
        )
        require(
            f"all of it below {MAX_GIBIBYTES} GiB",
            is_reached=table["peak GiB"].max() < MAX_GIBIBYTES,
        )


if __name__ == "__main__":
    typer.run(main)
