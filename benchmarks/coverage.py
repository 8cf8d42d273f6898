"""How often intervals of FIxLIP cover the exact interactions, against how often they should.

On games of the embedded model with 12 cells and 6 words, all 64 texts and a part of the 4,096
images. Intervals of 1.96 and of 0.674 standard errors should cover 95 and 50 percent. The errors of
the players of one run are not independent, so that shares over a few runs scatter.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer
from reporting import print_machine, print_table, require
from shapley import N_TEXT, N, make_game
from tqdm.auto import tqdm

from shapiq_fixlip import FIxLIP, exact_interactions

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip import VisionLanguageGame

PASSES = (64, 128, 256, 512, 1024)
PROBABILITIES = (0.3, 0.5, 0.7)
KINDS = {1: "players", 2: "pairs"}
REACHES = {95: 1.96, 50: 0.674}
LEAST, MOST = 0.93, 0.99


def distances(
    fixlip: FIxLIP, game: VisionLanguageGame, passes: int, exact: InteractionValues
) -> dict[int, list[float]]:
    """Return errors in standard errors, by the number of players; nothing for exact values."""
    found = fixlip.approximate(game=game, budget_image=passes, budget_text=2**N_TEXT)
    errors = fixlip.standard_errors()
    return {
        size: [
            abs(found[players] - exact[players]) / error
            for players, error in errors.interactions.items()
            if len(players) == size and error > 0
        ]
        for size in KINDS
    }


def shares(runs: list[dict[int, list[float]]]) -> dict[str, float]:
    """Return how many intervals cover, for every kind and level."""
    return {
        f"{kind}, {level} %": float(np.mean(np.concatenate([run[size] for run in runs]) < reach))
        for (size, kind), (level, reach) in product(KINDS.items(), REACHES.items())
    }


def main(
    *,
    n_scenes: Annotated[int, typer.Option(help="scenes, with 1 to 3 objects in turn")] = 6,
    n_seeds: Annotated[int, typer.Option(help="runs on each scene")] = 3,
) -> None:
    """Print shares of intervals that cover, and require that they are about nominal."""
    print_machine()
    games = [make_game(number) for number in range(n_scenes)]
    rows = []
    for p in tqdm(PROBABILITIES, desc="probabilities"):
        known = [(game, exact_interactions(game, "FWBII", 2, p)) for game in games]
        for passes in PASSES:
            runs = [
                distances(FIxLIP(N, p=p, random_state=seed), game, passes, exact)
                for seed, (game, exact) in enumerate(known * n_seeds)
            ]
            rows.append({"p": p, "image passes": passes} | shares(runs))
    table = pd.DataFrame(rows)
    print_table(f"shares of intervals that cover, {n_scenes} scenes x {n_seeds} seeds", table)
    means = table.drop(columns=["p", "image passes"]).mean()
    print_table("means", means.to_frame().T)
    for kind in KINDS.values():
        covered = means[f"{kind}, 95 %"]
        target = f"95 % intervals of {kind} cover {LEAST:.0%} to {MOST:.0%} on average"
        require(target, is_reached=LEAST <= covered <= MOST)


if __name__ == "__main__":
    typer.run(main)
