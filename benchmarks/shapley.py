"""Errors of Shapley values and interactions, against those of shapiq at the same number of passes.

On games of the embedded model with 12 cells and 6 words, whose exact interactions are known:
relative mean squared errors of Shapley values (SV), of SII of pairs of players, and of k-SII of
single players. A pass is a distinct image or a distinct text that is embedded; shapiq's
approximators get the smallest budget (in steps of 2 percent) with which they make as many passes as
ours or more. ProxySHAP is measured without and with its adjustment, cross-fitted in five folds.

Geometric means over scenes and seeds.
"""

from __future__ import annotations

import warnings
from functools import partial
from itertools import chain, product
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer
from reporting import on_all_cores, print_machine, print_table, require
from scipy.stats import gmean
from shapiq.approximator import SVARMIQ, KernelSHAPIQ, PermutationSamplingSII, ProxySHAP
from shapiq.game_theory.aggregation import aggregate_base_interaction

from shapiq_fixlip import Grid, VisionLanguageGame, Words, exact_interactions, load_encoder
from shapiq_fixlip.approximators.shapley import CrossModalShapley
from shapiq_fixlip.coalitions.sampling import distinct_rows
from shapiq_fixlip.demo.accuracy import EVALUATION_SEED
from shapiq_fixlip.demo.scenes import random_scene

if TYPE_CHECKING:
    from shapiq import InteractionValues

    from shapiq_fixlip.typing import BoolMatrix, FloatArray

N_IMAGE, N_TEXT = 12, 6
N = N_IMAGE + N_TEXT
PASSES = (64, 128, 256, 512, 1024, 2048)
CAPTIONS = ("there is a photo of {}", "a {} next to a {}", "{} next to {} and {}")
FIGURES = {"SV": ("SII", 1), "SII pairs": ("SII", 2), "k-SII": ("k-SII", 1)}
"""Index and number of players of what is judged; the SII of one player is its Shapley value."""

THEIRS = {
    "KernelSHAPIQ": KernelSHAPIQ,
    "SVARMIQ": SVARMIQ,
    "PermutationSII": PermutationSamplingSII,
    "ProxySHAP": ProxySHAP,
    "adjusted ProxySHAP": partial(ProxySHAP, adjustment=True, k_folds=5),
}
OURS = "ours"
MAX_STEP = 1.25
MIN_STEP = 1.02


class CountedGame:
    """A game that counts the distinct images and texts among the coalitions it is asked for."""

    def __init__(self, values: FloatArray) -> None:
        """Keep the values of all pairs of coalitions, of shape ``(2^12, 2^6)``."""
        self.values = values
        self.asked = np.zeros((0, N), dtype=bool)

    def __call__(self, coalitions: BoolMatrix) -> FloatArray:
        """Return the values of coalitions."""
        coalitions = np.atleast_2d(coalitions).astype(bool)
        self.asked = np.concatenate([self.asked, coalitions])
        images = coalitions[:, :N_IMAGE] @ (1 << np.arange(N_IMAGE))
        texts = coalitions[:, N_IMAGE:] @ (1 << np.arange(N_TEXT))
        return self.values[images, texts]

    @property
    def n_passes(self) -> int:
        """How many passes a model would have made."""
        parts = (self.asked[:, :N_IMAGE], self.asked[:, N_IMAGE:])
        return sum(len(distinct_rows(part)[0]) for part in parts)


def make_game(number: int) -> VisionLanguageGame:
    """Return the game of a random scene of 1 to 3 objects."""
    rng = np.random.default_rng([EVALUATION_SEED, number])
    n_objects = 1 + number % len(CAPTIONS)
    scene = random_scene(rng, n_objects=n_objects)
    caption = CAPTIONS[n_objects - 1].format(*(thing.name for thing in scene.objects))
    encoder = load_encoder("demo", batch_size=64)
    game = VisionLanguageGame(
        encoder, scene.image, caption, image_players=Grid(3, 4), text_players=Words()
    )
    if (game.n_players_image, game.n_players_text) != (N_IMAGE, N_TEXT):
        raise AssertionError(caption)
    return game


def all_values(game: VisionLanguageGame) -> FloatArray:
    """Return the values of all pairs of coalitions; the sides remember them."""
    images, texts = (
        side.embed((np.arange(2**side.n_players)[:, None] >> np.arange(side.n_players)) & 1 == 1)
        for side in game.sides
    )
    products = images.astype(float) @ texts.astype(float).T
    return game.scale * products + game.bias - game.normalization_value


