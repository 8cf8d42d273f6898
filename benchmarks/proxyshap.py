"""FIxLIP's shrinkage against ProxySHAP and ProxySPEX of shapiq, on the same coalitions.

Faithful Banzhaf interactions (FBII, p = 0.5) of scenes of the embedded models. All methods get the
values of the same image coalitions with the same 32 text coalitions, and the empty coalition, which
shapiq's need:

- ``shrinkage``: FIxLIP as it is shipped;
- ``ProxySHAP``: 2,000 trees of depth 3 (XGBoost), read out as FBII; ``adjusted``: with the
  correction by its residuals;
- ``ProxySPEX``: trees as ProxySHAP's, of which the largest Fourier coefficients are kept.

Judged by ``R2`` on fresh coalitions; ``agreement``, the correlation of all pairs of a patch and a
word with those of a long run; ``within``, the same of pairs of patches; the ``area`` between the
curves of insertion and deletion; and seconds without passes. To find what decides the area, some
more explanations are judged by it: ``ends``, shrinkage with the empty and the full coalition among
both sides' coalitions; ``k-SII``, Shapley interactions from as many passes; ``long run``.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
import typer
import xgboost
from reporting import on_all_cores, print_machine, print_table, require
from shapiq.approximator import ProxySHAP, ProxySPEX

from shapiq_fixlip import CrossModalShapley, VisionLanguageGame, load_encoder
from shapiq_fixlip.coalitions.sampling import Sample, draw_sample
from shapiq_fixlip.demo.accuracy import EVALUATION_SEED
from shapiq_fixlip.demo.scenes import random_scene
from shapiq_fixlip.metrics import insertion_deletion
from shapiq_fixlip.metrics.prediction import explained_at
from shapiq_fixlip.results import cross_pairs
from shapiq_fixlip.results.labelling import banzhaf_values
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.fitted_game import solve
from shapiq_fixlip.solver.observations import evaluate_sides
from shapiq_fixlip.solver.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq import InteractionValues
    from shapiq.typing import CoalitionMatrix

    from shapiq_fixlip.typing import Estimator

PASSES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
TEXT_PASSES, TEXTS_OF_LONG_RUN, FRESH = 32, 512, 4096
P, TERMS = 0.5, Terms(2, (2, 2))
RIVALS = ["shrinkage", "ProxySHAP", "adjusted", "ProxySPEX"]
METHODS = [*RIVALS, "ends", "k-SII"]
TREES = {"n_estimators": 2000, "max_depth": 3, "learning_rate": 0.1, "n_jobs": 1}
MODELS: dict[str, tuple[Estimator, int]] = {
    "demo": ("least_squares", 8192),
    "demo-siglip": ("shrinkage", 2048),
}
"""How the long run is fitted, and its image passes."""


class Known:
    """The part of shapiq's sampler that its approximators use, with coalitions that are given."""

    def __init__(self, coalitions: CoalitionMatrix) -> None:
        """Put the empty coalition first."""
        nobody = np.zeros((1, coalitions.shape[1]), dtype=bool)
        self.coalitions_matrix = np.vstack([nobody, coalitions])
        self.empty_coalition_index = 0
        n_distinct = len(self.coalitions_matrix)
        log_of_all = coalitions.shape[1] * np.log(2)
        self.log_sampling_adjustment_weights = np.full(n_distinct, log_of_all - np.log(n_distinct))
        self.pairing_trick = False

    def sample(self, budget: int) -> None:
        """Draw nothing."""


