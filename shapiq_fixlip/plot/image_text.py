"""The image with its patches, the caption with its words, and the strongest links between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib import font_manager
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from scipy import ndimage

from shapiq_fixlip.errors import whole_number
from shapiq_fixlip.sides.text_players import Words
from shapiq_fixlip.views import check_players, shared_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import ImageTextGame
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.typing import FloatArray

__all__ = ["image_text_plot"]

_COLOURS = LinearSegmentedColormap.from_list("fixlip", ["#1e88e5", "#ffffff", "#ff0d57"])
"""shapiq's blue for what lowers the similarity, its red for what raises it."""

_PAIR = 2

# the picture from top to bottom, in inches
_WIDTH = 6.4
_MARGIN = 0.1
_IMAGE_SIDE = 4.8  # the longer side of the image
_IMAGE_TO_WORDS = 0.55
_LINE_HEIGHT = 0.42
_WORD_GAP = 0.22
_SCALE_HEIGHT = 0.55

_FONT = "DejaVu Sans"  # comes with matplotlib
_FONTS_OF_OTHER_SCRIPTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "PingFang SC",
    "Arial Unicode MS",
)

_LONGEST_WORD = 56  # letters that fit in a line

_LARGEST_OPACITY = 0.85  # of a coloured patch


def image_text_plot(
    values: InteractionValues,
    game: ImageTextGame,
    *,
    n_links: int = 12,
    show: bool = False,
) -> tuple[Figure, Axes]:
    """Draw an explanation of an image and a text.

    Patches and words are coloured by their own value plus an equal share of every interaction they
    take part in (:func:`~shapiq_fixlip.views.shared_values`), each on a scale of their own, as one
    of many patches contributes far less than one of a few words. Lines join the strongest pairs of
    both; the thicker the line, the stronger the interaction. Red raises the similarity, blue
    lowers it.

    Args:
        values: Interactions of the game.
        game: The game that was explained.
        n_links: The most links drawn; 0 for none. Default 12.
        show: Whether to show the figure at once. Default ``False``.

    Returns:
        The figure and its axes.

    Raises:
        InputError: If the values are of another number of players, or ``n_links`` is negative.
    """
    check_players(values, game)
    whole_number("n_links", n_links, least=0)
    shares = shared_values(values)
    image_shares, word_shares = np.split(shares, [game.n_players_image])
    image_norm, word_norm = _symmetric_norm(image_shares), _symmetric_norm(word_shares)
    figure = plt.figure(figsize=(_WIDTH, _WIDTH))
    axes = figure.add_axes((0, 0, 1, 1))  # its units are inches
    axes.axis("off")
    if game.n_players_text:
        words, colours = game.words, _COLOURS(word_norm(word_shares))
    else:  # nobody plays, so the words are only shown
        read = Words().read(game.text)
        words = tuple(read.text[slice(*span)] for span in read.spans or ())
        colours = np.ones((len(words), 4))
    word_places = _draw_words(axes, words, colours)
    heat = np.append(image_shares, 0.0)[game.image_side.regions]  # 0 for nobody's pixels
    height = _draw_image(axes, game.image_side.image, heat, image_norm)
    places = np.vstack([_centres(game.image_side, height), word_places])
    _draw_links(axes, values, places, game.n_players_image, n_links)
    top = height + _MARGIN
    bottom = word_places[:, 1].min() - _LINE_HEIGHT - _SCALE_HEIGHT
    figure.set_size_inches(_WIDTH, top - bottom)
    axes.set(xlim=(0, _WIDTH), ylim=(bottom, top), aspect="auto")
    sides = zip(game.sides, (image_norm, word_norm), (0.08, 0.54), strict=True)
    for side, norm, left in sides:
        if side.n_players:
            _draw_scale(figure, norm, f"contribution of a {side.kind}", left=left)
    if show:
        plt.show()
    return figure, axes


def _symmetric_norm(shares: FloatArray) -> Normalize:
    largest = float(np.abs(shares).max(initial=0)) or 1.0
    return Normalize(-largest, largest)


