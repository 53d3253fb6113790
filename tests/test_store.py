"""The store: what is written is read back, by threads and processes side by side, and failures are one line."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.agent import database
from optwright.agent.llm import Call
from optwright.agent.settings import Settings
from optwright.agent.store import Store
from optwright.errors import OptwrightError

CALL = Call(prompt="plan", sample=0, messages=({"role": "user", "content": "How many?"},), reply="3", model="m")


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "deep" / "runs.sqlite")
    yield store
    store.close()


def test_a_run_from_beginning_to_end(store):
    store.create_run("r1", "solve", "Cakes", Settings(seed=7, api_key="sk-very-secret"))
    begun = store.run("r1")
    assert (begun.kind, begun.title, begun.status, begun.result) == ("solve", "Cakes", "running", None)
    assert Settings.model_validate_json(begun.settings).seed == 7 and "very-secret" not in begun.settings
    store.finish_run("r1", "optimal", CALL)
    ended = store.run("r1")
    assert ended.status == "optimal" and Call.model_validate_json(ended.result or "") == CALL
    assert ended.created == begun.created


def test_the_newest_run_comes_first(store):
    for number in range(5):
        store.create_run(f"r{number}", "solve", "", Settings())
    assert [run.id for run in store.runs()] == ["r4", "r3", "r2", "r1", "r0"]


text = st.text()


@settings(max_examples=25)
@given(
    st.builds(
        Call, prompt=text, sample=st.integers(0, 99), model=text, reply=text, error=text, cached=st.booleans(),
        messages=st.lists(st.fixed_dictionaries({"role": st.just("user"), "content": text}), max_size=3).map(tuple),
        input_tokens=st.integers(0, 2**40), cost=st.none() | st.floats(0, 1e6), seconds=st.floats(0, 1e6),
    )
)  # fmt: skip
def test_a_call_is_read_back_as_it_was(tmp_path_factory, call):
    store = Store(tmp_path_factory.mktemp("store") / "runs.sqlite")
    store.create_run("r", "solve", "", Settings())
    store.record_call("r", call)
    assert store.calls("r") == (call,)
    store.close()


def test_calls_keep_their_order_and_their_run(store):
    for run in ("a", "b"):
        store.create_run(run, "solve", "", Settings())
    for sample in range(10):
        store.record_call("ab"[sample % 2], CALL.model_copy(update={"sample": sample}))
    assert [call.sample for call in store.calls("a")] == [0, 2, 4, 6, 8]
    assert [call.sample for call in store.calls("b")] == [1, 3, 5, 7, 9]


def test_threads_may_share_a_store(store):
    store.create_run("r", "solve", "", Settings())
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda k: store.record_call("r", CALL.model_copy(update={"sample": k})), range(200)))
    assert sorted(call.sample for call in store.calls("r")) == list(range(200))


def test_processes_may_share_a_file(tmp_path):
    """They also race to create it."""
    code = (
        "import sys; from pathlib import Path; from optwright.agent.llm import Call;"
        "from optwright.agent.settings import Settings; from optwright.agent.store import Store;"
        "store = Store(Path(sys.argv[1])); store.create_run(sys.argv[2], 'solve', '', Settings());"
        "[store.record_call(sys.argv[2], Call(prompt='p', sample=k, messages=(), model='m')) for k in range(50)]"
    )
    path = tmp_path / "runs.sqlite"
    racers = [subprocess.Popen([sys.executable, "-c", code, path, f"r{k}"], stderr=subprocess.PIPE) for k in range(3)]
    failures = [racer.communicate()[1] for racer in racers]
    assert failures == [b"", b"", b""]
    store = Store(path)
    assert [len(store.calls(f"r{k}")) for k in range(3)] == [50, 50, 50]
    store.close()


def test_what_was_recorded_survives_a_kill(tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from optwright.agent.llm import Call;"
        "from optwright.agent.settings import Settings; from optwright.agent.store import Store;"
        "store = Store(Path(sys.argv[1])); store.create_run('r', 'solve', '', Settings());"
        "store.record_call('r', Call(prompt='p', sample=0, messages=(), model='m')); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "runs.sqlite"]).returncode == -9
    store = Store(tmp_path / "runs.sqlite")
    assert len(store.calls("r")) == 1 and store.run("r").status == "running"
    store.close()


def test_ids_that_do_not_fit_are_named(store):
    store.create_run("r", "solve", "", Settings())
    with pytest.raises(OptwrightError, match="run r exists already"):
        store.create_run("r", "solve", "", Settings())
    for attempt in (lambda: store.run("x"), lambda: store.finish_run("x", "failed")):
        with pytest.raises(OptwrightError, match="no run 'x' in "):
            attempt()
    with pytest.raises(OptwrightError, match="no run 'x'"):
        store.record_call("x", CALL)


def test_a_full_disk_is_one_line_and_leaves_the_rest_whole(store):
    store.create_run("r", "solve", "", Settings())
    store._database.execute("PRAGMA max_page_count=10")
    with pytest.raises(OptwrightError, match=r"runs\.sqlite: database or disk is full; free some space"):
        store.record_call("r", CALL.model_copy(update={"reply": "x" * 100_000}))
    assert store.run("r").id == "r" and store.calls("r") == ()


def test_a_locked_file_is_one_line(store, monkeypatch):
    other = sqlite3.connect(store._database.name, isolation_level=None)
    store._database.execute("PRAGMA busy_timeout=50")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OptwrightError, match="locked; another process holds it"):
        store.create_run("r", "solve", "", Settings())
    other.close()


def test_a_file_that_is_no_database_is_one_line_and_left_alone(tmp_path):
    path = tmp_path / "runs.sqlite"
    path.write_text("a letter to my aunt " * 100)
    with pytest.raises(OptwrightError, match=r"runs\.sqlite: file is not a database; move the file away"):
        Store(path)
    assert path.read_text().startswith("a letter")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OptwrightError, match="set another OPTWRIGHT_HOME"):
        Store(tmp_path / "file" / "runs.sqlite")


def test_a_file_of_a_newer_version_is_left_alone(store):
    store._database.execute("PRAGMA user_version=99")
    with pytest.raises(OptwrightError, match="written by a newer optwright"):
        Store(store._database.name)


def test_who_comes_second_waits_for_the_migration_and_does_not_repeat_it(tmp_path):
    path = tmp_path / "m.sqlite"
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("PRAGMA journal_mode=WAL")
    first.execute("BEGIN IMMEDIATE")
    first.execute("CREATE TABLE a (x)")
    with ThreadPoolExecutor(1) as thread:
        second = thread.submit(database.Database, path, ["CREATE TABLE a (x)"])
        time.sleep(0.2)
        assert not second.done()
        first.execute("PRAGMA user_version=1")
        first.execute("COMMIT")
        second.result().close()
    first.close()


def test_migrations_apply_once_and_whole(tmp_path):
    path = tmp_path / "m.sqlite"
    database.Database(path, ["CREATE TABLE a (x)"]).close()
    with pytest.raises(OptwrightError, match="no such table: nowhere"):
        database.Database(path, ["CREATE TABLE a (x)", "ALTER TABLE a ADD y; INSERT INTO nowhere VALUES (1)"])
    opened = database.Database(path, ["CREATE TABLE a (x)", "ALTER TABLE a ADD y"])
    opened.execute("INSERT INTO a VALUES (1, 2)")
    assert opened.rows("SELECT y FROM a") == [(2,)]
    opened.close()
