"""The same image and text under several models, side by side on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.plot.caption import shortened
from shapiq_fixlip.plot.image_text import SCALE_HEIGHT, WIDTH, draw_image_text, draw_scale
from shapiq_fixlip.plot.palettes import colormap
from shapiq_fixlip.plot.shown import Limits, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from shapiq_fixlip.comparisons.model_comparison import ModelComparison
    from shapiq_fixlip.typing import Palette

__all__ = ["models_plot"]

_TITLE_HEIGHT = 0.6
_TITLE_LETTERS = 48
_UNIT = "standard deviations of each model's predictions"


def models_plot(
    comparison: ModelComparison,
    *,
    condition_on: str | int | None = None,
    first_order: bool = False,
    top_k: int = 12,
    palette: Palette = "shapiq",
    show: bool = False,
) -> tuple[Figure, NDArray[np.object_]]:
    """Draw the explanations of several models on one scale, in units of each model's spread.

    Args:
        comparison: From :func:`~shapiq_fixlip.compare_models`.
        condition_on: As for :func:`~shapiq_fixlip.image_text_plot`.
        first_order: As for :func:`~shapiq_fixlip.image_text_plot`.
        top_k: The most links drawn for each model. Default 12.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        show: Whether to open a window. Default ``False``.

    Returns:
        The figure and its axes, one for each model.

    Raises:
        InputError: If there is no such player, or an argument is not allowed.
    """
    colours = colormap(palette)
    contents = {
        name: shown(
            values,
            comparison.games[name],
            top_k=top_k,
            condition_on=condition_on,
            first_order=first_order,
        )
        for name, values in comparison.normalized.items()
    }
    limit = max(content.strongest for content in contents.values()) or 1.0
    n_models = len(contents)
    figure = plt.figure(figsize=(WIDTH * n_models, WIDTH))
    drawn = []
    lowest, highest = 0.0, 0.0
    for number, (name, content) in enumerate(contents.items()):
        axes = figure.add_axes((number / n_models, 0, 1 / n_models, 1), label=name)
        limits = Limits(limit, limit, limit)
        bottom, top = draw_image_text(
            axes, comparison.games[name], content, limits=limits, palette=palette
        )
        lowest, highest = min(lowest, bottom), max(highest, top)
        axes.text(
            WIDTH / 2,
            top + _TITLE_HEIGHT / 3,
            shortened(name, _TITLE_LETTERS),
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
    draw_scale(figure, limit, colours, _UNIT, left=0.5 - 0.3 / n_models, width=0.6 / n_models)
    if show:
        plt.show()
    return figure, np.array(drawn)
