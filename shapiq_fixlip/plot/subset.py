"""Some players and everything between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.metrics.checks import check_explanation
from shapiq_fixlip.plot.canvas import Canvas, arrange, panels
from shapiq_fixlip.plot.caption import Caption
from shapiq_fixlip.plot.chosen_players import several_players
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.plot.image_text import words_of
from shapiq_fixlip.plot.keys import Key, draw_keys, height_of_keys, remark_on
from shapiq_fixlip.plot.layout import LINKS_HEIGHT, single_frame
from shapiq_fixlip.plot.links import Strength, draw_arc_below, draw_arc_inside, draw_link
from shapiq_fixlip.plot.picture import centres, draw_picture, draw_ticks, draw_veil, lowest_points
from shapiq_fixlip.plot.scales import Limits, limits_of
from shapiq_fixlip.plot.style import Style
from shapiq_fixlip.plot.titles import draw_heading
from shapiq_fixlip.results.explained import by_name
from shapiq_fixlip.results.resolved import check_resolved, highest_order

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.picture import Frame
    from shapiq_fixlip.results.explained import Explained, Named
    from shapiq_fixlip.typing import Base, FloatArray, Palette, Width

__all__ = ["subset_plot", "subset_plots"]

_PAIR = 2
_ARCS_HEIGHT = 0.5  # below the caption


@dataclass(frozen=True)
class _Subset:
    """Some players, their own values, and their pairs.

    Attributes:
        players: Their numbers, in ascending order.
        single: The own values of all players, zero for others, of shape ``(n_players,)``.
        pairs: Their pairs, the strongest first.
        pale: Pairs that are not resolved.
    """

    players: tuple[int, ...]
    single: FloatArray
    pairs: dict[tuple[int, ...], float]
    pale: frozenset[tuple[int, ...]]

    def limits(self, n_image: int) -> Limits:
        """Return the largest absolute values of each kind."""
        image, text = np.split(np.abs(self.single), [n_image])
        pairs = max(map(abs, self.pairs.values()), default=0.0)
        return Limits(image.max(initial=0) or 1.0, text.max(initial=0) or 1.0, pairs or 1.0)


def subset_plot(  # noqa: PLR0913 - all that a picture may be asked for
    values: InteractionValues,
    game: ImageTextGame,
    players: Chosen,
    *,
    resolved: Collection[tuple[int, ...]] | None = None,
    scale: float | Sequence[float] | None = None,
    base: Base = "auto",
    palette: Palette = "shapiq",
    width: Width = "page",
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
    show: bool = False,
) -> Drawn[Axes]:
    """Draw some players with their own values, as colours, and all pairs of them, as links.

    The rest of the image and of the caption is pale. Interactions of more players are not drawn.

    Args:
        values: Interactions of the game.
        game: The explained game, with any players.
        players: Players by name or number, or phrases of the text.
        resolved: The interactions of the highest order that differ from zero; others are pale.
            Default: ``None``, unknown.
        scale: The absolute value of the strongest colour and the thickest link: one number for all,
            or three, of image players, text players and pairs. Default: the largest of each kind.
        base: See :data:`~shapiq_fixlip.typing.Base`. Default ``"auto"``.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        width: See :data:`~shapiq_fixlip.typing.Width`. Default ``"page"``.
        ax: Axes to draw in, which lose what is in them. Default: a new figure.
        figure: A figure or a subfigure to draw on, all of it. Default: a new figure.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, whose unit is the inch.

    Raises:
        InputError: If the values are of another number of players, there is no such player, or an
            argument is not allowed.
    """
    subset = _subset(values, as_image_text(game), players, resolved)
    limits = limits_of(scale, subset.limits(game.n_players_image))
    style = Style(palette, base)
    canvas = Canvas.of(width, ax, figure)
    _draw(canvas, game, subset, limits, style)
    arrange([canvas])
    if show:
        plt.show()
    return Drawn(canvas.root, canvas.axes)


def subset_plots(
    explanations: Named[Explained],
    players: Chosen,
    *,
    base: Base = "auto",
    palette: Palette = "shapiq",
    width: Width = "page",
    show: bool = False,
) -> Drawn[NDArray[np.object_]]:
    """Draw the same players by several explanations, each on scales of its own.

    Args:
        explanations: By name, all of the same players.
        players: Players by name or number, or phrases of the text.
        base: See :data:`~shapiq_fixlip.typing.Base`. Default ``"auto"``.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        width: See :data:`~shapiq_fixlip.typing.Width`. Default ``"page"``.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, one for each explanation.

    Raises:
        InputError: If there are no explanations, there is no such player, or an argument is not
            allowed.
    """
    style = Style(palette, base)
    named = by_name(explanations)
    games = [as_image_text(explained.game) for explained in named.values()]
    subsets = [
        _subset(explained.values, game, players, explained.resolved)
        for game, explained in zip(games, named.values(), strict=True)
    ]
    canvases, n_columns = panels(width, len(subsets))
    for canvas, name, game, subset in zip(canvases, named, games, subsets, strict=True):
        draw_heading(canvas, str(name))
        _draw(canvas, game, subset, subset.limits(game.n_players_image), style)
    arrange(canvases, n_columns)
    if show:
        plt.show()
    return Drawn(canvases[0].root, np.array([canvas.axes for canvas in canvases]))


def _subset(
    values: InteractionValues,
    game: ImageTextGame,
    chosen: Chosen,
    resolved: Collection[tuple[int, ...]] | None,
) -> _Subset:
    check_explanation(values, game)
    players = several_players(game, chosen, "players")
    numbers = values.interactions
    pairs = {pair: numbers.get(pair, 0.0) for pair in combinations(players, _PAIR)}
    single = np.zeros(game.n_players)
    for player in players:
        single[player] = numbers.get((player,), 0.0)
    pale: frozenset[tuple[int, ...]] = frozenset()
    if resolved is not None:
        check_resolved(resolved, values)
        if highest_order(values) == _PAIR:
            pale = frozenset(pair for pair in pairs if pair not in resolved)
    strongest = sorted((pair for pair in pairs if pairs[pair]), key=lambda pair: -abs(pairs[pair]))
    return _Subset(players, single, {pair: pairs[pair] for pair in strongest}, pale)


def _draw(
    canvas: Canvas, game: ImageTextGame, subset: _Subset, limits: Limits, style: Style
) -> None:
    """Draw the image, the caption and the links of a subset."""
    caption = Caption(canvas, *words_of(game))
    side, n_image = game.image_side, game.n_players_image
    rows, columns = side.regions.shape
    below = LINKS_HEIGHT + caption.height + _ARCS_HEIGHT + height_of_keys(canvas)
    frame = single_frame(canvas, rows / columns, below)
    image, text = np.split(subset.single, [n_image])
    patches = [player for player in subset.players if player < n_image]
    words = [player - n_image for player in subset.players if player >= n_image]
    tints = style.tints(image, limits.image)
    style = style.on((side, tints))
    draw_picture(canvas.axes, side, tints, frame, style=style)
    draw_veil(canvas.axes, side, patches, frame)
    draw_ticks(canvas, side, frame)
    top = frame.top + frame.height + LINKS_HEIGHT
    colours = np.ones((len(caption.tops), 3))
    if game.n_players_text:
        colours = style.on_white(text, limits.text)
    caption.place(top, colours, words)
    _draw_pairs(canvas, game, subset, (frame, caption), limits.pairs, style)
    keys = [
        Key(f"value of a {side.kind}", side.kind, limits.image, style.ground(side)),
        Key("pair", "pair", limits.pairs, ground=None),
        Key(f"value of a {game.sides[1].kind}", game.sides[1].kind, limits.text),
    ]
    top += caption.height + _ARCS_HEIGHT
    draw_keys(
        canvas,
        keys,
        top,
        style,
        remark=remark_on(subset.pairs.values(), has_pale=bool(subset.pale)),
    )
    canvas.bottom = top + height_of_keys(canvas)


def _draw_pairs(
    canvas: Canvas,
    game: ImageTextGame,
    subset: _Subset,
    places: tuple[Frame, Caption],
    limit: float,
    style: Style,
) -> None:
    """Draw arcs between players of one side, and links between those of both."""
    (frame, caption), side, n_image = places, game.image_side, game.n_players_image
    middles, lowest = centres(side, frame), lowest_points(side, frame)
    for (first, second), value in reversed(subset.pairs.items()):
        strength = Strength(value, limit, (first, second) not in subset.pale)
        if first >= n_image:
            ends = caption.bottoms[[first - n_image, second - n_image]]
            draw_arc_below(canvas, ends, _ARCS_HEIGHT, strength, style)
        elif second < n_image:
            draw_arc_inside(canvas, middles[[first, second]], frame, strength, style)
        else:
            ends = np.array([lowest[first], caption.tops[second - n_image]])
            draw_link(canvas, ends, strength, style)