class Trial:
    """A game, what all methods see of it, and what is known of it from a long run."""

    def __init__(self, model: str, number: int) -> None:
        """Draw a scene, coalitions of both sides, and a long run."""
        rng = np.random.default_rng([EVALUATION_SEED, number])
        encoder = load_encoder(model, batch_size=16)
        scene = random_scene(rng, n_objects=1 + number % 4)
        self.model, self.number = model, number
        self.game = VisionLanguageGame(encoder, scene.image, scene.caption)
        self.players = self.game.n_players_image, self.game.n_players_text
        self.rng = np.random.default_rng([number, 0])
        self.texts = draw_sample(self.players[1], P, TEXT_PASSES, self.rng)
        self.images = draw_sample(self.players[0], P, PASSES[-1], self.rng)

    def judge(self) -> None:
        """Make the long run and draw fresh coalitions."""
        rng = np.random.default_rng([self.number, 1])
        self.fresh = rng.random((FRESH, sum(self.players))) < P
        self.truth = self.game(self.fresh)
        estimator, most = MODELS[self.model]
        first, second = (
            draw_sample(n, P, size, rng)
            for n, size in zip(self.players, (most, TEXTS_OF_LONG_RUN), strict=True)
        )
        self.long_run = self.solved((first, second), estimator)

    def first(self, passes: int) -> Sample:
        """Return the first image coalitions."""
        weights = np.full(passes, 1 / passes)
        return Sample(self.images.coalitions[:passes], weights, is_exact=False)

    def solved(
        self, samples: tuple[Sample, Sample], estimator: Estimator = "shrinkage"
    ) -> InteractionValues:
        """Explain from some coalitions of each side."""
        observations = evaluate_sides(self.game, samples)
        return banzhaf_values(solve(observations, faithful_index(P), TERMS, estimator))

    def shrinkage(self, passes: int) -> InteractionValues:
        """Explain as FIxLIP does."""
        return self.solved((self.first(passes), self.texts))

    def with_ends(self, passes: int) -> InteractionValues:
        """Explain with the empty and the full coalition in the place of two others."""
        samples = [replace_two(sample) for sample in (self.first(passes), self.texts)]
        return self.solved((samples[0], samples[1]))

    def shapley(self, passes: int) -> InteractionValues:
        """Explain by Shapley interactions from as many passes."""
        shapley = CrossModalShapley(sum(self.players), 2, "k-SII", random_state=self.number)
        return shapley.approximate(game=self.game, budget_image=passes, budget_text=TEXT_PASSES)

    def of_shapiq(self, make: Callable[[], Any], passes: int) -> InteractionValues:
        """Explain by a method of shapiq, from the values of all pairs of coalitions."""
        images, texts = self.first(passes).coalitions, self.texts.coalitions
        pairs = [np.repeat(images, len(texts), axis=0), np.tile(texts, (len(images), 1))]
        approximator = make()
        approximator._sampler = Known(np.hstack(pairs))  # noqa: SLF001 - draws nothing itself
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return approximator.approximate(len(images) * len(texts), self.game)

    def methods(self) -> dict[str, Callable[[int], InteractionValues]]:
        """Return all methods, from image passes to interactions."""
        n = sum(self.players)

        def proxy(*, adjustment: bool) -> ProxySHAP:
            model: Any = xgboost.XGBRegressor(**TREES, random_state=self.number)
            return ProxySHAP(n, max_order=2, index="FBII", proxy_model=model, adjustment=adjustment)

        def spex() -> ProxySPEX:
            model: Any = xgboost.XGBRegressor(**TREES, random_state=self.number)
            return ProxySPEX(n=n, max_order=2, index="FBII", proxy_model=model)

        return {
            "shrinkage": self.shrinkage,
            "ProxySHAP": partial(self.of_shapiq, partial(proxy, adjustment=False)),
            "adjusted": partial(self.of_shapiq, partial(proxy, adjustment=True)),
            "ProxySPEX": partial(self.of_shapiq, spex),
            "ends": self.with_ends,
            "k-SII": self.shapley,
        }

    def row(self, method: str, passes: int, values: InteractionValues, seconds: float) -> dict:
        """Judge an explanation."""
        n_image = self.players[0]
        predicted = explained_at(values, self.fresh)
        predicted += np.mean(self.truth - predicted)  # constants differ by how games are centred
        pairs = [cross_pairs(one, n_image).ravel() for one in (values, self.long_run)]
        patches = [
            np.array([one[i, j] for i in range(n_image) for j in range(i + 1, n_image)])
            for one in (values, self.long_run)
        ]
        return {
            "scene": self.number,
            "method": method,
            "passes": passes,
            "R2": 1 - np.mean((self.truth - predicted) ** 2) / np.var(self.truth),
            "agreement": np.corrcoef(*pairs)[0, 1],
            "within": np.corrcoef(*patches)[0, 1],
            "area": insertion_deletion(values, self.game).area,
            "seconds": seconds,
        }


