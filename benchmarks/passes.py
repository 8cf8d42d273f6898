"""How good an explanation is, against the image passes that it costs; what else was tried.

On scenes of the embedded model, with all texts evaluated:

- ``kept``: FIxLIP as it is shipped, with shrinkage by the relevance of each player;
- ``least squares``: the paper's estimator, from as many coalitions on as there are interactions;
- ``RegressionFBII``: shapiq's, at p = 0.5, with as many coalitions of image and text as passes;
- ``without sizes``: with a prior to which the size of a coalition does not matter, ``all alike``:
  to which all players matter alike;
- ``antithetic``, ``stratified``, ``Sobol``: ``kept`` with other draws (see variants.py);
- ``widest``: ``kept``, doubling the coalitions by those of the largest draw at which the posterior
  is widest;
- ``auto``: ``kept`` with ``budget="auto"``.

Judged by ``R2``, the p-faithfulness on coalitions of a long run, each with a text of its own; and
by ``agreement``, the correlation of all pairs of a patch and a word with those by least squares on
the long run, and the same of all pairs of patches. Medians over the scenes.
"""

from __future__ import annotations

from itertools import chain, product
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer
from reporting import on_all_cores, print_machine, print_table
from shapiq.approximator import RegressionFBII
from variants import DRAWS, PRIORS, widest

from shapiq_fixlip import VisionLanguageGame, load_encoder
from shapiq_fixlip.approximators.auto_budget import until_stable
from shapiq_fixlip.coalitions.sampling import Sample, distinct_rows, draw_sample, enumerate_side
from shapiq_fixlip.demo.accuracy import EVALUATION_SEED
from shapiq_fixlip.demo.scenes import random_scene
from shapiq_fixlip.results.indices import BANZHAF_P
from shapiq_fixlip.solver.basis import n_products
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.fitted_game import solve
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.solution import Solution
from shapiq_fixlip.solver.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq import InteractionValues

    from shapiq_fixlip.typing import BoolMatrix, Estimator, FloatArray

PASSES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
PASSES_OF_DRAWS = (32, 64, 128, 256, 512)
TERMS = Terms(2, (2, 2))
METHODS = ["kept", "least squares", "RegressionFBII", *PRIORS, *DRAWS, "widest"]
FIGURES = {
    "R2": "R2",
    "agreement": "agreement of pairs of a patch and a word",
    "within": "agreement of pairs of patches",
}

type Interactions = dict[tuple[int, ...], float]


def matrices(interactions: Interactions, n: int) -> tuple[FloatArray, FloatArray]:
    """Return the values of single players, ``(n,)``, and of pairs ``i < j``, ``(n, n)``."""
    singles, pairs = np.zeros(n), np.zeros((n, n))
    for players, value in interactions.items():
        if players:
            (singles if len(players) == 1 else pairs)[players] = value
    return singles, pairs


class Trial:
    """A game at one ``p``, and what is known about it from a long run."""

    def __init__(self, game: VisionLanguageGame, p: float, long_run: int, seed: int) -> None:
        """Make the long run, with coalitions that no method sees."""
        self.game, self.p, self.seed = game, p, seed
        self.n_image = game.n_players_image
        self.texts = enumerate_side(game.n_players_text, p)
        rng = np.random.default_rng([seed, 1])
        sample = draw_sample(self.n_image, p, long_run, rng)
        words = rng.random((len(sample), game.n_players_text)) < p
        self.held_out = np.hstack([sample.coalitions, words])
        self.truth = game(self.held_out)
        self.target = self.pairs(self.solve(sample, "least_squares").named)

    def solve(self, sample: Sample, estimator: Estimator = "shrinkage") -> Solution:
        """Explain the game by some coalitions of the image, as FIxLIP does."""
        observations = evaluate_sides(self.game, (sample, self.texts))
        return solve(observations, faithful_index(self.p), TERMS, estimator)

    def rng(self) -> np.random.Generator:
        """Return the randomness of a draw; draws share it, and so a part of their coalitions."""
        return np.random.default_rng([self.seed, 0])

    def pairs(self, interactions: Interactions) -> tuple[FloatArray, FloatArray]:
        """Return all pairs of a patch and a word, and all pairs of patches."""
        _, pairs = matrices(interactions, self.game.n_players)
        between = pairs[: self.n_image, self.n_image :]
        return between.ravel(), pairs[np.triu_indices(self.n_image, 1)]

    def row(self, method: str, passes: int, explanation: Solution | InteractionValues) -> dict:
        """Judge an explanation."""
        is_solution = isinstance(explanation, Solution)
        interactions = explanation.named if is_solution else explanation.interactions
        singles, pairs = matrices(interactions, self.game.n_players)
        present = self.held_out.astype(float)
        explained = interactions[()] + present @ singles
        explained += np.sum((present @ pairs) * present, axis=1)
        agreements = [
            np.corrcoef(found, target)[0, 1]
            for found, target in zip(self.pairs(interactions), self.target, strict=True)
        ]
        return {
            "p": self.p,
            "scene": self.seed,
            "method": method,
            "passes": passes,
            "R2": 1 - np.mean((self.truth - explained) ** 2) / np.var(self.truth),
            "agreement": agreements[0],
            "within": agreements[1],
        }


def sample_of(drawn: BoolMatrix) -> Sample:
    """Return coalitions that weigh as much as the number of times they came."""
    first, inverse = distinct_rows(drawn)
    return Sample(drawn[first], np.bincount(inverse) / len(drawn), is_exact=False)


