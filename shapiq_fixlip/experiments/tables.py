"""From the records of an evaluation to tables of means with their standard errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shapiq_fixlip.experiments.measures import CURVES, DIRECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapiq_fixlip.experiments.work import Record

__all__ = [
    "as_rows",
    "curves_of",
    "differences",
    "failures_of",
    "model_differences",
    "summary",
    "wide",
]

_REFERENCE = "fixlip:0.5"
"""The method from which differences are told, if it is there; else the first one."""

_ROUNDING = 1e-12
"""Standard error below which all values count as equal, for differences by rounding."""

_TWINS = 2

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
    keys = [*_RUN, "figure"]
    grouped = _by_input(rows).groupby(level=keys, sort=False, dropna=False)
    table = grouped.agg(mean="mean", standard_error="sem", n="count")
    return table.reset_index()


def _by_input(rows: pd.DataFrame) -> pd.Series[float]:
    """Return figures by model, method, budget, figure and input, averaged over seeds."""
    figures = rows[rows["figure"].notna() & ~rows["figure"].isin(CURVES)]
    figures = figures.assign(value=figures["value"].astype(float))
    keys = [*_RUN, "figure", "input"]
    return figures.groupby(keys, sort=False, dropna=False)["value"].mean()


def differences(rows: pd.DataFrame) -> pd.DataFrame:
    """Compare methods with one of them, on the same inputs.

    Args:
        rows: From :func:`as_rows`. Of several budgets, the largest counts.

    Returns:
        As :func:`summary`, of the figures of a method less those of ``fixlip:0.5``, or of the first
        method if that is not there.
    """
    table = _of_largest_budget(rows)
    methods = list(dict.fromkeys(table["method"]))
    reference = _REFERENCE if _REFERENCE in methods else next(iter(methods), None)
    is_reference = table["method"] == reference
    found = table[~is_reference].merge(table[is_reference], on=["model", "figure", "input"])
    return _summed_up(found.assign(method=found["method_x"] + f" less {reference}"))


def model_differences(rows: pd.DataFrame) -> pd.DataFrame:
    """Compare two models by the figures of every method, on the same inputs.

    Args:
        rows: From :func:`as_rows`. Of several budgets, the largest counts.

    Returns:
        As :func:`summary`, of the figures of the second model less those of the first; empty for
        another number of models.
    """
    table = _of_largest_budget(rows)
    models = list(dict.fromkeys(table["model"]))
    if len(models) != _TWINS:
        return summary(rows.iloc[:0])
    first, second = (table[table["model"] == model] for model in models)
    found = second.merge(first, on=["method", "figure", "input"])
    return _summed_up(found.assign(model=f"{models[1]} less {models[0]}"))


def _of_largest_budget(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the values of figures by model, method and input."""
    budgets = rows["budget_image"].astype(float)
    chosen = rows[budgets.isna() | (budgets == budgets.max())]
    is_only_one = budgets.isna() | (budgets == budgets.min())
    table = _by_input(chosen).reset_index()
    return table.assign(budget=np.nan if is_only_one.all() else budgets.max())


def _summed_up(found: pd.DataFrame) -> pd.DataFrame:
    """Return means and standard errors over inputs of one column less another."""
    keys = ["model", "method", "figure"]
    changes = found.assign(change=found["value_x"] - found["value_y"])
    grouped = changes.groupby(keys, sort=False)["change"]
    table = grouped.agg(mean="mean", standard_error="sem", n="count").reset_index()
    table.insert(2, "budget_image", found["budget_x"].max())
    return table


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
