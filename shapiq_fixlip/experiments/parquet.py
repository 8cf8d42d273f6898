"""The Parquet files of a batch, and how they read back as ``shapiq.InteractionValues``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from shapiq import InteractionValues

from shapiq_fixlip._optional import require
from shapiq_fixlip.datasets.base import found
from shapiq_fixlip.errors import InputError, first_line
from shapiq_fixlip.results import indices  # noqa: F401 - makes the names of indices known to shapiq

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapiq_fixlip.experiments.runner import Records

__all__ = ["BATCH_FILES", "BatchExplanations", "read_batch", "require_parquet", "write_parquet"]

_EXPLANATIONS = "explanations.parquet"
_INTERACTIONS = "interactions.parquet"
_FAILURES = "failures.csv"

BATCH_FILES = (_EXPLANATIONS, _INTERACTIONS, _FAILURES)
"""All that a batch may write."""


def write_parquet(records: Records, numbers: Sequence[int], folder: Path) -> pd.DataFrame:
    """Write the explanations of a batch.

    ``explanations.parquet`` has a row for each input: what it is, how it was explained, what that
    cost and how good it is, or the ``error``. ``interactions.parquet`` has a row for each
    interaction, with the ``input``, the ``players``, the ``value`` and its ``standard_error``.
    ``failures.csv`` has the inputs that failed, if there are such, and why.

    Args:
        records: Of the inputs.
        numbers: The inputs.
        folder: Where the files go.

    Returns:
        The explanations.

    Raises:
        InputError: If the package pyarrow is not installed, or a record is damaged.
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
    settings = _settings(records.facts)
    rows = []
    with parquet.ParquetWriter(folder / _INTERACTIONS, schema) as writer:
        for number, record in zip(numbers, records.read(numbers), strict=True):
            interactions = record.pop("interactions", [])
            rows.append({"input": number, **settings, **record})
            numbered = [{"input": number, **interaction} for interaction in interactions]
            writer.write_table(arrow.Table.from_pylist(numbered, schema=schema))
    table = pd.DataFrame(rows)
    for name in ("player_names", "source", "text", "error"):  # which not all inputs have
        table[name] = table.get(name)
    explanations = arrow.Table.from_pandas(table, preserve_index=False)
    parquet.write_table(explanations, folder / _EXPLANATIONS)
    failures = table.loc[table["error"].notna(), ["input", "source", "text", "error"]]
    if not failures.empty:
        failures.to_csv(folder / _FAILURES, index=False)
    return table


def _settings(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what all rows have in common: a column for each choice, digests as JSON."""
    flat = {**facts, **facts["choices"]}
    del flat["choices"]
    return {
        name: json.dumps(value) if isinstance(value, Mapping) else value
        for name, value in flat.items()
    }


class BatchExplanations(Mapping[int, InteractionValues]):
    """The explanations of a batch, by the number of their input.

    Attributes:
        table: A row for each input, failed ones too, with its text, what its explanation cost and
            how good it is; see :func:`write_parquet`.
    """

    def __init__(self, folder: Path, table: pd.DataFrame, numbers: list[int]) -> None:
        """Keep where the interactions are, and which inputs were explained."""
        self.table = table
        self._folder, self._numbers = folder, numbers

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
    try:
        table = pd.read_parquet(Path(folder) / _EXPLANATIONS).set_index("input")
        is_explained = table["player_names"].notna()
    except (OSError, ValueError, KeyError) as error:  # pyarrow's own are ValueErrors
        msg = f"must have {what}, got {str(folder)!r} ({first_line(error)})"
        raise InputError("folder", msg) from error
    numbers = [int(number) for number in table.index[is_explained]]
    return BatchExplanations(Path(folder), table, numbers)


def require_parquet() -> tuple[Any, Any]:
    """Return pyarrow and its module of Parquet files.

    Raises:
        InputError: If it is not installed.
    """
    names = ("pyarrow", "pyarrow.parquet")
    arrow, parquet = (require(name, argument="batch", extra="batch") for name in names)
    return arrow, parquet
