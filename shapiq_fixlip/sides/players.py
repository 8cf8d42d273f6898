"""The players of a side, by name."""

from __future__ import annotations

from itertools import chain, count
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapiq_fixlip.typing import BoolMatrix

__all__ = ["distinct_names", "grid_names", "with_nobody"]


def grid_names(kind: str, grid: tuple[int, int]) -> list[str]:
    """Name cells by row and column, counted from 0 at the top left.

    >>> grid_names("patch", (1, 2))
    ['patch (0,0)', 'patch (0,1)']
    """
    rows, columns = grid
    return [f"{kind} ({row},{column})" for row in range(rows) for column in range(columns)]


def distinct_names(names: Iterable[str]) -> list[str]:
    """Number the second and later ones of equal names, as shapiq finds players by name.

    >>> distinct_names(["a", "dog", "and", "a", "cat"])
    ['a', 'dog', 'and', 'a (2)', 'cat']
    """
    distinct: dict[str, None] = {}
    for name in names:
        numbered = (f"{name} ({number})" for number in count(2))
        free = next(option for option in chain([name], numbered) if option not in distinct)
        distinct[free] = None
    return list(distinct)


def with_nobody(coalitions: BoolMatrix) -> BoolMatrix:
    """Append a column of what belongs to no player, which always stays and has the number -1."""
    return np.hstack([coalitions, np.ones((len(coalitions), 1), dtype=bool)])
