"""The Parquet files of a batch, and reading them as explanations."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, override

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet
from shapiq import InteractionValues

from shapiq_fixlip.datasets.base import found
from shapiq_fixlip.errors import InputError, first_line, is_of_the_machine
from shapiq_fixlip.explaining.explanation import Explanation
from shapiq_fixlip.files import as_path
from shapiq_fixlip.results.arrays import numbers_of
from shapiq_fixlip.results.resolved import resolved_column
from shapiq_fixlip.results.saving import check_format, restored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from shapiq_fixlip.experiments.runner import Records
    from shapiq_fixlip.experiments.work import Record

__all__ = ["BATCH_FILES", "BatchExplanations", "packed_interactions", "read_batch", "write_parquet"]

_EXPLANATIONS = "explanations.parquet"
_INTERACTIONS = "interactions.parquet"
_FAILURES = "failures.csv"

_FILES = f"the files {_EXPLANATIONS} and {_INTERACTIONS} of a finished batch"

_PICTURES = ("image", "regions")
_DTYPES = {
    "sizes": np.int32,
    "players": np.int16,
    "value": np.float64,
    "standard_error": np.float64,
    "resolved": np.int8,
}
"""The arrays in the records of a batch."""

_UNKNOWN = -1
"""Code for 'not known' in ``resolved``, beside 0 and 1."""

_NESTED = ("facts", "values")
"""Columns that only :class:`BatchExplanations` reads."""

BATCH_FILES = (_EXPLANATIONS, _INTERACTIONS, _FAILURES)
"""All files of a batch."""


def write_parquet(records: Records, numbers: Sequence[int], folder: Path) -> pd.DataFrame:
    """Write the explanations of a batch.

    ``explanations.parquet`` has a row for each input: its origin and text, the settings, cost and
    quality of its explanation, and the data for pictures and pages; or the ``error``.
    ``interactions.parquet`` has a row for each interaction, with the ``input``, the ``players``,
    the ``value``, its ``standard_error``, and whether it is ``resolved``. ``failures.csv`` has the
    failed inputs with their errors, if there are any.

    Args:
        records: Records of the inputs.
        numbers: Numbers of the inputs.
        folder: The folder of the files.

    Returns:
        The rows of ``explanations.parquet``.

    Raises:
        InputError: If a record is damaged.
    """
    schema = pa.schema(
        [
            ("input", pa.int32()),
            ("players", pa.list_(pa.int16())),
            ("value", pa.float64()),
            ("standard_error", pa.float64()),
            ("resolved", pa.bool_()),
        ]
    )
    settings = _settings(records.facts)
    rows = []
    with parquet.ParquetWriter(folder / _INTERACTIONS, schema) as writer:
        for number, record in zip(numbers, records.read(numbers), strict=True):
            interactions = record.pop("interactions", None)
            rows.append({"input": number, **settings, **_row(record)})
            if interactions is not None:
                writer.write_table(_columns(number, interactions).cast(schema))
    table = pd.DataFrame(rows)
    for name in (
        "player_names",
        "source",
        "text",
        "unseen_text",
        "error",
        *_PICTURES,
        *_NESTED,
    ):  # columns that not all inputs have
        table[name] = table.get(name)
    explanations = pa.Table.from_pandas(table, preserve_index=False)
    parquet.write_table(explanations, folder / _EXPLANATIONS)
    failures = table.loc[table["error"].notna(), ["input", "source", "text", "error"]]
    if not failures.empty:
        failures.to_csv(folder / _FAILURES, index=False)
    return table


def packed_interactions(explanation: Explanation) -> dict[str, str]:
    """Return interactions, their errors and which are resolved as arrays in base64."""
    values, errors, resolved = explanation.values, explanation.standard_errors, explanation.resolved
    keys = list(values.interactions)
    columns: dict[str, NDArray[Any]] = {
        "sizes": np.fromiter(map(len, keys), np.int32, len(keys)),
        "players": np.fromiter(chain.from_iterable(keys), np.int16),
        "value": numbers_of(values),
    }
    if errors is not None:
        columns["standard_error"] = numbers_of(errors, values)
    if resolved is not None:
        told = resolved_column(resolved, values, keys)
        columns["resolved"] = told.to_numpy(np.int8, na_value=_UNKNOWN)
    return {name: base64.b64encode(column.tobytes()).decode() for name, column in columns.items()}


def _columns(number: int, packed: Mapping[str, str]) -> pa.Table:
    """Return the rows of the interactions of an input."""
    columns = {
        name: np.frombuffer(base64.b64decode(packed[name]), dtype)
        for name, dtype in _DTYPES.items()
        if name in packed
    }
    n = len(columns["sizes"])
    ends = np.concatenate([[0], columns.pop("sizes").cumsum()]).astype(np.int32)
    errors, resolved = columns.get("standard_error"), columns.get("resolved")
    return pa.table(
        {
            "input": np.full(n, number, np.int32),
            "players": pa.ListArray.from_arrays(ends, columns["players"]),
            "value": columns["value"],
            "standard_error": pa.nulls(n) if errors is None else pa.array(errors, from_pandas=True),
            "resolved": pa.nulls(n)
            if resolved is None
            else pa.array(resolved == 1, mask=resolved == _UNKNOWN),
        }
    )


def _row(record: Record) -> dict[str, Any]:
    """Return a record as columns, with pictures as bytes and nested entries as JSON."""
    pictures = {name: base64.b64decode(record[name]) for name in _PICTURES if name in record}
    nested = {name: json.dumps(record[name]) for name in _NESTED if name in record}
    return {**record, **pictures, **nested}


def _settings(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that all rows share: the settings, with digests as JSON."""
    return {
        name: json.dumps(value) if isinstance(value, Mapping) else value
        for name, value in facts.items()
    }


