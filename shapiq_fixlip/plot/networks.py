"""shapiq's network plots of several explanations, side by side."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, cast

import matplotlib.pyplot as plt
import numpy as np
from shapiq.plot import network_plot

from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.results.explained import by_name
from shapiq_fixlip.results.tables import interaction_columns
from shapiq_fixlip.results.views import of_players

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.results.explained import Explained, Named

__all__ = ["most_involved", "network_plots"]

_PAIR = 2

_COLUMNS = 3
_SIDE = 4.2  # of one picture, in inches
_DPI = 150


def network_plots(
    explanations: Named[Explained], *, n_players: int = 10, show: bool = False
) -> Drawn[NDArray[np.object_]]:
    """Draw shapiq's network plot of several explanations of one game, with the same players.

    Args:
        explanations: By name, such as those of a :class:`~shapiq_fixlip.comparisons.Comparison`.
        n_players: Maximum number of players: those of the strongest interactions of each kind.
            Default 10.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, one for each explanation.

    Raises:
        InputError: If ``n_players`` is not allowed, or there are no explanations.
    """
    explanations = by_name(explanations)
    game = next(iter(explanations.values())).game
    players = most_involved(explanations, n_players)
    names = [game.player_names[player] for player in players]
    n_pictures = len(explanations)
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
    for axes, (label, explained) in zip(shown, explanations.items(), strict=True):
        axes.imshow(_network(of_players(explained.values, players), names))
        axes.set_title(str(label))
    if show:
        plt.show()
    return Drawn(figure, np.array(shown))


def most_involved(explanations: Named[Explained], n_players: int) -> list[int]:
    """Return the players of the strongest interactions of each kind, in ascending order.

    Strengths are relative to the largest of each explanation and kind, such as patch × word, and
    averaged over the explanations. Single players count if there is nothing else.

    Args:
        explanations: By name, all of the same players.
        n_players: Maximum number of players.

    Raises:
        InputError: If ``n_players`` is not allowed.
    """
    whole_number("n_players", n_players, least=2)
    game = next(iter(explanations.values())).game
    values = {name: explained.values for name, explained in explanations.items()}
    table = interaction_columns(values, game)
    sizes = table["players"].map(len)
    table = table[sizes >= min(_PAIR, sizes.max())]
    strengths = table[list(explanations)].abs()
    of_kind = strengths.groupby(table["kind"])
    order = (strengths / of_kind.transform("max")).mean(axis=1).sort_values(ascending=False)
    found: list[int] = []
    for players in table.loc[order.index, "players"]:
        found += [player for player in players if player not in found]
        if len(found) >= n_players:
            break
    return sorted(found[:n_players])


def _network(values: InteractionValues, names: list[str]) -> NDArray[np.float32]:
    """Return shapiq's network plot as an image, as it always makes a new figure."""
    with np.errstate(invalid="ignore"):  # a single player in the centre gets no label
        drawn = network_plot(values, feature_names=names, show=False)
    figure, _ = cast("tuple[Figure, Axes]", drawn)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=_DPI, bbox_inches="tight")  # as names extend beyond the axes
    plt.close(figure)
    picture.seek(0)
    return plt.imread(picture)
