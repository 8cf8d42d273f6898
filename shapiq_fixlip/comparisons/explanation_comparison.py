"""The result of comparing two explanations."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack, override

import pandas as pd

from shapiq_fixlip import __version__
from shapiq_fixlip.comparisons.side_by_side import SavedSideBySide
from shapiq_fixlip.files import as_json
from shapiq_fixlip.games.vision_language import as_image_text
from shapiq_fixlip.metrics.similarity import agreement
from shapiq_fixlip.plot.side_by_side import image_text_plots
from shapiq_fixlip.results.explained import DIFFERENCE
from shapiq_fixlip.results.saving import explanation_files, write_explanation
from shapiq_fixlip.results.tables import interaction_columns

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from shapiq_fixlip.explanation import Explanation
    from shapiq_fixlip.plot.chosen_players import Chosen
    from shapiq_fixlip.plot.drawn import Drawn
    from shapiq_fixlip.plot.options import ContentOptions
    from shapiq_fixlip.typing import Base, Palette, Width

__all__ = ["ExplanationComparison"]


@dataclass(frozen=True)
class ExplanationComparison(SavedSideBySide):
    """Two explanations of an image, and their difference.

    Attributes:
        explanations: The two explanations by name.
        common: The parts of both with only the words that both texts have.
        difference: The common part of the second minus that of the first, also of the similarities.
            Standard errors are taken as independent, which makes those of runs with the same
            ``random_state`` too large.
    """

    stem = "comparison"
    files = (
        *(f"comparison.{suffix}" for suffix in ("csv", "html", "json", "png")),
        *explanation_files("explanation-[12]"),
        *explanation_files(DIFFERENCE),
    )

    explanations: dict[str, Explanation]
    common: dict[str, Explanation]
    difference: Explanation

    @override
    def shown(self) -> dict[str, Explanation]:
        return {**self.explanations, self.difference.settings[DIFFERENCE]: self.difference}

    @property
    def agreement(self) -> pd.Series:
        """How similar the common parts are: see :func:`~shapiq_fixlip.metrics.agreement`."""
        one, other = (explanation.values for explanation in self.common.values())
        n_image = self.difference.game.sides[0].n_players
        return pd.Series(agreement(one, other, n_image), name="agreement")

    @override
    def interactions(self) -> pd.DataFrame:
        """List the interactions of common players, with columns for both and their difference.

        Returns:
            See :func:`~shapiq_fixlip.results.interaction_columns`, the largest differences first.
        """
        values = {name: explanation.values for name, explanation in self.common.items()}
        values[DIFFERENCE] = self.difference.values
        table = interaction_columns(values, self.difference.game)
        return table.sort_values(DIFFERENCE, key=abs, ascending=False, ignore_index=True)

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
        """Draw both explanations and their difference, with one scale for each kind.

        Args:
            condition_on: As for :func:`~shapiq_fixlip.image_text_plot`; players that both have.
            base: See :data:`~shapiq_fixlip.typing.Base`. Default ``"auto"``.
            palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.
            width: See :data:`~shapiq_fixlip.typing.Width`. Default ``"page"``.
            show: Whether to call ``plt.show()``. Default ``False``.
            **options: As for :func:`~shapiq_fixlip.plot.image_text_plots`.

        Returns:
            The figure and its axes: of the first, of the second and of the difference.

        Raises:
            InputError: If there is no such player, or an argument is not allowed.
        """
        *_, name = shown = self.shown()
        correlation = self.agreement["pairs_linear"]
        told = "" if math.isnan(correlation) else f", correlation of pairs {correlation:.2f}"
        shown[f"{name}{told}"] = shown.pop(name)
        return image_text_plots(
            shown,
            condition_on=condition_on,
            base=base,
            palette=palette,
            width=width,
            show=show,
            **options,
        )

    @override
    def summary(self) -> dict[str, Any]:
        return {
            "shapiq_fixlip": __version__,
            "explanations": {
                name: {
                    "text": as_image_text(explanation.game).text,
                    "full_value": explanation.game.full_value,
                    "empty_value": explanation.game.empty_value,
                    "settings": {k: as_json(v) for k, v in explanation.settings.items()},
                }
                for name, explanation in self.explanations.items()
            },
            "common_words": list(as_image_text(self.difference.game).text_labels),
            "agreement": json.loads(self.agreement.to_json()),
        }

    @override
    def stems(self) -> list[str]:
        return ["explanation-1", "explanation-2"]

    @override
    def write(self, folder: Path) -> None:
        super().write(folder)
        write_explanation(self.difference, folder, DIFFERENCE)
