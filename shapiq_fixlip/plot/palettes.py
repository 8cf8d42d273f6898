"""Colours of plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import LinearSegmentedColormap

from shapiq_fixlip.typing import Palette
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from matplotlib.colors import Colormap

__all__ = ["LINE_COLOURS", "colormap", "ends"]

LINE_COLOURS = (
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#e69f00",
    "#56b4e9",
    "#000000",
)
"""Colours of lines: those of Okabe and Ito, which colour-blind people can tell apart."""

_ENDS = {
    "shapiq": ("#1e88e5", "#ff0d57"),
    "colour_blind": LINE_COLOURS[:2],
}


def ends(palette: Palette) -> tuple[str, str]:
    """Return the colours of what lowers and of what raises the similarity.

    Raises:
        InputError: If the palette is unknown.
    """
    check_choice("palette", palette, Palette)
    return _ENDS[palette]


def colormap(palette: Palette) -> Colormap:
    """Return the colours between both ends of a palette, with white in the middle.

    Raises:
        InputError: If the palette is unknown.
    """
    lowers, raises = ends(palette)
    return LinearSegmentedColormap.from_list(palette, [lowers, "#ffffff", raises])
