"""Run the experiments on the embedded model, and write the results page with its pictures.

    python docs/make_results.py FOLDER

Finished inputs stay in the folder, so that the same command goes on where it was. It takes an hour
on two cores.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import jinja2
import matplotlib as mpl
import pandas as pd
import typer

from shapiq_fixlip.experiments.methods import METHODS, parse_methods
from shapiq_fixlip.experiments.presets import evaluation_of
from shapiq_fixlip.experiments.results import write_results
from shapiq_fixlip.experiments.runner import run
from shapiq_fixlip.experiments.tables import wide

DOCS = Path(__file__).parent
RESULTS = DOCS.parent / "benchmarks" / "results" / "evaluation"
N_INPUTS = {"pointing-game": 134, "insertion-deletion": 100, "faithfulness": 30, "time": 4}
FIGURES = {
    "pointing-game": [f"recognition, {n} named" for n in range(1, 5)],
    "insertion-deletion": ["area"],
    "faithfulness": ["r2, p = 0.3", "r2, p = 0.5", "r2, p = 0.7", "r2, shapley"],
    "time": ["seconds", "r2, p = 0.5"],
}
FIXLIP = "fixlip:0.5"
FIRST_BLOCK = "exclip:-1:0"  # before the first block of texts
COMPARED = [*METHODS]
COMPARED.insert(METHODS.index("exclip") + 1, FIRST_BLOCK)
COMPARING = ("pointing-game", "insertion-deletion")
FEWEST_ERRORS = 2


def evaluated(experiment: str, folder: Path) -> dict[str, Any]:
    """Run an experiment, keep its tables and its picture, and return what the page says of it."""
    n = N_INPUTS[experiment]
    out = folder / experiment
    chosen = {"methods": tuple(COMPARED)} if experiment in COMPARING else {}
    evaluation = evaluation_of(experiment, {"n_inputs": n, **chosen})
    records = run(evaluation, range(n), out, verbose=True)
    means = write_results(records, range(n), out)
    RESULTS.mkdir(parents=True, exist_ok=True)
    shutil.copy(out / "summary.csv", RESULTS / f"{experiment}.csv")
    shutil.copy(out / "figure.png", DOCS / "images" / f"results-{experiment}.png")
    table = wide(means, FIGURES[experiment]).to_markdown(index=False)
    return {"n": n, "table": table, "rows": pd.read_csv(out / "rows.csv")}


def by_method(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return a figure of every input (row) by every method (column)."""
    chosen = rows[rows["figure"] == figure]
    return chosen.pivot_table(index="input", columns="method", values="value")


def paired(first: pd.Series[float], second: pd.Series[float]) -> dict[str, Any]:
    """Compare two methods on the same inputs."""
    difference = first - second
    mean, error = difference.mean(), difference.sem()
    return {"difference": f"{mean:.2f} ± {error:.2f}", "errors": mean / error}


def claim_of(rows: pd.DataFrame) -> dict[str, Any]:
    """Compare FIxLIP with every method of single players where several objects are named.

    Returns:
        What the page says of the method that comes closest.
    """
    several = rows[rows["figure"].isin([f"recognition, {n} named" for n in (2, 3, 4)])]
    table = several.pivot_table(index="input", columns="method", values="value")
    first_order = [method.name for method in parse_methods(COMPARED) if method.order == 1]
    comparisons = {name: paired(table[FIXLIP], table[name]) for name in first_order}
    best = min(comparisons, key=lambda name: comparisons[name]["errors"])

    def shown(method: str) -> str:
        return f"{table[method].mean():.2f} ± {table[method].sem():.2f}"

    return {
        "n": len(table),
        "fixlip": shown(FIXLIP),
        "best": best,
        "other": shown(best),
        **comparisons[best],
    }


def main(folder: Annotated[Path, typer.Argument(help="For the runs.")]) -> None:
    """Write ``results.md``."""
    mpl.use("Agg")
    found = {experiment: evaluated(experiment, folder) for experiment in N_INPUTS}
    claim = claim_of(found["pointing-game"]["rows"])
    table = by_method(found["insertion-deletion"]["rows"], "area")
    area = paired(table[FIXLIP], table["shapley"])
    if claim["errors"] <= FEWEST_ERRORS or area["errors"] < 0:
        sys.exit(f"The paper's claim does not hold: {claim}, {area}")
    cpu = platform.processor() or platform.machine()
    page = jinja2.Template(
        (DOCS / "results.template.md").read_text(encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    ).render(
        machine=f"{os.cpu_count()} cores of {cpu}",
        methods=",".join(COMPARED),
        pointing=found["pointing-game"],
        claim=claim,
        insertion=found["insertion-deletion"],
        area=area,
        faithfulness=found["faithfulness"],
        time=found["time"],
    )
    (DOCS / "results.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
