"""Small maps of the image, one for every word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.plot.canvas import Canvas, arrange
from shapiq_fixlip.plot.chosen_players import named_players
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.plot.fonts import Lettering
from shapiq_fixlip.plot.keys import Key, draw_keys, height_of_keys
from shapiq_fixlip.plot.layout import GAP, MARGIN, grid
from shapiq_fixlip.plot.picture import Frame, draw_picture
from shapiq_fixlip.plot.scales import limit_of
from shapiq_fixlip.plot.style import Style
from shapiq_fixlip.plot.titles import draw_title, height_of_title
from shapiq_fixlip.results.views import cross_pairs

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.typing import Base, Palette, Width

__all__ = ["heatmap_grid"]

_PAIR = 2


def heatmap_grid(  # noqa: PLR0913 - all that a picture may be asked for
    values: InteractionValues,
    game: ImageTextGame,
    *,
    players: Sequence[str | int] | None = None,
    n_columns: int = 4,
    scale: float | None = None,
    base: Base = "auto",
    palette: Palette = "shapiq",
    width: Width = "page",
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
    show: bool = False,
) -> Drawn[Axes]:
    """Draw a small map for every word: its pairs with the image players, on a shared scale.

    Args:
        values: Interactions of the game.
        game: The explained game, with any players.
        players: Text players by name or number, or phrases of the text, for which the pairs of
            their players are summed. Default: all text players.
        n_columns: Maximum number of maps in a row. Default 4.
        scale: The absolute value of the strongest colour, to compare pictures. Default: ``None``,
            the largest of all maps.
        base: See :data:`~shapiq_fixlip.typing.Base`. Default ``"auto"``.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        width: See :data:`~shapiq_fixlip.typing.Width`. Default ``"page"``.
        ax: Axes to draw in, which lose what is in them. Default: a new figure.
        figure: A figure or a subfigure to draw on, all of it. Default: a new figure.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, whose unit is the inch.

    Raises:
        InputError: If the values are of another number of players or have no pairs, there is no
            such text player, or an argument is not allowed.
    """
    as_image_text(game)
    whole_number("n_columns", n_columns)
    if scale is not None:
        scale = limit_of(scale)
    style = Style(palette, base)
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
    limit = scale or max(float(np.abs(one).max(initial=0)) for one in maps) or 1.0
    tints = [style.tints(one, limit) for one in maps]
    style = style.on(*((game.image_side, some) for some in tints))
    canvas = Canvas.of(width, ax, figure)
    titles = Lettering([name for name, _ in chosen]).words
    frames = _frames(canvas, game.image_side.regions.shape, len(maps), n_columns)
    for frame, some, title in zip(frames, tints, titles, strict=True):
        draw_picture(canvas.axes, game.image_side, some, frame, style=style)
        draw_title(canvas, title, frame)
    top = frames[-1].top + frames[-1].height + 2 * MARGIN
    ground = style.ground(game.image_side)
    key = Key("interaction with the word", "interaction", limit, ground)
    draw_keys(canvas, [key], top, style)
    canvas.bottom = top + height_of_keys(canvas)
    arrange([canvas])
    if show:
        plt.show()
    return Drawn(canvas.root, canvas.axes)


def _frames(canvas: Canvas, shape: tuple[int, ...], n_maps: int, n_columns: int) -> list[Frame]:
    """Return the places of the maps, as large as there is space."""
    title = height_of_title(canvas)
    ratio = shape[0] / shape[1]
    n_columns = min(n_columns, n_maps)
    n_rows = math.ceil(n_maps / n_columns)
    side = (canvas.width - 2 * MARGIN + GAP) / n_columns - GAP
    if canvas.height is not None:
        free = canvas.height - 3 * MARGIN - height_of_keys(canvas) - n_rows * title
        side = min(side, max(free / n_rows, MARGIN) / ratio)
    left = (canvas.width - n_columns * (side + GAP) + GAP) / 2
    first = Frame(left, MARGIN + title, side, side * ratio)
    return grid(first, n_maps, n_columns, title)


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


def _check_list(players: Sequence[str | int]) -> None:
    given: object = players
    is_list = isinstance(given, Sequence | np.ndarray) and not isinstance(given, str)
    if not is_list or not len(players):
        msg = f"must be a list of at least one text player, got {brief(players)}."
        raise InputError("players", msg)
