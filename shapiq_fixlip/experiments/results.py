"""The files that an evaluation ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.experiments.tables import as_rows, curves_of, failures_of, summary, wide
from shapiq_fixlip.output import result_folder, writing
from shapiq_fixlip.plot.evaluation import evaluation_plot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from shapiq_fixlip.experiments.runner import Records

__all__ = ["write_results"]

_DPI = 150

_OPTIONAL = {"failures.csv", "curves.csv", "figure.png"}


def write_results(records: Records, numbers: Sequence[int], folder: Path) -> pd.DataFrame:
    """Write the tables and the figure of an evaluation.

    ``rows.csv`` has all figures of all inputs, ``failures.csv`` what failed and why, ``curves.csv``
    the mean curves, ``summary.csv`` the means with their standard errors, ``summary.md`` the same
    for people, and ``figure.png`` a picture. Those with nothing to hold are left out.

    Args:
        records: Of the inputs.
        numbers: The inputs.
        folder: Where the files go.

    Returns:
        The summary.

    Raises:
        InputError: If files cannot be written.
    """
    rows = as_rows(numbers, records.read(numbers))
    means, curves, failures = summary(rows), curves_of(rows), failures_of(rows)
    numbers_only = rows[~rows["value"].map(lambda value: isinstance(value, list))]
    with result_folder(folder) as workplace, writing(folder):
        numbers_only.to_csv(workplace / "rows.csv", index=False)
        means.to_csv(workplace / "summary.csv", index=False)
        (workplace / "summary.md").write_text(
            wide(means).to_markdown(index=False) + "\n", encoding="utf-8"
        )
        if not failures.empty:
            failures.to_csv(workplace / "failures.csv", index=False)
        if not curves.empty:
            curves.to_csv(workplace / "curves.csv")
        _draw(means, curves, workplace / "figure.png")
        written = {path.name for path in workplace.iterdir()}
    with writing(folder):
        for name in _OPTIONAL - written:
            (folder / name).unlink(missing_ok=True)  # of an earlier run
    return means


def _draw(means: pd.DataFrame, curves: pd.DataFrame, path: Path) -> None:
    """Draw what can be drawn, if anything."""
    try:
        figure, _ = evaluation_plot(means, curves)
    except InputError:
        return
    figure.savefig(path, dpi=_DPI)
    plt.close(figure)
