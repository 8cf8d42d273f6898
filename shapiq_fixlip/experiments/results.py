"""The result files of an evaluation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import pandas as pd

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.experiments.tables import (
    as_rows,
    curves_of,
    differences,
    failures_of,
    model_differences,
    summary,
    wide,
)
from shapiq_fixlip.plot.evaluation import evaluation_plot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from shapiq_fixlip.experiments.runner import Records

__all__ = ["EVALUATION_FILES", "as_records", "write_results"]

EVALUATION_FILES = (
    *("rows.csv", "failures.csv", "curves.csv", "summary.csv", "summary.md"),
    *("differences.csv", "figure.png"),
)
"""All result files of an evaluation."""

_DPI = 150


def write_results(
    records: Records, numbers: Sequence[int], folder: Path
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the tables and the figure of an evaluation.

    ``rows.csv`` has all figures of all inputs, ``failures.csv`` the failures with their errors,
    ``curves.csv`` the mean curves, ``summary.csv`` the means with their standard errors,
    ``differences.csv`` those of differences between methods, and between two models, on the same
    inputs, ``summary.md`` the same as tables to read, and ``figure.png`` a plot. Empty files are
    left out.

    Args:
        records: Records of the inputs.
        numbers: Numbers of the inputs.
        folder: The folder of the files.

    Returns:
        The summary, and the failures with their errors.
    """
    rows = as_rows(numbers, records.read(numbers))
    means, curves, failures = summary(rows), curves_of(rows), failures_of(rows)
    numbers_only = rows[~rows["value"].map(lambda value: isinstance(value, list))]
    numbers_only.to_csv(folder / "rows.csv", index=False)
    means.to_csv(folder / "summary.csv", index=False)
    compared = pd.concat([differences(rows), model_differences(rows)], ignore_index=True)
    tables = [("Means", means), ("Differences on the same inputs", compared)]
    texts = [
        f"## {title}\n\n{wide(table).to_markdown(index=False)}\n"
        for title, table in tables
        if not table.empty
    ]
    (folder / "summary.md").write_text("\n".join(texts), encoding="utf-8")
    if not compared.empty:
        compared.to_csv(folder / "differences.csv", index=False)
    if not failures.empty:
        failures.to_csv(folder / "failures.csv", index=False)
    if not curves.empty:
        curves.to_csv(folder / "curves.csv")
    _draw(means, curves, folder / "figure.png")
    return means, failures


def _draw(means: pd.DataFrame, curves: pd.DataFrame, path: Path) -> None:
    """Write the plot, if there is anything to plot."""
    try:
        figure, _ = evaluation_plot(means, curves)
    except InputError:
        return
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)


def as_records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, ready for JSON, with ``None`` for NaN."""
    records: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return records
