"""The result of comparing two explanations."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

import pandas as pd

from shapiq_fixlip import __version__
from shapiq_fixlip.comparisons.side_by_side import DrawnSideBySide
from shapiq_fixlip.files import as_json
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.metrics.similarity import agreement
from shapiq_fixlip.results.explained import DIFFERENCE
from shapiq_fixlip.results.saving import explanation_files, write_explanation
from shapiq_fixlip.results.tables import interaction_columns

if TYPE_CHECKING:
    from pathlib import Path

    from shapiq_fixlip.explaining.explanation import Explanation

__all__ = ["ExplanationComparison"]


@dataclass(frozen=True)
class ExplanationComparison(DrawnSideBySide):
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

    @override
    def headed(self) -> dict[str, Explanation]:
        *_, name = headed = self.shown()
        correlation = self.agreement["pairs_linear"]
        told = "" if math.isnan(correlation) else f", correlation of pairs {correlation:.2f}"
        headed[f"{name}{told}"] = headed.pop(name)
        return headed

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
