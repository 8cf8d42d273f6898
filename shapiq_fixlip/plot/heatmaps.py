"""Small maps of the image, one for every word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.vision_language import as_image_text
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.plot.caption import shortened
from shapiq_fixlip.plot.image_text import SCALE_HEIGHT, draw_scale
from shapiq_fixlip.plot.palettes import colormap
from shapiq_fixlip.plot.picture import draw_picture
from shapiq_fixlip.plot.shown import check_scale, named_players
from shapiq_fixlip.results.tables import cross_pairs

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.typing import Palette

__all__ = ["heatmap_grid"]

_PAIR = 2

_SIDE = 1.7  # of a map, in inches, the unit of all lengths here
_TITLE_HEIGHT = 0.3
_GAP = 0.1
_MAX_TITLE_LENGTH = 18


def heatmap_grid(
    values: InteractionValues,
    game: ImageTextGame,
    *,
    players: Sequence[str | int] | None = None,
    n_columns: int = 4,
    scale: float | None = None,
    palette: Palette = "shapiq",
    show: bool = False,
) -> tuple[Figure, NDArray[np.object_]]:
    """Draw a small map for every word: its pairs with the image players, on a shared scale.

    Args:
        values: Interactions of the game.
        game: The explained game, with any players.
        players: Text players by name or number, or phrases of the text, for which the pairs of
            their players are summed. Default: all text players.
        n_columns: Number of maps in a row. Default 4.
        scale: The absolute value of the strongest colour, to compare pictures. Default: ``None``,
            the largest of all maps.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, one for each map.

    Raises:
        InputError: If the values are of another number of players or have no pairs, there is no
            such text player, or an argument is not allowed.
    """
    as_image_text(game)
    whole_number("n_columns", n_columns)
    if scale is not None:
        check_scale(scale, names=())
    colours = colormap(palette)
    check_explanation(values, game)
    if values.max_order < _PAIR:
        msg = f"must have pairs of players, got max_order = {values.max_order}."
        raise InputError("values", msg)
    chosen = _chosen(game, players)
    pairs = cross_pairs(values, game.n_players_image)
    maps = [
        pairs[:, [player - game.n_players_image for player in group]].sum(axis=1)
        for _, group in chosen
    ]
    limit = scale or max(np.abs(one).max(initial=0) for one in maps) or 1.0
    shape = game.image_side.regions.shape
    figure, grid = _axes(len(maps), n_columns, shape)
    for axes, one, (title, _) in zip(grid, maps, chosen, strict=True):
        draw_picture(
            axes,
            game.image_side,
            one,
            limit=limit,
            palette=palette,
            extent=(0.0, shape[1], 0.0, shape[0]),
        )
        axes.set_title(shortened(title, _MAX_TITLE_LENGTH), fontsize=9, pad=3, parse_math=False)
    draw_scale(figure, limit, colours, "interaction with the word")
    if show:
        plt.show()
    return figure, grid


def _chosen(
    game: ImageTextGame, players: Sequence[str | int] | None
) -> list[tuple[str, tuple[int, ...]]]:
    """Return the title and the text players of each map."""
    if not game.n_players_text:
        msg = "must have text players, got none."
        raise InputError("game", msg)
    if players is None:
        players = range(game.n_players_image, game.n_players)
    _check_list(players)
    chosen = []
    for player in players:
        group = named_players(game, player, "players")
        if group[0] < game.n_players_image:
            msg = f"must be of the text, got {brief(player)}."
            raise InputError("players", msg)
        chosen.append((player if isinstance(player, str) else game.player_names[player], group))
    return chosen


def _check_list(players: object) -> None:
    if not isinstance(players, Sequence) or isinstance(players, str) or not list(players):
        msg = f"must be a list of at least one text player, got {brief(players)}."
        raise InputError("players", msg)


def _axes(
    n_maps: int, n_columns: int, shape: tuple[int, ...]
) -> tuple[Figure, NDArray[np.object_]]:
    """Return a figure with space for titles and a scale, and the axes of the maps."""
    n_columns = min(n_columns, n_maps)
    n_rows = math.ceil(n_maps / n_columns)
    height, width = (size * _SIDE / max(shape) for size in shape)
    total = (height + _TITLE_HEIGHT) * n_rows + SCALE_HEIGHT
    figure, grid = plt.subplots(
        n_rows,
        n_columns,
        figsize=((width + _GAP) * n_columns, total),
        squeeze=False,
        gridspec_kw={
            "left": _GAP / 2 / ((width + _GAP) * n_columns),
            "right": 1 - _GAP / 2 / ((width + _GAP) * n_columns),
            "top": 1 - _TITLE_HEIGHT / total,
            "bottom": SCALE_HEIGHT / total,
            "hspace": _TITLE_HEIGHT / height,
            "wspace": _GAP / width,
        },
    )
    for axes in grid.flat:
        axes.axis("off")
    return figure, np.array(grid.flat[:n_maps])
