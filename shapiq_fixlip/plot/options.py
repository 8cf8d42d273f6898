"""Arguments that are handed on to the picture of an image and a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from shapiq_fixlip.typing import Base, Palette, View, Width

__all__ = ["ContentOptions", "PictureOptions"]


class ContentOptions(TypedDict, total=False):
    """What of an explanation is drawn; see :func:`~shapiq_fixlip.image_text_plot`."""

    first_order: bool
    view: View
    top_k: int
    only_resolved: bool


class PictureOptions(ContentOptions, total=False):
    """How an explanation is drawn; see :func:`~shapiq_fixlip.image_text_plot`."""

    scale: float | Sequence[float] | None
    base: Base
    numbered: bool
    palette: Palette
    width: Width
    ax: Axes | None
    figure: Figure | SubFigure | None
    show: bool
