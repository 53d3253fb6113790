"""Pool: what is cancelled, closed or killed leaves nothing, and a server is never in the way."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from attack_book import book
from canaries import Canaries
from optwright.errors import SandboxError
from optwright.sandbox import link
from optwright.sandbox.outcome import Limits
from optwright.sandbox.pool import Pool

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(size=3) as pool:
        yield pool


def descendants(pid: int) -> list[int]:
    children: list[int] = []
    for task in os.listdir(f"/proc/{pid}/task"):
        children += map(int, read(f"/proc/{pid}/task/{task}/children").split())
    return children + [descendant for child in children for descendant in descendants(child)]


def read(path: str) -> str:
    return Path(path).read_text()


def start(script: str, **environment: str) -> subprocess.Popen:
    command = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | environment)


def gone(pid: int) -> bool:
    """Ended, reaped or not: a container may lack a process that reaps orphans."""
    try:
        return read(f"/proc/{pid}/stat").rpartition(") ")[2][0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


async def until(condition, seconds=5.0):
    for _ in range(round(seconds / 0.01)):
        if condition():
            return True
        await asyncio.sleep(0.01)
    return condition()


async def test_a_cancelled_run_is_killed_at_once_and_gives_its_place_back(pool):
    keeper = pool._link._process.pid
    runs = [asyncio.create_task(pool.run("def f():\n  while True: pass", "f")) for _ in range(5)]
    assert await until(lambda: len(descendants(keeper)) >= 1 + 3)
    for run in runs:
        run.cancel()
    results = await asyncio.gather(*runs, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    assert await until(lambda: len(descendants(keeper)) <= 1 + 1)  # the server, and a process in reserve
    assert (await asyncio.wait_for(pool.run("def f(): return 1", "f"), 2)).value == 1


async def test_a_run_cancelled_while_its_arguments_are_sent_leaves_nothing(pool):
    before = len(os.listdir("/proc/self/fd"))
    source = "import time\ntime.sleep(60)\ndef f(x): pass"
    run = asyncio.create_task(pool.run(source, "f", [np.zeros(10_000_000)]))
    await asyncio.sleep(0.005)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert await until(lambda: len(os.listdir("/proc/self/fd")) == before)


async def test_the_parents_secrets_are_not_in_the_server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary-11ab")
    async with Pool(preload=()) as pool:
        for pid in [pool._link._process.pid, *descendants(pool._link._process.pid)]:
            for name in ("environ", "cmdline"):
                assert "canary" not in read(f"/proc/{pid}/{name}")


async def test_a_dead_server_is_a_crash_for_those_in_it_and_is_replaced():
    async with Pool(size=2) as pool:
        first = pool._link._process.pid
        runs = [asyncio.create_task(pool.run("import time\ndef f(): time.sleep(60)", "f")) for _ in range(2)]
        assert await until(lambda: len(descendants(first)) >= 3)
        victims = descendants(first)
        os.kill(victims[0], signal.SIGKILL)
        assert [outcome.status for outcome in await asyncio.gather(*runs)] == ["crashed", "crashed"]
        assert (await pool.run("def f(): return 1", "f")).value == 1
        assert pool._link._process.pid != first and await until(lambda: all(map(gone, victims)))


async def test_a_stuck_server_is_noticed_and_replaced(monkeypatch):
    monkeypatch.setattr(link, "_GRACE", 0.3)
    async with Pool(size=2) as pool:
        (server,) = descendants(pool._link._process.pid)
        os.kill(server, signal.SIGSTOP)
        outcome = await asyncio.wait_for(pool.run("def f(): return 1", "f", limits=Limits(seconds=0.2)), 5)
        assert outcome.status == "crashed" and "server" in outcome.error.message
        assert (await pool.run("def f(): return 1", "f")).value == 1


async def test_closing_ends_what_runs_and_leaves_nothing():
    before = len(os.listdir("/proc/self/fd"))
    pool = Pool(size=1)
    run = asyncio.create_task(pool.run("import time\ndef f(): time.sleep(60)", "f"))
    assert await until(lambda: pool._link is not None and len(descendants(pool._link._process.pid)) >= 2)
    pids = descendants(pool._link._process.pid)
    await pool.close()
    assert (await run).status == "crashed" and all(map(gone, pids)) and pool.walls == {}
    assert len(os.listdir("/proc/self/fd")) == before


async def test_a_killed_parent_leaves_no_process_and_no_folder(tmp_path):
    script = """
    import asyncio, os, sys
    from optwright.sandbox.pool import Pool
    async def main():
        async with Pool(preload=(), size=2) as pool:
            runs = [asyncio.create_task(pool.run("import time\\ndef f(): time.sleep(60)", "f")) for _ in range(2)]
            await asyncio.sleep(0.3)
            print(pool._link._process.pid, flush=True)
            await asyncio.gather(*runs)
    asyncio.run(main())
    """
    with start(script, TMPDIR=str(tmp_path)) as parent:
        keeper = int(parent.stdout.readline())
        pids = [keeper, *descendants(keeper)]
        assert len(pids) >= 4 and len(os.listdir(tmp_path)) == 1
        parent.kill()
    assert await until(lambda: all(map(gone, pids)))
    assert await until(lambda: not os.listdir(tmp_path))


async def test_a_keeper_that_is_killed_takes_everything_with_it():
    async with Pool(size=1) as pool:
        keeper = pool._link._process.pid
        run = asyncio.create_task(pool.run("import time\ndef f(): time.sleep(60)", "f"))
        assert await until(lambda: len(descendants(keeper)) >= 2)
        pids = descendants(keeper)
        os.kill(keeper, signal.SIGKILL)
        assert (await run).status == "crashed" and await until(lambda: all(map(gone, pids)))


@pytest.mark.parametrize(
    ("preload", "said"),
    [
        (("optwright_no_such_module",), "No module named 'optwright_no_such_module'"),
        (("sandbox_test_threads",), "starts threads"),
        (("sandbox_test_exit",), "ended without a word"),
    ],
)
async def test_a_server_that_cannot_start_says_why(tmp_path, monkeypatch, preload, said):
    (tmp_path / "sandbox_test_exit.py").write_text("import os; os._exit(1)")
    threads = "import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()"
    (tmp_path / "sandbox_test_threads.py").write_text(threads)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SandboxError, match=said):
        await Pool(preload=preload).run("def f(): pass", "f")


async def test_required_walls_that_are_missing_are_named():
    class Weak(Pool):
        off = ("landlock",)

    async with Weak() as pool:
        assert pool.walls["landlock"] == "switched off" and "landlock" not in (await pool.run("", "f")).walls
    with pytest.raises(SandboxError, match="landlock"):
        await Weak(require_walls=True).run("def f(): pass", "f")


async def test_missing_walls_are_said_once(caplog):
    class Weak(Pool):
        off = ("network", "rlimits")

    for _ in range(2):
        async with Weak(preload=()) as pool:
            await pool.run("", "f")
    (said,) = [record.getMessage() for record in caplog.records if record.name == "optwright"]
    assert "rlimits (switched off), network (switched off)" in said and "--require-walls" in said and "\n" not in said


async def test_a_missing_cgroup_is_no_weakness(caplog):
    class Weak(Pool):
        off = ("cgroup",)

    async with Weak(preload=()) as pool:
        missing = [name for name, state in pool.walls.items() if state != "up"]
        assert "cgroup" in missing and "cgroup" not in (await pool.run("", "f")).walls
    if missing == ["cgroup"]:
        assert not caplog.records
        async with Weak(preload=(), require_walls=True) as pool:
            assert (await pool.run("def f(): return 1", "f")).value == 1


STARTS = """
import os, time
def daemons():
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(60)
            os._exit(0)
    return "started"