def rows_of_estimators(trial: Trial) -> Iterator[dict]:
    """Measure all estimators on the same draws."""
    kept = {}
    for passes in PASSES:
        sample = draw_sample(trial.n_image, trial.p, passes, trial.rng())
        solution = kept[passes] = trial.solve(sample)
        yield trial.row("kept", passes, solution)
        if passes >= n_products(trial.n_image, 2):
            yield trial.row("least squares", passes, trial.solve(sample, "least_squares"))
        for name, changed in PRIORS.items():
            with changed():
                yield trial.row(name, passes, trial.solve(sample))
    automatic, _ = until_stable(kept.__getitem__)
    yield trial.row("auto", len(automatic.observations.samples[0]), automatic)


def rows_of_draws(trial: Trial) -> Iterator[dict]:
    """Measure the kept estimator on other draws."""
    for (name, draw), passes in product(DRAWS.items(), PASSES_OF_DRAWS):
        sample = sample_of(draw(trial.n_image, trial.p, passes, trial.rng()))
        yield trial.row(name, passes, trial.solve(sample))


def rows_of_choices(trial: Trial) -> Iterator[dict]:
    """Measure the kept estimator on coalitions that are chosen where the posterior is widest.

    They weigh all alike: what a normal posterior makes of values does not depend on why they were
    asked for, and the noise of one coalition is that of any other.
    """
    pool = draw_sample(trial.n_image, trial.p, PASSES[-1], trial.rng()).coalitions
    first, *later = PASSES_OF_DRAWS
    chosen = np.arange(first)
    solution = trial.solve(sample_of(pool[chosen]))
    for passes in later:
        chosen = widest(solution.fits[0].process.prior, pool, chosen, passes - len(chosen))
        solution = trial.solve(sample_of(pool[chosen]))
        yield trial.row("widest", passes, solution)


def rows_of_shapiq(trial: Trial) -> Iterator[dict]:
    """Measure shapiq's least squares, which knows no other ``p`` than one half."""
    n = trial.game.n_players
    for passes in (number for number in PASSES if number >= n_products(n, 2)):
        regression = RegressionFBII(n, max_order=2, random_state=trial.seed)
        yield trial.row("RegressionFBII", passes, regression.approximate(passes, trial.game))


def rows_of(number: int, p: float, long_run: int) -> list[dict]:
    """Measure everything on one scene at one ``p``."""
    trial = Trial(make_game(number), p, long_run, number)
    rows = [*rows_of_estimators(trial), *rows_of_draws(trial), *rows_of_choices(trial)]
    return [*rows, *rows_of_shapiq(trial)] if p == BANZHAF_P else rows


def make_game(number: int) -> VisionLanguageGame:
    """Return the game of a random scene of 1 to 4 objects."""
    rng = np.random.default_rng([EVALUATION_SEED, number])
    scene = random_scene(rng, n_objects=1 + number % 4)
    encoder = load_encoder("demo", batch_size=16)
    return VisionLanguageGame(encoder, scene.image, scene.caption)


def figures_of(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield for each figure its name and a table with a column for each method."""
    for figure, name in FIGURES.items():
        yield (
            name,
            rows.pivot_table(index=["p", "scene", "passes"], columns="method", values=figure),
        )


def print_by_passes(title: str, table: pd.DataFrame) -> None:
    """Print a row for each number of passes, and the methods in their order."""
    table = table.reindex(columns=METHODS).dropna(axis="columns", how="all")
    print_table(title, table.reset_index())


def print_medians(rows: pd.DataFrame, p: float, n_scenes: int) -> None:
    """Print the medians of each figure over the scenes."""
    for name, table in figures_of(rows):
        medians = table.groupby("passes").median()
        print_by_passes(f"{name}, p = {p}, medians of {n_scenes} scenes", medians)


def print_shares(rows: pd.DataFrame) -> None:
    """Print for each figure how often a method is better than the kept one."""
    for name, table in figures_of(rows):
        is_better = table.gt(table.pop("kept"), axis="index").astype(float)
        shares = is_better.where(table.notna()).groupby("passes").mean()
        print_by_passes(f"{name}, share of all scenes and p in which it is more than kept", shares)


def main(
    *,
    n_scenes: Annotated[int, typer.Option(help="scenes, with 1 to 4 objects in turn")] = 8,
    long_run: Annotated[int, typer.Option(help="image passes of the long run")] = 8192,
    ps: Annotated[str, typer.Option(help="values of p")] = "0.3 0.5 0.7",
) -> None:
    """Print a table for each p and figure, how often others beat what is kept, and auto."""
    print_machine()
    found = []
    for p in map(float, ps.split()):
        trials = [(number, p, long_run) for number in range(n_scenes)]
        rows = on_all_cores(rows_of, trials, f"p = {p}")
        found.append(pd.DataFrame(chain.from_iterable(rows)))
        print_medians(found[-1], p, n_scenes)
    rows = pd.concat(found)
    print_shares(rows)
    automatic = rows[rows["method"] == "auto"].groupby("p")
    table = automatic[["passes", *FIGURES]].median()
    table.insert(1, "most passes", automatic["passes"].max())
    table = table.rename(columns=FIGURES).reset_index()
    print_table(f"budget='auto', medians of {n_scenes} scenes", table)


if __name__ == "__main__":
    typer.run(main)
