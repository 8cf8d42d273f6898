"""How often intervals of FIxLIP cover the exact interactions, against how often they should.

On games of the embedded model with 12 cells and 6 words, all 64 texts and a part of the 4,096
images; and with 49 patches and whole captions, where a long run, whose own errors are added to
those that are judged, stands for the exact values. Intervals of 1.96 and of 0.674 standard errors
should cover 95 and 50 percent. The errors of the players of one run are not independent, so that
shares over a few runs scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer
from reporting import print_machine, print_table, require
from shapley import make_game
from tqdm.auto import tqdm

from shapiq_fixlip import FIxLIP, VisionLanguageGame, exact_interactions, load_encoder
from shapiq_fixlip.demo.scenes import random_scene
from shapiq_fixlip.demo.train import EVALUATION_SEED

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import InteractionValues

PS = (0.3, 0.5, 0.7)
KINDS = {1: "players", 2: "pairs"}
REACHES = {95: 1.96, 50: 0.674}
LEAST, MOST = 0.93, 0.99
LONG_RUN, LONG_SEED = 8192, 999


@dataclass(frozen=True)
class Known:
    """A game, what its interactions are, and how far these may be off."""

    game: VisionLanguageGame
    values: InteractionValues
    errors: InteractionValues | None = None

    def distances(self, p: float, passes: int, seed: int) -> dict[int, list[float]]:
        """Return errors in standard errors, by the number of players; none for exact values."""
        fixlip = FIxLIP(self.game.n_players, p=p, random_state=seed)
        n_texts = 2**self.game.n_players_text
        found = fixlip.approximate(game=self.game, budget_image=passes, budget_text=n_texts)
        distances = {size: [] for size in KINDS}
        for players, error in fixlip.standard_errors().interactions.items():
            if error > 0 and players:
                own = self.errors[players] if self.errors else 0.0
                distance = abs(found[players] - self.values[players]) / math.hypot(error, own)
                distances[len(players)].append(distance)
        return distances


def of_cells(p: float, number: int) -> Known:
    """Return a game of few players and its exact values."""
    game = make_game(number)
    return Known(game, exact_interactions(game, "FWBII", 2, p))


def of_patches(p: float, number: int) -> Known:
    """Return a game of all patches and its values by a long run."""
    rng = np.random.default_rng([EVALUATION_SEED, number])
    scene = random_scene(rng, n_objects=1 + number % 3)
    game = VisionLanguageGame(load_encoder("demo", batch_size=16), scene.image, scene.caption)
    fixlip = FIxLIP(game.n_players, p=p, random_state=LONG_SEED)
    n_texts = 2**game.n_players_text
    values = fixlip.approximate(game=game, budget_image=LONG_RUN, budget_text=n_texts)
    return Known(game, values, fixlip.standard_errors())


def shares(runs: list[dict[int, list[float]]]) -> dict[str, float]:
    """Return how many intervals cover, for every kind and level."""
    return {
        f"{kind}, {level} %": float(np.mean(np.concatenate([run[size] for run in runs]) < reach))
        for (size, kind), (level, reach) in product(KINDS.items(), REACHES.items())
    }


def table_of(
    make_known: Callable[[float, int], Known], passes: tuple[int, ...], n_scenes: int, n_seeds: int
) -> pd.DataFrame:
    """Return how many intervals cover, for every p and number of passes."""
    rows = []
    for p in tqdm(PS, desc=make_known.__name__):
        known = [make_known(p, number) for number in range(n_scenes)]
        for m in passes:
            runs = [one.distances(p, m, seed) for seed, one in enumerate(known * n_seeds)]
            rows.append({"p": p, "image passes": m} | shares(runs))
    return pd.DataFrame(rows)


def main(
    *,
    n_scenes: Annotated[int, typer.Option(help="scenes, with 1 to 3 objects in turn")] = 6,
    n_seeds: Annotated[int, typer.Option(help="runs on each scene")] = 3,
) -> None:
    """Print shares of intervals that cover, and require that they are about nominal."""
    print_machine()
    for make_known, passes, players in (
        (of_cells, (64, 128, 256, 512, 1024), "12 cells and 6 words"),
        (of_patches, (128, 256, 512), "49 patches and all words"),
    ):
        table = table_of(make_known, passes, n_scenes, n_seeds)
        print_table(f"{players}: intervals that cover, {n_scenes} scenes x {n_seeds} seeds", table)
        means = table.drop(columns=["p", "image passes"]).mean()
        print_table(f"{players}: means", means.to_frame().T)
        for kind in KINDS.values():
            covered = means[f"{kind}, 95 %"]
            target = f"95 % intervals of {kind} cover {LEAST:.0%} to {MOST:.0%} on average"
            require(target, is_reached=LEAST <= covered <= MOST)


if __name__ == "__main__":
    typer.run(main)
