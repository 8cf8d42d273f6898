"""Runs over many inputs: resumed, repeated, and honest about what failed."""

import pytest
from counting import Counting, done

from shapiq_fixlip import InputError
from shapiq_fixlip.experiments.runner import run
from shapiq_fixlip.experiments.tables import as_rows, failures_of


def test_what_is_finished_is_not_done_again(tmp_path, notes):
    work, out = Counting(str(notes)), tmp_path / "out"
    run(work, range(3), out)
    records = run(work, range(5), out)
    assert done(notes) == [0, 1, 2, 3, 4]
    assert [record["rows"][0]["square"] for record in records.read(range(5))] == [0, 1, 4, 9, 16]
    assert [record["rows"][0]["square"] for record in records.read([2])] == [4]


def test_failed_inputs_are_noted_with_their_reason(tmp_path, notes):
    records = run(Counting(str(notes), fails=(1,)), range(3), tmp_path / "out")
    assert done(notes) == [0, 2]
    assert [*records.read([1])] == [{"error": "ValueError: no 1"}]
    rows = as_rows(range(1, 2), records.read([1]))
    assert failures_of(rows)[["input", "error"]].to_numpy().tolist() == [[1, "ValueError: no 1"]]


def test_damaged_files_are_told(tmp_path, notes):
    out = tmp_path / "out"
    records = run(Counting(str(notes)), range(2), out)
    (out / "inputs" / "000001.json").write_text("{")
    with pytest.raises(InputError, match="got a damaged '.*000001.json'"):
        list(records.read(range(2)))
    (out / "plan.json").write_text("{")
    with pytest.raises(InputError, match="got a damaged '.*plan.json'"):
        run(Counting(str(notes)), range(2), out)


def test_failed_inputs_are_done_again_on_request(tmp_path, notes):
    out = tmp_path / "out"
    run(Counting(str(notes), fails=(1,)), range(3), out)
    mended = Counting(str(notes))
    object.__setattr__(mended, "facts", Counting(str(notes), fails=(1,)).facts)
    assert "error" in list(run(mended, range(3), out).read(range(3)))[1]
    records = run(mended, range(3), out, retry_failed=True)
    assert [record["rows"][0]["square"] for record in records.read(range(3))] == [0, 1, 4]
    assert done(notes) == [0, 1, 2]


def test_a_folder_of_other_work_is_refused(tmp_path, notes):
    run(Counting(str(notes)), range(1), tmp_path / "out")
    with pytest.raises(InputError, match="out must be a new folder or one of a run with the same"):
        run(Counting(str(notes), fails=(1,)), range(1), tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, notes):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="out must be a folder that can be written"):
        run(Counting(str(notes)), range(1), tmp_path / "file")


def test_an_interrupt_ends_the_run_and_keeps_what_is_finished(tmp_path, notes, monkeypatch):
    work, out, make = Counting(str(notes)), tmp_path / "out", Counting.worker

    def interrupted(self):
        count = make(self)

        def work_on(number):
            if number == 2:
                raise KeyboardInterrupt
            return count(number)

        return work_on

    with monkeypatch.context() as patch:
        patch.setattr(Counting, "worker", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(work, range(4), out)
    assert done(notes) == [0, 1]
    run(work, range(4), out)
    assert done(notes) == [0, 1, 2, 3]
