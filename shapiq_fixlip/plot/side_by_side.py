"""Several explanations of the same image and text, side by side on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.games.vision_language import as_image_text
from shapiq_fixlip.plot.caption import shortened
from shapiq_fixlip.plot.image_text import SCALE_HEIGHT, WIDTH, draw_image_text, draw_scale
from shapiq_fixlip.plot.palettes import colormap
from shapiq_fixlip.plot.shown import Limits, shown
from shapiq_fixlip.results.explained import by_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from shapiq_fixlip.results.explained import Explained, Named
    from shapiq_fixlip.typing import Palette

__all__ = ["image_text_plots"]

_TITLE_HEIGHT = 0.6
_TITLE_LETTERS = 48


def image_text_plots(
    explanations: Named[Explained],
    *,
    unit: str = "contribution",
    condition_on: str | int | None = None,
    first_order: bool = False,
    top_k: int = 12,
    palette: Palette = "shapiq",
    show: bool = False,
) -> tuple[Figure, NDArray[np.object_]]:
    """Draw several explanations of the same image and text on one scale.

    Args:
        explanations: By name, such as ``ModelComparison.normalized``.
        unit: Label of the scale. Default ``"contribution"``.
        condition_on: As for :func:`~shapiq_fixlip.image_text_plot`.
        first_order: As for :func:`~shapiq_fixlip.image_text_plot`.
        top_k: Maximum number of links of each explanation. Default 12.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        show: Whether to call ``plt.show()``. Default ``False``.

    Returns:
        The figure and its axes, one for each explanation.

    Raises:
        InputError: If there are no explanations, there is no such player, or an argument is not
            allowed.
    """
    colours = colormap(palette)
    explanations = by_name(explanations)
    games = {name: as_image_text(explained.game) for name, explained in explanations.items()}
    contents = {
        name: shown(
            explained.values,
            games[name],
            top_k=top_k,
            condition_on=condition_on,
            first_order=first_order,
        )
        for name, explained in explanations.items()
    }
    limit = max(content.strongest for content in contents.values()) or 1.0
    n_models = len(contents)
    figure = plt.figure(figsize=(WIDTH * n_models, WIDTH))
    drawn = []
    lowest, highest = 0.0, 0.0
    for number, (name, content) in enumerate(contents.items()):
        axes = figure.add_axes((number / n_models, 0, 1 / n_models, 1), label=str(name))
        limits = Limits(limit, limit, limit)
        bottom, top = draw_image_text(axes, games[name], content, limits=limits, palette=palette)
        lowest, highest = min(lowest, bottom), max(highest, top)
        axes.text(
            WIDTH / 2,
            top + _TITLE_HEIGHT / 3,
            shortened(str(name), _TITLE_LETTERS),
            ha="center",
            va="center",
            fontsize=12,
            parse_math=False,
        )
        drawn.append(axes)
    lowest -= SCALE_HEIGHT
    highest += _TITLE_HEIGHT
    figure.set_size_inches(WIDTH * n_models, highest - lowest)
    for axes in drawn:
        axes.set(xlim=(0, WIDTH), ylim=(lowest, highest), aspect="auto")
    draw_scale(figure, limit, colours, unit, left=0.5 - 0.3 / n_models, width=0.6 / n_models)
    if show:
        plt.show()
    return figure, np.array(drawn)
