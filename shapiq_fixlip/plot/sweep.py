"""A plot of interactions against ``p``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.results.explained import by_name
from shapiq_fixlip.results.tables import interaction_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from shapiq_fixlip.results.explained import Explained, Named

__all__ = ["sweep_plot"]

_SIZE = (8.0, 4.5)
_MARKERS = "osD^vPX*"
"""Markers, by which lines can be told apart without colours."""


def sweep_plot(
    explanations: Named[Explained], *, n_strongest: int = 8, show: bool = False
) -> Drawn[Axes]:
    """Plot the strongest interactions of several players against ``p``.

    Args:
        explanations: Explanations of one game by ``p``, such as ``sweep_p(game).explanations``.
        n_strongest: Maximum number of interactions: those with the largest absolute value at any
            ``p``, among interactions of at least two players, or among single players if there are
            no others. Default 8.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes.

    Raises:
        InputError: If there are no explanations, or an argument is not allowed.
    """
    whole_number("n_strongest", n_strongest)
    explanations = by_name(explanations)
    game = next(iter(explanations.values())).game
    values = {p: explained.values for p, explained in explanations.items()}
    table = interaction_columns(values, game)
    sizes = table["players"].map(len)
    table = table[sizes >= min(2, sizes.max())].head(n_strongest)
    figure, axes = plt.subplots(figsize=_SIZE, layout="constrained")
    lines = zip(table["name"], table[list(values)].to_numpy(), strict=True)
    for place, (name, line) in enumerate(lines):
        marker = _MARKERS[place % len(_MARKERS)]
        axes.plot(list(values), line, marker=marker, markersize=4, label=name)
    axes.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    axes.set_xlabel("p, the probability that a player is present")
    axes.set_ylabel("interaction")
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    if show:
        plt.show()
    return Drawn(figure, axes)
