"""The files that an evaluation ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.experiments.tables import as_rows, curves_of, failures_of, summary, wide
from shapiq_fixlip.plot.evaluation import evaluation_plot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from shapiq_fixlip.experiments.runner import Records

__all__ = ["EVALUATION_FILES", "write_results"]

EVALUATION_FILES = (
    *("rows.csv", "failures.csv", "curves.csv", "summary.csv", "summary.md"),
    "figure.png",
)
"""All that an evaluation may write."""

_DPI = 150


def write_results(
    records: Records, numbers: Sequence[int], folder: Path
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the tables and the figure of an evaluation.

    ``rows.csv`` has all figures of all inputs, ``failures.csv`` what failed and why, ``curves.csv``
    the mean curves, ``summary.csv`` the means with their standard errors, ``summary.md`` the same
    for people, and ``figure.png`` a picture. Those with nothing to hold are left out.

    Args:
        records: Of the inputs.
        numbers: The inputs.
        folder: Where the files go.

    Returns:
        The summary, and what failed and why.
    """
    rows = as_rows(numbers, records.read(numbers))
    means, curves, failures = summary(rows), curves_of(rows), failures_of(rows)
    numbers_only = rows[~rows["value"].map(lambda value: isinstance(value, list))]
    numbers_only.to_csv(folder / "rows.csv", index=False)
    means.to_csv(folder / "summary.csv", index=False)
    (folder / "summary.md").write_text(
        wide(means).to_markdown(index=False) + "\n", encoding="utf-8"
    )
    if not failures.empty:
        failures.to_csv(folder / "failures.csv", index=False)
    if not curves.empty:
        curves.to_csv(folder / "curves.csv")
    _draw(means, curves, folder / "figure.png")
    return means, failures


def _draw(means: pd.DataFrame, curves: pd.DataFrame, path: Path) -> None:
    """Draw what can be drawn, if anything."""
    try:
        figure, _ = evaluation_plot(means, curves)
    except InputError:
        return
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)
