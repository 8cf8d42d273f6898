"""Plots of insertion and deletion curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.metrics.removal_curves import InsertionDeletion
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.plot.palettes import LINE_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["insertion_deletion_plot"]

_SIZE = (6.4, 4.2)


def insertion_deletion_plot(
    results: InsertionDeletion | Mapping[str, InsertionDeletion], *, show: bool = False
) -> Drawn[Axes]:
    """Plot the similarity as players are removed, most and least important first.

    The curves are rescaled so that the full coalition has the value 1 and the empty one 0. A larger
    area between the curves is better.

    Args:
        results: A result of :func:`~shapiq_fixlip.metrics.insertion_deletion`, or several by name.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes.

    Raises:
        InputError: If there are no results.
    """
    named = results if isinstance(results, Mapping) else {"": results}
    if not named or not all(isinstance(result, InsertionDeletion) for result in named.values()):
        msg = (
            "must be what insertion_deletion returns, or several of these by name, "
            f"got {brief(results)}."
        )
        raise InputError("results", msg)
    figure, axes = plt.subplots(figsize=_SIZE, layout="constrained")
    for place, (name, result) in enumerate(named.items()):
        curves = result.curves
        colour = LINE_COLOURS[place % len(LINE_COLOURS)]
        label = f"{name}, area {result.area:.2f}" if name else f"area {result.area:.2f}"
        axes.plot(curves.index, curves["least_first"], color=colour, label=label)
        axes.plot(curves.index, curves["most_first"], color=colour, linestyle=":")
        if len(named) == 1:
            kept, least, most = curves.index, curves["least_first"], curves["most_first"]
            axes.fill_between(kept, least, most, color=colour, alpha=0.12, linewidth=0)
    axes.set(xlabel="share of players kept", ylabel="similarity, rescaled")
    axes.set_title("removed first: least important —, most important ⋯", fontsize="small")
    axes.invert_xaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small")
    if show:
        plt.show()
    return Drawn(figure, axes)
