"""Runs over many inputs: resumed, repeated, and honest about what failed."""

import threading

import pytest
from counting import Counting, done

from shapiq_fixlip import InputError
from shapiq_fixlip.datasets.demo import DemoScenes
from shapiq_fixlip.experiments.runner import Records, run
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


def test_several_inputs_at_once_give_the_same_records_in_their_order(tmp_path, notes):
    out = tmp_path / "out"
    records = run(Counting(str(notes), fails=(2,), n_at_once=2), range(6), out)
    assert done(notes) == [0, 1, 3, 4, 5]
    squares = [{"rows": [{"square": number**2}]} for number in range(6)]
    squares[2] = {"error": "ValueError: no 2"}
    assert list(records.read(range(6))) == squares


def test_several_inputs_are_worked_on_at_once(tmp_path, notes):
    both = threading.Barrier(2, timeout=30)

    class Meeting(Counting):
        def worker(self):
            def meet(number):
                both.wait()
                return {"rows": [{"number": number}]}

            return meet

    records = run(Meeting(str(notes), n_at_once=2), range(4), tmp_path / "out")
    assert [record["rows"][0]["number"] for record in records.read(range(4))] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "content",
    ["", "{", "null", "[]", "5", '"a"', "{}", "[" * 10**5, "\xff", '{"rows": []}', '{"error": ""}'],
)
def test_damaged_files_are_told_and_repaired_on_request(tmp_path, notes, content):
    out, work = tmp_path / "out", Counting(str(notes))
    run(work, range(2), out)
    file = out / "inputs" / "000001.json"
    file.write_text(content, encoding="latin-1")
    message = "got a damaged '.*000001.json'; --retry-failed does its input again"
    with pytest.raises(InputError, match=message):
        run(work, range(2), out)
    assert done(notes) == [0, 1]
    records = run(work, range(2), out, retry_failed=True)
    assert done(notes) == [0, 1, 1]
    assert list(records.read(range(2))) == [{"rows": [{"square": 0}]}, {"rows": [{"square": 1}]}]


@pytest.mark.parametrize("content", ["", "{", "null", "[]", "5"])
def test_a_damaged_plan_is_told(tmp_path, notes, content):
    out, work = tmp_path / "out", Counting(str(notes))
    run(work, range(2), out)
    (out / "plan.json").write_text(content)
    with pytest.raises(InputError, match="got a damaged '.*plan.json'"):
        run(work, range(2), out)


def test_results_of_unknown_settings_are_refused(tmp_path, notes):
    out, work = tmp_path / "out", Counting(str(notes))
    run(work, range(2), out)
    (out / "plan.json").unlink()
    with pytest.raises(InputError, match="with a 'inputs' of unknown settings"):
        run(work, range(2), out)


def test_what_a_killed_run_left_is_taken_away(tmp_path, notes):
    out, work = tmp_path / "out", Counting(str(notes))
    run(work, range(1), out)
    number = "0123456789abcdef"
    (out / f".plan.json-{number}.unfinished").write_text("{")
    (out / "inputs" / f".000001.json-{number}.unfinished").write_text("{")
    for mine in (out / ".plan.json.swp", out / "inputs" / ".env"):
        mine.write_text("mine")
    run(work, range(2), out)
    assert sorted(path.name for path in out.iterdir()) == [".plan.json.swp", "inputs", "plan.json"]
    assert min(path.name for path in (out / "inputs").iterdir()) == ".env"
    assert len(list((out / "inputs").iterdir())) == 3


def test_a_folder_that_is_refused_stays_as_it_is(tmp_path, notes):
    out = tmp_path / "out"
    (out / "inputs").mkdir(parents=True)
    for name, content in {"plan.json": '{"terraform": 1}', "inputs/.env": "mine"}.items():
        (out / name).write_text(content)
    with pytest.raises(InputError, match="with of None and not 'counting', fails None and not"):
        run(Counting(str(notes)), range(1), out)
    (out / "plan.json").unlink()
    with pytest.raises(InputError, match="of unknown settings"):
        run(Counting(str(notes)), range(1), out)
    assert [path.name for path in out.rglob("*")] == ["inputs", ".env"]


def test_what_has_changed_is_named(tmp_path):
    Records(tmp_path, {"a": {"b": 1, "c": [2]}, "d": 3})
    Records(tmp_path, {"d": 3, "a": {"c": [2], "b": 1}})
    with pytest.raises(
        InputError, match=r"with a.b 1 and not 2, e None and not 4, d 3 and not None"
    ):
        Records(tmp_path, {"a": {"b": 2, "c": [2]}, "e": 4})


def test_files_that_change_during_a_run_are_told(tmp_path, notes, monkeypatch):
    facts = iter([{"weights": "a"}, {"weights": "b"}])
    monkeypatch.setattr(Counting, "facts", lambda _: next(facts))
    with pytest.raises(InputError, match="model must not change during a run, nor must the data"):
        run(Counting(str(notes)), range(2), tmp_path / "out")
    assert not done(notes)


def test_letters_that_no_file_has_are_replaced(tmp_path):
    records = Records(tmp_path, {"text": "a \ud83d b"})
    assert records.facts == {"text": "a ? b"}
    records.write(0, {"rows": [], "text": "\udcff"})
    assert records.get(0) == {"rows": [], "text": "?"}
    Records(tmp_path, {"text": "a \ud83d b"})


def test_inputs_that_have_changed_are_told(tmp_path, notes):
    work, out, data = Counting(str(notes)), tmp_path / "out", DemoScenes(3)
    records = run(work, range(2), out, examples=data)
    assert records.get(1) == {**data.origin(1), "rows": [{"square": 1}]}
    for content in (data.content(1), "other", None):  # None: it could not be read
        records.write(1, {**records.get(1), "content": content})
        if content == data.content(1):
            run(work, range(2), out, examples=data)
            continue
        with pytest.raises(InputError, match=r"same inputs, got results of others: 1 \(demo sce"):
            run(work, range(3), out, examples=data)
    assert done(notes) == [0, 1]


def test_a_run_that_is_stopped_before_the_first_input_leaves_nothing(tmp_path, notes, monkeypatch):
    def stopped(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Counting, "worker", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(Counting(str(notes)), range(1), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


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
    with pytest.raises(InputError, match="out must be a writable folder"):
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
