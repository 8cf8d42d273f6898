"""Time of the Gaussian process behind shrinkage on real sizes, on the CPU and on a GPU.

Random embeddings of 512 dimensions that are normalised sums over players; the text is enumerated or
sampled. ``fit`` is the choice of the prior and the interactions, ``R2`` the cross-validated figure,
``errors`` all standard errors. ``difference`` is the largest one between interactions on the device
and on the CPU, relative to the largest interaction.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
import torch
import typer
from reporting import print_machine, print_table
from tqdm.auto import tqdm

from shapiq_fixlip.coalitions.sampling import draw_sample
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.fitted_game import solve
from shapiq_fixlip.solver.observations import Observations
from shapiq_fixlip.solver.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapiq_fixlip.solver.solution import Solution
    from shapiq_fixlip.typing import FloatArray

PLAYERS = ((49, 8), (196, 12), (576, 20))
PASSES = (256, 1024)
DIMENSION = 512
P = 0.5


def embeddings(n: int, coalitions: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return normalised sums over players and their pairs with the next one."""
    vectors, pairs = rng.normal(size=(2, n, DIMENSION)) * rng.gamma(0.5, size=(2, n, 1))
    sums = 2 + coalitions @ vectors + 0.3 * (coalitions * np.roll(coalitions, 1, axis=1)) @ pairs
    return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def observe(players: tuple[int, int], passes: int) -> Observations:
    """Return a random game at sampled coalitions."""
    rng = np.random.default_rng(0)
    samples = tuple(draw_sample(n, P, passes, rng) for n in players)
    values = tuple(
        embeddings(n, sample.coalitions.astype(float), rng)
        for n, sample in zip(players, samples, strict=True)
    )
    return Observations(samples, values, 0.0, (len(samples[0]), len(samples[1])), 0.0)


def timed(function: Callable[[], object]) -> tuple[float, object]:
    """Return the seconds of a call and its result."""
    started = time.perf_counter()
    result = function()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started, result


def measured(observations: Observations, device: str) -> tuple[dict[str, float], FloatArray]:
    """Measure one game on one device."""
    terms = Terms(2, (2, 2))

    def fit() -> tuple[Solution, FloatArray]:
        solution = solve(observations, faithful_index(P), terms, "shrinkage")
        return solution, np.concatenate([block.ravel() for block in solution.values.values()])

    observations = replace(observations, device=torch.device(device))
    fit_seconds, (solution, values) = timed(fit)
    r2_seconds, _ = timed(lambda: solution.r2(np.random.default_rng(0)))
    error_seconds, _ = timed(lambda: solution.standard_errors(np.random.default_rng(0)))
    return {"fit": fit_seconds, "R2": r2_seconds, "errors": error_seconds}, values


def table_of(devices: list[str]) -> pd.DataFrame:
    """Measure all sizes on all devices, the first of which is compared with."""
    rows = []
    for players in tqdm(PLAYERS, desc="players"):
        for passes in PASSES:
            observations, known = observe(players, passes), None
            for device in devices:
                seconds, values = measured(observations, device)
                known = values if known is None else known
                difference = np.abs(values - known).max() / np.abs(known).max()
                game = {"players": f"{players[0]} + {players[1]}", "passes": passes}
                rows.append({**game, "device": device, **seconds, "difference": difference})
    return pd.DataFrame(rows)


def main(
    *, devices: Annotated[str, typer.Option(help="torch devices, the CPU first")] = "cpu"
) -> None:
    """Print seconds of all sizes and devices."""
    print_machine()
    for device in devices.split():
        if device != "cpu":
            print(f"{device}: {torch.cuda.get_device_name(device)}")
    measured(observe(PLAYERS[0], PASSES[0]), devices.split()[-1])  # the first call loads libraries
    print_table("seconds", table_of(devices.split()))


if __name__ == "__main__":
    typer.run(main)
