"""The image with its patches, the caption with its words, and the strongest links between both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from shapiq_fixlip.plot.caption import LINE_HEIGHT, draw_caption, draw_note
from shapiq_fixlip.plot.palettes import colormap, ends
from shapiq_fixlip.plot.picture import draw_picture, places_of_players
from shapiq_fixlip.plot.shown import check_scale, shown
from shapiq_fixlip.sides.text_players import Words

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.plot.shown import Limits, Shown
    from shapiq_fixlip.typing import FloatArray, Palette, Scale

__all__ = ["SCALE_HEIGHT", "WIDTH", "draw_image_text", "draw_scale", "image_text_plot"]

# lengths from top to bottom, in inches
WIDTH = 6.4
_MARGIN = 0.1
_IMAGE_SIDE = 4.8  # the longer side of the image
_IMAGE_TO_WORDS = 0.55
SCALE_HEIGHT = 0.55

_PALE = 0.3
"""Opacity of links that are not resolved."""


def image_text_plot(  # noqa: PLR0913 - all that a picture may be asked for
    values: InteractionValues,
    game: ImageTextGame,
    *,
    condition_on: str | int | None = None,
    first_order: bool = False,
    top_k: int = 12,
    resolved: Collection[tuple[int, ...]] | None = None,
    only_resolved: bool = False,
    scale: Scale | float = "shared",
    palette: Palette = "shapiq",
    show: bool = False,
) -> tuple[Figure, Axes]:
    """Draw an explanation of an image and a text.

    Patches and words are coloured by their own value plus an equal share of all their interactions
    (:func:`~shapiq_fixlip.results.shared_values`). Lines link the strongest pairs of a patch
    and a word; the thicker the line, the stronger the interaction. What lowers the similarity is
    blue, with dashed lines. Links that may be chance are pale, with hollow ends. Boxes of parts of
    a word touch each other.

    Args:
        values: Interactions of the game.
        game: The explained game, with any players.
        condition_on: A player by name or number, such as ``"dog"`` or ``"patch (2,3)"``, or a
            phrase of the text. Then only its pairs with the players of the other side are shown, as
            colours without links; for a phrase, the sums over its players. Default: ``None``.
        first_order: Whether patches and words are coloured by their own values alone, without links
            and shares of interactions. Default ``False``.
        top_k: Maximum number of links. Default 12.
        resolved: The interactions of the highest order that differ from zero, from
            ``FIxLIP.resolved``. Links are among them at order 2. Default: ``None``, unknown.
        only_resolved: Whether to leave out links that are not resolved. Default ``False``.
        scale: The absolute value of the strongest colour and the thickest line. ``"shared"``: the
            largest that is shown; with ``condition_on`` at least the largest of all pairs of a
            patch and a word. ``"separate"``: the largest of patches, of words and of links, as one
            of many patches contributes far less than one of a few words. Or a number, to compare
            pictures. Default ``"shared"``.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes.

    Raises:
        InputError: If the values are of another number of players, there is no such player, or an
            argument is not allowed.
    """
    check_scale(scale)
    colours = colormap(palette)
    content = shown(
        values,
        game,
        top_k=top_k,
        condition_on=condition_on,
        first_order=first_order,
        resolved=resolved,
        only_resolved=only_resolved,
    )
    limits = content.limits(scale)
    figure = plt.figure(figsize=(WIDTH, WIDTH))
    axes = figure.add_axes((0, 0, 1, 1))
    bottom, top = draw_image_text(axes, game, content, limits=limits, palette=palette)
    bottom -= SCALE_HEIGHT
    figure.set_size_inches(WIDTH, top - bottom)
    axes.set(xlim=(0, WIDTH), ylim=(bottom, top), aspect="auto")
    _draw_scales(figure, game, content, limits, colours)
    if show:
        plt.show()
    return figure, axes


def draw_image_text(
    axes: Axes, game: ImageTextGame, content: Shown, *, limits: Limits, palette: Palette
) -> tuple[float, float]:
    """Draw the image, the caption and the links.

    Args:
        axes: The axes, which the caller must scale to units of inches and a width of
            :data:`WIDTH`.
        game: The explained game.
        content: The numbers and links to show.
        limits: The absolute values of the strongest colours.
        palette: The colours.

    Returns:
        The lowest and the highest drawn position.
    """
    axes.axis("off")
    colours = colormap(palette)
    n_image = game.n_players_image
    side = game.image_side
    height, width = (size * _IMAGE_SIDE / max(side.regions.shape) for size in side.regions.shape)
    extent = ((WIDTH - width) / 2, (WIDTH + width) / 2, 0.0, height)
    draw_picture(
        axes,
        side,
        content.image,
        limit=limits.image,
        palette=palette,
        extent=extent,
        chosen=[player for player in content.chosen if player < n_image],
    )
    words, joins_previous = _words(game)
    text_colours = np.ones((len(words), 4))
    if game.n_players_text:
        text_colours = colours(_symmetric(limits.text)(content.text))
    places = draw_caption(
        axes,
        words,
        joins_previous,
        text_colours,
        width=WIDTH,
        top=-_IMAGE_TO_WORDS,
        chosen=[player - n_image for player in content.chosen],
    )
    _draw_links(axes, content, limits.links, (places_of_players(side, extent), places), palette)
    bottom = places[:, 1].min() - LINE_HEIGHT
    if game.unseen_text:
        draw_note(axes, f"not seen: {game.unseen_text}", width=WIDTH, middle=bottom)
        bottom -= LINE_HEIGHT
    return bottom, height + _MARGIN


def _words(game: ImageTextGame) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Return the words, and which of them touch; without text players, the words of the text."""
    if game.n_players_text:
        return game.text_labels, game.joins_previous
    read = Words().read(game.text)
    words = tuple(read.text[slice(*span)] for span in read.spans or ())
    return words, (False,) * len(words)


