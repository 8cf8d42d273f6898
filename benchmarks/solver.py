"""Factorised against dense least squares on the same grid of image and text coalitions.

Both get the embeddings of the sampled coalitions (dense: the values of all pairs) and return the
same interactions of 49 + 8 players. Every measurement runs in a process of its own, so that its
peak memory, imports included, can be read off.

Least squares for *all* pairs of players needs 1,226 image and 37 text coalitions, so grids of fewer
than 2^16 pairs cannot determine them; those are measured with cross-modal pairs only.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from typing import Annotated

import numpy as np
import pandas as pd
import typer
from reporting import print_machine, print_table, require

from shapiq_fixlip.coalitions.sampling import Sample, draw_sample
from shapiq_fixlip.solver.basis import DegreeBasis
from shapiq_fixlip.solver.combine import joint_interactions
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.terms import Terms

N_IMAGE, N_TEXT, DIMENSION, P = 49, 8, 512, 0.5
MIN_IMAGE_COALITIONS = {"cross-modal": 64, "all": 1400}  # a little more than columns
TERMS = {"cross-modal": Terms(2, (1, 1)), "all": Terms(2, (2, 2))}
MIN_PAIRS_OF_ALL = 16  # log2
JUDGED_SPEED, MIN_RATIO = "2^17", 30
JUDGED_MEMORY, MAX_GIGABYTES = "2^19", 2


def make_sides(log2_pairs: int, terms: str) -> list[tuple[Sample, np.ndarray]]:
    """Draw a grid of the wanted size, with random embeddings."""
    rng = np.random.default_rng(0)
    fewest = MIN_IMAGE_COALITIONS[terms]
    m_text = min(2**N_TEXT, 2**log2_pairs // fewest)
    sizes = ((N_IMAGE, 2**log2_pairs // m_text), (N_TEXT, m_text))
    samples = [draw_sample(n, P, m, rng) for n, m in sizes]
    return [(sample, rng.normal(size=(len(sample), DIMENSION))) for sample in samples]


def factorised(sides: list[tuple[Sample, np.ndarray]], terms: Terms) -> np.ndarray:
    """Solve side by side."""
    fits = [
        LeastSquaresFit(sample, values, faithful_index(P), terms.max_degrees[0])
        for sample, values in sides
    ]
    found = terms.labels((N_IMAGE, N_TEXT)).named(joint_interactions(*fits, terms))
    return np.array(list(found.values()))


def dense(sides: list[tuple[Sample, np.ndarray]], terms: Terms) -> np.ndarray:
    """Solve for all pairs at once, by the normal equations of the whole design."""
    (image, image_values), (text, text_values) = sides
    values = (image_values @ text_values.T).ravel()
    weights = np.outer(image.weights, text.weights).ravel()
    coalitions = np.hstack(
        [
            np.repeat(image.coalitions, len(text), axis=0),
            np.tile(text.coalitions, (len(image), 1)),
        ]
    )
    basis = DegreeBasis(N_IMAGE + N_TEXT, P, terms.max_order)
    wanted = [
        players
        for players in (tuple(row) for rows in basis.subsets for row in rows.tolist())
        if max(sum(i < N_IMAGE for i in players), sum(i >= N_IMAGE for i in players))
        <= terms.max_degrees[0]
    ]
    design = np.empty((len(coalitions), len(wanted)))
    for column, players in enumerate(wanted):
        design[:, column] = coalitions[:, list(players)].all(axis=1)
    weighted = design * weights[:, None]
    return np.linalg.solve(design.T @ weighted, weighted.T @ values)


def measure(solver: str, log2_pairs: int, terms: str, repeats: int) -> dict[str, float]:
    """Measure one solver in a process of its own."""
    command = [sys.executable, __file__, "--one", f"{solver} {log2_pairs} {terms} {repeats}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure_here(solver: str, log2_pairs: int, terms: str, repeats: int) -> dict[str, float]:
    """Measure one solver in this process: median seconds, peak memory, and a digest."""
    sides = make_sides(log2_pairs, terms)
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        interactions = {"factorised": factorised, "dense": dense}[solver](sides, TERMS[terms])
        seconds.append(time.perf_counter() - started)
    probe = np.random.default_rng(1).normal(size=len(interactions))
    return {
        "seconds": float(np.median(seconds)),
        "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "digest": float(interactions @ probe),
        "image": len(sides[0][0]),
        "text": len(sides[1][0]),
    }


def main(
    *,
    smallest: Annotated[int, typer.Option(help="log2 of the fewest pairs")] = 13,
    largest: Annotated[int, typer.Option(help="log2 of the most pairs")] = 19,
    dense_up_to: Annotated[int, typer.Option(help="log2 of the most pairs, dense fit")] = 17,
    repeats: Annotated[
        int, typer.Option(help="runs of the factorised solver; the median counts")
    ] = 3,
    one: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Print times, memory and ratios for grids of 2^smallest to 2^largest pairs."""
    if one:
        solver, log2_pairs, terms, runs = one.split()
        print(json.dumps(measure_here(solver, int(log2_pairs), terms, int(runs))))
        return
    print_machine()
    for terms in TERMS:
        rows = []
        first = smallest if terms == "cross-modal" else max(smallest, MIN_PAIRS_OF_ALL)
        for log2_pairs in range(first, largest + 1):
            ours = measure("factorised", log2_pairs, terms, repeats)
            row = {
                "pairs": f"2^{log2_pairs}",
                "grid": f"{ours['image']} x {ours['text']}",
                "factorised s": ours["seconds"],
                "factorised GB": ours["gigabytes"],
            }
            if log2_pairs <= dense_up_to:
                theirs = measure("dense", log2_pairs, terms, 1)
                row |= {
                    "dense s": theirs["seconds"],
                    "dense GB": theirs["gigabytes"],
                    "times faster": theirs["seconds"] / ours["seconds"],
                    "difference": abs(theirs["digest"] - ours["digest"]),
                }
            rows.append(row)
        title = f"Interactions of 49 + 8 players, order 2, {terms} pairs of players"
        print_table(title, pd.DataFrame(rows))
        ratio = {row["pairs"]: row.get("times faster") for row in rows}.get(JUDGED_SPEED)
        gigabytes = {row["pairs"]: row["factorised GB"] for row in rows}.get(JUDGED_MEMORY)
        if ratio is not None and gigabytes is not None:
            require(
                f"at {JUDGED_SPEED} pairs at least {MIN_RATIO} times as fast, "
                f"at {JUDGED_MEMORY} below {MAX_GIGABYTES} GB",
                is_reached=ratio >= MIN_RATIO and gigabytes < MAX_GIGABYTES,
            )


if __name__ == "__main__":
    typer.run(main)
