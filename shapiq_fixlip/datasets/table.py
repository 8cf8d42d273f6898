"""A CSV file that names images and their captions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from shapiq_fixlip.datasets.base import Example, PairDataset, found, numbers
from shapiq_fixlip.errors import InputError, first_line
from shapiq_fixlip.images import load_image

__all__ = ["CaptionTable"]

_COLUMNS = ("image", "caption")


class CaptionTable(PairDataset):
    """The rows of a CSV file with the columns ``image`` and ``caption``.

    Images are files, named as seen from the folder of the table.
    """

    def __init__(self, path: Path | str, *, n: int | None = None) -> None:
        """Read the table.

        Args:
            path: The CSV file.
            n: The most rows. Default all.

        Raises:
            InputError: If there is no such file, or it has not these columns, or no rows.
        """
        what = f"a CSV file with the columns {' and '.join(_COLUMNS)}"
        self._path = found(Path(path), what)
        try:
            table = pd.read_csv(self._path, dtype=str, keep_default_na=False)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            msg = f"data must have {what}, got {str(path)!r} ({first_line(error)})."
            raise InputError(msg) from error
        missing = [name for name in _COLUMNS if name not in table]
        if missing or not len(table):
            got = f"without {' and '.join(missing)}" if missing else "without rows"
            msg = f"data must have {what}, got {str(path)!r} {got}."
            raise InputError(msg)
        self._rows = table[: numbers(n, len(table))]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def _example(self, number: int) -> Example:
        name, caption = self._rows.loc[number, list(_COLUMNS)]
        return Example(load_image(self._path.parent / name), caption, source=name)
