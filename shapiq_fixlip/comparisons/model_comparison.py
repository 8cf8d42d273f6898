"""What several models find in the same image and text, side by side."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from shapiq_fixlip import __version__
from shapiq_fixlip.metrics.agreement import agreement
from shapiq_fixlip.output import result_folder, writing
from shapiq_fixlip.page.report import report
from shapiq_fixlip.results.tables import (
    interaction_columns,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq import InteractionValues

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.page.report import Report
    from shapiq_fixlip.results.run_report import RunReport
    from shapiq_fixlip.typing import Palette

__all__ = ["MODEL_COMPARISON_FILES", "ModelComparison"]

MODEL_COMPARISON_FILES = (
    *(f"models.{suffix}" for suffix in ("csv", "html", "json", "png")),
    "model-[0-9]*.json",
)
"""Patterns of all that a comparison of models may write."""


@dataclass(frozen=True)
class ModelComparison:
    """Explanations of one image and one text by several models, of the same players.

    Attributes:
        games: What was explained, by the models' names.
        explanations: The interactions as each model has them, in its own logits.
        standard_errors: Theirs.
        reports: What each explanation cost and how well it fits.
        spreads: The standard deviation of what each explanation predicts at ``p``, in logits: what
            models are compared in units of, as their logits have scales of their own.
        p: The probability of a player to be present.
    """

    games: dict[str, VisionLanguageGame]
    explanations: dict[str, InteractionValues]
    standard_errors: dict[str, InteractionValues]
    reports: dict[str, RunReport]
    spreads: dict[str, float]
    p: float

    @property
    def normalized(self) -> dict[str, InteractionValues]:
        """The interactions in units of each model's spread."""
        return {
            name: values * (1 / self.spreads[name]) for name, values in self.explanations.items()
        }

    @property
    def table(self) -> pd.DataFrame:
        """One row for each model: what it finds, what that cost and how well it fits.

        The columns are ``similarity``, ``similarity_of_nothing`` and ``spread`` in the model's
        logits, ``passes_image``, ``passes_text``, ``seconds`` and ``faithfulness``, the
        cross-validated R² at ``p``.
        """
        rows = [
            {
                "similarity": self.games[name].full_value,
                "similarity_of_nothing": self.games[name].empty_value,
                "spread": self.spreads[name],
                "passes_image": report.passes[0],
                "passes_text": report.passes[1],
                "seconds": report.seconds_encoder + report.seconds_solver,
                "faithfulness": report.faithfulness,
            }
            for name, report in self.reports.items()
        ]
        return pd.DataFrame(rows, index=pd.Index(self.reports, name="model"))

    @property
    def agreement(self) -> pd.DataFrame:
        """One row for each two models: how alike what they find is.

        The columns are those of :func:`~shapiq_fixlip.metrics.agreement.agreement`: ``pairs``,
        ``pairs_linear``, ``pairs_sign``, ``pairs_top`` and ``players``.
        """
        n_image = next(iter(self.games.values())).n_players_image
        rows = [
            {
                "model": one,
                "other": other,
                **agreement(self.explanations[one], self.explanations[other], n_image),
            }
            for one, other in itertools.combinations(self.explanations, 2)
        ]
        return pd.DataFrame(rows).set_index(["model", "other"])

    def interactions(self) -> pd.DataFrame:
        """List all interactions by name in units of spread, the strongest of any model first."""
        return interaction_columns(self.normalized, next(iter(self.games.values())))

    def report(self, path: Path | str | None = None, *, palette: Palette = "shapiq") -> Report:
        """Make an interactive page on which models are switched, in units of spread.

        Args:
            path: Where to write the page. Default ``None``, nowhere.
            palette: See :data:`~shapiq_fixlip.typing.Palette`. Default ``"shapiq"``.

        Raises:
            InputError: If the file cannot be written, or there is no such palette.
        """
        errors = {
            name: values * (1 / self.spreads[name]) for name, values in self.standard_errors.items()
        }
        return report(
            self.normalized,
            self.games,
            path,
            standard_errors=errors,
            run_report=self.reports,
            facts={"p": self.p, "unit": "standard deviation of each model's predictions at p"},
            palette=palette,
        )

    def save(self, out: Path | str, origin: Mapping[str, object] | None = None) -> None:
        """Write the comparison into a folder.

        ``models.json`` has the table and the agreement, ``models.csv`` all interactions in units
        of spread with one column for each model. Each model also has a file of its own interactions
        for ``shapiq.InteractionValues.load``, ``model-1.json`` and so on.

        Args:
            out: Made if it does not exist.
            origin: Facts to be written along. Default none.

        Raises:
            InputError: If files cannot be written there.
        """
        with result_folder(Path(out), MODEL_COMPARISON_FILES) as results, writing(Path(out)):
            self.write(results.workplace, origin or {})

    def write(self, folder: Path, origin: Mapping[str, object]) -> None:
        """Write the files of :meth:`save` into a folder that is there."""
        first = next(iter(self.games.values()))
        facts: dict[str, Any] = {
            **origin,
            "shapiq_fixlip": __version__,
            "p": self.p,
            "player_names": list(first.player_names),
        }
        summary = {
            **facts,
            "models": json.loads(self.table.reset_index().to_json(orient="records")),
            "agreement": json.loads(self.agreement.reset_index().to_json(orient="records")),
        }
        (folder / "models.json").write_text(
            json.dumps(summary, indent=2, ensure_ascii=False), encoding="utf-8"
        )
        self.interactions().to_csv(folder / "models.csv", index=False)
        for number, (name, values) in enumerate(self.explanations.items(), start=1):
            values.to_json_file(folder / f"model-{number}.json", **{**facts, "model": name})
