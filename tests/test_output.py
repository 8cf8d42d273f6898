"""Folders of results: one run at a time, whole files, no mixtures, and nothing lost unsaid."""

import json
import os
import threading
from pathlib import Path

import pytest

from shapiq_fixlip import InputError
from shapiq_fixlip.output import replacing, result_folder

KNOWN = ("a.json", "b.json", "part-*.csv")


def write(folder, *names, content="new", fails=False):
    with result_folder(folder, KNOWN) as results:
        for name in names:
            (results.workplace / name).write_text(content)
        if fails:
            raise RuntimeError
    return results


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_files_are_there_in_the_end(tmp_path):
    results = write(tmp_path / "a" / "b", "a.json", "part-1.csv")
    assert names(tmp_path / "a" / "b") == results.written == ["a.json", "part-1.csv"]
    assert results.replaced == results.removed == []


def test_files_of_an_earlier_run_do_not_stay(tmp_path):
    write(tmp_path, "a.json", "part-1.csv", "part-2.csv", content='{"shapiq_fixlip": 1}')
    (tmp_path / "plan.json").write_text('{"shapiq_fixlip": 1}')
    (tmp_path / "notes.txt").write_text("mine")
    results = write(tmp_path, "b.json", "part-2.csv")
    assert names(tmp_path) == ["b.json", "notes.txt", "part-2.csv", "plan.json"]
    assert results.replaced == ["part-2.csv"]
    assert results.removed == ["a.json", "part-1.csv"]


@pytest.mark.parametrize("content", ['{"mine": 1}', '["shapiq_fixlip"]', "{", '{"parameters": []}'])
def test_files_of_others_stay(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    (tmp_path / "part-1.csv").write_text("mine")
    results = write(tmp_path, "b.json")
    assert names(tmp_path) == ["a.json", "b.json", "part-1.csv"]
    assert results.removed == []


@pytest.mark.parametrize("failing", range(6))
def test_files_that_cannot_be_moved_leave_all_as_it_was(tmp_path, monkeypatch, failing):
    """Three older files are put aside, two of them for good, then three new ones are moved."""
    older = ["a.json", "part-1.csv", "part-2.csv"]
    write(tmp_path, *older, content='{"shapiq_fixlip": 1}')
    (tmp_path / "plan.json").write_text('{"shapiq_fixlip": 1}')
    calls, rename = [], Path.rename

    def rename_some(self, target):
        calls.append(self)
        if len(calls) == failing + 1:
            msg = "full"
            raise OSError(msg)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_some)
    with pytest.raises(InputError, match="full"):
        write(tmp_path, "a.json", "b.json", "part-3.csv")
    assert names(tmp_path) == [*older, "plan.json"]
    assert {(tmp_path / name).read_text() for name in older} == {'{"shapiq_fixlip": 1}'}


def test_a_name_that_no_file_can_hold_is_refused(tmp_path):
    with (
        pytest.raises(InputError, match="out must have a name that UTF-8 can encode"),
        result_folder(tmp_path / "a\udcff", KNOWN),
    ):
        pytest.fail("worked")


def test_a_failure_changes_nothing(tmp_path):
    write(tmp_path, "a.json", content="old")
    with pytest.raises(RuntimeError):
        write(tmp_path, "a.json", fails=True)
    assert names(tmp_path) == ["a.json"]
    assert (tmp_path / "a.json").read_text() == "old"
    with pytest.raises(RuntimeError):
        write(tmp_path / "new" / "folder", "a.json", fails=True)
    assert names(tmp_path) == ["a.json"]


def test_a_folder_in_the_place_of_a_file_is_refused_before_the_work(tmp_path):
    (tmp_path / "part-3.csv").mkdir()
    with (
        pytest.raises(InputError, match="out must not contain a folder named 'part-3.csv'"),
        result_folder(tmp_path, KNOWN),
    ):
        pytest.fail("worked")


def test_a_second_run_is_refused(tmp_path):
    with result_folder(tmp_path / "out", KNOWN) as results:
        (results.workplace / "a.json").write_text("first")
        for _ in range(3):
            with pytest.raises(InputError, match="a folder that no other run is using, got"):
                write(tmp_path / "out", "a.json", content="second")
        assert results.workplace.exists()
    assert (tmp_path / "out" / "a.json").read_text() == "first"
    write(tmp_path / "out", "a.json", content="third")
    assert (tmp_path / "out" / "a.json").read_text() == "third"


def test_what_killed_runs_left_is_taken_away(tmp_path):
    (tmp_path / ".unfinished-dead_123").mkdir()
    (tmp_path / ".unfinished-dead_123" / "a.json").write_text("half")
    (tmp_path / ".shapiq-fixlip.lock").write_text("")
    mine = [".lock", ".unfinished-note.txt", ".unfinished-notes123"]
    for name in mine:
        (tmp_path / name).write_text("mine")
    (tmp_path / ".unfinished-thesis").mkdir()
    write(tmp_path, "b.json")
    assert names(tmp_path) == sorted(["b.json", ".unfinished-thesis", *mine])


def test_runs_that_come_and_go_in_any_order(tmp_path):
    """Many at once, half of which fail: whoever got in finds the folder as if it were alone."""
    outcomes, out = [], tmp_path / "out"

    def work(number):
        try:
            results = write(out, "a.json", content=str(number), fails=number % 2)
            outcomes.append((number, results))
        except (InputError, RuntimeError) as error:
            outcomes.append((number, error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 200
    done = [number for number, what in outcomes if not isinstance(what, Exception)]
    assert done
    assert names(out) == ["a.json"]
    assert int((out / "a.json").read_text()) in done
    refused = [what for _, what in outcomes if isinstance(what, InputError)]
    assert all("no other run is using" in str(error) for error in refused)


def test_a_file_is_written_by_many_at_once(tmp_path):
    """800 writes of one file: none fails, and a reader sees whole ones only."""
    path, failures, stop = tmp_path / "file.json", [], threading.Event()
    content = {str(number): "x" * 1000 for number in range(50)}
    path.write_text(json.dumps(content))

    def write_often():
        for _ in range(100):
            try:
                with replacing(path) as unfinished:
                    unfinished.write_text(json.dumps(content))
            except OSError as error:
                failures.append(error)

    def read_often():
        while not stop.is_set():
            if json.loads(path.read_text()) != content:
                failures.append("damaged")

    writers = [threading.Thread(target=write_often) for _ in range(8)]
    reader = threading.Thread(target=read_often)
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert not failures
    assert names(tmp_path) == ["file.json"]


def test_a_file_that_fails_leaves_the_old_one(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path) as unfinished:
        (unfinished / "none").write_text("half")
    assert names(tmp_path) == ["file"]
    assert path.read_text() == "old"


def test_files_have_the_permissions_of_any_other(tmp_path):
    before = os.umask(0o022)
    try:
        with replacing(tmp_path / "file") as unfinished:
            unfinished.write_text("new")
        write(tmp_path, "a.json")
    finally:
        os.umask(before)
    for name in ("file", "a.json"):
        assert Path(tmp_path / name).stat().st_mode & 0o777 == 0o644
