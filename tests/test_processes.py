"""Runs that are killed, and runs of several processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from counting import Counting, done

from shapiq_fixlip import InputError
from shapiq_fixlip.experiments.choices import Choices
from shapiq_fixlip.experiments.evaluation import Evaluation
from shapiq_fixlip.experiments.runner import run

FAST = {
    "methods": ("fixlip:0.5", "shapley", "occlusion"),
    "metrics": ("insertion-deletion",),
    "budgets_image": (32,),
    "budget_text": 16,
    "choices": Choices(players="3x3", words="words"),
}


def command(out, *more):
    chosen = ["--methods", "fixlip:0.5,shapley,occlusion", "--players", "3x3", "--out", str(out)]
    return [
        *(sys.executable, "-m", "shapiq_fixlip", "evaluate", "insertion-deletion"),
        *(*chosen, "--inputs", "8", "--budgets-image", "200", *more),
    ]


def finished(out):
    return sorted((out / "inputs").glob("0*.json"))


def same_tables(first, second):
    names = ("rows.csv", "summary.csv", "summary.md", "curves.csv")
    return all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_a_killed_evaluation_goes_on_where_it_was(tmp_path):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    through, killed = tmp_path / "through", tmp_path / "killed"
    subprocess.run(command(through), check=True, capture_output=True, env=environment)
    process = subprocess.Popen(
        command(killed), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while len(finished(killed)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(np.random.default_rng().uniform(0, 0.1))
    process.kill()
    process.wait()
    before = {path: path.stat().st_mtime_ns for path in finished(killed)}
    assert 2 <= len(before) < 8
    assert not (killed / "summary.md").exists()
    subprocess.run(command(killed), check=True, capture_output=True, env=environment)
    assert all(path.stat().st_mtime_ns == written for path, written in before.items())
    assert len(finished(killed)) == 8
    assert same_tables(through, killed)


def test_ray_does_the_same_even_when_a_worker_is_killed(tmp_path, notes, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))  # where workers find Counting
    plan = Evaluation(**FAST, n_inputs=6)
    here = run(plan, range(6), tmp_path / "here")
    there = run(plan, range(6), tmp_path / "there", ray="local", n_workers=2)
    for first, second in zip(here.read(range(6)), there.read(range(6)), strict=True):
        assert close(first, second)
    deadly = Counting(str(notes), fails=(4,), dies=(2, 5), dies_always=(5,))
    records = run(deadly, range(8), tmp_path / "deadly", ray="local", n_workers=2)
    squares = [record.get("rows", [{}])[0].get("square") for record in records.read(range(8))]
    assert squares == [0, 1, 4, 9, None, None, 36, 49]
    assert "error" in next(records.read([5]))
    assert (done(notes).count(2), done(notes).count(5)) == (2, 3)
    unknown = Evaluation(**FAST, models=("no/model",))
    with pytest.raises(InputError, match="model must be 'demo', .*, got 'no/model'"):
        run(unknown, range(1), tmp_path / "unknown", ray="local", n_workers=1)


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
        run(Counting(str(notes)), range(1), tmp_path / "out", ray="127.0.0.1:1")
    with pytest.raises(InputError, match="n_workers must be at least 1, got 0"):
        run(Counting(str(notes)), range(1), tmp_path / "out", ray="local", n_workers=0)