def comet():  # always one process, never the same
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork():
                os._exit(0)
    time.sleep(0.05)
    return "started"
def loop():
    if os.fork() == 0:
        os.setsid()
    while True:
        pass
def leave(key):
    import ctypes
    return ctypes.CDLL(None).shmget(key, 4096, 0o1600)  # create
def look(key):
    import ctypes
    return ctypes.CDLL(None).shmget(key, 4096, 0)
"""


def of_this_pool(pool) -> list[int]:
    """Every process that was forked from the pool's server, wherever it hides now: all share its command line."""
    folder = pool._link._finalizer.peek()[2][2]
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if not gone(int(pid)) and folder in read(f"/proc/{pid}/cmdline"):
            found.append(int(pid))
    return found


NO_SECCOMP = ("seccomp",), ("seccomp", "pid namespace"), ("seccomp", "pid namespace", "cgroup", "landlock", "rlimits")


@pytest.mark.parametrize("off", NO_SECCOMP, ids=" ".join)
async def test_without_seccomp_nothing_survives_either(off):
    class Weak(Pool):
        pass

    Weak.off = off
    async with Weak(size=2) as pool:
        ends = {"daemons": ("ok", "started"), "comet": ("ok", "started"), "loop": ("timeout", None)}
        for call, end in ends.items():
            outcome = await pool.run(STARTS, call, limits=Limits(seconds=0.5 if call == "loop" else 10))
            assert (outcome.status, outcome.value) == end, outcome
            assert len(of_this_pool(pool)) <= 3, call  # keeper, server, and the process in reserve
        neighbours = await asyncio.gather(pool.run(STARTS, "daemons"), pool.run("def f(): return 2", "f"))
        assert [outcome.value for outcome in neighbours] == ["started", 2]
        assert len(of_this_pool(pool)) <= 3


