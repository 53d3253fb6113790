"""The store: what is written is read back, by threads and processes side by side, and failures are one line.

The same on SQLite and on PostgreSQL, wherever both can be in that situation.
"""

from __future__ import annotations

import itertools
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from optwright.agent import database
from optwright.agent import store as store_module
from optwright.agent.llm import Call
from optwright.agent.settings import Settings
from optwright.agent.store import Store
from optwright.errors import OptwrightError, SettingsError, UsageError
from pydantic import BaseModel

CALL = Call(prompt="plan", sample=0, messages=({"role": "user", "content": "How many?"},), reply="3", model="m")


class Step(BaseModel):
    number: int
    text: str = ""


@pytest.fixture
def store(place):
    with closing(Store(place)) as store:
        yield store


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "runs.sqlite"


def sql(place: Path | str, *statements: str) -> None:
    """Run behind the store's back."""
    if isinstance(place, Path):
        with closing(sqlite3.connect(place, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)
    else:
        with psycopg.connect(place.replace("+psycopg", ""), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def process(code: str, place: Path | str, *arguments: object) -> subprocess.Popen[str]:
    """Another process with `store` open, `CALL`, `Step`, and its `arguments` in `sys.argv[2:]`."""
    start = (
        "import sys; from pathlib import Path; from pydantic import BaseModel; from optwright.agent.llm import Call\n"
        "from optwright.agent.settings import Settings; from optwright.agent.store import Store\n"
        "from optwright.errors import OptwrightError\n"
        "class Step(BaseModel):\n    number: int\n"
        "store = Store(sys.argv[1] if '://' in sys.argv[1] else Path(sys.argv[1]))\n"
    )
    command = [sys.executable, "-c", start + code, *map(str, (place, *arguments))]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


# ---- runs, calls, events


def test_a_run_from_beginning_to_end(store):
    store.create_run("r1", "solve", "Cakes", Settings(seed=7, api_key="sk-very-secret"))
    begun = store.run("r1")
    assert (begun.kind, begun.title, begun.status, begun.result) == ("solve", "Cakes", "running", None)
    assert Settings.model_validate_json(begun.settings).seed == 7 and "very-secret" not in begun.settings
    store.update_settings("r1", Settings(seed=8))
    store.finish_run("r1", "optimal", CALL)
    ended = store.run("r1")
    assert ended.status == "optimal" and Call.model_validate_json(ended.result or "") == CALL
    assert ended.created == begun.created and Settings.model_validate_json(ended.settings).seed == 8


def test_the_newest_run_comes_first(store):
    for number in range(5):
        store.create_run(f"r{number}", ("solve", "evolve")[number % 2], "", Settings())
    assert [run.id for run in store.runs()] == ["r4", "r3", "r2", "r1", "r0"]
    assert [run.id for run in store.runs("evolve")] == ["r3", "r1"] and store.runs("bench") == ()


text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
numbers = itertools.count()
same_store = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@same_store
@given(
    call=st.builds(
        Call, prompt=text, sample=st.integers(0, 99), model=text, reply=text, error=text, cached=st.booleans(),
        messages=st.lists(st.fixed_dictionaries({"role": st.just("user"), "content": st.text()})).map(tuple),
        input_tokens=st.integers(0, 2**40), cost=st.none() | st.floats(0, 1e6), seconds=st.floats(0, 1e6),
    )
)  # fmt: skip
def test_a_call_is_read_back_as_it_was(store, call):
    run = f"r{next(numbers)}"
    store.create_run(run, "solve", call.prompt, Settings())
    store.record_call(run, call)
    assert store.calls(run) == (call,) and store.run(run).title == call.prompt


@same_store
@given(steps=st.lists(st.builds(Step, number=st.integers(), text=st.text()), max_size=4), kind=text)
def test_events_are_read_back_as_they_were(store, steps, kind):
    run = f"r{next(numbers)}"
    store.create_run(run, "evolve", "", Settings())
    assert [store.append(run, kind, step) for step in steps] == list(range(1, len(steps) + 1))
    events = store.events(run)
    assert [Step.model_validate_json(event.body) for event in events] == steps
    assert all(event.kind == kind for event in events)
    assert [event.created for event in events] == sorted(event.created for event in events)


def test_events_are_told_apart_by_run_kind_and_number(store):
    for run in ("a", "b"):
        store.create_run(run, "evolve", "", Settings())
    for number in range(8):
        store.append("ab"[number % 2], ("odd", "even")[number % 4 < 2], Step(number=number))

    def found(*which, **more) -> list[int]:
        return [Step.model_validate_json(event.body).number for event in store.events(*which, **more)]

    assert (found("a"), found("b")) == ([0, 2, 4, 6], [1, 3, 5, 7])
    assert (found("a", "even"), found("a", "odd"), found("a", "none")) == ([0, 4], [2, 6], [])
    assert (found("a", after=2), found("a", "odd", after=2), found("a", after=4)) == ([4, 6], [6], [])
    assert [event.seq for event in store.events("b")] == [1, 2, 3, 4]


def test_calls_keep_their_order_and_their_run(store):
    for run in ("a", "b"):
        store.create_run(run, "solve", "", Settings())
    for sample in range(10):
        store.record_call("ab"[sample % 2], CALL.model_copy(update={"sample": sample}))
    assert [call.sample for call in store.calls("a")] == [0, 2, 4, 6, 8]
    assert [call.sample for call in store.calls("b")] == [1, 3, 5, 7, 9]


def test_characters_that_cannot_be_kept_are_replaced_and_nothing_else_is(store):
    store.create_run("r", "solve", "a\0b\ud800c'\"%s:x\U0001f370", Settings())
    assert store.run("r").title == "a\ufffdb\ufffdc'\"%s:x\U0001f370"
    store.record_call("r", CALL.model_copy(update={"reply": "3\0", "messages": ({"role": "user", "content": "\0"},)}))
    (call,) = store.calls("r")
    assert (call.reply, call.messages[0]["content"]) == ("3\ufffd", "\0")
    store.append("r", "step", Step(number=1, text="\0\u2028"))
    assert Step.model_validate_json(store.events("r")[0].body).text == "\0\u2028"


def test_ids_that_do_not_fit_are_named(store):
    store.create_run("r", "solve", "", Settings())
    with pytest.raises(OptwrightError, match="run r exists already"):
        store.create_run("r", "solve", "", Settings())
    for attempt in (
        lambda: store.run("x"),
        lambda: store.finish_run("x", "failed"),
        lambda: store.update_settings("x", Settings()),
        lambda: store.record_call("x", CALL),
        lambda: store.append("x", "step", CALL),
        lambda: store.claim("x").__enter__(),
    ):
        with pytest.raises(UsageError, match="no run 'x' in "):
            attempt()


# ---- side by side


def test_threads_may_share_a_store(store):
    store.create_run("r", "solve", "", Settings())

    def write(number: int) -> int:
        store.record_call("r", CALL.model_copy(update={"sample": number}))
        return store.append("r", "step", Step(number=number))

    with ThreadPoolExecutor(8) as threads:
        places = list(threads.map(write, range(200)))
    assert sorted(places) == list(range(1, 201))
    assert sorted(call.sample for call in store.calls("r")) == list(range(200))
    assert [places[Step.model_validate_json(event.body).number] for event in store.events("r")] == sorted(places)


def test_processes_may_share_a_database_and_a_run(place):
    """They also race to create both."""
    code = (
        "try: store.create_run('r', 'evolve', '', Settings())\n"
        "except OptwrightError: pass\n"
        "for k in range(50): store.append('r', sys.argv[2], Step(number=k))\n"
        "store.close()\n"
    )
    racers = [process(code, place, name) for name in "abc"]
    assert [racer.communicate() for racer in racers] == [("", "")] * 3
    with closing(Store(place)) as store:
        events = store.events("r")
        assert [event.seq for event in events] == list(range(1, 151))
        for name in "abc":
            of_one = [Step.model_validate_json(event.body).number for event in events if event.kind == name]
            assert of_one == list(range(50))


@pytest.mark.parametrize("seed", range(3))
def test_what_was_written_survives_a_kill(store, place, seed):
    store.create_run("r", "evolve", "", Settings())
    writer = process("while True: print(store.append('r', 'step', Step(number=0)), flush=True)", place)
    assert writer.stdout
    writer.stdout.readline()
    time.sleep(random.Random(seed).uniform(0, 0.2))
    writer.kill()
    said = writer.stdout.read().splitlines()
    writer.communicate()
    events = store.events("r")
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    acknowledged = 1 + sum(line.isdigit() for line in said)
    assert acknowledged <= len(events) <= acknowledged + 1 and writer.returncode == -signal.SIGKILL
    assert store.append("r", "step", Step(number=1)) == len(events) + 1


# ---- one process on one run


def test_a_run_is_claimed_once(store):
    for run in ("r", "s/../ä"):
        store.create_run(run, "evolve", "", Settings())
    with store.claim("r"), store.claim("s/../ä"):
        with pytest.raises(UsageError, match="another process is working on run r; wait for it"), store.claim("r"):
            pass
        store.append("r", "step", Step(number=1))
    with pytest.raises(KeyError), store.claim("r"):
        raise KeyError
    with store.claim("r"):
        pass


def test_a_claim_ends_with_its_process_however_that_ends(store, place):
    store.create_run("r", "evolve", "", Settings())
    other = process("with store.claim('r'): print('mine', flush=True); sys.stdin.read()", place)
    assert other.stdout and other.stdout.readline() == "mine\n"
    with pytest.raises(UsageError, match="another process is working on run r"), store.claim("r"):
        pass
    other.kill()
    other.communicate()
    deadline = time.monotonic() + 10
    while True:  # PostgreSQL's server needs a moment to see the connection gone
        try:
            with store.claim("r"):
                break
        except UsageError:
            assert time.monotonic() < deadline
            time.sleep(0.01)


# ---- where the runs are


def test_settings_say_where_runs_are(postgres, tmp_path):
    with closing(Store.of(Settings(home=tmp_path))) as here:
        here.create_run("here", "solve", "", Settings())
        there = Settings(home=tmp_path / "unused", store=postgres.database())
        with closing(Store.of(there)) as elsewhere:
            assert elsewhere.runs() == ()
    assert (tmp_path / "runs.sqlite").exists() and not (tmp_path / "unused").exists()


def test_help_and_import_do_without_the_database(tmp_path):
    code = (
        "import sys; import optwright, optwright.agent.store; from optwright.__main__ import main\n"
        "try: main()\nfinally: assert 'sqlalchemy' not in sys.modules and 'psycopg' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and "Usage" in done.stdout


# ---- what can go wrong


@pytest.fixture(params=["sqlite", "postgresql"])
def cramped(request):
    """A store on a disk that is nearly full, and a function that gives it more room."""
    folder = Path(tempfile.mkdtemp(prefix="disk"))  # where PostgreSQL's user may go, too
    megabytes = 1 if request.param == "sqlite" else 10  # a new database of PostgreSQL takes 7
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "none", folder]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        if not mounted:
            pytest.skip("only root can mount a small disk")
        yield from _cramped(request, folder)
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)
        folder.rmdir()


def _cramped(request, folder):
    def more_room() -> None:
        subprocess.run(["mount", "-o", "remount,size=50m", folder], check=True)

    if request.param == "sqlite":
        with closing(Store(folder / "runs.sqlite")) as store:
            yield store, more_room
        return
    server = request.getfixturevalue("postgres")
    (folder / "space").mkdir()
    url = server.database(folder / "space")
    try:
        with closing(Store(url)) as store:
            yield store, more_room
    finally:
        server.drop(url)


def test_a_full_disk_is_one_line_and_leaves_the_rest_whole(cramped):
    store, more_room = cramped
    store.create_run("r", "evolve", "", Settings())
    step, kept = Step(number=0, text=random.Random(0).randbytes(20_000).hex()), 0
    with pytest.raises(OptwrightError, match="free some space") as raised:
        while kept < 1000:
            kept = store.append("r", "step", step)
    assert kept and "\n" not in str(raised.value)
    assert [event.seq for event in store.events("r")] == list(range(1, kept + 1))
    more_room()
    assert store.append("r", "step", step) == kept + 1


def test_a_locked_file_is_one_line(file, monkeypatch):
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    with closing(Store(file)) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OptwrightError, match="locked; another process holds it"):
            store.create_run("r", "solve", "", Settings())


