"""Explanations of a whole data set, in one process or on Ray, as Parquet files."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, override

from shapiq_fixlip.approximators.settings import ApproximationSettings
from shapiq_fixlip.encoders.loading import (
    load_encoder,
    model_identity,
    resolve_device,
    resolve_dtype,
)
from shapiq_fixlip.experiments.data_run import DataRun
from shapiq_fixlip.experiments.parquet import packed_interactions
from shapiq_fixlip.experiments.work import explaining
from shapiq_fixlip.explaining.game import explain_game
from shapiq_fixlip.files import or_none
from shapiq_fixlip.games.image_text import image_bytes, region_bytes
from shapiq_fixlip.games.shared_sides import SharedSides
from shapiq_fixlip.results.saving import explanation_facts
from shapiq_fixlip.validation import check_flag

if TYPE_CHECKING:
    from shapiq_fixlip.datasets.base import Example
    from shapiq_fixlip.experiments.work import Record, Worker
    from shapiq_fixlip.explaining.explanation import Explanation
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.typing import Estimator, ExplainedIndex

__all__ = ["Batch"]

_N_SHARED = 64
"""The most images and texts whose passes later inputs share; a few MiB each."""


@dataclass(frozen=True, kw_only=True)
class Batch(DataRun):
    """Settings of a batch; see :class:`~shapiq_fixlip.experiments.Work`.

    Attributes:
        model: The model: 'demo', 'demo-siglip' or 'demo-shortcut' (embedded), a folder, an id on
            the Hugging Face hub, or 'open_clip:MODEL/TAG'.
        revision: Branch, tag or commit of a model on the hub. Default: the latest version.
        index: Interaction index: FWBII, FBII, WBII, BII, BV, Fourier, SV, SII, k-SII, FSII, STII,
            CHII or kADD-SHAP.
        p: Probability that a player is present, for FWBII and WBII. Default 0.5.
        max_order: Maximum number of players in an interaction. Default: 2; 1 for SV and BV.
        estimator: How indices at one p are fitted: shrinkage or least_squares.
        budget_image: Maximum number of image passes. Default 256.
        budget_text: Maximum number of text passes. Default 256.
        random_state: Seed of the sampling.
        dtype: Type of weights and activations, such as 'bfloat16'; embeddings stay float32.
            Default: float32.
        compile: Whether torch compiles the model first, which takes up to minutes and pays for many
            inputs.
    """

    model: str = "demo"
    revision: str | None = None
    index: ExplainedIndex = "FWBII"
    p: float | None = None
    max_order: int | None = None
    estimator: Estimator = "shrinkage"
    budget_image: int | None = None
    budget_text: int | None = None
    random_state: int = 0
    dtype: str | None = None
    compile: bool = False

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        resolve_dtype(self.dtype)
        check_flag("compile", self.compile)
        self._settings().check_budget(None, self.budget_image, self.budget_text)

    @override
    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        del facts["revision"]  # it may be a branch; the identity has the commit
        return {**facts, "model_identity": model_identity(self.model, revision=self.revision)}

    @property
    @override
    def n_at_once(self) -> int:
        """On a GPU two: one is read, solved or written while the tower embeds the other."""
        return 1 if resolve_device(self.device).type == "cpu" else 2

    def worker(self) -> Worker:
        """Load the data and the model."""
        encoder = load_encoder(
            self.model,
            device=self.device,
            dtype=self.dtype,
            compile=self.compile,
            revision=self.revision,
        )
        shared = SharedSides(encoder, self.choices(), n_kept=_N_SHARED)

        def explain(example: Example) -> Record:
            return self._record(shared.game(example.image, example.text, example.image_content))

        return explaining(self.examples(), explain)

    def _settings(self) -> ApproximationSettings:
        return ApproximationSettings(
            index=self.index,
            p=self.p,
            max_order=self.max_order,
            estimator=self.estimator,
            random_state=self.random_state,
        )

    def _explained(self, game: VisionLanguageGame) -> Explanation:
        return explain_game(
            game,
            self._settings().approximator(game.n_players, clip_order=True),
            budget_image=self.budget_image,
            budget_text=self.budget_text,
            settings={
                "model": self.model,
                **({} if self.revision is None else {"revision": self.revision}),
                **({} if self.dtype is None else {"dtype": self.dtype}),
                "image_players": self.image_players,
                "text_players": self.text_players,
                "image_removal": self.image_removal,
                "text_removal": self.text_removal,
                "truncation": self.truncation,
            },
        )

    def _record(self, game: VisionLanguageGame) -> Record:
        explanation = self._explained(game)
        values, run = explanation.values, explanation.run
        facts = explanation_facts(explanation)
        del facts["standard_errors"], facts["resolved"]  # they are stored with the interactions
        costs: dict[str, object] = {}
        if run is not None:
            costs = {
                "r2": or_none(run.r2),
                "passes_image": run.passes[0],
                "passes_text": run.passes[1],
                "seconds_encoder": run.seconds_encoder,
                "seconds_solver": run.seconds_solver,
            }
        return {
            "full_value": game.full_value,
            "empty_value": game.empty_value,
            "unseen_text": game.unseen_text,
            "player_names": list(game.player_names),
            "n_players_image": game.n_players_image,
            **costs,
            "values": {
                "index": values.index,
                "max_order": values.max_order,
                "n_players": values.n_players,
                "min_order": values.min_order,
                "baseline_value": float(values.baseline_value),
                "estimated": values.estimated,
                "estimation_budget": values.estimation_budget,
            },
            "facts": facts,
            "image": base64.b64encode(image_bytes(game)).decode(),
            "regions": base64.b64encode(region_bytes(game)).decode(),
            "interactions": packed_interactions(explanation),
        }
