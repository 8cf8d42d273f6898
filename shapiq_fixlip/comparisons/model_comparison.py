"""The result of comparing several models on one image and one text."""

from __future__ import annotations

import dataclasses
import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

import pandas as pd

from shapiq_fixlip import __version__
from shapiq_fixlip.comparisons.side_by_side import DrawnSideBySide
from shapiq_fixlip.files import as_json
from shapiq_fixlip.games.image_text import as_image_text
from shapiq_fixlip.metrics.similarity import agreement
from shapiq_fixlip.results.explained import UNIT_SIZE
from shapiq_fixlip.results.saving import explanation_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapiq_fixlip.explaining.explanation import Explanation

__all__ = ["ModelComparison"]

_UNIT = "standard deviations of each model's predictions"


@dataclass(frozen=True)
class ModelComparison(DrawnSideBySide):
    """Explanations of one image and one text by several models, of the same players.

    Attributes:
        explanations: The explanations by name of the model, each in the model's own logits.
        spreads: The standard deviation of the predictions of each explanation at ``p``, in logits.
            It is the unit in which models are compared, as their logits have different scales.
        settings: How the interactions were computed.
    """

    stem = "models"
    unit = "spreads"
    files = (
        *(f"models.{suffix}" for suffix in ("csv", "html", "json", "png")),
        *explanation_files("model-[0-9]*"),
    )

    explanations: dict[str, Explanation]
    spreads: dict[str, float]
    settings: Mapping[str, object]

    @property
    def normalized(self) -> dict[str, Explanation]:
        """The explanations in units of each model's spread."""
        return {name: self._normalized(name) for name in self.explanations}

    @override
    def shown(self) -> dict[str, Explanation]:
        return self.normalized

    def _normalized(self, name: str) -> Explanation:
        own, factor = self.explanations[name], 1 / self.spreads[name]
        errors = own.standard_errors
        return dataclasses.replace(
            own,
            values=own.values * factor,
            standard_errors=None if errors is None else errors * factor,
            settings={**own.settings, "unit": _UNIT, UNIT_SIZE: self.spreads[name]},
        )

    @property
    def table(self) -> pd.DataFrame:
        """One row for each model: similarities, spread, costs and fit.

        The columns are ``full_value``, ``empty_value`` and ``spread`` in the model's
        logits, ``passes_image``, ``passes_text``, ``seconds`` and ``r2``, the cross-validated R² at
        ``p``.
        """
        rows = [self._row(name) for name in self.explanations]
        return pd.DataFrame(rows, index=pd.Index(self.explanations, name="model"))

    def _row(self, name: str) -> dict[str, object]:
        game, run = self.explanations[name].game, self.explanations[name].run
        costs: dict[str, object] = {}
        if run is not None:
            costs = {
                "passes_image": run.passes[0],
                "passes_text": run.passes[1],
                "seconds": run.seconds_encoder + run.seconds_solver,
                "r2": run.r2,
            }
        return {
            "full_value": game.full_value,
            "empty_value": game.empty_value,
            "spread": self.spreads[name],
            **costs,
        }

    @property
    def agreement(self) -> pd.DataFrame:
        """One row for each pair of models: the similarity of their explanations.

        The columns are those of :func:`~shapiq_fixlip.metrics.agreement`: ``pairs``,
        ``pairs_linear``, ``pairs_sign``, ``pairs_top`` and ``players``.
        """
        rows = [
            {"model": one, "other": other, **self._agreement(one, other)}
            for one, other in itertools.combinations(self.explanations, 2)
        ]
        return pd.DataFrame(rows).set_index(["model", "other"])

    def _agreement(self, one: str, other: str) -> dict[str, float]:
        first, second = self.explanations[one], self.explanations[other]
        return agreement(first.values, second.values, first.game.sides[0].n_players)

    @override
    def summary(self) -> dict[str, Any]:
        game = as_image_text(next(iter(self.explanations.values())).game)
        return {
            "shapiq_fixlip": __version__,
            "settings": {name: as_json(value) for name, value in self.settings.items()},
            "text": game.text,
            "unseen_text": game.unseen_text,
            "models": json.loads(self.table.reset_index().to_json(orient="records")),
            "agreement": json.loads(self.agreement.reset_index().to_json(orient="records")),
        }

    @override
    def stems(self) -> list[str]:
        return [f"model-{number}" for number in range(1, len(self.explanations) + 1)]