async def test_without_any_wall_against_processes_a_dead_server_still_leaves_none():
    class Weak(Pool):
        off = ("seccomp", "pid namespace", "cgroup")

    async with Weak(size=1) as pool:
        run = asyncio.create_task(pool.run(STARTS, "loop"))
        assert await until(lambda: len(of_this_pool(pool)) == 4)
        os.kill(descendants(pool._link._process.pid)[0], signal.SIGKILL)
        assert (await run).status == "crashed"
        assert await until(lambda: not of_this_pool(pool))


async def test_without_seccomp_shared_memory_does_not_reach_the_next_candidate():
    class Weak(Pool):
        off = ("seccomp",)

    async with Weak() as pool:
        if pool.walls["pid namespace"] != "up":
            pytest.skip("no namespaces here")
        assert (await pool.run(STARTS, "leave", [7])).value >= 0
        assert (await pool.run(STARTS, "look", [7])).value == -1


async def test_the_number_of_tasks_is_limited(pool):
    source = "import resource\ndef f(): return resource.getrlimit(resource.RLIMIT_NPROC)"
    soft, hard = (await pool.run(source, "f")).value
    assert 0 < soft == hard < 1 << 20


async def test_a_cgroup_limits_what_a_candidate_starts_taken_together():
    class Weak(Pool):
        off = ("seccomp",)

    source = """
import os, time
def f():
    for _ in range(16):
        if os.fork() == 0:
            os.setsid()
            hoard = bytearray(os.urandom(1 << 20) * 100)
            time.sleep(60)
    time.sleep(60)
def g():
    started = 0
    try:
        while started < 5000:
            if os.fork() == 0:
                time.sleep(60)
            started += 1
    except OSError:
        return started
"""
    async with Weak() as pool:
        if pool.walls["cgroup"] != "up":
            pytest.skip(f"no cgroup v2 here: {pool.walls['cgroup']}")
        outcome = await pool.run(source, "f", limits=Limits(memory_mb=200, scratch_mb=1))
        assert outcome.status == "memory" and outcome.peak_mb > 200, outcome
        assert (await pool.run(source, "g")).value < 512