def replace_two(sample: Sample) -> Sample:
    """Put the empty and the full coalition in the place of the last two."""
    coalitions = sample.coalitions.copy()
    coalitions[-2:] = [[False], [True]]
    return replace(sample, coalitions=coalitions)


def rows_of(model: str, number: int, most_passes: int) -> list[dict]:
    """Measure all methods on one scene."""
    trial = Trial(model, number)
    trial.judge()
    trial.solved((trial.first(most_passes), trial.texts))  # so that sides know all embeddings
    rows = [trial.row("long run", 0, trial.long_run, 0.0)]
    for passes in [size for size in PASSES if size <= most_passes]:
        for method, explain in trial.methods().items():
            started = time.perf_counter()
            values = explain(passes)
            rows.append(trial.row(method, passes, values, time.perf_counter() - started))
    return rows


def print_paired(rows: pd.DataFrame, figure: str) -> None:
    """Print medians, and mean differences to shrinkage with their standard errors."""
    rows = rows[rows["passes"] > 0]
    table = rows.pivot_table(index=["scene", "passes"], columns="method", values=figure)
    table = table[[name for name in METHODS if name in table]]
    print_table(f"{figure}, medians", table.groupby("passes").median().reset_index())
    if figure == "seconds":
        return
    less = table.rsub(table["shrinkage"], axis=0).drop(columns="shrinkage").groupby("passes")
    told = less.mean().map("{:+.3f}".format) + " ± " + less.sem().map("{:.3f}".format)
    print_table(f"{figure}, shrinkage less the others: mean, standard error", told.reset_index())
    wins = less.agg(lambda differences: np.mean(differences > 0))
    print_table(f"{figure}, share of scenes with more for shrinkage", wins.reset_index())


def peak_memory(method: str, passes: int) -> float:
    """Return the gigabytes of a process that only explains one scene by one method."""
    command = [sys.executable, __file__, "--one", f"{method},{passes}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main(
    *,
    model: Annotated[str, typer.Option(help=" or ".join(MODELS))] = "demo",
    n_scenes: Annotated[int, typer.Option(help="scenes, with 1 to 4 objects in turn")] = 20,
    most_passes: Annotated[int, typer.Option(help="most image passes")] = PASSES[-1],
    one: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Print all figures by passes, and memory."""
    if one:
        method, _, passes = one.partition(",")
        Trial(model, 0).methods()[method](int(passes))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
        return
    print_machine()
    print(f"shapiq {version('shapiq')}, xgboost {xgboost.__version__}; {model}, {n_scenes} scenes")
    trials = [(model, number, most_passes) for number in range(n_scenes)]
    rows = pd.DataFrame(chain.from_iterable(on_all_cores(rows_of, trials, "scenes")))
    for figure in ("R2", "agreement", "within", "area", "seconds"):
        print_paired(rows, figure)
    area = rows.loc[rows["method"] == "long run", "area"]
    print(f"\narea of the long run: mean {area.mean():.3f}, median {area.median():.3f}")
    memory = [
        {"method": method, **{str(m): peak_memory(method, m) for m in (256, most_passes)}}
        for method in RIVALS
    ]
    print_table("peak memory of a process by image passes, GB", pd.DataFrame(memory))
    medians = rows.pivot_table(index="passes", columns="method", values="R2", aggfunc="median")
    others = medians[[name for name in RIVALS if name != "shrinkage"]].max(axis=1)
    target = "R2 of shrinkage above that of ProxySHAP and ProxySPEX at every number of passes"
    require(target, is_reached=bool((medians["shrinkage"] > others)[PASSES[0] :].all()))


if __name__ == "__main__":
    typer.run(main)
