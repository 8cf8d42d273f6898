"""Runs over many inputs, of which every finished one is kept.

The unit of work is a function of the number of an input. What it returns is written at once, in a
file of its own that is there whole or not at all, so a run that was killed goes on where it was.
"""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tqdm.auto import tqdm

from shapiq_fixlip.errors import InputError, brief
from shapiq_fixlip.experiments.distributed import mapped_by_ray, require_ray
from shapiq_fixlip.experiments.work import attempted
from shapiq_fixlip.output import replacing, writing

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from shapiq_fixlip.experiments.work import Record, Work

__all__ = ["Records", "run"]

_PLAN = "plan.json"
_INPUTS = "inputs"


class Records:
    """The records of a folder.

    Attributes:
        facts: The settings they depend on.
    """

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        """Open a folder for the records of work with these settings.

        Args:
            folder: Made if it does not exist.
            facts: See :class:`Work`.

        Raises:
            InputError: If it cannot be written, or holds records of other work.
        """
        self._folder, self.facts = folder, json.loads(json.dumps(facts))
        with writing(folder):
            (folder / _INPUTS).mkdir(parents=True, exist_ok=True)
            plan = folder / _PLAN
            if not plan.exists():
                _write(plan, json.dumps(facts, indent=2, ensure_ascii=False))
            noted = _read(plan)
        others = [
            f"{name} {brief(noted.get(name))} and not {brief(value)}"
            for name, value in self.facts.items()
            if noted.get(name) != value
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
                if not any(self._folder.iterdir()):
                    self._folder.rmdir()

    def has_failed(self, number: int) -> bool:
        """Tell whether a finished input failed, or a part of it."""
        (record,) = self.read([number])
        return any("error" in part for part in (record, *record.get("rows", ())))

    def write(self, number: int, record: Record) -> None:
        """Keep what came of an input.

        Raises:
            InputError: If it cannot be written.
        """
        with writing(self._folder):
            _write(self._path(number), json.dumps(record, ensure_ascii=False))

    def read(self, numbers: Sequence[int]) -> Iterator[Record]:
        """Read what came of inputs."""
        for number in numbers:
            yield _read(self._path(number))


def run(
    work: Work,
    numbers: Sequence[int],
    folder: Path,
    *,
    ray: str | None = None,
    n_workers: int | None = None,
    retry_failed: bool = False,
    verbose: bool = False,
) -> Records:
    """Do what is not done yet.

    Args:
        work: What is done with every input.
        numbers: The inputs.
        folder: Where the records are kept, perhaps those of an earlier run.
        ray: Run on Ray: ``"local"`` for this machine, or the address of a cluster. Default
            ``None``, in this process.
        n_workers: Workers on Ray. Default: as many as there are GPUs, for work on such, or CPUs.
        retry_failed: Whether inputs are done again that failed in an earlier run, as for want of
            memory. Default ``False``.
        verbose: Whether to show a progress bar. Default ``False``.

    Returns:
        The records.

    Raises:
        InputError: If the folder cannot be written or holds records of other work.
    """
    if ray is not None:
        require_ray(n_workers)
    elif n_workers is not None:
        msg = f"n_workers must be given along with ray, got {n_workers} alone."
        raise InputError(msg)
    records = Records(folder, work.facts())
    pending = [
        number
        for number in numbers
        if number not in records or (retry_failed and records.has_failed(number))
    ]
    progress = tqdm(
        desc="inputs",
        total=len(numbers),
        initial=len(numbers) - len(pending),
        disable=not verbose,
    )
    mapped = (
        _mapped_here(work, pending)
        if ray is None
        else mapped_by_ray(work, pending, address=ray, n_workers=n_workers)
    )
    try:
        with progress, closing(mapped) as results:
            for number, record in results:
                records.write(number, record)
                progress.update()
    except BaseException:
        records.forget_if_empty()
        raise
    return records


def _mapped_here(work: Work, numbers: Sequence[int]) -> Generator[tuple[int, Record]]:
    if not numbers:
        return
    worker = work.worker()
    for number in numbers:
        yield number, attempted(worker, number)


def _write(path: Path, text: str) -> None:
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def _read(path: Path) -> Record:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        msg = f"out must have whole files of an earlier run, got a damaged {str(path)!r}."
        raise InputError(msg) from error