def test_a_file_that_is_no_database_is_one_line_and_left_alone(file):
    file.write_text("a letter to my aunt " * 100)
    with pytest.raises(OptwrightError, match=r"runs\.sqlite: file is not a database; move the file away"):
        Store(file)
    assert file.read_text().startswith("a letter")


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OptwrightError, match="set another OPTWRIGHT_HOME"):
        Store(tmp_path / "file" / "runs.sqlite")


def test_a_server_that_stops_is_one_line_until_it_is_back(postgres):
    with closing(Store(postgres.database())) as store:
        store.create_run("r", "evolve", "", Settings())
        postgres.stop()
        try:
            with pytest.raises(OptwrightError, match=r"^postgresql://.*; check the server, and the address") as raised:
                store.append("r", "step", Step(number=0))
        finally:
            postgres.start()
        assert "\n" not in str(raised.value)
        assert store.append("r", "step", Step(number=0)) == 1


@pytest.mark.parametrize(
    ("address", "kind", "words"),
    [
        ("postgresql://me:very-secret@127.0.0.1:9/db", OptwrightError, "127.0.0.1:9/db: .*refused.*check the server"),
        ("postgresql://me@localhost:9/db?password=very-secret", OptwrightError, "localhost:9/db: .*; check the server"),
        ("postgresql://me@127.0.0.1/db?pasword=very-secret", OptwrightError, "invalid connection option .pasword."),
        ("postgresql://me:very-secret@127.0.0.1:port/db", SettingsError, "cannot be read as an address; write it as"),
        ("postgresql://me:a@very-secret@127.0.0.1/db", SettingsError, "write %40 for one in a password"),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line_without_its_password(address, kind, words):
    with pytest.raises(kind, match=words) as raised:
        Store(address)
    shown = "".join(map(str, (raised.value, raised.value.__cause__)))
    assert "secret" not in shown and "\n" not in shown


def test_a_database_that_is_not_there_is_named(postgres):
    with pytest.raises(OptwrightError, match=r'nowhere: .*database "nowhere" does not exist; check the server'):
        Store(f"postgresql://optwright@/nowhere?host={postgres.folder}")


def test_a_user_without_rights_is_told(postgres):
    url = postgres.database()
    sql(url, "CREATE ROLE guest LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(OptwrightError, match=r"permission denied .*; give the user of OPTWRIGHT_STORE a database"):
        Store(url.replace("optwright@", "guest@"))


def test_without_a_driver_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"^postgresql://h/db needs a driver: pip install 'optwright\[postgres\]'$"):
        Store("postgresql+psycopg://me:secret@h/db")


# ---- versions

VERSION_1 = (
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, created TEXT NOT NULL, title TEXT NOT NULL,
        settings TEXT NOT NULL, status TEXT NOT NULL, result TEXT
    )""",
    """CREATE TABLE calls (
        run TEXT NOT NULL REFERENCES runs(id), seq INTEGER NOT NULL,
        prompt TEXT NOT NULL, sample INTEGER NOT NULL, messages TEXT NOT NULL, reply TEXT NOT NULL, error TEXT NOT NULL,
        model TEXT NOT NULL, input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, cost REAL,
        cached INTEGER NOT NULL, seconds REAL NOT NULL,
        PRIMARY KEY (run, seq)
    ) WITHOUT ROWID""",
    "INSERT INTO runs VALUES ('old', 'solve', '2026-11-22T08:24:22.000001+00:00', 'Cakes', '{}', 'optimal', '3')",
    "INSERT INTO calls VALUES ('old', 1, 'plan', 2, '[{\"role\":\"user\",\"content\":\"How many?\"}]', '3', '', 'm', "
    "5, 6, 0.5, 1, 0.25)",
    "PRAGMA user_version=1",
)


def test_a_file_of_the_first_version_keeps_its_runs(file):
    sql(file, *VERSION_1)
    Store(file).close()
    with closing(Store(file)) as store:
        assert [(run.id, run.title, run.result) for run in store.runs()] == [("old", "Cakes", "3")]
        more = {"sample": 2, "input_tokens": 5, "output_tokens": 6, "cost": 0.5, "cached": True, "seconds": 0.25}
        assert store.calls("old") == (CALL.model_copy(update=more),)
        store.record_call("old", CALL)
        assert len(store.calls("old")) == 2 and store.append("old", "step", Step(number=0)) == 1


def test_a_database_of_a_newer_version_is_left_alone(place):
    Store(place).close()
    newer = "PRAGMA user_version=99" if isinstance(place, Path) else "UPDATE optwright_version SET version = 99"
    sql(place, newer)
    with pytest.raises(OptwrightError, match="written by a newer optwright; upgrade, or "):
        Store(place)


def test_who_comes_second_waits_for_the_migration_and_does_not_repeat_it(tmp_path):
    path = tmp_path / "m.sqlite"
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("PRAGMA journal_mode=WAL")
    first.execute("BEGIN IMMEDIATE")
    first.execute("CREATE TABLE a (x BIGINT)")
    with ThreadPoolExecutor(1) as thread:
        second = thread.submit(database.Database, path, ["CREATE TABLE a (x BIGINT)"])
        time.sleep(0.2)
        assert not second.done()
        first.execute("PRAGMA user_version=1")
        first.execute("COMMIT")
        second.result().close()
    first.close()


def test_many_may_open_a_new_database_at_once(place):
    with ThreadPoolExecutor(6) as threads:
        for store in threads.map(Store, [place] * 6):
            store.close()


def test_migrations_apply_once_and_whole(place):
    first = "CREATE TABLE a (x BIGINT)"
    database.Database(place, [first]).close()
    with pytest.raises(OptwrightError, match="nowhere"):
        database.Database(place, [first, "ALTER TABLE a ADD y BIGINT; INSERT INTO nowhere VALUES (1)"])
    with closing(database.Database(place, [first, "ALTER TABLE a ADD y BIGINT"])) as opened:
        assert opened.execute("INSERT INTO a VALUES (:x, :y)", x=1, y=2) == 1
        assert opened.rows("SELECT y FROM a") == [(2,)]


# ---- links


def test_a_link_leads_where_it_was_set_last(store):
    assert store.linked("a") is None
    store.link("a", "first 1")
    store.link("b", "other 1")
    store.link("a", "second\0 2")
    assert (store.linked("a"), store.linked("b"), store.linked("A")) == ("second\ufffd 2", "other 1", None)


def test_links_outlive_the_process_and_many_may_set_one(place):
    with closing(Store(place)) as store, ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda at: store.link("a", str(at)), range(30)))
        last = store.linked("a")
    with closing(Store(place)) as store:
        assert store.linked("a") == last and int(last) < 30


def test_a_store_from_before_there_were_links_gains_them(place, monkeypatch):
    before = [each for each in store_module._MIGRATIONS if "links" not in each]
    with monkeypatch.context() as old:
        old.setattr(store_module, "_MIGRATIONS", tuple(before))
        with closing(Store(place)) as store:
            store.create_run("r", "solve", "Cakes", Settings())
    with closing(Store(place)) as store:
        store.link("a", "r")
        assert (store.linked("a"), store.run("r").title) == ("r", "Cakes")
