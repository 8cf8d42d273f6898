"""Run the experiments on the embedded model, and write the results page with its pictures.

    python docs/make_results.py FOLDER

Finished inputs stay in the folder, so that the same command goes on where it was. It takes an hour
on two cores.
"""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path
from typing import Annotated, Any

import jinja2
import matplotlib as mpl
import pandas as pd
import typer

from shapiq_fixlip.experiments.methods import METHODS
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
OF_PAIRS = ("fixlip:0.3", "fixlip:0.5", "fixlip:0.7", "k-sii", "exclip")
FIXLIP = "fixlip:0.5"


def evaluated(experiment: str, folder: Path) -> dict[str, Any]:
    """Run an experiment, keep its tables and its picture, and return what the page says of it."""
    n = N_INPUTS[experiment]
    out = folder / experiment
    records = run(evaluation_of(experiment, {"n_inputs": n}), range(n), out, verbose=True)
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


def paired(first: pd.Series[float], second: pd.Series[float]) -> dict[str, str]:
    """Compare two methods on the same inputs."""
    difference = first - second
    mean, error = difference.mean(), difference.sem()
    return {"difference": f"{mean:.2f} ± {error:.2f}", "errors": f"{mean / error:.1f}"}


def claim_of(rows: pd.DataFrame) -> dict[str, str]:
    """Compare FIxLIP with the best method of single players where several objects are named."""
    several = rows[rows["figure"].isin([f"recognition, {n} named" for n in (2, 3, 4)])]
    table = several.pivot_table(index="input", columns="method", values="value")
    first_order = [method for method in METHODS if method not in OF_PAIRS]
    best = table[first_order].mean().idxmax()

    def shown(method: str) -> str:
        return f"{table[method].mean():.2f} ± {table[method].sem():.2f}"

    return {
        "n": str(len(table)),
        "fixlip": shown(FIXLIP),
        "best": best,
        "other": shown(best),
        **paired(table[FIXLIP], table[best]),
    }


def main(folder: Annotated[Path, typer.Argument(help="For the runs.")]) -> None:
    """Write ``results.md``."""
    mpl.use("Agg")
    found = {experiment: evaluated(experiment, folder) for experiment in N_INPUTS}
    area = by_method(found["insertion-deletion"]["rows"], "area")
    cpu = platform.processor() or platform.machine()
    page = jinja2.Template(
        (DOCS / "results.template.md").read_text(encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    ).render(
        machine=f"{os.cpu_count()} cores of {cpu}",
        pointing=found["pointing-game"],
        claim=claim_of(found["pointing-game"]["rows"]),
        insertion=found["insertion-deletion"],
        area=paired(area[FIXLIP], area["shapley"]),
        faithfulness=found["faithfulness"],
        time=found["time"],
    )
    (DOCS / "results.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
