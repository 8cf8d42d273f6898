"""A place to draw on whose unit is the inch, so that letters keep their size on any paper."""

from __future__ import annotations

from itertools import batched
from numbers import Real
from typing import TYPE_CHECKING, Any, cast, override

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase

from shapiq_fixlip.errors import InputError, brief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapiq_fixlip.typing import Width

__all__ = ["MIN_PANEL", "Canvas", "PaperFigure", "arrange", "inches", "panels"]

_WIDE = 6.75
_WIDTHS = {"page": _WIDE, "column": 3.25}

_MIN_WIDTH, _MAX_WIDTH = 2.0, 40.0
MIN_PANEL = 3.2
_MIN_POINTS = 6.0
_SMALLEST, _LARGEST = 0.72, 1.25  # of letters, relative to those of a wide canvas


class PaperFigure(Figure):
    """A figure whose PDF and SVG files hold text as text (Type 42), which journals ask for."""

    @override
    def savefig(self, *arguments: Any, **options: Any) -> None:
        with mpl.rc_context({"pdf.fonttype": 42, "ps.fonttype": 42, "svg.fonttype": "none"}):
            super().savefig(*arguments, **options)


class Canvas:
    """Axes with units of inches, from the upper left corner to the right and downwards.

    Attributes:
        root: The figure.
        axes: The axes.
        width: Their width.
        height: Their height; ``None`` if it may be as needed.
        top: Where drawing begins, below a title.
        bottom: Where it ends, once all is drawn.
    """

    def __init__(self, axes: Axes, height: float | None) -> None:
        """Prepare axes, which keep their place and lose what surrounds them."""
        self.root = _root(axes)
        box = axes.get_window_extent().transformed(self.root.dpi_scale_trans.inverted())
        self.axes, self.width, self.height = axes, float(box.width), height
        self.top = self.bottom = 0.0
        axes.clear()
        axes.axis("off")
        axes.set(xlim=(0, self.width), ylim=(box.height, 0), aspect="auto")

    @classmethod
    def of(
        cls, width: Width = "page", ax: Axes | None = None, figure: FigureBase | None = None
    ) -> Canvas:
        """Return a canvas in a new figure, in given axes, or on all of a given figure.

        Args:
            width: Width of the new figure.
            ax: Axes to draw in, which lose what is in them.
            figure: A figure or a part of one.

        Raises:
            InputError: If an argument is not allowed, or both axes and figure are given.
        """
        if ax is not None:
            given: object = ax
            is_plain = isinstance(given, Axes) and given.name == "rectilinear"
            if figure is not None or not is_plain:
                raise InputError("ax", f"must be plain axes, without a figure, got {brief(ax)}.")
            return cls(ax, _height(ax))
        if figure is not None:
            if not isinstance(figure, FigureBase):
                raise InputError("figure", f"must be a figure, got {brief(figure)}.")
            axes = figure.add_axes((0, 0, 1, 1))
            return cls(axes, _height(axes))
        return panels(width, 1)[0][0]

    def points(self, size: float) -> float:
        """Return the size of letters that have ``size`` points on a wide canvas, at least 6."""
        return max(_MIN_POINTS, size * min(max(self.width / _WIDE, _SMALLEST), _LARGEST))


def inches(width: Width) -> float:
    """Return the width of a figure in inches.

    Raises:
        InputError: If the width is not allowed.
    """
    if isinstance(width, str) and width in _WIDTHS:
        return _WIDTHS[width]
    is_number = isinstance(width, Real) and not isinstance(width, bool)
    if not is_number or not _MIN_WIDTH <= float(width) <= _MAX_WIDTH:
        names = " or ".join(map(repr, _WIDTHS))
        msg = f"must be from {_MIN_WIDTH:g} to {_MAX_WIDTH:g} inches, {names}, got {brief(width)}."
        raise InputError("width", msg)
    return float(width)


def panels(width: Width, n: int, narrowest: float = MIN_PANEL) -> tuple[list[Canvas], int]:
    """Return canvases of a new figure, which :func:`arrange` cuts when all is drawn.

    Args:
        width: Width of the figure.
        n: Number of canvases.
        narrowest: Least width of one, if the figure is as wide. Default 3.2.

    Returns:
        The canvases, and their number in a row.

    Raises:
        InputError: If the width is not allowed.
    """
    width = inches(width)
    figure = plt.figure(FigureClass=PaperFigure, figsize=(width, width))
    n_columns = max(1, min(n, int(width / narrowest)))
    share = 1 / n_columns
    axes = [figure.add_axes((i % n_columns * share, 0, share, 1), label=str(i)) for i in range(n)]
    return [Canvas(one, None) for one in axes], n_columns


def arrange(canvases: Sequence[Canvas], n_columns: int = 1) -> None:
    """Place canvases of a new figure in rows, each as high as its highest one."""
    if canvases[0].height is not None:
        return
    heights = [max(one.bottom for one in row) for row in batched(canvases, n_columns)]
    total, width = sum(heights), canvases[0].width
    canvases[0].root.set_size_inches(width * n_columns, total)
    for i, canvas in enumerate(canvases):
        row, column = divmod(i, n_columns)
        below = total - sum(heights[: row + 1])
        place = (column / n_columns, below / total, 1 / n_columns, heights[row] / total)
        canvas.axes.set_position(place)
        canvas.axes.set_ylim(heights[row], 0)


def _height(axes: Axes) -> float:
    return float(axes.get_window_extent().height / _root(axes).dpi)


def _root(axes: Axes) -> Figure:
    """Return the whole figure that has the axes."""
    return cast("Figure", axes.get_figure(root=True))
