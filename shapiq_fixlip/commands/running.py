"""What the commands on many inputs have in common: they hold a folder, run, and write it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shapiq_fixlip.commands.silence import silence_other_packages
from shapiq_fixlip.output import result_folder, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from shapiq_fixlip.experiments.runner import Records
    from shapiq_fixlip.experiments.work import Work
    from shapiq_fixlip.output import Results

__all__ = ["run_into"]


def run_into[T](
    out: Path,
    work: Work,
    known: Sequence[str],
    write: Callable[[Records, Sequence[int], Path], T],
    *,
    ray: str | None,
    n_workers: int | None,
    retry_failed: bool,
) -> tuple[T, Results]:
    """Do what is not done yet, and write the results of all inputs.

    Args:
        out: The folder of the run.
        work: What is done with every input.
        known: Patterns of all names of results; see :func:`~shapiq_fixlip.output.result_folder`.
        write: Writes the results of records with these numbers into a folder.
        ray: See :func:`~shapiq_fixlip.experiments.runner.run`.
        n_workers: See :func:`~shapiq_fixlip.experiments.runner.run`.
        retry_failed: See :func:`~shapiq_fixlip.experiments.runner.run`.

    Returns:
        What ``write`` returns, and what has become of the files.
    """
    from shapiq_fixlip.experiments.runner import run

    silence_other_packages()
    examples = work.examples()
    numbers = range(len(examples))
    with result_folder(out, known) as results:
        records = run(
            work,
            numbers,
            out,
            examples=examples,
            ray=ray,
            n_workers=n_workers,
            retry_failed=retry_failed,
            verbose=sys.stderr.isatty(),
        )
        with writing(out):
            written = write(records, numbers, results.workplace)
    return written, results