class BatchExplanations(Mapping[int, Explanation]):
    """The explanations of a batch by number of the input, each read on access.

    Attributes:
        table: One row for each input, including failed ones, with its text and the cost and quality
            of its explanation; see :func:`write_parquet`.
    """

    def __init__(self, folder: Path, table: pd.DataFrame, numbers: list[int]) -> None:
        """Keep the folder, the table and the numbers of the explained inputs."""
        self.table = table
        self._folder, self._numbers = folder, numbers

    @override
    def __len__(self) -> int:
        """Return the number of explained inputs."""
        return len(self._numbers)

    @override
    def __iter__(self) -> Iterator[int]:
        """Iterate over the numbers of explained inputs."""
        return iter(self._numbers)

    @override
    def __getitem__(self, number: int) -> Explanation:
        """Read the explanation of an input.

        Raises:
            KeyError: If the input was not explained.
            InputError: If the files are damaged.
        """
        if number not in self._numbers:
            raise KeyError(number)
        with _readable(self._folder):
            return self._read(int(number))

    def _read(self, number: int) -> Explanation:
        kept, interactions = (
            pd.read_parquet(self._folder / name, filters=[("input", "==", number)], columns=columns)
            for name, columns in (
                (_EXPLANATIONS, [*_NESTED, *_PICTURES]),
                (_INTERACTIONS, None),
            )
        )
        facts, about = (json.loads(kept[name].item()) for name in _NESTED)
        check_format(facts, "folder")
        players = [tuple(map(int, group)) for group in interactions["players"]]
        values = InteractionValues(
            dict(zip(players, interactions["value"].tolist(), strict=True)), **about
        )
        errors = interactions["standard_error"].tolist()
        facts["standard_errors"] = None if all(map(math.isnan, errors)) else errors
        resolved = interactions.get("resolved")  # older batches do not tell it
        if resolved is not None and resolved.notna().any():
            facts["resolved"] = [
                group
                for group, told in zip(players, resolved.tolist(), strict=True)
                if told is True
            ]
        pictures = (kept[name].item() for name in _PICTURES)
        return Explanation(**restored(values, facts, *pictures))


def read_batch(folder: Path | str) -> BatchExplanations:
    """Read the results of ``shapiq-fixlip batch``.

    Args:
        folder: The folder of the batch.

    Returns:
        The explanations by number of the input, each read on access.

    Raises:
        InputError: If the folder has no finished batch.
    """
    folder = as_path("folder", folder)
    for name in (_EXPLANATIONS, _INTERACTIONS):
        found(folder / name, _FILES, argument="folder")
    with _readable(folder):
        table = pd.read_parquet(folder / _EXPLANATIONS).set_index("input")
        table = table.drop(columns=[*_PICTURES, *_NESTED])
        is_explained = table["player_names"].notna()
        parquet.read_schema(folder / _INTERACTIONS)  # the end of the file, which may be missing
    numbers = [int(number) for number in table.index[is_explained]]
    return BatchExplanations(folder, table, numbers)


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Turn errors of damaged files into one about the folder."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # damaged files lead to many kinds of errors
        if is_of_the_machine(error):
            raise
        msg = f"must have {_FILES}, got {str(folder)!r} ({first_line(error)})."
        raise InputError("folder", msg) from error
