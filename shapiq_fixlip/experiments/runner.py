"""Runs over many inputs that can be resumed.

The work is a function from the number of an input to its record. Every record is written at once to
its own file, whole or not at all. So a run that was killed is resumed where it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.experiments.distributed import mapped_by_ray, require_ray
from shapiq_fixlip.experiments.work import as_json, attempted, has_failed, started
from shapiq_fixlip.files import text_digest
from shapiq_fixlip.output import remove_unfinished, replacing, writing
from shapiq_fixlip.progress import tracked

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from shapiq_fixlip.datasets.base import PairDataset
    from shapiq_fixlip.experiments.work import Record, Work

__all__ = ["Records", "run"]

_PLAN = "plan.json"
_INPUTS = "inputs"

_DIGEST = "digest"
"""The entry of a record that shows whether its file is damaged."""

_N_NAMED = 3
"""Number of changed settings or inputs that an error names."""


class Records:
    """The records of a run in a folder.

    Attributes:
        facts: The settings and digests that the records depend on.
    """

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        """Open a folder for the records of work with these facts.

        Args:
            folder: The folder; made if it does not exist. No other run may use it at the same time;
                see :func:`~shapiq_fixlip.output.result_folder`.
            facts: See :class:`~shapiq_fixlip.experiments.Work`.

        Raises:
            InputError: If the folder cannot be written, or has records of other work. Then nothing
                in it has changed.
        """
        self._folder, self.facts = folder, as_json(facts)
        plan, inputs = folder / _PLAN, folder / _INPUTS
        with writing(folder):
            if plan.exists():
                _check_plan(plan, self.facts)
            elif inputs.exists() and not (inputs.is_dir() and not any(inputs.iterdir())):
                raise _other_settings(folder, f"a {_INPUTS!r} of unknown settings")
            inputs.mkdir(parents=True, exist_ok=True)
            remove_unfinished(plan)
            remove_unfinished(inputs / "*.json")
            if not plan.exists():
                _write(plan, self.facts, indent=2)

    def _path(self, number: int) -> Path:
        return self._folder / _INPUTS / f"{number:06d}.json"

    def __contains__(self, number: int) -> bool:
        """Return whether an input is finished."""
        return self._path(number).exists()

    def forget_if_empty(self) -> None:
        """Remove the files of a run without any finished input."""
        inputs = self._folder / _INPUTS
        with writing(self._folder):
            if not any(inputs.iterdir()):
                inputs.rmdir()
                (self._folder / _PLAN).unlink()

    def write(self, number: int, record: Record) -> None:
        """Write the record of an input, with its digest.

        Raises:
            InputError: If it cannot be written.
        """
        kept = as_json(record)
        with writing(self._folder):
            _write(self._path(number), {**kept, _DIGEST: _digest(kept)})

    def get(self, number: int) -> Record | None:
        """Return the record of a finished input; ``None`` if its file is damaged.

        Raises:
            InputError: If it cannot be read.
        """
        with writing(self._folder):
            record = _read(self._path(number))
        if isinstance(record, dict) and record.pop(_DIGEST, None) == _digest(record):
            return record
        return None

    def read(self, numbers: Sequence[int]) -> Iterator[Record]:
        """Yield the records of finished inputs.

        Raises:
            InputError: If a file is damaged, or cannot be read.
        """
        for number in numbers:
            record = self.get(number)
            if record is None:
                raise _damaged(self._path(number), "; --retry-failed does its input again")
            yield record


def run(
    work: Work,
    numbers: Sequence[int],
    folder: Path,
    *,
    examples: PairDataset | None = None,
    ray: str | None = None,
    n_workers: int | None = None,
    retry_failed: bool = False,
    verbose: bool = False,
) -> Records:
    """Process all inputs that are not finished yet.

    Args:
        work: The work on every input.
        numbers: Numbers of the inputs.
        folder: The folder of the records, which may have those of an earlier run. No other run may
            use it at the same time; see :func:`~shapiq_fixlip.output.result_folder`.
        examples: The data set, to record the origin of each input and to detect changed inputs.
            Default: neither is done.
        ray: Run on Ray: ``"local"`` for this machine, or the address of a cluster. Default:
            ``None``, in this process.
        n_workers: Number of workers on Ray. Default: the number of GPUs for work on GPUs, else of
            CPUs.
        retry_failed: Whether to repeat inputs that failed in an earlier run, or whose files are
            damaged. They may have failed for lack of memory, for example. Default ``False``.
        verbose: Whether to show a progress bar. Default ``False``.

    Returns:
        The records.

    Raises:
        InputError: If the folder cannot be written, or has records of other work or of inputs that
            have changed, or a damaged file.
    """
    if ray is not None:
        require_ray(n_workers)
    elif n_workers is not None:
        msg = f"must be left out if the run is not on Ray, got {n_workers}."
        raise InputError("n_workers", msg)
    records = Records(folder, work.facts())
    try:
        pending = _pending(records, numbers, examples, retry_failed=retry_failed)
        mapped = (
            _mapped_here(work, records.facts, pending)
            if ray is None
            else mapped_by_ray(work, records.facts, pending, address=ray, n_workers=n_workers)
        )
        n_done = len(numbers) - len(pending)
        with closing(mapped):
            shown = tracked(mapped, "inputs", total=len(numbers), initial=n_done, verbose=verbose)
            for number, record in shown:
                known = {} if examples is None else {**examples.origin(number)}
                records.write(number, known | record)
    except BaseException:
        records.forget_if_empty()
        raise
    return records


def _pending(
    records: Records,
    numbers: Sequence[int],
    examples: PairDataset | None,
    *,
    retry_failed: bool,
) -> list[int]:
    """Check that finished inputs have not changed, and return the numbers of all others.

    See :func:`run` for arguments and errors.
    """
    pending, changed = [], []
    for number in numbers:
        if number not in records:
            pending.append(number)
            continue
        record = records.get(number) if retry_failed else next(records.read([number]))
        if record is None or (retry_failed and has_failed(record)):
            pending.append(number)
        elif examples is not None and _has_changed(record, examples, number):
            changed.append(f"{number} ({record.get('source')})")
    if changed:
        msg = (
            "must be a new folder or one of a run with the same inputs, got results of others: "
            f"{', '.join(changed[:_N_NAMED])}{' and more' if len(changed) > _N_NAMED else ''}; "
            "--retry-failed does those again that failed."
        )
        raise InputError("out", msg)
    return pending


def _has_changed(record: Record, examples: PairDataset, number: int) -> bool:
    """Return whether an input has changed; unknown, and so ``False``, if its worker died."""
    return "content" in record and record["content"] != examples.content(number)


def _mapped_here(
    work: Work, facts: dict[str, Any], numbers: Sequence[int]
) -> Generator[tuple[int, Record]]:
    if not numbers:
        return
    worker = started(work, facts)
    if work.n_at_once == 1:
        for number in numbers:
            yield number, attempted(worker, number)
        return
    threads = Parallel(work.n_at_once, prefer="threads", return_as="generator")
    records = threads(delayed(attempted)(worker, number) for number in numbers)
    yield from zip(numbers, records, strict=True)


def _check_plan(plan: Path, facts: dict[str, Any]) -> None:
    """Check that the plan in a folder has the same settings.

    Raises:
        InputError: If it has other settings, or is damaged.
    """
    noted = _read(plan)
    if not isinstance(noted, Mapping):
        raise _damaged(plan)
    others = [
        f"{name} {brief(before)} and not {brief(now)}"
        for name, before, now in _differences(noted, facts)
    ]
    if others:
        more = f" and {len(others) - _N_NAMED} more" if len(others) > _N_NAMED else ""
        raise _other_settings(plan.parent, f"{', '.join(others[:_N_NAMED])}{more}")


def _differences(
    before: object, now: object, name: str = ""
) -> Iterator[tuple[str, object, object]]:
    """Yield the differences between two settings, with the names of entries joined by dots."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*now, *before]):
            whole = f"{name}.{key}" if name else key
            yield from _differences(before.get(key), now.get(key), whole)
    elif before != now:
        yield name, before, now


def _write(path: Path, content: dict[str, Any], indent: int | None = None) -> None:
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(as_json(content), indent=indent), encoding="utf-8")


def _read(path: Path) -> object:
    """Return the contents of a JSON file; ``None`` if it is not JSON."""
    try:
        return json.loads(path.read_bytes())
    except (IsADirectoryError, ValueError, RecursionError):
        return None


def _digest(record: Record) -> str:
    return text_digest(json.dumps(record, sort_keys=True))


def _damaged(path: Path, remedy: str = "") -> InputError:
    msg = f"must have whole files of an earlier run, got a damaged {str(path)!r}{remedy}."
    return InputError("out", msg)


def _other_settings(folder: Path, what: str) -> InputError:
    msg = (
        "must be a new folder or one of a run with the same settings, "
        f"got {str(folder)!r} with {what}."
    )
    return InputError("out", msg)
