"""shapiq's pictures of several indices side by side."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from shapiq.plot import network_plot

from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.results.tables import is_of_both, of_players

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.comparisons.indices import Comparison

__all__ = ["comparison_plot"]

_COLUMNS = 3
_SIDE = 4.2  # of one picture, in inches
_DPI = 150


def comparison_plot(
    comparison: Comparison, *, n_players: int = 10, show: bool = False
) -> tuple[Figure, NDArray[np.object_]]:
    """Draw shapiq's network of the same players for every index.

    Args:
        comparison: From :func:`~shapiq_fixlip.compare`.
        n_players: The most players that are drawn: those of the strongest pairs, on average over
            the indices, each on its own scale; of both sides if there are pairs of both. Default
            10.
        show: Whether to open a window. Default ``False``.

    Returns:
        The figure and its axes, one for each index.

    Raises:
        InputError: If ``n_players`` is not allowed.
    """
    whole_number("n_players", n_players, least=2)
    players = _most_involved(comparison, n_players)
    names = [comparison.game.player_names[player] for player in players]
    n_pictures = len(comparison.explanations)
    n_columns = min(_COLUMNS, n_pictures)
    n_rows = math.ceil(n_pictures / n_columns)
    figure, grid = plt.subplots(
        n_rows,
        n_columns,
        figsize=(_SIDE * n_columns, _SIDE * n_rows),
        layout="constrained",
        squeeze=False,
    )
    for axes in grid.flat:
        axes.axis("off")
    shown: list[Axes] = list(grid.flat[:n_pictures])
    for axes, (label, values) in zip(shown, comparison.explanations.items(), strict=True):
        axes.imshow(_network(of_players(values, players), names))
        axes.set_title(label)
    if show:
        plt.show()
    return figure, np.array(shown)


def _most_involved(comparison: Comparison, n_players: int) -> list[int]:
    """Return the players of the strongest pairs, in ascending order."""
    table = comparison.interactions()
    between = table[table["kind"].map(is_of_both)]
    table = between if len(between) else table
    strengths = table[list(comparison.explanations)].abs()
    order = (strengths / strengths.max()).mean(axis=1).sort_values(ascending=False).index
    found: list[int] = []
    for players in table.loc[order, "players"]:
        found += [player for player in players if player not in found]
        if len(found) >= n_players:
            break
    return sorted(found[:n_players])


def _network(values: InteractionValues, names: list[str]) -> NDArray[np.float32]:
    """Return shapiq's network plot as an image, as it makes a figure of its own."""
    drawn = network_plot(values, feature_names=names, show=False)
    if drawn is None:  # only if it is shown
        raise AssertionError
    figure, _ = drawn
    picture = io.BytesIO()
    figure.savefig(picture, dpi=_DPI, bbox_inches="tight")  # names stick out of its axes
    plt.close(figure)
    picture.seek(0)
    return plt.imread(picture)
