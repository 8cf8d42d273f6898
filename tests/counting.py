"""Work that only counts, in a module that processes of a cluster import at once."""

import dataclasses
import json
import os
import signal
import sys
import time
from pathlib import Path

from shapiq_fixlip import InputError
from shapiq_fixlip.experiments.runner import run
from shapiq_fixlip.output import result_folder


@dataclasses.dataclass(frozen=True)
class Counting:
    """Work that notes how often it was done, and fails or dies when it is told to."""

    folder: str
    fails: tuple[int, ...] = ()
    dies: tuple[int, ...] = ()
    dies_always: tuple[int, ...] = ()
    seconds: float = 0
    device: str = "cpu"
    n_at_once: int = 1

    def facts(self):
        return {"of": "counting", "fails": self.fails}

    def worker(self):
        def count(number):
            if number in self.fails:
                msg = f"no {number}\nmore"
                raise ValueError(msg)
            time.sleep(self.seconds)
            notes = Path(self.folder)
            (notes / f"{number}-{time.monotonic_ns()}").touch()
            n_before = len([*notes.glob(f"{number}-*")])
            if number in self.dies and (n_before == 1 or number in self.dies_always):
                os.kill(os.getpid(), signal.SIGKILL)
            return {"rows": [{"square": number**2}]}

        return count


def done(notes):
    return sorted(int(path.name.partition("-")[0]) for path in notes.iterdir())


def main(out, notes, n_inputs, seconds, breaks):
    """Count as a command does; exit codes 0, 2 for a folder that is used, and 3 for a failure."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    work, numbers = Counting(notes, seconds=float(seconds)), range(int(n_inputs))
    try:
        with result_folder(Path(out), ("table.json",)) as results:
            records = run(work, numbers, Path(out))
            if breaks == "breaks":
                sys.exit(3)
            table = results.workplace / "table.json"
            table.write_text(json.dumps(list(records.read(numbers))))
    except InputError as error:
        sys.exit(2 if "no other run is using" in str(error) else str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
