"""What functions that draw return."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drawn"]


class Drawn[T](NamedTuple):
    """A figure and its axes, as shapiq's plots return them.

    Attributes:
        figure: The figure.
        axes: Its axes, one or several.
    """

    figure: Figure
    axes: T

    def _ipython_display_(self) -> None:
        """Show nothing, as notebooks show the figure at the end of a cell themselves."""
