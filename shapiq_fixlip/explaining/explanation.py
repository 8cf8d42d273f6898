"""An explanation: a game, its interactions, their errors and costs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, Unpack, override

from shapiq_fixlip.files import as_path
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.output import result_folder, writing
from shapiq_fixlip.page.page import make_page
from shapiq_fixlip.plot.image_text import image_text_plot
from shapiq_fixlip.results.explained import one_line_summary
from shapiq_fixlip.results.saving import EXPLANATION_FILES, read_explanation, write_explanation
from shapiq_fixlip.results.tables import interaction_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from shapiq import InteractionValues

    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.page.page import Page
    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.drawn import Drawn
    from shapiq_fixlip.plot.options import PictureOptions
    from shapiq_fixlip.results.run_report import RunReport
    from shapiq_fixlip.typing import Palette

__all__ = ["Explanation"]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The explanation of a game, shown as an interactive page in a notebook.

    Attributes:
        game: The explained game; a :class:`~shapiq_fixlip.games.SavedGame` if loaded from files.
        values: The interactions.
        run: Cost of the computation and quality of the fit; ``None`` if unknown.
        standard_errors: Those of the interactions; ``None`` if unknown.
        settings: How they were computed, such as the model, the players and ``p``.
        resolved: Those of the highest order that differ from zero; ``None`` if unknown.
    """

    game: SeparableGame
    values: InteractionValues
    run: RunReport | None = None
    standard_errors: InteractionValues | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    resolved: frozenset[tuple[int, ...]] | None = None

    @override
    def __repr__(self) -> str:
        return f"<Explanation: {one_line_summary(self)}>"

    def _repr_html_(self) -> str:
        """Return the page for a notebook."""
        return self.page()._repr_html_()

    def table(self, *, level: float = 0.95) -> pd.DataFrame:
        """List the interactions as :func:`~shapiq_fixlip.interaction_table` does.

        Args:
            level: Level of the intervals, between 0 and 1. Default 0.95.

        Raises:
            InputError: If the level is not allowed.
        """
        return interaction_table(
            self.values, self.game, self.standard_errors, resolved=self.resolved, level=level
        )

    def plot(
        self, condition_on: Chosen | None = None, **options: Unpack[PictureOptions]
    ) -> Drawn[Axes]:
        """Draw the image, the text and the strongest pairs of an image and a text player.

        Args:
            condition_on: See :func:`~shapiq_fixlip.image_text_plot`.
            **options: Any other arguments of :func:`~shapiq_fixlip.image_text_plot`, such as
                ``view="links"`` or ``width=3.25``.

        Raises:
            InputError: If there is no such player, or an argument is not allowed.
        """
        return image_text_plot(
            self.values,
            as_image_text(self.game),
            condition_on=condition_on,
            resolved=self.resolved,
            **options,
        )

    def page(self, path: Path | str | None = None, *, palette: Palette = "shapiq") -> Page:
        """Make an interactive page: one HTML file that loads nothing from elsewhere.

        Args:
            path: File to write, such as ``"explanation.html"``. Default: ``None``, no file.
            palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.

        Raises:
            InputError: If the file cannot be written, or the palette is unknown.
        """
        return make_page(self, path, palette=palette)

    def save(self, out: Path | str) -> None:
        """Write the explanation into a folder, whole or not at all.

        ``shapiq.InteractionValues.load`` also reads ``explanation.json``. Two pictures beside it
        hold the image as the model sees it, and the player of every pixel.

        Args:
            out: The folder; made if it does not exist.

        Raises:
            InputError: If files cannot be written there.
        """
        as_image_text(self.game)
        with result_folder(as_path("out", out), EXPLANATION_FILES) as results, writing(Path(out)):
            write_explanation(self, results.workplace)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a saved explanation; its tables, pictures and pages need no model.

        Args:
            path: Its folder, or its JSON file.

        Raises:
            InputError: If there is none, or its format is newer than this version.
        """
        return cls(**read_explanation(as_path("path", path)))
