"""Runs that are killed, and runs of several processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from counting import Counting, done

from shapiq_fixlip import InputError, ResourceError
from shapiq_fixlip.experiments.experiment import Evaluation
from shapiq_fixlip.experiments.runner import run as run_work

FAST = {
    "methods": ("fixlip:0.5", "shapley", "occlusion"),
    "metrics": ("insertion-deletion",),
    "budgets_image": (32,),
    "budget_text": 16,
    "image_players": "3x3",
    "text_players": "words",
}


def evaluate(out, *more):
    chosen = ("--methods", "fixlip:0.5,shapley,occlusion", "--image-players", "3x3", "--out", out)
    sizes = ("--n-inputs", 8, "--budgets-image", 200)
    return ("evaluate", "insertion-deletion", *chosen, *sizes, *more)


def finished(out):
    return sorted((out / "inputs").glob("0*.json"))


def hidden(out):
    return [*out.glob(".*"), *out.glob("*/.*")]


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def same_tables(first, second):
    names = ("rows.csv", "summary.csv", "summary.md", "curves.csv")
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_a_killed_evaluation_goes_on_where_it_was(tmp_path, run):
    through, killed = tmp_path / "through", tmp_path / "killed"
    assert run(*evaluate(through))[0] == 0
    rng = np.random.default_rng()
    for n_before, way in ((2, signal.SIGTERM), (5, signal.SIGKILL)):
        before = {path: path.stat().st_mtime_ns for path in finished(killed)}
        process = subprocess.Popen(
            [sys.executable, "-m", "shapiq_fixlip", *map(str, evaluate(killed))],
            env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(lambda n=n_before: len(finished(killed)) >= n)
        code, _, err = run(*evaluate(killed))
        assert code == 2
        assert "Error: --out must be a folder that no other run is using" in " ".join(err.split())
        time.sleep(rng.uniform(0, 0.1))
        process.send_signal(way)
        assert process.wait(timeout=60) in {-signal.SIGKILL, 128 + signal.SIGTERM}
        assert (hidden(killed) == []) == (way == signal.SIGTERM)
        assert n_before <= len(finished(killed)) < 8
        assert all(path.stat().st_mtime_ns == written for path, written in before.items())
        assert not (killed / "summary.md").exists()
    assert run(*evaluate(killed))[0] == 0
    assert len(finished(killed)) == 8
    assert same_tables(through, killed)
    assert hidden(killed) == []


def test_two_runs_at_once_in_every_order(tmp_path, notes):
    """Both started, failing and killed at any time: never a mixture, never a loss."""
    rng = np.random.default_rng()

    def start(out, *, seconds=0.01, breaks="ends"):
        script = Path(__file__).parent / "counting.py"
        arguments = (out, notes, 20, seconds, breaks)
        return subprocess.Popen([sys.executable, str(script), *map(str, arguments)])

    assert start(tmp_path / "alone", seconds=0).wait(timeout=60) == 0
    expected = (tmp_path / "alone" / "table.json").read_bytes()
    codes = []
    for number in range(50):
        out = tmp_path / f"out-{number}"
        running = []
        for _ in range(2):
            running.append(start(out, breaks=rng.choice(["ends", "breaks"])))
            time.sleep(rng.uniform(0, 0.4))
        if number % 2:
            time.sleep(rng.uniform(0, 0.3))
            victim = running[rng.integers(2)]
            victim.send_signal(rng.choice([signal.SIGKILL, signal.SIGTERM]))
        codes += [process.wait(timeout=60) for process in running]
        if (out / "table.json").exists():
            assert (out / "table.json").read_bytes() == expected
        assert start(out).wait(timeout=60) == 0
        assert (out / "table.json").read_bytes() == expected
        assert sorted(path.name for path in out.iterdir()) == ["inputs", "plan.json", "table.json"]
        assert len(finished(out)) == len(list((out / "inputs").iterdir())) == 20
    assert (
        {0, 2, 3} <= {*codes} <= {0, 2, 3, -signal.SIGKILL, 128 + signal.SIGTERM, -signal.SIGTERM}
    )


@pytest.mark.filterwarnings("ignore:Exception ignored in.*Popen")  # of Ray itself
def test_ray_does_the_same_even_when_a_worker_is_killed(tmp_path, notes, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where workers find Counting
    plan = Evaluation(**FAST, n_inputs=6)
    here = run_work(plan, range(6), tmp_path / "here")
    there = run_work(plan, range(6), tmp_path / "there", ray="local", n_workers=2)
    for first, second in zip(here.read(range(6)), there.read(range(6)), strict=True):
        assert close(first, second)
    deadly = Counting(str(notes), fails=(4,), dies=(2, 5), dies_always=(5,))
    records = run_work(deadly, range(8), tmp_path / "deadly", ray="local", n_workers=2)
    squares = [record.get("rows", [{}])[0].get("square") for record in records.read(range(8))]
    assert squares == [0, 1, 4, 9, None, None, 36, 49]
    assert "error" in next(records.read([5]))
    assert (done(notes).count(2), done(notes).count(5)) == (2, 3)
    unknown = Evaluation(**FAST, models=("no/model",))
    with pytest.raises(ResourceError, match="model must be 'demo', .*, got 'no/model'"):
        run_work(unknown, range(1), tmp_path / "unknown", ray="local", n_workers=1)


def close(first, second):
    """Compare records; with other numbers of threads, sums differ in their last digits."""
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(close(first[k], second[k]) for k in first)
    if isinstance(first, list):
        return len(first) == len(second) and all(map(close, first, second))
    return first == pytest.approx(second, rel=1e-6) if isinstance(first, float) else first == second


def test_an_address_without_a_cluster_is_refused(tmp_path, notes):
    pytest.importorskip("ray")
    with pytest.raises(InputError, match="ray must be 'local' or the address of a cluster, got"):
        run_work(Counting(str(notes)), range(1), tmp_path / "out", ray="127.0.0.1:1")
    with pytest.raises(InputError, match="n_workers must be at least 1, got 0"):
        run_work(Counting(str(notes)), range(1), tmp_path / "out", ray="local", n_workers=0)
