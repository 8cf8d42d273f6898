"""Are standard errors and the R² of FIxLIP what they say, on any game?

On games whose interactions are known in closed form (known_games.py), and on games of the embedded
model: with 12 cells and 6 words, whose exact values are known, and with 49 patches, where a long
run, whose own errors are added to those that are judged, stands for the exact values.

``players``, ``cross`` and ``within`` are single players, pairs of an image and a text player and
pairs of players of one side (of order 3: the triples of both sides and of one). For each: how many
intervals of 1.96 standard errors cover the truth; ``width``, the root mean square of standard
errors relative to that of errors; and ``error``, that of errors relative to that of the truth.
``told - fresh`` is the R² that is told without that on coalitions that were never seen. Of those of
the highest order, ``resolved`` is how many are, in a run; ``false`` the share of these whose truth
is zero or has the other sign; and ``strongest`` the share of the 20 truly strongest cross pairs
that are among them. The errors of the players of one run are not independent, so that shares over a
few runs scatter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import typer
from known_games import GAMES, make_game
from reporting import on_all_cores, print_machine, print_table, require
from shapley import make_game as make_game_of_cells

from shapiq_fixlip import FIxLIP, VisionLanguageGame, exact_interactions, load_encoder
from shapiq_fixlip.demo.accuracy import EVALUATION_SEED
from shapiq_fixlip.demo.scenes import random_scene
from shapiq_fixlip.metrics.prediction import explained_at
from shapiq_fixlip.results.labelling import banzhaf_values
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.fitted_game import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapiq import InteractionValues
    from shapiq.typing import InteractionScores

    from shapiq_fixlip.typing import FloatArray

KINDS = ("players", "cross", "within")
REACH = 1.96
MIN_COVERED, MAX_WIDTH, NEGLIGIBLE, MAX_OPTIMISM = 0.9, 2.5, 0.15, 0.05
LONG_RUN, LONG_SEED = 8192, 999
PASSES, PS = (64, 256, 1024), (0.3, 0.5, 0.7)
N_STRONGEST = 20
MAX_FALSE, MIN_STRONGEST, PASSES_OF_EASY = 0.1, 0.8, 256
EASY = ("additive", "sparse", "normalised sum")
ZERO = 1e-9
"""Truth, relative to the largest, that counts as zero."""


@dataclass(frozen=True)
class Setting:
    """What known games are judged at."""

    players: tuple[int, int]
    texts: int
    passes: tuple[int, ...] = PASSES
    p: float = 0.5
    order: int = 2

    @property
    def title(self) -> str:
        """How tables are called."""
        text = "all texts" if self.texts >= 2 ** self.players[1] else f"{self.texts} texts"
        players = f"{self.players[0]} + {self.players[1]} players"
        return f"{players}, {text}, p = {self.p:g}, order {self.order}"


SETTINGS = (
    Setting((49, 8), 256),
    Setting((12, 3), 8),
    Setting((49, 8), 64, (256,)),
    Setting((49, 8), 256, (256,), p=0.3),
    Setting((49, 8), 256, (256,), p=0.7),
    Setting((49, 8), 256, (256,), order=1),
    Setting((12, 3), 8, (64, 256), order=3),
    Setting((12, 3), 8, (64, 256), p=0.3),
    Setting((12, 3), 8, (64, 256), p=0.7),
)


@dataclass
class Judged:
    """Errors of runs, and what was said about them."""

    truths: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    errors: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    told: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    optimism: list[float] = field(default_factory=list)
    n_resolved: list[int] = field(default_factory=list)
    n_false: list[int] = field(default_factory=list)
    strongest: list[float] = field(default_factory=list)

    def add(
        self,
        truth: InteractionScores,
        found: InteractionScores,
        errors: InteractionScores,
        n_image: int,
    ) -> None:
        """Add the interactions of one run."""
        for players, error in errors.items():
            if not players:
                continue
            is_cross = players[0] < n_image <= players[-1]
            kind = "players" if len(players) == 1 else "cross" if is_cross else "within"
            self.truths[kind].append(truth[players])
            self.errors[kind].append(found[players] - truth[players])
            self.told[kind].append(error)

    def add_resolved(
        self, truth: InteractionScores, found: InteractionScores, resolved: frozenset, n_image: int
    ) -> None:
        """Add which interactions are resolved in one run."""
        zero = ZERO * max(map(abs, truth.values()))
        false = [s for s in resolved if truth[s] * found[s] <= 0 or abs(truth[s]) <= zero]
        self.n_resolved.append(len(resolved))
        self.n_false.append(len(false))
        highest = max(map(len, truth))
        cross = [s for s in truth if len(s) == highest and s[0] < n_image <= s[-1]]
        strongest = sorted(cross, key=lambda s: -abs(truth[s]))[:N_STRONGEST]
        strongest = [s for s in strongest if abs(truth[s]) > zero]
        if strongest:
            self.strongest.append(float(np.mean([s in resolved for s in strongest])))

    def add_all(self, other: Judged) -> None:
        """Add runs that were judged elsewhere."""
        for kind in KINDS:
            self.truths[kind] += other.truths[kind]
            self.errors[kind] += other.errors[kind]
            self.told[kind] += other.told[kind]
        self.optimism += other.optimism
        self.n_resolved += other.n_resolved
        self.n_false += other.n_false
        self.strongest += other.strongest

    def row(self) -> dict[str, float]:
        """Return the figures of all runs."""
        row = {}
        for kind in KINDS:
            truths, errors, told = (
                np.array(numbers[kind]) for numbers in (self.truths, self.errors, self.told)
            )
            if not len(truths):
                continue
            scale = root_mean_square(truths)
            rounding = ZERO * max(scale, 1.0)
            row[kind] = float(np.mean(np.abs(errors) <= REACH * told + rounding))
            error = root_mean_square(errors)
            is_known = error < rounding
            row[f"{kind}: width"] = math.nan if is_known else root_mean_square(told) / error
            row[f"{kind}: error"] = math.nan if scale < rounding else error / scale
        if self.optimism:
            row["told - fresh"] = float(np.mean(self.optimism))
        row["resolved"] = float(np.mean(self.n_resolved))
        row["false"] = sum(self.n_false) / max(1, sum(self.n_resolved))
        row["strongest"] = float(np.mean(self.strongest)) if self.strongest else math.nan
        return row


def root_mean_square(numbers: FloatArray) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(numbers))))


def judge_known(name: str, setting: Setting, passes: int, n_seeds: int) -> Judged:
    """Judge runs on random games of one kind."""
    judged = Judged()
    for seed in range(n_seeds):
        game = make_game(name, setting.players, setting.p, seed)
        observations = game.observe((passes, setting.texts), seed)
        terms = game.terms(setting.order)
        solution = solve(observations, faithful_index(setting.p), terms, "shrinkage")
        rng, labels = np.random.default_rng(seed), solution.labels
        truth, errors = game.interactions(setting.order), solution.standard_errors(rng)
        found, resolved = solution.named, solution.resolved(errors)
        judged.add(truth, found, labels.named(errors), setting.players[0])
        judged.add_resolved(truth, found, labels.where(resolved), setting.players[0])
        coalitions, values = game.fresh
        explained = explained_at(banzhaf_values(solution), coalitions)
        fresh = 1 - np.mean((values - explained) ** 2) / np.var(values)
        judged.optimism.append(solution.r2(rng) - max(fresh, -1))
    return judged


def rows_of(setting: Setting, n_seeds: int) -> Iterator[dict]:
    """Judge all kinds of games."""
    runs = [(name, setting, passes, n_seeds) for name, passes in product(GAMES, setting.passes)]
    judged = on_all_cores(judge_known, runs, setting.title)
    for (name, _, passes, _), found in zip(runs, judged, strict=True):
        yield {"game": name, "passes": passes} | found.row()


@dataclass(frozen=True)
class JudgedGame:
    """A game, what its interactions are, and how far these may be off."""

    game: VisionLanguageGame
    values: InteractionValues
    errors: InteractionValues | None = None

    def judge(self, judged: Judged, p: float, passes: int, seed: int) -> None:
        """Add a run."""
        fixlip = FIxLIP(self.game.n_players, p=p, random_state=seed)
        n_texts = 2**self.game.n_players_text
        found = fixlip.approximate(game=self.game, budget_image=passes, budget_text=n_texts)
        told = fixlip.standard_errors().interactions
        if self.errors:
            told = {s: math.hypot(error, self.errors[s]) for s, error in told.items()}
        truth, n_image = self.values.interactions, self.game.n_players_image
        judged.add(truth, found.interactions, told, n_image)
        judged.add_resolved(truth, found.interactions, fixlip.resolved(), n_image)


def of_cells(p: float, number: int) -> JudgedGame:
    """Return a game of few players and its exact values."""
    game = make_game_of_cells(number)
    return JudgedGame(game, exact_interactions(game, "FWBII", 2, p))


def of_patches(p: float, number: int) -> JudgedGame:
    """Return a game of all patches and its values by a long run."""
    rng = np.random.default_rng([EVALUATION_SEED, number])
    scene = random_scene(rng, n_objects=1 + number % 3)
    game = VisionLanguageGame(load_encoder("demo", batch_size=64), scene.image, scene.caption)
    fixlip = FIxLIP(game.n_players, p=p, random_state=LONG_SEED)
    n_texts = 2**game.n_players_text
    values = fixlip.approximate(game=game, budget_image=LONG_RUN, budget_text=n_texts)
    return JudgedGame(game, values, fixlip.standard_errors())


def judge_scene(
    known_of: Callable[[float, int], JudgedGame], p: float, number: int, seeds: range
) -> dict[int, Judged]:
    """Judge runs on one scene, for each number of passes."""
    known = known_of(p, number)
    found = {passes: Judged() for passes in PASSES}
    for passes, seed in product(PASSES, seeds):
        known.judge(found[passes], p, passes, seed)
    return found


def rows_of_model(
    known_of: Callable[[float, int], JudgedGame], n_scenes: int, n_runs: int
) -> Iterator[dict]:
    """Judge games of the embedded model."""
    runs = [
        (known_of, p, number, range(number, n_scenes * n_runs, n_scenes))
        for p, number in product(PS, range(n_scenes))
    ]
    scenes = on_all_cores(judge_scene, runs, known_of.__name__)
    for p, passes in product(PS, PASSES):
        judged = Judged()
        for (_, p_of_scene, _, _), found in zip(runs, scenes, strict=True):
            if p_of_scene == p:
                judged.add_all(found[passes])
        yield {"game": f"p = {p:g}", "passes": passes} | judged.row()


def report(title: str, rows: pd.DataFrame) -> list[str]:
    """Print a table and return what it misses."""
    print_table(title, rows)
    missed = []
    for _, row in rows.iterrows():
        where = f"{title}: {row['game']}, {row['passes']} passes"
        for kind in KINDS:
            if row.get(kind, 1) < MIN_COVERED:
                missed.append(f"{where}: {row[kind]:.2f} of {kind} covered")
            is_wide = row.get(f"{kind}: width", 0) > MAX_WIDTH
            if is_wide and row.get(f"{kind}: error", 0) > NEGLIGIBLE:
                missed.append(f"{where}: {kind} {row[f'{kind}: width']:.1f} times as wide")
        if row["false"] > MAX_FALSE:
            missed.append(f"{where}: {row['false']:.0%} of those resolved are false")
        is_easy = row["game"] in EASY and row["passes"] == PASSES_OF_EASY
        if is_easy and row["strongest"] < MIN_STRONGEST:
            missed.append(f"{where}: {row['strongest']:.0%} of the strongest are resolved")
        if abs(row.get("told - fresh", 0)) > MAX_OPTIMISM:
            missed.append(f"{where}: R2 told is off by {row['told - fresh']:.2f}")
    return missed


def main(
    *,
    n_seeds: Annotated[int, typer.Option(help="runs on each known game")] = 10,
    n_scenes: Annotated[int, typer.Option(help="scenes, with 1 to 3 objects in turn")] = 6,
    n_runs: Annotated[int, typer.Option(help="runs on each scene")] = 3,
) -> None:
    """Print what intervals cover, and require that they do so in every row."""
    print_machine()
    missed = []
    for setting in SETTINGS:
        missed += report(setting.title, pd.DataFrame(rows_of(setting, n_seeds)))
    for known_of, title in ((of_cells, "12 cells and 6 words"), (of_patches, "49 patches")):
        rows = pd.DataFrame(rows_of_model(known_of, n_scenes, n_runs))
        missed += report(f"embedded model, {title}", rows)
    print("\n".join(["", *missed]))
    require("all rows are covered, none too widely, and R2 is honest", is_reached=not missed)


if __name__ == "__main__":
    typer.run(main)