def error(found: InteractionValues, exact: InteractionValues, size: int) -> float:
    """Return the mean squared error of interactions of one size, relative to their square."""
    truth = {
        players: value for players, value in exact.interactions.items() if len(players) == size
    }
    errors = [found[players] - value for players, value in truth.items()]
    return float(np.square(errors).sum() / np.square(list(truth.values())).sum())


def measured(sii: InteractionValues, k_sii: InteractionValues, exact: dict) -> dict[str, float]:
    """Return the errors of all figures."""
    found = {"SII": sii, "k-SII": k_sii}
    return {
        figure: error(found[index], exact[index], size) for figure, (index, size) in FIGURES.items()
    }


def run_ours(game: VisionLanguageGame, passes: int, seed: int) -> list[InteractionValues]:
    """Return SII and k-SII by our approximator."""
    return [
        CrossModalShapley(N, index=index, random_state=seed).approximate(
            game=game, budget_image=passes
        )
        for index in ("SII", "k-SII")
    ]


def run_theirs(
    name: str, values: FloatArray, passes: int, budget: int, seed: int
) -> tuple[InteractionValues, int, int]:
    """Return SII by an approximator of shapiq, its budget and its passes.

    Args:
        name: One of ``THEIRS``.
        values: Of all pairs of coalitions.
        passes: What it makes at least.
        budget: Where the search for its budget starts.
        seed: Its random state.
    """
    while True:
        game, made = CountedGame(values), 0
        approximator = THEIRS[name](N, max_order=2, index="SII", random_state=seed)
        model = getattr(approximator, "proxy_model", None)
        if hasattr(model, "n_jobs"):
            model.set_params(n_jobs=1)  # threads of trees would fight for the cores
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about proxy models that are not installed
                found = approximator.approximate(budget, game)
            made = game.n_passes
        except ValueError:  # the budget is too small for any estimate
            budget = int(budget * MAX_STEP)
            continue
        if made >= passes:
            return found, budget, made
        budget = int(budget * np.clip(passes / made, MIN_STEP, MAX_STEP)) + 1


def proxy_name() -> str:
    """Return which proxy model ProxySHAP runs, which depends on what is installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return type(ProxySHAP(N, max_order=2, index="SII").proxy_model).__name__


def rows_of_scene(number: int, n_seeds: int) -> list[dict]:
    """Measure all methods on one scene; budgets that sufficed are kept for the next seed."""
    game, budgets = make_game(number), dict[tuple[str, int], int]()
    values = all_values(game)
    exact = {index: exact_interactions(game, index) for index in ("SII", "k-SII")}
    rows = []
    for image_passes, seed in product(PASSES, range(n_seeds)):
        passes = image_passes + 2**N_TEXT
        row = {"image passes": image_passes, "seed": seed}
        found = run_ours(game, image_passes, seed)
        rows.append(row | {"method": OURS, "passes": passes} | measured(*found, exact))
        for name in THEIRS:
            key = (name, image_passes)
            sii, budgets[key], made = run_theirs(
                name, values, passes, budgets.get(key, image_passes), seed
            )
            k_sii = aggregate_base_interaction(sii)
            rows.append(row | {"method": name, "passes": made} | measured(sii, k_sii, exact))
    return rows


def main(
    *,
    n_scenes: Annotated[int, typer.Option(help="scenes, with 1 to 3 objects in turn")] = 3,
    n_seeds: Annotated[int, typer.Option(help="runs of each method on each scene")] = 2,
) -> None:
    """Print a table for each figure, and require that our errors are the smallest."""
    print_machine()
    print(f"proxy model of ProxySHAP: {proxy_name()}")
    scenes = [(number, n_seeds) for number in range(n_scenes)]
    table = pd.DataFrame(chain.from_iterable(on_all_cores(rows_of_scene, scenes, "scenes")))
    methods = [OURS, *THEIRS]
    runs = f"{n_scenes} scenes x {n_seeds} seeds"
    axes = {"index": "image passes", "columns": "method"}
    passes = table.pivot_table(**axes, values="passes")[methods]
    print_table(f"passes of image and text together, means of {runs}", passes.reset_index())
    for figure in FIGURES:
        errors = table.pivot_table(**axes, values=figure, aggfunc=gmean)
        print_table(f"error of {figure}, {runs}", errors[methods].reset_index())
        is_smallest = (errors[OURS] < errors.drop(columns=OURS).min(axis=1)).all()
        require(f"error of {figure} is the smallest at all passes", is_reached=bool(is_smallest))


if __name__ == "__main__":
    typer.run(main)
