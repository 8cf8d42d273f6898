"""Runs over many inputs, of which every finished one is kept.

The unit of work is a function of the number of an input. What it returns is written at once, in a
file of its own that is there whole or not at all, so a run that was killed goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.experiments.distributed import mapped_by_ray, require_ray
from shapiq_fixlip.experiments.work import as_json, attempted, has_failed, is_record, started
from shapiq_fixlip.output import replacing, writing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from shapiq_fixlip.datasets.base import PairDataset
    from shapiq_fixlip.experiments.work import Record, Work

__all__ = ["Records", "run"]

_PLAN = "plan.json"
_INPUTS = "inputs"

_N_NAMED = 3
"""How many of the inputs that have changed an error names."""


class Records:
    """The records of a folder.

    Attributes:
        facts: The settings they depend on.
    """

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        """Open a folder for the records of work with these settings.

        Args:
            folder: Made if it does not exist. Nobody else must use it meanwhile; see
                :func:`~shapiq_fixlip.output.result_folder`.
            facts: See :class:`~shapiq_fixlip.experiments.work.Work`.

        Raises:
            InputError: If it cannot be written, or holds records of other work.
        """
        self._folder, self.facts = folder, as_json(facts)
        plan, inputs = folder / _PLAN, folder / _INPUTS
        with writing(folder):
            if not plan.exists() and inputs.exists() and any(inputs.iterdir()):
                msg = (
                    "out must be a new folder or one of a run with the same settings, "
                    f"got {str(folder)!r} with a folder {_INPUTS!r} of unknown settings."
                )
                raise InputError(msg)
            inputs.mkdir(parents=True, exist_ok=True)
            for path in (*folder.glob(f".{_PLAN}*"), *inputs.glob(".*")):
                path.unlink()  # left unfinished by a run that was killed
            if not plan.exists():
                _write(plan, self.facts, indent=2)
        noted = _read(plan)
        if not isinstance(noted, Mapping):
            raise _damaged(plan)
        others = [
            f"{name} {brief(before)} and not {brief(now)}"
            for name, before, now in _differences(noted, self.facts)
        ]
        if others:
            msg = (
                "out must be a new folder or one of a run with the same settings, "
                f"got {str(folder)!r} with {', '.join(others)}."
            )
            raise InputError(msg)

    def _path(self, number: int) -> Path:
        return self._folder / _INPUTS / f"{number:06d}.json"

    def __contains__(self, number: int) -> bool:
        """Tell whether an input is finished."""
        return self._path(number).exists()

    def forget_if_empty(self) -> None:
        """Leave no folder behind in which nothing is finished."""
        inputs = self._folder / _INPUTS
        with writing(self._folder):
            if not any(inputs.iterdir()):
                inputs.rmdir()
                (self._folder / _PLAN).unlink()

    def write(self, number: int, record: Record) -> None:
        """Keep what came of an input.

        Raises:
            InputError: If it cannot be written.
        """
        with writing(self._folder):
            _write(self._path(number), record)

    def get(self, number: int) -> Record | None:
        """Read what came of a finished input, ``None`` if its file is damaged."""
        record = _read(self._path(number))
        return record if is_record(record) else None

    def read(self, numbers: Sequence[int]) -> Iterator[Record]:
        """Read what came of inputs.

        Raises:
            InputError: If a file is damaged.
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
    """Do what is not done yet.

    Args:
        work: What is done with every input.
        numbers: The inputs.
        folder: Where the records are kept, perhaps those of an earlier run. Nobody else must use it
            meanwhile; see :func:`~shapiq_fixlip.output.result_folder`.
        examples: The data, to tell where each input is from and whether it is still the same.
            Default: not told.
        ray: Run on Ray: ``"local"`` for this machine, or the address of a cluster. Default
            ``None``, in this process.
        n_workers: Workers on Ray. Default: as many as there are GPUs, for work on such, or CPUs.
        retry_failed: Whether inputs are done again that failed in an earlier run, as for want of
            memory, or whose files are damaged. Default ``False``.
        verbose: Whether to show a progress bar. Default ``False``.

    Returns:
        The records.

    Raises:
        InputError: If the folder cannot be written, holds records of other work, or of inputs that
            have changed, or a damaged file.
    """
    if ray is not None:
        require_ray(n_workers)
    elif n_workers is not None:
        msg = f"n_workers must be given along with ray, got {n_workers} alone."
        raise InputError(msg)
    records = Records(folder, work.facts())
    pending = [n for n in numbers if _is_pending(records, n, retry_failed=retry_failed)]
    if examples is not None:
        _check_contents(records, sorted({*numbers} - {*pending}), examples)
    progress = tqdm(
        desc="inputs",
        total=len(numbers),
        initial=len(numbers) - len(pending),
        disable=not verbose,
    )
    mapped = (
        _mapped_here(work, records.facts, pending)
        if ray is None
        else mapped_by_ray(work, records.facts, pending, address=ray, n_workers=n_workers)
    )
    try:
        with progress, closing(mapped) as results:
            for number, record in results:
                known = {} if examples is None else {**examples.origin(number)}
                records.write(number, known | record)
                progress.update()
    except BaseException:
        records.forget_if_empty()
        raise
    return records


def _is_pending(records: Records, number: int, *, retry_failed: bool) -> bool:
    """Tell whether an input is to be done; see :func:`run` for arguments and errors."""
    if number not in records:
        return True
    if not retry_failed:
        next(records.read([number]))  # which fails if it is damaged
        return False
    record = records.get(number)
    return record is None or has_failed(record)


def _check_contents(records: Records, numbers: Sequence[int], examples: PairDataset) -> None:
    """Check that finished inputs are still what they were.

    Raises:
        InputError: If some are not.
    """
    known = zip(numbers, records.read(numbers), strict=True)
    changed = [
        f"{number} ({record.get('source')})"
        for number, record in known
        if "content" in record and record["content"] != examples.content(number)
    ]
    if changed:
        msg = (
            "out must be a new folder or one of a run with the same inputs, got results of others: "
            f"{', '.join(changed[:_N_NAMED])}{' and more' if len(changed) > _N_NAMED else ''}."
        )
        raise InputError(msg)


def _mapped_here(
    work: Work, facts: dict[str, Any], numbers: Sequence[int]
) -> Generator[tuple[int, Record]]:
    if not numbers:
        return
    worker = started(work, facts)
    for number in numbers:
        yield number, attempted(worker, number)


def _differences(
    before: object, now: object, name: str = ""
) -> Iterator[tuple[str, object, object]]:
    """List what differs between two settings, with the names of entries joined by dots."""
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
    """Return what is in a file, ``None`` if that is no JSON."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _damaged(path: Path, remedy: str = "") -> InputError:
    msg = f"out must have whole files of an earlier run, got a damaged {str(path)!r}{remedy}."
    return InputError(msg)
