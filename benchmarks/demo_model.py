"""What an embedded model can do, on scenes that it was never trained on.

1. How often the right caption has the largest similarity among 100.
2. Pointing game recognition of order-2 FIxLIP (p = 0.5) on four-object collages whose caption names
   one to four of the objects.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
import typer
from reporting import print_machine, print_table, require

from shapiq_fixlip import FIxLIP, VisionLanguageGame, load_encoder
from shapiq_fixlip.datasets.demo import named_quadrants
from shapiq_fixlip.demo.scenes import collage
from shapiq_fixlip.demo.train import EVALUATION_SEED, caption_accuracy
from shapiq_fixlip.metrics import pointing_game, quadrant_targets

MIN_ACCURACY, MIN_RECOGNITION = 0.88, 0.80


def main(
    *,
    model: Annotated[str, typer.Option(help="'demo' or 'demo-siglip'")] = "demo",
    n_scenes: Annotated[int, typer.Option(help="scenes for the captions")] = 1000,
    n_collages: Annotated[int, typer.Option(help="collages for each number of names")] = 100,
    passes: Annotated[int, typer.Option(help="image passes of an explanation")] = 256,
    estimator: Annotated[str, typer.Option(help="'shrinkage' or 'least_squares'")] = "shrinkage",
) -> None:
    """Print both figures."""
    print_machine()
    encoder = load_encoder(model)
    accuracy = caption_accuracy(encoder, n_scenes=n_scenes)
    print(f"\n{model}, right caption among 100: {accuracy:.1%} of {n_scenes} scenes")
    rows = []
    for n_named in (1, 2, 3, 4):
        results, fits = [], []
        for number in range(n_collages):
            rng = np.random.default_rng([EVALUATION_SEED, n_named, number])
            scene = collage(rng, n_named)
            game = VisionLanguageGame(encoder, scene.image, scene.caption)
            fixlip = FIxLIP(game.n_players, estimator=estimator, random_state=number)
            found = fixlip.approximate(game=game, budget_image=passes)
            targets = quadrant_targets(game, named_quadrants(scene, n_named))
            pointed = pointing_game(found, game, targets)
            results.append((pointed.recognition, pointed.sign_share))
            fits.append(fixlip.last_run.r2)
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
        f"right caption in at least {MIN_ACCURACY:.0%}, recognition of four named objects at "
        f"least {MIN_RECOGNITION}",
        is_reached=accuracy >= MIN_ACCURACY and rows[-1]["recognition"] >= MIN_RECOGNITION,
    )


if __name__ == "__main__":
    typer.run(main)
