"""Pool: what is cancelled, closed or killed leaves nothing, and a server is never in the way."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
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
