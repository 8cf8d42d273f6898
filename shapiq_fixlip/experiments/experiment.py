"""Evaluations: every input is explained by all methods, and judged by all metrics."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, override

from shapiq_fixlip.encoders.known import known_passes
from shapiq_fixlip.encoders.loading import load_encoder, model_identity
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.experiments.data_run import DataRun
from shapiq_fixlip.experiments.measures import MEASURES, Judged, Judging, curve_figures
from shapiq_fixlip.experiments.methods import METHODS, MethodSettings, parse_methods
from shapiq_fixlip.experiments.work import explaining, reason
from shapiq_fixlip.files import or_none
from shapiq_fixlip.games.vision_language import VisionLanguageGame
from shapiq_fixlip.metrics.removal_curves import insertion_deletion_limit
from shapiq_fixlip.metrics.stability import seed_stability
from shapiq_fixlip.validation import ascending_probabilities

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.datasets.base import Example
    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.experiments.measures import Figures
    from shapiq_fixlip.experiments.methods import Method
    from shapiq_fixlip.experiments.work import Record, Worker
    from shapiq_fixlip.metrics.removal_curves import InsertionDeletion

    type Row = dict[str, Any]

__all__ = ["DEFAULT_METRICS", "LIMIT", "METRICS", "STABILITY", "Evaluation"]

STABILITY = "stability"
LIMIT = "limit"
"""That of insertion and deletion, by greedy search on the game itself; in rows it is a method."""

_KNOWN = "known-answers"
_OF_COST = {"time", _KNOWN}
"""Metrics that tell what an explanation costs."""

METRICS = (*MEASURES, LIMIT, STABILITY)
"""Names of all metrics."""

DEFAULT_METRICS = tuple(name for name in METRICS if name not in {_KNOWN, LIMIT})
"""Those that any model has, without a search that takes many passes."""


@dataclass(frozen=True, kw_only=True)
class Evaluation(DataRun):
    """Settings of an evaluation; see :class:`~shapiq_fixlip.experiments.Work`.

    Attributes:
        models: The models: names for :func:`~shapiq_fixlip.load_encoder`.
        revisions: Branch, tag or commit on the hub, one for each model ('' for the latest version).
            Default: the latest versions.
        methods: Some of fixlip:P, k-sii, sii, exclip[:IMAGE:TEXT], shapley, banzhaf:P, occlusion,
            rise:P, grad-eclip, game, rollout, legrad, grad-cam, metagame, exclip-published,
            grad-eclip-published.
        metrics: Some of pointing-game, insertion-deletion, faithfulness, shares, synergy,
            prompt-sensitivity, known-answers, time, limit, stability.
        random_states: Seeds of methods that sample; each is one more explanation.
        budgets_image: Maximum numbers of image passes; each is one more explanation.
        budget_text: Maximum number of text passes.
        ps: Probabilities that a player is present, at which explanations are judged.
        n_coalitions: Number of coalitions by which explanations are judged at each p.
    """

    models: tuple[str, ...] = ("demo",)
    revisions: tuple[str, ...] = ()
    methods: tuple[str, ...] = METHODS
    metrics: tuple[str, ...] = DEFAULT_METRICS
    random_states: tuple[int, ...] = (0,)
    budgets_image: tuple[int, ...] = (256,)
    budget_text: int = 256
    ps: tuple[float, ...] = (0.3, 0.5, 0.7)
    n_coalitions: int = 1000

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        parse_methods(self.methods)
        unknown = [name for name in self.metrics if name not in METRICS]
        if unknown or not self.metrics:
            msg = f"must be some of {', '.join(METRICS)}, got {unknown or 'none'}."
            raise InputError("metrics", msg)
        if _KNOWN in self.metrics:
            self._check_known()
        several: dict[str, tuple[object, ...]] = {
            "models": self.models,
            "metrics": self.metrics,
            "random_states": self.random_states,
            "budgets_image": self.budgets_image,
        }
        for name, given in several.items():
            if not given:
                msg = "must be at least one, got none."
                raise InputError(name, msg)
            if len(set(given)) < len(given):
                msg = f"must differ from each other, got {', '.join(map(str, given))}."
                raise InputError(name, msg)
        for random_state in self.random_states:
            whole_number("random_states", random_state, least=0)
        for budget in self.budgets_image:
            whole_number("budgets_image", budget)
        if len(self.revisions) not in {0, len(self.models)}:
            msg = (
                f"must be as many as models ({len(self.models)}), or none, "
                f"got {len(self.revisions)}."
            )
            raise InputError("revisions", msg)
        ascending_probabilities("ps", self.ps)
        whole_number("budget_text", self.budget_text)
        whole_number("n_coalitions", self.n_coalitions, least=2)

    def _check_known(self) -> None:
        """Refuse what has no known answers."""
        others = [f"model {name}" for name in self.models if not name.startswith("known:")]
        if self.data.partition(":")[0] != "coded":
            others.append(f"data {self.data}")
        if self.image_players != "patches":
            others.append(f"image_players {self.image_players}")
        if others:
            msg = (
                f"may have {_KNOWN} only for models known:..., data coded or coded:196 and "
                f"image_players patches, got {others[0]}."
            )
            raise InputError("metrics", msg)

    @override
    def facts(self) -> dict[str, Any]:
        facts = super().facts()
        del facts["revisions"]  # they may be branches; the identities have the commits
        if "time" in self.metrics:
            facts["device"] = self.device
        return {
            **facts,
            "model_identities": {
                model: model_identity(model, revision=revision)
                for model, revision in self._revised()
            },
        }

    def _revised(self) -> Iterator[tuple[str, str | None]]:
        """Return the models, each with its revision."""
        revisions = self.revisions or ("",) * len(self.models)
        for model, revision in zip(self.models, revisions, strict=True):
            yield model, revision or None

    def worker(self) -> Worker:
        """Load the data and the models."""
        choices = self.choices()
        encoders = {
            model: load_encoder(model, device=self.device, revision=revision)
            for model, revision in self._revised()
        }

        def evaluate(example: Example) -> Record:
            rows = [
                {"model": model, **row}
                for model, encoder in encoders.items()
                for row in _Rows(self, choices, encoder, example).of_all_methods()
            ]
            return {"rows": rows}

        return explaining(self.examples(), evaluate)


@dataclass(frozen=True)
class _Rows:
    """The rows of one input under one model.

    A row has the ``method``, the ``budget_image`` and the ``random_state``
    (for methods that sample), and either a ``figure`` with its ``value``, or an ``error`` with its
    reason. If the text was cut, it has the ``unseen_text``.
    """

    plan: Evaluation
    choices: dict[str, Any]
    encoder: Encoder
    example: Example

    def of_all_methods(self) -> Iterator[Row]:
        """Explain the input by every method; a failure becomes a row with the reason."""
        try:
            game = self._game()
        except Exception as error:  # noqa: BLE001 - other models may succeed
            yield {"error": reason(error)}
            return
        unseen = {"unseen_text": game.unseen_text} if game.unseen_text else {}
        for method in parse_methods(self.plan.methods):
            for budget in self.plan.budgets_image if method.is_random else (None,):
                for row in self._of_method(method, budget, game):
                    yield {**row, **unseen}
        if LIMIT in self.plan.metrics:
            origin = {"method": LIMIT, "budget_image": None, "random_state": None}
            for row in self._of_limit(origin):
                yield {**row, **unseen}

    def _of_limit(self, origin: Row) -> Iterator[Row]:
        if isinstance(self._limit, str):
            yield {**origin, "error": self._limit}
        else:
            yield from _as_rows(curve_figures(self._limit), origin)

    @cached_property
    def _limit(self) -> InsertionDeletion | str:
        """What a perfect explanation could roughly reach, or the reason why it is not known."""
        try:
            return insertion_deletion_limit(self._game())
        except Exception as error:  # noqa: BLE001 - the figures of methods do not need it
            return reason(error)

    def _area_of_limit(self) -> float:
        if LIMIT not in self.plan.metrics or isinstance(self._limit, str):
            return float("nan")
        return self._limit.area

    def _game(self) -> VisionLanguageGame:
        example = self.example
        return VisionLanguageGame(self.encoder, example.image, example.text, **self.choices)

    def _of_method(
        self, method: Method, budget: int | None, game: VisionLanguageGame
    ) -> Iterator[Row]:
        found = []
        for random_state in self.plan.random_states if method.is_random else (None,):
            origin = {"method": method.name, "budget_image": budget, "random_state": random_state}
            try:
                explained = self._explained(method, budget, random_state, game)
            except Exception as error:  # noqa: BLE001 - other methods may succeed
                yield {**origin, "error": reason(error)}
                continue
            found.append(explained.values)
            for metric in self.plan.metrics:
                if metric in MEASURES:
                    yield from self._figures(metric, explained, origin)
        if STABILITY in self.plan.metrics and len(found) > 1:
            origin = {"method": method.name, "budget_image": budget, "random_state": None}
            yield {**origin, "figure": "seed stability", "value": or_none(seed_stability(found))}

    def _explained(
        self, method: Method, budget: int | None, random_state: int | None, game: VisionLanguageGame
    ) -> Judged:
        """Explain the game; to measure what it costs, a new one, as cached passes cost nothing."""
        settings = MethodSettings(budget, self.plan.budget_text, random_state or 0)
        explained = game if _OF_COST.isdisjoint(self.plan.metrics) else self._game()
        before, started = self._passes(explained), time.perf_counter()
        found = method.explain(explained, settings)
        seconds = time.perf_counter() - started
        return Judged(
            example=self.example,
            game=game,
            values=found.values,
            seconds=seconds,
            n_passes=self._passes(explained) - before,
            limit=self._area_of_limit,
            explain=lambda other: method.explain(other, settings).values,
            approximator=found.approximator,
        )

    def _passes(self, game: VisionLanguageGame) -> int:
        """Return the passes of a game, and those outside games of models that count them."""
        return sum(side.n_passes for side in game.sides) + known_passes(self.encoder)

    def _figures(self, metric: str, explained: Judged, origin: Row) -> Iterator[Row]:
        judging = Judging(self.plan.ps, self.plan.n_coalitions, self.plan.data_random_state)
        try:
            figures = MEASURES[metric](explained, judging)
        except Exception as error:  # noqa: BLE001 - other metrics may succeed
            yield {**origin, "error": f"{metric}: {reason(error)}"}
            return
        yield from _as_rows(figures, origin)


def _as_rows(figures: Figures, origin: Row) -> Iterator[Row]:
    for figure, value in figures.items():
        told = value if isinstance(value, list) else or_none(value)
        yield {**origin, "figure": figure, "value": told}