def _draw_words(axes: Axes, words: tuple[str, ...], colours: FloatArray) -> FloatArray:
    """Write the words in lines below zero; return where the middles of their upper edges are."""
    installed = set(font_manager.get_font_names())
    fonts = [_FONT, *(font for font in _FONTS_OF_OTHER_SCRIPTS if font in installed)]
    texts = [
        axes.text(
            0,
            0,
            word if len(word) <= _LONGEST_WORD else f"{word[: _LONGEST_WORD - 1]}…",
            fontsize=12,
            va="center",
            zorder=4,
            bbox=_word_box(colour),
            family=fonts,
            parse_math=False,  # a caption may speak of $
        )
        for word, colour in zip(words, colours, strict=True)
    ]
    widths = [text.get_window_extent().width / axes.figure.dpi for text in texts]
    places = np.zeros((len(words), 2))
    for number, line in enumerate(_lines(widths)):
        x = (_WIDTH - sum(widths[i] for i in line) - _WORD_GAP * (len(line) - 1)) / 2
        y = -_IMAGE_TO_WORDS - number * _LINE_HEIGHT
        for i in line:
            texts[i].set_position((x, y))
            places[i] = x + widths[i] / 2, y + _LINE_HEIGHT / 3
            x += widths[i] + _WORD_GAP
    return places


def _word_box(colour: FloatArray) -> dict[str, object]:
    return {"boxstyle": "round,pad=0.3", "facecolor": colour, "edgecolor": "#aaaaaa"}


def _lines(widths: list[float]) -> list[list[int]]:
    """Break words of some widths into lines that fit the figure."""
    lines: list[list[int]] = [[]]
    left = _WIDTH - 2 * _MARGIN
    for i, width in enumerate(widths):
        if lines[-1] and width > left:
            lines.append([])
            left = _WIDTH - 2 * _MARGIN
        lines[-1].append(i)
        left -= width + _WORD_GAP
    return lines


def _draw_image(axes: Axes, shown: NDArray[np.uint8], heat: FloatArray, norm: Normalize) -> float:
    """Draw the image in pale colours under its players; return how high it is."""
    scale = _IMAGE_SIDE / max(heat.shape)
    height, width = (size * scale for size in heat.shape)
    left = (_WIDTH - width) / 2
    extent = (left, left + width, 0, height)
    grey = shown.mean(axis=2, keepdims=True)
    pale = 255 - (255 - (shown * 0.4 + grey * 0.6)) * 0.55
    axes.imshow(pale.astype(np.uint8), extent=extent, interpolation="lanczos")
    opacity = _LARGEST_OPACITY * np.abs(norm(heat) - 0.5) * 2
    axes.imshow(heat, extent=extent, cmap=_COLOURS, norm=norm, alpha=opacity, zorder=2)
    return height


def _centres(side: ImageSide, height: float) -> FloatArray:
    """Return where the players of an image of some height on the page are, ``(n, 2)``."""
    scale = height / side.regions.shape[0]
    players = np.arange(side.n_players)
    centres = np.array(ndimage.center_of_mass(side.regions >= 0, side.regions, players))
    row, column = centres.reshape(-1, 2).T + 0.5
    left = (_WIDTH - side.regions.shape[1] * scale) / 2
    return np.column_stack([left + column * scale, height - row * scale])


def _draw_links(
    axes: Axes, values: InteractionValues, places: FloatArray, n_patches: int, n_links: int
) -> None:
    """Join the strongest pairs of a patch and a word."""
    pairs = {
        players: value
        for players, value in values.interactions.items()
        if value and len(players) == _PAIR and players[0] < n_patches <= players[1]
    }
    strongest = sorted(pairs, key=lambda pair: abs(pairs[pair]), reverse=True)[:n_links]
    for pair in reversed(strongest):
        strength = abs(pairs[pair] / pairs[strongest[0]])
        colour = _COLOURS(1.0 if pairs[pair] > 0 else 0.0)
        line = places[list(pair)].T
        axes.plot(*line, color=colour, linewidth=0.5 + 3 * strength, alpha=0.8, zorder=3)
        axes.plot(*line[:, 0], "o", color=colour, markersize=3 + 3 * strength, zorder=3)


def _draw_scale(figure: Figure, norm: Normalize, label: str, *, left: float) -> None:
    """Draw a colour scale in the lowest part of the figure."""
    height = figure.get_figheight()
    axes = figure.add_axes((left, 0.42 / height, 0.38, 0.1 / height))
    bar = figure.colorbar(ScalarMappable(norm, _COLOURS), cax=axes, orientation="horizontal")
    bar.set_label(label, fontsize=8, labelpad=1)
    bar.ax.tick_params(labelsize=7)
