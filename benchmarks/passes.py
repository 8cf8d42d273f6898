"""How good an explanation is, against the image passes that it costs.

On scenes of the embedded model, for both estimators of FIxLIP and for shapiq's ``RegressionFBII``
(p = 0.5 only, for which every coalition costs an image and a text pass):

- ``R2``: p-faithfulness on new coalitions of the whole game;
- ``agreement``: correlation of all pairs of a patch and a word with those of a long run of least
  squares, with other coalitions.

FIxLIP evaluates all texts. Medians over the scenes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer
from reporting import print_machine, print_table
from shapiq.approximator import RegressionFBII
from tqdm.auto import tqdm

from shapiq_fixlip import FIxLIP, InputError, VisionLanguageGame, load_encoder
from shapiq_fixlip.demo.scenes import random_scene
from shapiq_fixlip.demo.train import EVALUATION_SEED

if TYPE_CHECKING:
    from shapiq import InteractionValues

PASSES = (64, 128, 256, 512, 1024, 2048, 4096)
N_HELD_OUT = 2000
HALF = 0.5


def explained(values: InteractionValues, coalitions: np.ndarray) -> np.ndarray:
    """Evaluate an explanation of order 2 at coalitions."""
    singles, pairs = np.zeros(values.n_players), np.zeros((values.n_players,) * 2)
    for players, value in values.interactions.items():
        if len(players) == 1:
            singles[players] = value
        elif players:
            pairs[players] = value
    present = coalitions.astype(float)
    return values[()] + present @ singles + np.sum((present @ pairs) * present, axis=1)


def r_squared(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return the coefficient of determination."""
    return float(1 - np.mean((truth - predicted) ** 2) / np.var(truth))


def cross_modal(values: InteractionValues, n_image: int) -> np.ndarray:
    """Return all pairs of a patch and a word."""
    return np.array(
        [values[(i, j)] for i in range(n_image) for j in range(n_image, values.n_players)]
    )


def rows_of_scene(game: VisionLanguageGame, p: float, long_run: int, seed: int) -> list[dict]:
    """Measure every method and number of passes on one scene."""
    n, n_image, all_texts = game.n_players, game.n_players_image, 2**game.n_players_text
    reference = FIxLIP(n, p=p, estimator="least_squares", random_state=seed + 10_000)
    target = cross_modal(
        reference.approximate(game=game, budget_image=long_run, budget_text=all_texts), n_image
    )
    held_out = np.random.default_rng([seed, 1]).random((N_HELD_OUT, n)) < p
    truth = game(held_out)

    def row(method: str, passes: int, values: InteractionValues) -> dict:
        return {
            "method": method,
            "passes": passes,
            "R2": r_squared(truth, explained(values, held_out)),
            "agreement": np.corrcoef(target, cross_modal(values, n_image))[0, 1],
        }

    rows = []
    for passes in PASSES:
        for estimator in ("shrinkage", "least_squares"):
            fixlip = FIxLIP(n, p=p, estimator=estimator, random_state=seed)
            try:
                values = fixlip.approximate(game=game, budget_image=passes, budget_text=all_texts)
            except InputError:  # fewer coalitions than columns
                continue
            rows.append(row(estimator, passes, values) | {"seconds": fixlip.report.seconds_solver})
        if p == HALF:
            shapiq_regression = RegressionFBII(n, max_order=2, random_state=seed)
            rows.append(row("RegressionFBII", passes, shapiq_regression.approximate(passes, game)))
    return rows


def main(
    *,
    n_scenes: Annotated[int, typer.Option(help="scenes, with 1 to 4 objects in turn")] = 8,
    long_run: Annotated[int, typer.Option(help="image passes of the long run")] = 8192,
    probabilities: Annotated[str, typer.Option(help="values of p")] = "0.3 0.5 0.7",
) -> None:
    """Print a table for each p."""
    print_machine()
    encoder = load_encoder("demo", batch_size=64)
    for p in map(float, probabilities.split()):
        rows = []
        for number in tqdm(range(n_scenes), desc=f"p = {p}"):
            scene = random_scene(
                np.random.default_rng([EVALUATION_SEED, number]), n_objects=1 + number % 4
            )
            game = VisionLanguageGame(encoder, scene.image, scene.caption)
            rows += rows_of_scene(game, p, long_run, seed=number)
        medians = pd.DataFrame(rows).groupby(["method", "passes"], as_index=False).median()
        table = medians.pivot_table(
            index="passes", columns="method", values=["R2", "agreement", "seconds"], sort=False
        )
        table.columns = [f"{method}: {figure}" for figure, method in table.columns]
        print_table(f"p = {p}, medians of {n_scenes} scenes", table.sort_index().reset_index())


if __name__ == "__main__":
    typer.run(main)
