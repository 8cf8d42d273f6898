"""Several explanations of the same image and text, side by side on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

import matplotlib.pyplot as plt
import numpy as np

from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.plot.canvas import MIN_PANEL, arrange, panels
from shapiq_fixlip.plot.drawn import Drawn
from shapiq_fixlip.plot.image_text import coloured, draw_image_text
from shapiq_fixlip.plot.layout import MIN_WIDTH_OF_MAPS
from shapiq_fixlip.plot.scales import Limits
from shapiq_fixlip.plot.shown import of_words_that_matter, shown
from shapiq_fixlip.plot.style import Style
from shapiq_fixlip.plot.titles import draw_heading
from shapiq_fixlip.results.explained import by_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.options import ContentOptions
    from shapiq_fixlip.results.explained import Explained, Named
    from shapiq_fixlip.typing import Base, Palette, Width

__all__ = ["image_text_plots"]


def image_text_plots(
    explanations: Named[Explained],
    *,
    condition_on: Chosen | None = None,
    unit: str = "",
    base: Base = "auto",
    palette: Palette = "shapiq",
    width: Width = "page",
    show: bool = False,
    **options: Unpack[ContentOptions],
) -> Drawn[NDArray[np.object_]]:
    """Draw several explanations of the same image and text, with one scale for each kind.

    Where words get maps, they are the same words in all of them that have the same text.

    Args:
        explanations: By name, such as ``ModelComparison.normalized``.
        condition_on: As for :func:`~shapiq_fixlip.image_text_plot`.
        unit: What the numbers are counted in. Default: nothing is told.
        base: See :data:`~shapiq_fixlip.typing.Base`. Default ``"auto"``.
        palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
        width: See :data:`~shapiq_fixlip.typing.Width`. Panels of at least 3.2 inches are side by
            side; with maps, of at least 4.5. Default ``"page"``.
        show: Whether to call ``plt.show()``. Default ``False``.
        **options: ``first_order``, ``view``, ``top_k`` and ``only_resolved`` as for
            :func:`~shapiq_fixlip.image_text_plot`.

    Returns:
        The figure and its axes, one for each explanation.

    Raises:
        InputError: If there are no explanations, there is no such player, or an argument is not
            allowed.
    """
    style = Style(palette, base)
    explanations = by_name(explanations)
    games = [as_image_text(explained.game) for explained in explanations.values()]
    contents = [
        shown(
            explained.values,
            game,
            resolved=explained.resolved,
            condition_on=condition_on,
            **options,
        )
        for game, explained in zip(games, explanations.values(), strict=True)
    ]
    contents = of_words_that_matter(*contents)
    limits = Limits(*np.max([content.limits for content in contents], axis=0).tolist())
    pictures = [
        picture
        for game, content in zip(games, contents, strict=True)
        for picture in coloured(game, content, limits, style)
    ]
    style = style.on(*pictures)
    has_maps = any(content.maps for content in contents)
    canvases, n_columns = panels(width, len(contents), MIN_WIDTH_OF_MAPS if has_maps else MIN_PANEL)
    for canvas, name, game, content in zip(canvases, explanations, games, contents, strict=True):
        draw_heading(canvas, str(name))
        draw_image_text(canvas, game, content, limits, style, unit=unit)
    arrange(canvases, n_columns)
    if show:
        plt.show()
    return Drawn(canvases[0].root, np.array([one.axes for one in canvases]))
