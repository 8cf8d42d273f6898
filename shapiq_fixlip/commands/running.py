"""The steps that commands on many inputs share: lock a folder, run, and write the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    verbose: bool,
) -> tuple[T, Results]:
    """Process all inputs that are not finished, and write the results of all inputs.

    Args:
        out: The folder of the run.
        work: The work on every input.
        known: Patterns of all result files; see :func:`~shapiq_fixlip.output.result_folder`.
        write: Writes the results of records with these numbers into a folder.
        ray: See :func:`~shapiq_fixlip.experiments.runner.run`.
        n_workers: See :func:`~shapiq_fixlip.experiments.runner.run`.
        retry_failed: See :func:`~shapiq_fixlip.experiments.runner.run`.
        verbose: See :func:`~shapiq_fixlip.experiments.runner.run`.

    Returns:
        The result of ``write``, and the files of the run.
    """
    from shapiq_fixlip.experiments.runner import run

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
            verbose=verbose,
        )
        with writing(out):
            written = write(records, numbers, results.workplace)
    return written, results