def _symmetric(limit: float) -> Normalize:
    return Normalize(-limit, limit, clip=True)


def _draw_links(
    axes: Axes,
    content: Shown,
    limit: float,
    places: tuple[FloatArray, FloatArray],
    palette: Palette,
) -> None:
    """Draw lines between the pairs of a patch and a word, the strongest last, on top."""
    lowers, raises = ends(palette)
    for link in reversed(content.links):
        strength = min(abs(link.value) / limit, 1.0)
        colour, style = (raises, "-") if link.value > 0 else (lowers, "--")
        line = np.array([places[0][link.patch], places[1][link.word]]).T
        width = 0.5 + 3 * strength
        alpha, fill = (0.8, colour) if link.is_resolved else (_PALE, "white")
        axes.plot(*line, color=colour, linestyle=style, linewidth=width, alpha=alpha, zorder=3)
        size = 2.5 + width
        axes.plot(*line[:, 0], "o", color=colour, markerfacecolor=fill, markersize=size, zorder=3)


def _draw_scales(
    figure: Figure, game: ImageTextGame, content: Shown, limits: Limits, colours: Colormap
) -> None:
    if content.chosen:
        names = " + ".join(game.player_names[player] for player in content.chosen)
        is_image = content.chosen[0] < game.n_players_image
        label, limit = f"interaction with {names}", limits.text if is_image else limits.image
        draw_scale(figure, limit, colours, label)
    elif limits.image == limits.text or not all(side.n_players for side in game.sides):
        side = game.sides[0 if game.n_players_image else 1]
        limit = limits.image if game.n_players_image else limits.text
        kinds = " or ".join(dict.fromkeys(side.kind for side in game.sides if side.n_players))
        draw_scale(figure, limit, colours, f"contribution of a {kinds or side.kind}")
    else:
        for side, limit, left in zip(game.sides, limits[:2], (0.08, 0.54), strict=True):
            label = f"contribution of a {side.kind}"
            draw_scale(figure, limit, colours, label, left=left, width=0.38)


def draw_scale(
    figure: Figure,
    limit: float,
    colours: Colormap,
    label: str,
    *,
    left: float = 0.2,
    width: float = 0.6,
) -> None:
    """Draw a colour scale at the bottom of a figure."""
    height = figure.get_figheight()
    axes = figure.add_axes((left, 0.42 / height, width, 0.1 / height))
    mappable = ScalarMappable(_symmetric(limit), colours)
    bar = figure.colorbar(mappable, cax=axes, orientation="horizontal")
    bar.set_label(label, fontsize=8, labelpad=1)
    bar.ax.tick_params(labelsize=7)
