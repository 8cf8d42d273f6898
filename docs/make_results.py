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
FEWEST_ERRORS = 2


def run_of(experiment: str, folder: Path, **chosen: Any) -> pd.DataFrame:  # noqa: ANN401 - settings
    """Run an experiment and return its means."""
    n = N_INPUTS[experiment]
    if experiment == "pointing-game":  # every name is one token here, and they play as in the paper
        chosen["text_players"] = "tokens"
    evaluation = evaluation_of(experiment, {"n_inputs": n, **chosen})
    records = run(evaluation, range(n), folder, verbose=True)
    means, _ = write_results(records, range(n), folder)
    return means


def evaluated(experiment: str, folder: Path) -> dict[str, Any]:
    """Run an experiment, keep its tables and its picture, and return what the page says of it."""
    out = folder / experiment
    means = run_of(experiment, out)
    RESULTS.mkdir(parents=True, exist_ok=True)
    shutil.copy(out / "summary.csv", RESULTS / f"{experiment}.csv")
    shutil.copy(out / "figure.png", DOCS / "images" / f"results-{experiment}.png")
    return {
        "n": N_INPUTS[experiment],
        "table": table_of(experiment, means),
        "rows": pd.read_csv(out / "rows.csv"),
    }


def table_of(experiment: str, means: pd.DataFrame) -> str:
    """Return a table in Markdown."""
    return wide(means, FIGURES[experiment]).to_markdown(index=False)


def first_block(experiment: str, folder: Path) -> str:
    """Run exCLIP before the first block of texts, and return its table."""
    means = run_of(experiment, folder_of_first_block(experiment, folder), methods=(FIRST_BLOCK,))
    means.to_csv(RESULTS / f"{experiment}-exclip.csv", index=False)
    return table_of(experiment, means)


def folder_of_first_block(experiment: str, folder: Path) -> Path:
    """Return where the run of exCLIP before the first block of texts is."""
    return folder / f"{experiment}-exclip"


def by_method(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return a figure of every input (row) by every method (column)."""
    chosen = rows[rows["figure"] == figure]
    return chosen.pivot_table(index="input", columns="method", values="value")


def paired(first: pd.Series[float], second: pd.Series[float]) -> dict[str, Any]:
    """Compare two methods on the same inputs."""
    difference = first - second
    mean, error = difference.mean(), difference.sem()
    return {"difference": f"{mean:.3f} ± {error:.3f}", "errors": mean / error}


def shown(numbers: pd.Series[float]) -> str:
    """Return a mean and its standard error."""
    return f"{numbers.mean():.3f} ± {numbers.sem():.3f}"


def of_several(rows: pd.DataFrame) -> pd.DataFrame:
    """Return recognition of every input with 2 to 4 named objects (row) by every method."""
    figures = [f"recognition, {n} named" for n in (2, 3, 4)]
    return rows[rows["figure"].isin(figures)].pivot_table(
        index="input", columns="method", values="value"
    )


def claim_of(rows: pd.DataFrame) -> dict[str, Any]:
    """Compare FIxLIP with the best method of single players where several objects are named.

    ``fewest_errors`` is of the closest comparison with any of them.
    """
    table = of_several(rows)
    first_order = [method.name for method in parse_methods(METHODS) if method.max_order == 1]
    comparisons = {name: paired(table[FIXLIP], table[name]) for name in first_order}
    best = table[first_order].mean().idxmax()
    return {
        "n": len(table),
        "fixlip": shown(table[FIXLIP]),
        "best": best,
        "other": shown(table[best]),
        "fewest_errors": min(comparison["errors"] for comparison in comparisons.values()),
        **comparisons[best],
    }


def exclip_of(rows: pd.DataFrame, folder: Path) -> dict[str, str]:
    """Return the recognition of exCLIP with several named objects, before both blocks of texts."""
    first = pd.read_csv(folder_of_first_block("pointing-game", folder) / "rows.csv")
    return {
        "first_block": shown(of_several(first)[FIRST_BLOCK]),
        "last_block": shown(of_several(rows)["exclip"]),
    }


def explained_by(rows: pd.DataFrame) -> dict[str, str]:
    """Return R² of pairs and of single players where both are fitted."""
    half, shapley = (by_method(rows, figure) for figure in ("r2, p = 0.5", "r2, shapley"))
    return {
        "fixlip": shown(half[FIXLIP]),
        "banzhaf": shown(half["banzhaf:0.5"]),
        "k_sii": shown(shapley["k-sii"]),
        "shapley": shown(shapley["shapley"]),
    }


def main(folder: Annotated[Path, typer.Argument(help="For the runs.")]) -> None:
    """Write ``results.md``."""
    mpl.use("Agg")
    found = {experiment: evaluated(experiment, folder) for experiment in N_INPUTS}
    claim = claim_of(found["pointing-game"]["rows"])
    table = by_method(found["insertion-deletion"]["rows"], "area")
    area = paired(table[FIXLIP], table["shapley"])
    if claim["fewest_errors"] <= FEWEST_ERRORS or area["errors"] < 0:
        sys.exit(f"The paper's claim does not hold: {claim}, {area}")
    cpu = platform.processor() or platform.machine()
    page = jinja2.Template(
        (DOCS / "results.template.md").read_text(encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
    ).render(
        machine=f"{os.cpu_count()} cores of {cpu}",
        first_block=FIRST_BLOCK,
        pointing_first_block=first_block("pointing-game", folder),
        exclip=exclip_of(found["pointing-game"]["rows"], folder),
        insertion_first_block=first_block("insertion-deletion", folder),
        pointing=found["pointing-game"],
        claim=claim,
        insertion=found["insertion-deletion"],
        area=area,
        faithfulness=found["faithfulness"],
        explained=explained_by(found["faithfulness"]["rows"]),
        time=found["time"],
    )
    (DOCS / "results.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
