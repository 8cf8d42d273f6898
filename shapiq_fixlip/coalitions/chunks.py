"""Large tables are built in chunks of rows."""

from __future__ import annotations

__all__ = ["row_chunks"]

_CHUNK_SIZE = 2**23
"""Numbers in a table that are built at once, 64 MiB of float64."""


def row_chunks(m: int, width: int) -> list[slice]:
    """Cut ``m`` rows of ``width`` numbers into slices of bounded size."""
    rows = max(1, _CHUNK_SIZE // width)
    return [slice(start, start + rows) for start in range(0, m, rows)]
