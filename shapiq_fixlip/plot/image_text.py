"""An image and a caption, and which parts of them work together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.plot.canvas import Canvas, arrange
from shapiq_fixlip.plot.caption import Caption
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.plot.keys import Key, draw_keys, height_of_keys, remark_on
from shapiq_fixlip.plot.layout import LINKS_HEIGHT, frames_with_maps, single_frame
from shapiq_fixlip.plot.links import draw_links
from shapiq_fixlip.plot.picture import (
    draw_numbers,
    draw_outlines,
    draw_picture,
    draw_ticks,
    lowest_points,
)
from shapiq_fixlip.plot.scales import limits_of
from shapiq_fixlip.plot.shown import of_words_that_matter, shown
from shapiq_fixlip.plot.style import Style
from shapiq_fixlip.plot.titles import draw_title, height_of_title
from shapiq_fixlip.sides.text_players import Words
from shapiq_fixlip.validation import check_flag

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from shapiq import InteractionValues

    from shapiq_fixlip.games.image_text import ImageTextGame
    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.picture import Frame
    from shapiq_fixlip.plot.scales import Limits
    from shapiq_fixlip.plot.shown import Shown
    from shapiq_fixlip.sides.pictured import Pictured
    from shapiq_fixlip.typing import Base, FloatArray, Palette, View, Width

__all__ = ["coloured", "draw_image_text", "image_text_plot", "words_of"]

_GAP = 0.15


def image_text_plot(  # noqa: PLR0913 - all that a picture may be asked for
    values: InteractionValues,
    game: ImageTextGame,
    *,
    condition_on: Chosen | None = None,
    first_order: bool = False,
    view: View = "auto",
    top_k: int = 12,
    resolved: Collection[tuple[int, ...]] | None = None,
    only_resolved: bool = False,
    scale: float | Sequence[float] | None = None,
    base: Base = "auto",
    numbered: bool = False,
    palette: Palette = "shapiq",
    width: Width = "page",
    ax: Axes | None = None,
    figure: Figure | SubFigure | None = None,
    show: bool = False,
) -> Drawn[Axes]:
    """Draw an explanation of an image and a text.

    Patches and words are coloured by their own value plus an equal share of all their interactions
    (:func:`~shapiq_fixlip.results.shared_values`). The strongest pairs of a patch and a word are
    drawn as links if there are few patches. If there are many, the words that matter get a map of
    the image each: at most five, for which the root of the sum of squares of all resolved pairs is
    at least 0.2 times the largest one. Parts of a word are added up in maps, and their boxes touch
    in the caption.

    What lowers the similarity is blue, with dashed links. What may be chance is pale. Patches,
    words and pairs have a scale each, as one of many patches contributes far less than a word.

    Args:
        values: Interactions of the game.
        game: The explained game, with any players.
        condition_on: A player by name or number, such as ``"dog"`` or ``"patch (2,3)"``, a phrase
            of the text, or a list of these, such as :func:`~shapiq_fixlip.plot.players_inside` a
            box. Then only their pairs with the players of the other side are shown, as colours: the
            sums over what was chosen. Default: ``None``.
        first_order: Whether patches and words are coloured by their own values alone, without pairs
            and shares of interactions. Default ``False``.
        view: See :data:`~shapiq_fixlip.typing.View`. Default ``"auto"``: maps for more than 25
            image players.
        top_k: Maximum number of links. Default 12.
        resolved: The interactions of the highest order that differ from zero, from
            ``FIxLIP.resolved``. Pairs are among them at order 2. Default: ``None``, unknown.
        only_resolved: Whether to leave out pairs that are not resolved. Default ``False``.
        scale: The absolute value of the strongest colour and the thickest link, to compare
            pictures: one number for all, or three, of image players, text players and pairs.
            Default: ``None``, the largest that is shown of each kind; with ``condition_on`` at
            least the largest of all pairs of a patch and a word.
        base: See :data:`~shapiq_fixlip.typing.Base`. Default ``"auto"``.
        numbered: Whether to write the number of each image player into it. Default ``False``.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        width: See :data:`~shapiq_fixlip.typing.Width`. Default ``"page"``.
        ax: Axes to draw in, which lose what is in them. Default: a new figure.
        figure: A figure or a subfigure to draw on, all of it. Default: a new figure.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, whose unit is the inch. In PDF and SVG files of a new figure, text
        stays text.

    Raises:
        InputError: If the values are of another number of players, there is no such player, or an
            argument is not allowed.
    """
    check_flag("numbered", numbered)
    (content,) = of_words_that_matter(
        shown(
            values,
            game,
            view=view,
            top_k=top_k,
            condition_on=condition_on,
            first_order=first_order,
            resolved=resolved,
            only_resolved=only_resolved,
        )
    )
    limits = limits_of(scale, content.limits)
    style = Style(palette, base)
    style = style.on(*coloured(game, content, limits, style))
    canvas = Canvas.of(width, ax, figure)
    draw_image_text(canvas, game, content, limits, style, numbered=numbered)
    arrange([canvas])
    if show:
        plt.show()
    return Drawn(canvas.root, canvas.axes)


def draw_image_text(
    canvas: Canvas,
    game: ImageTextGame,
    content: Shown,
    limits: Limits,
    style: Style,
    *,
    numbered: bool = False,
    unit: str = "",
) -> None:
    """Draw the image, the caption, and links or maps.

    Args:
        canvas: What to draw on.
        game: The explained game.
        content: What to show.
        limits: The absolute values of the strongest colours.
        style: How it looks on these colours, by :meth:`Style.on`.
        numbered: Whether to write the number of each image player into it. Default ``False``.
        unit: What the numbers are counted in. Default: nothing is told.
    """
    note = f"not seen: {game.unseen_text}" if game.unseen_text else ""
    caption = Caption(canvas, *words_of(game), note=note)
    gap = LINKS_HEIGHT if content.links else _GAP
    below = gap + caption.height + _GAP + height_of_keys(canvas)
    rows, columns = game.image_side.regions.shape
    ratio = rows / columns
    if content.maps:
        n_maps = 1 + len(content.maps)
        frame, frames = frames_with_maps(canvas, ratio, n_maps, height_of_title(canvas), below)
        _draw_maps(canvas, game, content, frames, limits, style)
        bottom = max(one.top + one.height for one in [frame, *frames])
        tints = np.zeros((game.n_players_image, 4))
        _draw_image(canvas, game, content, frame, tints, style.plain(), numbered=numbered)
    else:
        frame = single_frame(canvas, ratio, below)
        bottom = frame.top + frame.height
        tints = style.tints(content.image, limits.image)
        _draw_image(canvas, game, content, frame, tints, style, numbered=numbered)
    n_image = game.n_players_image
    colours = np.ones((len(caption.tops), 3))
    if game.n_players_text:
        colours = style.on_white(content.text, limits.text)
    caption.place(bottom + gap, colours, [player - n_image for player in content.chosen])
    if content.links:
        places = (lowest_points(game.image_side, frame), caption.tops)
        draw_links(canvas, content.links, places, limits.pairs, style)
    top = bottom + gap + caption.height + _GAP
    keys = _keys(game, content, limits, style.ground(game.image_side), unit)
    remark = remark_on((link.value for link in content.links), has_pale=content.has_pale)
    draw_keys(canvas, keys, top, style, remark=remark)
    canvas.bottom = top + height_of_keys(canvas)


def coloured(
    game: ImageTextGame, content: Shown, limits: Limits, style: Style
) -> list[tuple[Pictured, FloatArray]]:
    """Return the image side and the RGBA colours of each picture that colours are laid over."""
    numbers = [(content.image, limits.image)]
    numbers += [(one.numbers, limits.pairs) for one in content.maps]
    return [(game.image_side, style.tints(some, limit)) for some, limit in numbers]


def _draw_image(
    canvas: Canvas,
    game: ImageTextGame,
    content: Shown,
    frame: Frame,
    tints: FloatArray,
    style: Style,
    *,
    numbered: bool,
) -> None:
    side = game.image_side
    chosen = [player for player in content.chosen if player < game.n_players_image]
    draw_picture(canvas.axes, side, tints, frame, style=style, chosen=chosen)
    draw_outlines(canvas.axes, side, frame)
    draw_ticks(canvas, side, frame)
    if numbered:
        draw_numbers(canvas, side, frame)


def _draw_maps(
    canvas: Canvas,
    game: ImageTextGame,
    content: Shown,
    frames: Sequence[Frame],
    limits: Limits,
    style: Style,
) -> None:
    """Draw what every image player contributes, and its pairs with each word that matters."""
    tints = style.tints(content.image, limits.image)
    maps = [("all words", tints)]
    maps += [
        (one.title, style.tints(one.numbers, limits.pairs, ~one.is_resolved))
        for one in content.maps
    ]
    for (title, of_map), frame in zip(maps, frames, strict=True):
        draw_picture(canvas.axes, game.image_side, of_map, frame, style=style)
        draw_title(canvas, title, frame)


def words_of(game: ImageTextGame) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Return the words, and which of them touch; without text players, the words of the text."""
    if game.n_players_text:
        return game.text_labels, game.joins_previous
    read = Words().read(game.text)
    words = tuple(read.text[slice(*span)] for span in read.spans or ())
    return words, (False,) * len(words)


def _keys(
    game: ImageTextGame, content: Shown, limits: Limits, ground: float, unit: str
) -> list[Key]:
    """Return the keys of what is drawn."""
    image, text = (side.kind for side in game.sides)
    told = f", in {unit}" if unit else ""
    if content.chosen:
        names = " + ".join(game.player_names[player] for player in content.chosen)
        is_of_words = content.chosen[-1] >= game.n_players_image  # and so the image is coloured
        label = f"interaction with {names}{told}"
        return [Key(label, f"interaction{told}", limits.pairs, ground if is_of_words else 1.0)]
    keys = []
    if game.n_players_image:
        keys.append(Key(f"contribution of a {image}{told}", f"{image}{told}", limits.image, ground))
    if content.maps or content.links:
        pair = f"pair of a {image} and a {text}{told}"
        keys.append(Key(pair, f"pair{told}", limits.pairs, None if content.links else ground))
    if game.n_players_text:
        keys.append(Key(f"contribution of a {text}{told}", f"{text}{told}", limits.text))
    return keys
