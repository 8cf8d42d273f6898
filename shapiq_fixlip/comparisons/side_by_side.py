"""What comparisons have in common: several explanations with a page and a folder of files."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from shapiq_fixlip.files import as_path
from shapiq_fixlip.output import result_folder, writing
from shapiq_fixlip.page.page import make_page
from shapiq_fixlip.plot.side_by_side import image_text_plots
from shapiq_fixlip.results.saving import write_explanation
from shapiq_fixlip.results.tables import interaction_columns, write_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.page.page import Page
    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.drawn import Drawn
    from shapiq_fixlip.plot.options import ContentOptions
    from shapiq_fixlip.typing import Base, Palette, Width

__all__ = ["DrawnSideBySide", "SavedSideBySide", "SideBySide"]


class SideBySide(ABC):
    """Several explanations of the same players.

    Attributes:
        explanations: By name.
    """

    explanations: dict[Any, Explanation]

    def shown(self) -> Mapping[Any, Explanation]:
        """Return the explanations on the scale on which they are compared."""
        return self.explanations

    def interactions(self) -> pd.DataFrame:
        """List all interactions by name, with one column for each explanation.

        Returns:
            See :func:`~shapiq_fixlip.results.interaction_columns`; the strongest of any explanation
            come first.
        """
        shown = self.shown()
        values = {name: explanation.values for name, explanation in shown.items()}
        return interaction_columns(values, next(iter(shown.values())).game)

    def page(self, path: Path | str | None = None, *, palette: Palette = "shapiq") -> Page:
        """Make an interactive page with a tab for each explanation.

        Args:
            path: Where to write the page. Default ``None``, nowhere.
            palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.

        Raises:
            InputError: If the file cannot be written, there is no such palette, or the game is not
                of an image and a text.
        """
        return make_page(self.shown(), path, palette=palette)


class SavedSideBySide(SideBySide):
    """Explanations side by side that are written into a folder."""

    stem: ClassVar[str]
    """The name of the table and of the summary."""

    files: ClassVar[tuple[str, ...]]
    """Patterns of the files of :meth:`save` and of the command; older ones are removed."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """Return the tables and the settings as JSON has them."""

    @abstractmethod
    def stems(self) -> list[str]:
        """Return what the names of each explanation's files begin with."""

    def save(self, out: Path | str) -> None:
        """Write the comparison into a folder, whole or not at all.

        A JSON file has the tables and the settings, a CSV file all interactions with one column for
        each explanation. Each explanation also has files of its own for ``Explanation.load``; its
        JSON file is read by ``shapiq.InteractionValues.load``, too.

        Args:
            out: The folder; made if it does not exist.

        Raises:
            InputError: If files cannot be written there.
        """
        with result_folder(as_path("out", out), self.files) as results, writing(Path(out)):
            self.write(results.workplace)

    def write(self, folder: Path) -> None:
        """Write the files of :meth:`save` into an existing folder."""
        summary = json.dumps(self.summary(), indent=2, ensure_ascii=False)
        (folder / f"{self.stem}.json").write_text(summary, encoding="utf-8")
        write_table(self.interactions(), folder / f"{self.stem}.csv")
        for stem, explanation in zip(self.stems(), self.explanations.values(), strict=True):
            write_explanation(explanation, folder, stem)


class DrawnSideBySide(SavedSideBySide):
    """Explanations side by side that are drawn with one scale for each kind."""

    unit: ClassVar[str] = ""
    """What the numbers are counted in, if they are no similarities."""

    def headed(self) -> Mapping[Any, Explanation]:
        """Return the explanations on the scale on which they are compared, by their headings."""
        return self.shown()

    def plot(
        self,
        condition_on: Chosen | None = None,
        *,
        base: Base = "auto",
        palette: Palette = "shapiq",
        width: Width = "page",
        show: bool = False,
        **options: Unpack[ContentOptions],
    ) -> Drawn[NDArray[np.object_]]:
        """Draw the explanations with one scale for each kind.

        Args:
            condition_on: As for :func:`~shapiq_fixlip.image_text_plot`; players that all have.
            base: See :data:`~shapiq_fixlip.typing.Base`. Default ``"auto"``.
            palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
            width: See :data:`~shapiq_fixlip.typing.Width`. Default ``"page"``.
            show: Whether to call ``plt.show()``. Default ``False``.
            **options: As for :func:`~shapiq_fixlip.plot.image_text_plots`.

        Returns:
            The figure and its axes, one for each explanation.

        Raises:
            InputError: If there is no such player, or an argument is not allowed.
        """
        return image_text_plots(
            self.headed(),
            condition_on=condition_on,
            unit=self.unit,
            base=base,
            palette=palette,
            width=width,
            show=show,
            **options,
        )
