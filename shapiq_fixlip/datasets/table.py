"""A table that names images and their captions."""

from __future__ import annotations

import csv
from pathlib import Path

from shapiq_fixlip.datasets.base import Example, Origin, PairDataset, found, numbers
from shapiq_fixlip.errors import InputError, brief, first_line
from shapiq_fixlip.images import load_image

__all__ = ["CaptionTable"]

_COLUMNS = ("image", "caption")
_SEPARATORS = (",", ";", "\t", "|")


class CaptionTable(PairDataset):
    """The rows of a text file with the columns ``image`` and ``caption``.

    Images are files, named as seen from the folder of the table. Columns may be separated by
    commas, semicolons, tabs or bars; a text with such a letter stands in quotes, as in any CSV
    file. Further columns are passed over.
    """

    def __init__(self, path: Path | str, *, n: int | None = None) -> None:
        """Read the table.

        Args:
            path: The file, in UTF-8.
            n: The most rows. Default all.

        Raises:
            InputError: If there is no such file, or it has not these columns, or no rows, or a row
                of more or fewer fields than columns.
        """
        what = f"a CSV file with the columns {' and '.join(_COLUMNS)}"
        self._path = found(Path(path), what)
        try:
            rows = _read(self._path)
        except (csv.Error, UnicodeDecodeError) as error:
            msg = f"data must have {what}, got {str(path)!r} ({first_line(error)})."
            raise InputError(msg) from error
        if not rows:
            msg = f"data must have {what}, got {str(path)!r} without rows."
            raise InputError(msg)
        self._rows = rows[: numbers(n, len(rows))]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def origin(self, number: int) -> Origin:
        """Return the ``source`` and the ``text`` of a row."""
        name, text = self._rows[number]
        return {"source": name, "text": text}

    def _example(self, number: int) -> Example:
        name, _ = self._rows[number]
        return Example(load_image(self._path.parent / name), **self.origin(number))


def _read(path: Path) -> list[tuple[str, str]]:
    """Read images and captions.

    Raises:
        csv.Error: If there are no such columns, or a row has another number of fields.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        separators = [mark for mark in _SEPARATORS if {*_COLUMNS} <= {*_fields(first, mark)}]
        separator = separators[0] if separators else ","
        reader = csv.reader(file, delimiter=separator, strict=True)
        header = [name.strip() for name in next(reader, [])]
        if any(header.count(name) != 1 for name in _COLUMNS):
            msg = f"its first row has the columns {brief(header)}"
            raise csv.Error(msg)
        places = [header.index(name) for name in _COLUMNS]
        rows = []
        for fields in reader:
            if not fields:  # a blank line
                continue
            if len(fields) != len(header):
                msg = (
                    f"line {reader.line_num} has {len(fields)} fields for {len(header)} columns; "
                    f"a text with {separator!r} in it stands in quotes"
                )
                raise csv.Error(msg)
            image, caption = (fields[place] for place in places)
            rows.append((image, caption))
    return rows


def _fields(line: str, separator: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]
