"""What the embedded model can do, on scenes that it was never trained on.

1. How often the right caption has the largest similarity among 100.
2. Pointing game recognition of order-2 FIxLIP (p = 0.5) on four-object collages whose caption names
   one to four of the objects. A pair of a patch in the quadrant of an object and the word that
   names it should be positive, a pair of the word and a patch elsewhere negative; recognition is
   the share of correct mass. On 7 x 7 patches the quadrants are the 3 x 3 corners.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
import typer
from reporting import print_machine, print_table, require

from shapiq_fixlip import FIxLIP, VisionLanguageGame, load_encoder
from shapiq_fixlip.demo.scenes import SCENE_SIZE, Scene, collage
from shapiq_fixlip.demo.train import EVALUATION_SEED, caption_accuracy

CORNER = 3  # patches
LEAST_ACCURACY, LEAST_RECOGNITION = 0.88, 0.80


def quadrants(side: int) -> np.ndarray:
    """Return the quadrant of every patch, row by row, -1 for the middle ones."""
    half = np.full(side, -1)
    half[:CORNER], half[-CORNER:] = 0, 1
    rows, columns = np.meshgrid(half, half, indexing="ij")
    return np.where((rows < 0) | (columns < 0), -1, 2 * rows + columns).ravel()


def recognition(
    scene: Scene, values: np.ndarray, words: tuple[str, ...], n_named: int
) -> tuple[float, float]:
    """Return the share of correct mass and of correct signs.

    Args:
        scene: A collage.
        values: Of all pairs of a patch and a word, ``(n_patches, n_words)``.
        words: The words of the caption.
        n_named: How many objects the caption names.
    """
    quadrant = quadrants(round(len(values) ** 0.5))
    mass, signs = np.zeros(2), np.zeros(2)
    for placed in scene.objects[:n_named]:
        left, upper, _, _ = placed.box
        home = 2 * (upper > SCENE_SIZE // 2) + (left > SCENE_SIZE // 2)
        counted = quadrant >= 0
        pairs = values[counted, words.index(placed.name)]
        is_right = (pairs > 0) == (quadrant[counted] == home)
        mass += np.abs(pairs) @ is_right, np.abs(pairs) @ ~is_right
        signs += is_right.sum(), (~is_right).sum()
    return mass[0] / mass.sum(), signs[0] / signs.sum()


def main(
    *,
    n_scenes: Annotated[int, typer.Option(help="scenes for the captions")] = 1000,
    n_collages: Annotated[int, typer.Option(help="collages for each number of names")] = 100,
    passes: Annotated[int, typer.Option(help="image passes of an explanation")] = 256,
    estimator: Annotated[str, typer.Option(help="'shrinkage' or 'least_squares'")] = "shrinkage",
) -> None:
    """Print both figures."""
    print_machine()
    encoder = load_encoder("demo")
    accuracy = caption_accuracy(encoder, n_scenes=n_scenes)
    print(f"\nRight caption among 100: {accuracy:.1%} of {n_scenes} scenes")
    rows = []
    for n_named in (1, 2, 3, 4):
        results, fits = [], []
        for number in range(n_collages):
            rng = np.random.default_rng([EVALUATION_SEED, n_named, number])
            scene = collage(rng, n_named)
            game = VisionLanguageGame(encoder, scene.image, scene.caption)
            fixlip = FIxLIP(game.n_players, estimator=estimator, random_state=number)
            found = fixlip.approximate(game=game, budget_image=passes)
            n_image = game.n_players_image
            pairs = np.array(
                [[found[(i, j)] for j in range(n_image, game.n_players)] for i in range(n_image)]
            )
            results.append(recognition(scene, pairs, game.text_side.words, n_named))
            fits.append(fixlip.report.faithfulness)
        mass, signs = np.array(results).T
        rows.append(
            {
                "named": n_named,
                "recognition": mass.mean(),
                "standard error": mass.std(ddof=1) / np.sqrt(n_collages),
                "right signs": signs.mean(),
                "p-faithfulness": np.mean(fits),
            }
        )
    title = f"Pointing game, {n_collages} collages a row, {passes} image passes, {estimator}"
    print_table(title, pd.DataFrame(rows))
    require(
        f"right caption in at least {LEAST_ACCURACY:.0%}, recognition of four named objects at "
        f"least {LEAST_RECOGNITION}",
        is_reached=accuracy >= LEAST_ACCURACY and rows[-1]["recognition"] >= LEAST_RECOGNITION,
    )


if __name__ == "__main__":
    typer.run(main)
