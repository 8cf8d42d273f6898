"""Explanations of a whole data set, one after the other or at once, as Parquet files."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapiq_fixlip import __version__
from shapiq_fixlip.approximators.by_index import approximator_for, highest_order
from shapiq_fixlip.approximators.fixlip import FIxLIP
from shapiq_fixlip.datasets.loading import check_data, data_digests, load_data
from shapiq_fixlip.encoders.loading import load_encoder, model_identity
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.experiments.player_settings import Choices
from shapiq_fixlip.experiments.work import explaining, or_none
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.typing import ExplainedIndex
from shapiq_fixlip.validation import check_choice, check_seed, probability

if TYPE_CHECKING:
    from shapiq_fixlip.datasets.base import Example, PairDataset
    from shapiq_fixlip.experiments.work import Record, Worker

__all__ = ["Batch"]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is explained, and how; see :class:`~shapiq_fixlip.experiments.work.Work`.

    Attributes:
        data: See :func:`~shapiq_fixlip.datasets.loading.load_data`.
        n_inputs: The most inputs; ``None`` for all. More can be added to a run later.
        data_seed: Seed of data that are made at random.
        model: A name for :func:`~shapiq_fixlip.load_encoder`.
        revision: Of a model on the hub.
        index: See :data:`~shapiq_fixlip.typing.ExplainedIndex`.
        max_order: The most players of an interaction.
        p: Probability of a player to be present, for ``"FWBII"``.
        budget_image: The most passes of each image.
        budget_text: The most passes of each text.
        seed: Of the sampling.
        choices: How inputs play.
        device: A torch device.
    """

    data: str = "demo-scenes"
    n_inputs: int | None = None
    data_seed: int = 0
    model: str = "demo"
    revision: str | None = None
    index: ExplainedIndex = "FWBII"
    max_order: int = 2
    p: float = 0.5
    budget_image: int = 256
    budget_text: int = 256
    seed: int = 0
    choices: Choices = dataclasses.field(default_factory=Choices)
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse what can be refused before anything is loaded.

        Raises:
            InputError: If an argument is not allowed.
        """
        check_data(self.n_inputs, self.data_seed)
        check_choice("index", self.index, ExplainedIndex)
        for name in ("max_order", "budget_image", "budget_text"):
            whole_number(name, getattr(self, name))
        highest = highest_order(self.index)
        if highest is not None and self.max_order > highest:
            msg = f"must be at most {highest} for {self.index}, got {self.max_order}."
            raise InputError("max_order", msg)
        probability("p", self.p)
        check_seed(self.seed)

    def examples(self) -> PairDataset:
        """Return the data.

        Raises:
            InputError: If they are not there.
        """
        return load_data(self.data, self.n_inputs, random_state=self.data_seed)

    def facts(self) -> dict[str, Any]:
        """Return all that records depend on, as JSON has it: settings, and digests of files."""
        settings = dataclasses.asdict(self)
        del settings["n_inputs"], settings["device"]  # on another device only seconds differ
        del settings["revision"]  # a branch, say, while the identity has its commit
        return {
            **settings,
            "model_identity": model_identity(self.model, revision=self.revision),
            "data_digests": data_digests(self.data),
            "choice_digests": self.choices.digests(),
            "shapiq_fixlip": __version__,
        }

    def worker(self) -> Worker:
        """Load the data and the model."""
        encoder = load_encoder(self.model, device=self.device, revision=self.revision)
        options = self.choices.options()

        def explain(example: Example) -> Record:
            game = VisionLanguageGame(encoder, example.image, example.text, **options)
            return self._explained(game)

        return explaining(self.examples(), explain)

    def _explained(self, game: VisionLanguageGame) -> Record:
        approximator = approximator_for(
            self.index,
            game.n_players,
            min(self.max_order, game.n_players),
            p=self.p,
            random_state=self.seed,
        )
        values = approximator.approximate(
            game=game, budget_image=self.budget_image, budget_text=self.budget_text
        )
        errors = approximator.standard_errors() if isinstance(approximator, FIxLIP) else None
        report = approximator.report
        return {
            "similarity": game.full_value,
            "similarity_of_nothing": game.empty_value,
            "player_names": list(game.player_names),
            "n_players_image": game.n_players_image,
            "index": values.index,
            "max_order": values.max_order,
            "min_order": values.min_order,
            "baseline_value": float(values.baseline_value),
            "estimated": values.estimated,
            "estimation_budget": values.estimation_budget,
            "faithfulness": or_none(report.faithfulness),
            "passes_image": report.passes[0],
            "passes_text": report.passes[1],
            "seconds_encoder": report.seconds_encoder,
            "seconds_solver": report.seconds_solver,
            "interactions": [
                {
                    "players": list(players),
                    "value": value,
                    "standard_error": None if errors is None else or_none(errors[players]),
                }
                for players, value in values.interactions.items()
            ],
        }
