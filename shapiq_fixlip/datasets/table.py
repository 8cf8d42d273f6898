"""Tables of image files and captions."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, override

from shapiq_fixlip.datasets.base import Example, PairDataset, found, numbers
from shapiq_fixlip.errors import InputError, brief, first_line
from shapiq_fixlip.sides.images import load_image

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CaptionTable"]

_COLUMNS = ("image", "caption")
_SEPARATORS = (",", ";", "\t", "|")


class CaptionTable(PairDataset):
    """The rows of a text file with the columns ``image`` and ``caption``.

    Images are paths of files, relative to the folder of the table. The separator is a comma, a
    semicolon, a tab or a bar. A text that contains the separator must be quoted, as in any CSV
    file. Further columns are ignored.
    """

    def __init__(self, path: Path | str, *, n: int | None = None) -> None:
        """Read the table.

        Args:
            path: The file, in UTF-8.
            n: Maximum number of rows. Default: all.

        Raises:
            InputError: If there is no such file, it does not have these columns or any rows, or a
                row has not as many fields as columns.
        """
        what = f"a CSV file with the columns {' and '.join(_COLUMNS)}"
        self._path = found(Path(path), what)
        try:
            rows = _read(self._path)
        except (csv.Error, OSError, UnicodeDecodeError) as error:
            msg = f"must have {what}, got {str(path)!r} ({first_line(error)})."
            raise InputError("data", msg) from error
        if not rows:
            msg = f"must have {what}, got {str(path)!r} without rows."
            raise InputError("data", msg)
        self._rows = rows[: numbers(n, len(rows))]

    @override
    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    @override
    def _source(self, number: int) -> str:
        return self._rows[number][0]

    @override
    def _text(self, number: int) -> str:
        return self._rows[number][1]

    @override
    def _example(self, number: int) -> Example:
        name, text = self._rows[number]
        return Example(load_image(self._path.parent / name), text, source=name)


def _read(path: Path) -> list[tuple[str, str]]:
    """Return the images and captions of all rows, without surrounding whitespace.

    Raises:
        csv.Error: If there are no such columns, or a row has another number of fields.
        OSError: If the file cannot be read.
        UnicodeDecodeError: If it is not text in UTF-8.
    """
    text = path.read_text(encoding="utf-8-sig")
    marks = [mark for mark in _SEPARATORS if {*_COLUMNS} <= {*_header(text, mark)}]
    separator = marks[0] if marks else ","
    header = _header(text, separator)
    if any(header.count(name) != 1 for name in _COLUMNS):
        msg = f"its first row has the columns {brief(header)}"
        raise csv.Error(msg)
    places = [header.index(name) for name in _COLUMNS]
    found_ = []
    for line, fields in list(_rows(text, separator))[1:]:
        if len(fields) != len(header):
            msg = (
                f"line {line} has {len(fields)} fields for {len(header)} columns; "
                f"a text with {separator!r} in it stands in quotes"
            )
            raise csv.Error(msg)
        image, caption = (fields[place] for place in places)
        found_.append((image, caption))
    return found_


def _header(text: str, separator: str) -> list[str]:
    """Return the names of the columns; empty if the text cannot be read with this separator."""
    try:
        _, names = next(_rows(text, separator), (0, []))
    except csv.Error:
        return []
    return names


def _rows(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, each with the number of its line."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for fields in reader:
        stripped = [field.strip() for field in fields]
        if any(stripped):
            yield reader.line_num, stripped
