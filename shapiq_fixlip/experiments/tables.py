"""From the records of an evaluation to tables of means with their standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shapiq_fixlip.experiments.measures import CURVES, DIRECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapiq_fixlip.experiments.work import Record

__all__ = ["as_rows", "curves_of", "failures_of", "summary", "wide"]

_ROUNDING = 1e-12
"""Standard error below which all values count as equal, for differences by rounding."""

_RUN = ["model", "method", "budget_image"]
"""The columns that identify a line of a table."""


def as_rows(numbers: Sequence[int], records: Iterable[Record]) -> pd.DataFrame:
    """Return the rows of all records as one table.

    Returns:
        A table with the columns ``input``, ``source``, ``model``, ``method``, ``budget_image``,
        ``random_state``, ``figure``, ``value``, ``error`` and ``unseen_text``, the end of a text
        that was cut. An input that failed as a whole has one row.
    """
    rows: list[dict[str, Any]] = []
    for number, record in zip(numbers, records, strict=True):
        origin = {"input": number, "source": record.get("source")}
        if "error" in record:
            rows.append({**origin, "error": record["error"]})
        rows += ({**origin, **row} for row in record.get("rows", ()))
    columns = ["input", "source", *_RUN, "random_state", "figure", "value", "error", "unseen_text"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def failures_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of failures, with their errors."""
    return rows[rows["error"].notna()].drop(columns=["figure", "value", "unseen_text"])


def curves_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the mean curves, with a column for each model, method, budget and kind of curve."""
    curves = rows[rows["figure"].isin(CURVES)]
    found = {}
    for key, group in curves.groupby([*_RUN, "figure"], sort=False, dropna=False):
        found[key] = np.mean(group["value"].tolist(), axis=0)
    table = pd.DataFrame(found)
    table.index = pd.Index(np.linspace(1, 0, len(table)), name="kept")
    return table


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Average figures over inputs.

    Seeds of one input are averaged first, so that standard errors are over inputs.

    Args:
        rows: From :func:`as_rows`.

    Returns:
        One row for each model, method, budget and figure, with ``mean``, ``standard_error`` (NaN
        for a single input) and ``n``, the number of inputs with this figure.
    """
    figures = rows[rows["figure"].notna() & ~rows["figure"].isin(CURVES)]
    figures = figures.assign(value=figures["value"].astype(float))
    keys = [*_RUN, "figure"]
    by_input = figures.groupby([*keys, "input"], sort=False, dropna=False)["value"].mean()
    grouped = by_input.groupby(level=keys, sort=False, dropna=False)
    table = grouped.agg(mean="mean", standard_error="sem", n="count")
    return table.reset_index()


def wide(table: pd.DataFrame, figures: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a summary as a table to read: methods down, figures across.

    Args:
        table: From :func:`summary`.
        figures: Names of figures. Default: all.

    Returns:
        A table of texts, ``mean ± standard error``. An arrow in a heading shows the direction of
        better values, if there is one. The number of inputs is added where it is less than that of
        other lines.
    """
    table = table if figures is None else table[table["figure"].isin(figures)]
    budgets = [
        "" if np.isnan(budget) else f"{budget:g}" for budget in table["budget_image"].astype(float)
    ]
    most = table.groupby("figure")["n"].transform("max")
    fewer = table["n"].where(table["n"] < most)
    cells = table.assign(
        budget_image=budgets,
        cell=[*map(_cell, table["mean"], table["standard_error"], fewer)],
        heading=[figure + _arrow(figure) for figure in table["figure"]],
    )
    laid_out = cells.pivot_table(
        index=_RUN, columns="heading", values="cell", aggfunc="first", sort=False
    )
    several = {"model": len(set(table["model"])) > 1, "budget_image": len(set(budgets) - {""}) > 1}
    alike = [name for name, is_shown in several.items() if not is_shown]
    return laid_out.fillna("").reset_index().drop(columns=alike).rename_axis(columns=None)


def _cell(mean: float, error: float, n: float) -> str:
    if not np.isfinite(mean):
        return ""
    cell = f"{mean:.3g}"
    if np.isfinite(error):
        cell += f" ± {error if error > _ROUNDING else 0:.1g}"
    return cell if np.isnan(n) else f"{cell} (n = {n:g})"


def _arrow(figure: str) -> str:
    return {1: " ↑", -1: " ↓"}.get(DIRECTIONS.get(figure.partition(",")[0], 0), "")
