"""A picture of how interactions change with ``p``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from shapiq_fixlip.errors import whole_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from shapiq_fixlip.comparisons.probabilities import Sweep
    from shapiq_fixlip.games.separable import SeparableGame

__all__ = ["sweep_plot"]

_SIZE = (8.0, 4.5)
_MARKERS = "osD^vPX*"
"""So that lines can be told apart without their colours."""


def sweep_plot(
    sweep: Sweep, game: SeparableGame, *, n_strongest: int = 8, show: bool = False
) -> tuple[Figure, Axes]:
    """Draw the strongest interactions of several players against ``p``.

    Args:
        sweep: From :func:`~shapiq_fixlip.sweep_p`.
        game: The game that was explained.
        n_strongest: How many interactions. They have the largest absolute value at any ``p``, among
            those of two players and more, or among single players if there are no others.
            Default 8.
        show: Whether to open a window. Default ``False``.

    Returns:
        The figure and its axes.

    Raises:
        InputError: If the game has another number of players, or an argument is not allowed.
    """
    whole_number("n_strongest", n_strongest)
    table = sweep.table(game)
    sizes = table["players"].map(len)
    table = table[sizes >= min(2, sizes.max())].head(n_strongest)
    figure, axes = plt.subplots(figsize=_SIZE, layout="constrained")
    probabilities = list(sweep.values)
    lines = zip(table["name"], table[probabilities].to_numpy(), strict=True)
    for place, (name, line) in enumerate(lines):
        marker = _MARKERS[place % len(_MARKERS)]
        axes.plot(probabilities, line, marker=marker, markersize=4, label=name)
    axes.axhline(0, color="0.6", linewidth=0.8, zorder=0)
    axes.set_xlabel("p, the share of players that are present")
    axes.set_ylabel("interaction")
    figure.legend(loc="outside right upper", frameon=False, fontsize="small")
    if show:
        plt.show()
    return figure, axes