async def test_a_system_that_is_not_linux_is_asked_for_rlimits_alone(monkeypatch):
    # The server believes that it runs on macOS; whatever it asks of Linux through ctypes is an error then.
    pretend = (
        "import json, sys, sysconfig; sysconfig.get_config_vars(); sys.platform = 'darwin'; "
        "sys.path[:] = json.loads(sys.argv[1])['path']; "
        "from optwright.sandbox import linux; libc = linux.libc(); "
        "linux.libc = lambda: type('Mac', (), {{'fflush': libc.fflush}}); "
        "from {} import main; main(sys.argv[1])"
    )
    monkeypatch.setattr(link, "_BOOT", pretend)
    async with Pool(preload=(), size=1) as pool:
        outcome = await pool.run("def f(): return open('mine', 'w').write('x')", "f")
        assert (outcome.status, outcome.value, outcome.walls) == ("ok", 1, ("rlimits",)), outcome
        assert "this is darwin" in pool.walls["landlock"] and pool._link.missing.count("darwin") == 5
        assert (await pool.run("while True: pass", "f", limits=Limits(seconds=0.2))).status == "timeout"


@pytest.mark.slow
async def test_three_hundred_candidates_of_which_a_tenth_is_hostile_leave_nothing():
    hostile = random.Random(0).sample([attack for attack in book() if "attack" in attack.functions], 30)
    limits = Limits(seconds=0.5, memory_mb=256, result_bytes=1_000_000, output_bytes=10_000, scratch_mb=8)
    with Canaries() as canaries:
        async with Pool(size=2) as pool:
            before = await at_rest(pool)
            for number in range(300):
                if number % 10 == 9:
                    await pool.run(hostile[number // 10].source, "attack", [canaries.target()], limits)
                outcome = await pool.run("def f(x): return x + 1", "f", [number])
                assert outcome.value == number + 1, outcome
            assert await at_rest(pool) == before
        assert os.listdir(canaries.temporary) == [] and not canaries.harm()


async def at_rest(pool) -> tuple[int, list[str], int, list[str]]:
    """Processes, the server's descriptors, our own, and the pool's files, when only a spare process waits."""
    for _ in range(2):
        assert (await pool.run("def f(): return 1", "f")).value == 1
    pids = descendants(pool._link._process.pid)
    folder = pool._link._finalizer.peek()[2][2]
    ours = len(os.listdir("/proc/self/fd"))
    return len(of_this_pool(pool)), sorted(os.listdir(f"/proc/{pids[0]}/fd")), ours, os.listdir(folder)


async def test_an_installed_package_is_hidden_although_libraries_are_not(tmp_path):
    installed = tmp_path / "site-packages"
    package = Path(link.__file__).parents[1]
    shutil.copytree(package / "sandbox", installed / "optwright" / "sandbox")
    shutil.copy(package / "errors.py", installed / "optwright")
    (installed / "optwright" / "__init__.py").write_text("")
    (installed / "library.py").write_text("value = 7")
    script = """
    import asyncio
    from optwright.sandbox.pool import Pool
    source = "import library, os, optwright\\ndef f(): return [library.value, os.path.exists(optwright.__file__)]"
    async def main():
        async with Pool(preload=()) as pool:
            print((await pool.run(source, "f")).value)
    asyncio.run(main())
    """
    with start(script, PYTHONPATH=str(installed)) as process:
        assert process.stdout.read() == b"[7, False]\n"


async def test_pools_in_several_loops_do_not_disturb_each_other():
    async def one(value):
        async with Pool(preload=(), size=1) as pool:
            return (await pool.run("def f(x): return x", "f", [value])).value

    values = await asyncio.gather(*(asyncio.to_thread(asyncio.run, one(value)) for value in range(3)))
    assert values == [0, 1, 2]


async def test_a_pool_that_is_used_in_a_second_loop_says_so(pool):
    def elsewhere():
        asyncio.run(pool.run("def f(): return 1", "f"))

    with pytest.raises(SandboxError, match="event loop"):
        await asyncio.to_thread(elsewhere)
