"""A plot of an evaluation, with a panel for each kind of figure."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from shapiq_fixlip.errors import InputError
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.plot.palettes import LINE_COLOURS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    type Style = dict[str, Any]

__all__ = ["evaluation_plot"]

_MARKERS = "osD^vPX*<"
_LINES = ("-", "--", "-.")
_PANEL = (5.2, 3.8)  # inches
_COLUMNS = 2
_BAR = 0.17  # inches
_LEGEND_LINE = 0.25  # inches
_LEGEND_MARK, _LETTER = 0.7, 0.085  # inches
_MIN_SHOWN = -1.0  # figures below are cut off and named in a note
_NOTE_LETTERS = 70  # characters in a line above a panel


def evaluation_plot(
    summary: pd.DataFrame, curves: pd.DataFrame, *, show: bool = False
) -> Drawn[NDArray[np.object_]]:
    """Plot the results of an evaluation.

    The panels are: recognition by the number of named objects, the curves of insertion and
    deletion, the area between them, R² by ``p``, and, if there are several budgets, R² by seconds.
    Panels without data are left out. All panels but the last show the largest budget.

    Args:
        summary: From :func:`~shapiq_fixlip.experiments.tables.summary`.
        curves: From :func:`~shapiq_fixlip.experiments.tables.curves_of`.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, one for each panel.

    Raises:
        InputError: If no panel has data.
    """
    drawn = [] if summary.empty else _panels(_prepared(summary), curves)
    panels = [panel for panel in drawn if panel is not None]
    if not panels:
        msg = "must have figures that can be drawn, got none."
        raise InputError("summary", msg)
    labels = dict.fromkeys(_labels(summary))
    styles: dict[str, Style] = {
        label: {
            "color": LINE_COLOURS[i % len(LINE_COLOURS)],
            "marker": _MARKERS[i % len(_MARKERS)],
            "linestyle": _LINES[i // len(LINE_COLOURS) % len(_LINES)],
        }
        for i, label in enumerate(labels)
    }
    n_columns = min(_COLUMNS, len(panels))
    n_rows = -(-len(panels) // n_columns)
    legend_columns = max(1, int(_PANEL[0] * n_columns / (_LEGEND_MARK + _letters(labels))))
    legend_height = _LEGEND_LINE * (1 + len(labels) // legend_columns)
    height = max(_PANEL[1], _BAR * len(labels))
    figure, grid = plt.subplots(
        n_rows,
        n_columns,
        figsize=(_PANEL[0] * n_columns, height * n_rows + legend_height),
        layout="constrained",
        squeeze=False,
    )
    axes: list[Axes] = list(grid.flat)
    for panel, draw in zip(axes, panels, strict=False):
        draw(panel, styles)
        panel.spines[["top", "right"]].set_visible(False)
    for unused in axes[len(panels) :]:
        unused.axis("off")
    lines = [Line2D([], [], label=label, **style) for label, style in styles.items()]
    figure.legend(handles=lines, loc="outside lower center", ncols=legend_columns, frameon=False)
    if show:
        plt.show()
    return Drawn(figure, np.array(axes[: len(panels)]))


def _letters(labels: Iterable[str]) -> float:
    """Return the approximate width of the longest label in inches."""
    return _LETTER * max(map(len, labels))


type _Panel = Callable[[Axes, dict[str, Style]], None]


def _labels(table: pd.DataFrame) -> list[str]:
    """Return the label of each row: its method, and its model if there are several."""
    several = len(set(table["model"])) > 1
    rows = zip(table["model"], table["method"], strict=True)
    return [f"{method}, {model}" if several else method for model, method in rows]


def _prepared(summary: pd.DataFrame) -> pd.DataFrame:
    """Split the names of figures: ``"r2, p = 0.3"`` has the name ``"r2"`` and is at 0.3."""
    parts = summary["figure"].str.partition(",")
    at = parts[2].str.extract(r"([\d.]+)")[0].astype(float)
    return summary.assign(label=_labels(summary), name=parts[0], at=at)


def _panels(figures: pd.DataFrame, curves: pd.DataFrame) -> list[_Panel | None]:
    budget = figures["budget_image"].astype(float)
    most = figures[budget.isna() | (budget == budget.max())]
    recognition = most[(most["name"] == "recognition") & most["at"].notna()]
    r2 = most[(most["name"] == "r2") & most["at"].notna()]
    area = most[most["name"] == "area"]
    return [
        _lines(recognition, "named objects", "recognition"),
        _curves(curves, budget.max()),
        _bars(area, "area between curves"),
        _lines(r2, "p", "R²"),
        _by_seconds(figures) if len(set(budget.dropna())) > 1 else None,
    ]


def _lines(table: pd.DataFrame, x: str, y: str) -> _Panel | None:
    """Return a panel of figures against the number in their names."""
    if table["at"].nunique() < 2:  # noqa: PLR2004 - a line has two ends
        return None

    def draw(axes: Axes, styles: dict[str, Style]) -> None:
        for label, line in table.groupby("label", sort=False):
            axes.errorbar(
                line["at"], line["mean"], line["standard_error"], **styles[str(label)], markersize=5
            )
        axes.set(xlabel=x, ylabel=y, xticks=sorted(set(table["at"])))
        _keep_in_sight(axes, table, "mean")

    return draw


def _keep_in_sight(axes: Axes, table: pd.DataFrame, column: str) -> None:
    """Cut the axis at -1 and name the lines below, whose exact values do not matter."""
    if table[column].min() >= _MIN_SHOWN:
        return
    axes.set_ylim(_MIN_SHOWN, max(table[column].max(), 0) + 0.1)
    highest = table.groupby("label", sort=False)[column].max()
    hidden = highest.index[highest < _MIN_SHOWN]
    if len(hidden):
        note = f"below {_MIN_SHOWN:g}: {', '.join(hidden)}"
        axes.set_title(textwrap.fill(note, _NOTE_LETTERS), fontsize="small")


def _curves(curves: pd.DataFrame, budget: float) -> _Panel | None:
    if curves.empty:
        return None

    def draw(axes: Axes, styles: dict[str, Style]) -> None:
        several = len(set(curves.columns.get_level_values(0))) > 1
        for (model, method, spent, kind), curve in curves.items():
            if pd.isna(spent) or spent == budget:
                style = styles[f"{method}, {model}" if several else method]
                line = {**style, "linestyle": "-" if kind == "least_first" else ":"}
                axes.plot(curve.index, curve, **line, linewidth=1.5, markersize=4, markevery=8)
        axes.set(xlabel="share of players kept", ylabel="similarity, rescaled")
        axes.invert_xaxis()
        axes.set_title("removed first: least important —, most important ⋯", fontsize="small")

    return draw


def _bars(table: pd.DataFrame, x: str) -> _Panel | None:
    if table.empty:
        return None

    def draw(axes: Axes, styles: dict[str, Style]) -> None:
        colours = [styles[label]["color"] for label in table["label"]]
        axes.barh(table["label"], table["mean"], xerr=table["standard_error"], color=colours)
        axes.invert_yaxis()
        axes.set_xlabel(x)

    return draw


def _by_seconds(figures: pd.DataFrame) -> _Panel | None:
    """Return a panel of R² against seconds, with a line over the budgets for each method."""
    keys = ["label", "budget_image"]
    seconds = figures[figures["name"] == "seconds"].set_index(keys)["mean"]
    r2 = figures[(figures["name"] == "r2") & figures["at"].notna()].groupby(keys)["mean"].mean()
    table = pd.concat([seconds, r2], axis=1, keys=["seconds", "r2"]).dropna().reset_index()
    if table.empty:
        return None

    def draw(axes: Axes, styles: dict[str, Style]) -> None:
        for label, line in table.groupby("label", sort=False):
            axes.plot(line["seconds"], line["r2"], **styles[str(label)], markersize=5)
        axes.set(xlabel="seconds", ylabel="R², mean over p", xscale="log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        _keep_in_sight(axes, table, "r2")

    return draw
