"""What benchmarks share: the machine, tables, targets, and runs on all cores."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy
import typer
from joblib import Parallel, delayed
from tqdm.auto import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd


def print_machine() -> None:
    """Print what the figures were measured on."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(": ")[2] if names else cpu
    print(
        f"{cpu}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}"
    )


def print_table(title: str, table: pd.DataFrame) -> None:
    """Print a table with a title."""
    print(f"\n{title}\n")
    print(
        table.to_string(index=False, na_rep="-", float_format=lambda number: f"{number:.3g}"),
        flush=True,
    )


def require(target: str, *, is_reached: bool) -> None:
    """Print whether a target is reached; if it is not, stop with exit code 1."""
    print(f"\n{'Reached' if is_reached else 'MISSED'}: {target}", flush=True)
    if not is_reached:
        raise typer.Exit(1)


def on_all_cores[T](function: Callable[..., T], arguments: Sequence[tuple], desc: str) -> list[T]:
    """Call a function with each tuple of arguments, a process for each core, and keep the order."""
    calls = (delayed(function)(*some) for some in arguments)
    results = Parallel(n_jobs=-1, return_as="generator")(calls)
    return list(tqdm(results, total=len(arguments), desc=desc))
