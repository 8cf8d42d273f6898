"""The evaluation of methods: every input explained by all of them, and measured by all metrics."""

from __future__ import annotations

import dataclasses
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapiq_fixlip import __version__
from shapiq_fixlip.datasets.loading import check_data, data_digests, load_data
from shapiq_fixlip.encoders.loading import load_encoder, model_identity
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.experiments.measures import MEASURES, Explained, Judging
from shapiq_fixlip.experiments.methods import METHODS, Settings, parse_methods
from shapiq_fixlip.experiments.player_settings import Choices
from shapiq_fixlip.experiments.work import explaining, reason
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.metrics.stability import seed_stability
from shapiq_fixlip.validation import ascending_probabilities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.datasets.base import Example, PairDataset
    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.experiments.methods import Method
    from shapiq_fixlip.experiments.work import Record, Worker

    type Row = dict[str, Any]

__all__ = ["METRICS", "STABILITY", "Evaluation"]

STABILITY = "stability"
METRICS = (*MEASURES, STABILITY)
"""All metrics."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is evaluated, and how; see :class:`~shapiq_fixlip.experiments.work.Work`.

    Attributes:
        data: See :func:`~shapiq_fixlip.datasets.loading.load_data`.
        n_inputs: The most inputs; ``None`` for all. More can be added to a run later.
        data_seed: Seed of data that are made at random.
        models: Names for :func:`~shapiq_fixlip.load_encoder`.
        revisions: One for each of them, empty for what is not on the hub; none for what it has now.
        methods: Names of :data:`~shapiq_fixlip.experiments.methods.METHODS` and the like.
        metrics: Some of :data:`METRICS`.
        seeds: Of methods that sample; each is one more explanation.
        budgets_image: The most passes of the image, for each one more explanation.
        budget_text: The most passes of the text.
        probabilities: At which faithfulness is measured.
        n_coalitions: By which faithfulness is measured.
        choices: How inputs play.
        device: A torch device.
    """

    data: str = "demo-scenes"
    n_inputs: int | None = None
    data_seed: int = 0
    models: tuple[str, ...] = ("demo",)
    revisions: tuple[str, ...] = ()
    methods: tuple[str, ...] = METHODS
    metrics: tuple[str, ...] = METRICS
    seeds: tuple[int, ...] = (0,)
    budgets_image: tuple[int, ...] = (256,)
    budget_text: int = 256
    probabilities: tuple[float, ...] = (0.3, 0.5, 0.7)
    n_coalitions: int = 1000
    choices: Choices = dataclasses.field(default_factory=Choices)
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse what can be refused before anything is loaded.

        Raises:
            InputError: If an argument is not allowed.
        """
        check_data(self.n_inputs, self.data_seed)
        parse_methods(self.methods)
        unknown = [name for name in self.metrics if name not in METRICS]
        if unknown or not self.metrics:
            msg = f"must be some of {', '.join(METRICS)}, got {unknown or 'none'}."
            raise InputError("metrics", msg)
        for name in ("models", "seeds", "budgets_image"):
            if not getattr(self, name):
                msg = "must be at least one, got none."
                raise InputError(name, msg)
        for seed in self.seeds:
            whole_number("seeds", seed, least=0)
        for budget in self.budgets_image:
            whole_number("budgets_image", budget)
        for name in ("models", "metrics", "seeds", "budgets_image"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                msg = f"must differ from each other, got {', '.join(map(str, given))}."
                raise InputError(name, msg)
        if len(self.revisions) not in {0, len(self.models)}:
            msg = (
                f"must be as many as models ({len(self.models)}), or none, "
                f"got {len(self.revisions)}."
            )
            raise InputError("revisions", msg)
        ascending_probabilities("probabilities", self.probabilities)
        whole_number("budget_text", self.budget_text)
        whole_number("n_coalitions", self.n_coalitions, least=2)

    def examples(self) -> PairDataset:
        """Return the data.

        Raises:
            InputError: If they are not there.
        """
        return load_data(self.data, self.n_inputs, random_state=self.data_seed)

    def facts(self) -> dict[str, Any]:
        """Return all that records depend on, as JSON has it: settings, and digests of files."""
        settings = dataclasses.asdict(self)
        del settings["n_inputs"]
        del settings["revisions"]  # branches, say, while identities have their commits
        if "time" not in self.metrics:  # on another device only seconds differ
            del settings["device"]
        return {
            **settings,
            "model_identities": {
                model: model_identity(model, revision=revision)
                for model, revision in self._revised()
            },
            "data_digests": data_digests(self.data),
            "choice_digests": self.choices.digests(),
            "shapiq_fixlip": __version__,
        }

    def _revised(self) -> Iterator[tuple[str, str | None]]:
        """Return the models, each with its revision."""
        revisions = self.revisions or ("",) * len(self.models)
        for model, revision in zip(self.models, revisions, strict=True):
            yield model, revision or None

    def worker(self) -> Worker:
        """Load the data and the models."""
        options = self.choices.options()
        encoders = {
            model: load_encoder(model, device=self.device, revision=revision)
            for model, revision in self._revised()
        }

        def evaluate(example: Example) -> Record:
            rows = [
                {"model": model, **row}
                for model, encoder in encoders.items()
                for row in _Rows(self, options, encoder, example).of_all_methods()
            ]
            return {"rows": rows}

        return explaining(self.examples(), evaluate)


@dataclass(frozen=True)
class _Rows:
    """The rows of one input under one model.

    A row has the ``method``, the ``budget`` and the ``seed`` (of methods that sample), and either a
    ``figure`` and its ``value``, or the reason of an ``error``.
    """

    plan: Evaluation
    options: dict[str, Any]
    encoder: Encoder
    example: Example

    def of_all_methods(self) -> Iterator[Row]:
        """Explain the input by every method; what fails becomes a row with the reason."""
        try:
            game = self._game()
        except Exception as error:  # noqa: BLE001 - other models may do better
            yield {"error": reason(error)}
            return
        for method in parse_methods(self.plan.methods):
            for budget in self.plan.budgets_image if method.is_random else (None,):
                yield from self._of_method(method, budget, game)

    def _game(self) -> VisionLanguageGame:
        example = self.example
        return VisionLanguageGame(self.encoder, example.image, example.text, **self.options)

    def _of_method(
        self, method: Method, budget: int | None, game: VisionLanguageGame
    ) -> Iterator[Row]:
        found = []
        for seed in self.plan.seeds if method.is_random else (None,):
            origin = {"method": method.name, "budget": budget, "seed": seed}
            try:
                explained = self._explained(method, budget, seed, game)
            except Exception as error:  # noqa: BLE001 - other methods may do better
                yield {**origin, "error": reason(error)}
                continue
            found.append(explained.values)
            for metric in self.plan.metrics:
                if metric != STABILITY:
                    yield from self._figures(metric, explained, origin)
        if STABILITY in self.plan.metrics and len(found) > 1:
            origin = {"method": method.name, "budget": budget, "seed": None}
            yield {**origin, "figure": "seed stability", "value": _json(seed_stability(found))}

    def _explained(
        self, method: Method, budget: int | None, seed: int | None, game: VisionLanguageGame
    ) -> Explained:
        """Explain the game; where time counts, a new one, as passes made before cost nothing."""
        settings = Settings(budget, self.plan.budget_text, seed or 0)
        explained = self._game() if "time" in self.plan.metrics else game
        started = time.perf_counter()
        values = method.explain(explained, settings)
        seconds = time.perf_counter() - started
        return Explained(
            self.example, game, values, seconds, lambda other: method.explain(other, settings)
        )

    def _figures(self, metric: str, explained: Explained, origin: Row) -> Iterator[Row]:
        judging = Judging(self.plan.probabilities, self.plan.n_coalitions, self.plan.data_seed)
        try:
            figures = MEASURES[metric](explained, judging)
        except Exception as error:  # noqa: BLE001 - other metrics may do better
            yield {**origin, "error": f"{metric}: {reason(error)}"}
            return
        for figure, value in figures.items():
            yield {**origin, "figure": figure, "value": _json(value)}


def _json(value: float | list[float]) -> float | list[float] | None:
    """Return a figure as JSON has it, which knows no nan."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
