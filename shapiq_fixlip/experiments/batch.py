"""Explanations of a whole data set, one after the other or at once, as Parquet files."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd
from shapiq import InteractionValues

from shapiq_fixlip import __version__
from shapiq_fixlip._optional import require
from shapiq_fixlip.approximator import FIxLIP
from shapiq_fixlip.approximators import approximator_for, highest_order
from shapiq_fixlip.datasets.base import found
from shapiq_fixlip.datasets.loading import load_data
from shapiq_fixlip.encoders.loading import load_encoder
from shapiq_fixlip.errors import InputError, whole_number
from shapiq_fixlip.experiments.choices import Choices
from shapiq_fixlip.options import check_seed, probability
from shapiq_fixlip.output import replacing, writing
from shapiq_fixlip.typing import ExplainedIndex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapiq_fixlip.datasets.base import PairDataset
    from shapiq_fixlip.experiments.runner import Records
    from shapiq_fixlip.experiments.work import Record, Worker
    from shapiq_fixlip.games.vision_language import VisionLanguageGame

__all__ = ["Batch", "BatchExplanations", "read_batch", "require_parquet", "write_parquet"]

_EXPLANATIONS = "explanations.parquet"
_INTERACTIONS = "interactions.parquet"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is explained, and how; see :class:`~shapiq_fixlip.experiments.work.Work`.

    Attributes:
        data: See :func:`~shapiq_fixlip.datasets.loading.load_data`.
        n_inputs: The most inputs; ``None`` for all. More can be added to a run later.
        data_seed: Seed of data that are made at random.
        model: A name for :func:`~shapiq_fixlip.load_encoder`.
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
        names = get_args(ExplainedIndex.__value__)
        if self.index not in names:
            msg = f"index must be one of {', '.join(names)}, got {self.index!r}."
            raise InputError(msg)
        for name in ("max_order", "budget_image", "budget_text"):
            whole_number(name, getattr(self, name))
        highest = highest_order(self.index)
        if highest is not None and self.max_order > highest:
            msg = f"max_order must be at most {highest} for {self.index}, got {self.max_order}."
            raise InputError(msg)
        probability("p", self.p)
        check_seed(self.seed)

    def examples(self) -> PairDataset:
        """Return the data.

        Raises:
            InputError: If they are not there.
        """
        return load_data(self.data, self.n_inputs, random_state=self.data_seed)

    def facts(self) -> dict[str, Any]:
        """Return all settings that records depend on, as JSON has them."""
        settings = dataclasses.asdict(self)
        del settings["n_inputs"], settings["device"]
        return {**settings, "shapiq_fixlip": __version__}

    def worker(self) -> Worker:
        """Load the data and the model."""
        examples, encoder = self.examples(), load_encoder(self.model, device=self.device)

        def explain(number: int) -> Record:
            example = examples[number]
            game = self.choices.game(encoder, example)
            return {"source": example.source, "text": example.text, **self._explained(game)}

        return explain

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
            "faithfulness": _or_none(report.faithfulness),
            "passes_image": report.passes[0],
            "passes_text": report.passes[1],
            "seconds_encoder": report.seconds_encoder,
            "seconds_solver": report.seconds_solver,
            "interactions": [
                {
                    "players": list(players),
                    "value": value,
                    "standard_error": None if errors is None else _or_none(errors[players]),
                }
                for players, value in values.interactions.items()
            ],
        }


def _or_none(number: float) -> float | None:
    """Return a number as JSON has it, which knows no nan."""
    return float(number) if math.isfinite(number) else None


def write_parquet(records: Records, numbers: Sequence[int], folder: Path) -> pd.DataFrame:
    """Write the explanations of a batch.

    ``explanations.parquet`` has a row for each input: what it is, what its explanation cost and how
    good it is, or the ``error``. ``interactions.parquet`` has a row for each interaction, with the
    ``input``, the ``players``, the ``value`` and its ``standard_error``.

    Args:
        records: Of the inputs.
        numbers: The inputs.
        folder: Where the files go.

    Returns:
        The explanations.

    Raises:
        InputError: If files cannot be written, or the package pyarrow is not installed.
    """
    arrow, parquet = require_parquet()
    schema = arrow.schema(
        [
            ("input", arrow.int32()),
            ("players", arrow.list_(arrow.int16())),
            ("value", arrow.float64()),
            ("standard_error", arrow.float64()),
        ]
    )
    settings = {k: v for k, v in records.facts.items() if isinstance(v, str | int | float)}
    rows = []
    with (
        writing(folder),
        replacing(folder / _INTERACTIONS) as unfinished,
        parquet.ParquetWriter(unfinished, schema) as writer,
    ):
        for number, record in zip(numbers, records.read(numbers), strict=True):
            interactions = record.pop("interactions", [])
            rows.append({"input": number, **settings, **record})
            numbered = [{"input": number, **interaction} for interaction in interactions]
            writer.write_table(arrow.Table.from_pylist(numbered, schema=schema))
    table = pd.DataFrame(rows)
    for name in ("player_names", "error"):  # of explained and of failed inputs, if there are any
        table[name] = table.get(name)
    with writing(folder), replacing(folder / _EXPLANATIONS) as unfinished:
        parquet.write_table(arrow.Table.from_pandas(table, preserve_index=False), unfinished)
    return table


class BatchExplanations(Mapping[int, InteractionValues]):
    """The explanations of a batch, by the number of their input.

    Attributes:
        table: A row for each input, failed ones too, with its text, what its explanation cost and
            how good it is; see :func:`write_parquet`.
    """

    def __init__(self, folder: Path, table: pd.DataFrame) -> None:
        """Keep where the interactions are."""
        self.table = table
        self._folder = folder
        is_explained = table["player_names"].notna()
        self._numbers = [int(number) for number in table.index[is_explained]]

    def __len__(self) -> int:
        """Return the number of inputs that were explained."""
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        """List the inputs that were explained."""
        return iter(self._numbers)

    def __getitem__(self, number: int) -> InteractionValues:
        """Read the interactions of an input.

        Raises:
            KeyError: If it was not explained.
        """
        return self._values(number, "value")

    def standard_errors(self, number: int) -> InteractionValues:
        """Read the standard errors of the interactions; not numbers where there are none.

        Raises:
            KeyError: If the input was not explained.
        """
        return self._values(number, "standard_error")

    def _values(self, number: int, column: str) -> InteractionValues:
        if number not in self._numbers:
            raise KeyError(number)
        found_ = pd.read_parquet(self._folder / _INTERACTIONS, filters=[("input", "==", number)])
        players = [tuple(map(int, group)) for group in found_["players"]]
        interactions = dict(zip(players, found_[column].tolist(), strict=True))
        row = self.table.loc[number]
        budget = row["estimation_budget"]
        # shapiq puts it in the place of what the empty set has
        baseline = row["baseline_value"] if column == "value" else interactions.get((), 0.0)
        return InteractionValues(
            interactions,
            index=row["index"],
            max_order=int(row["max_order"]),
            n_players=len(row["player_names"]),
            min_order=int(row["min_order"]),
            estimated=bool(row["estimated"]),
            estimation_budget=None if pd.isna(budget) else int(budget),
            baseline_value=baseline,
        )


def read_batch(folder: Path | str) -> BatchExplanations:
    """Read what ``shapiq-fixlip batch`` wrote.

    Args:
        folder: Where it is.

    Returns:
        The explanations by the number of their input, each read when it is asked for.

    Raises:
        InputError: If there is no batch, or the package pyarrow is not installed.
    """
    require_parquet()
    what = f"the files {_EXPLANATIONS} and {_INTERACTIONS} of a finished batch"
    for name in (_EXPLANATIONS, _INTERACTIONS):
        found(Path(folder) / name, what, argument="folder")
    table = pd.read_parquet(Path(folder) / _EXPLANATIONS).set_index("input")
    return BatchExplanations(Path(folder), table)


def require_parquet() -> tuple[Any, Any]:
    """Return pyarrow and its module of Parquet files.

    Raises:
        InputError: If it is not installed.
    """
    names = ("pyarrow", "pyarrow.parquet")
    arrow, parquet = (require(name, argument="batch", extra="batch") for name in names)
    return arrow, parquet
