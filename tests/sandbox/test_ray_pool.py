"""RayPool on a real cluster: nodes join and die, and each candidate is answered exactly once all the same."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import optwright
import pytest
from optwright.errors import SandboxError
from optwright.sandbox.outcome import Limits
from optwright.sandbox.pool import Pool
from optwright.sandbox.ray_pool import RayPool
from ray_cluster import SECRET, Cluster, alive, below

pytestmark = pytest.mark.slow


@pytest.fixture
async def cluster(cluster):
    """The cluster at rest: no pool of another test is left on it, and no node but the head."""
    await until(lambda: not stations(cluster, cluster.head) and cluster.members() == {cluster.head})
    return cluster


ECHO = "import time\ndef f(x, seconds=0):\n  time.sleep(seconds)\n  return x"
MEASURED = {"seconds", "cpu_seconds", "peak_mb"}


async def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.05)


def stations(cluster: Cluster, address: str) -> list[int]:
    """The actors of pools on a node, those that have just been ended included."""
    found = []
    for pid in cluster.processes(address):
        with contextlib.suppress(OSError):  # it may end just now
            if "Station" in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(pid)
    return found


def environment(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_text(errors="replace")


def addresses(pool: RayPool) -> set[str]:
    return {name.partition(":")[0] for name in pool.nodes}


def plain(value: object) -> object:
    """A value to compare: arrays as what they are made of."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes(), value.flags.writeable
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else repr(value)


PROGRAMS = [
    ("import numpy as np\ndef f(): print('é'); return {'a': np.eye(2), 'n': [float('nan'), 1e400, None, True]}", {}),
    ("import numpy as np\ndef f(): return [np.arange(300_000), np.zeros((3, 0), '>i2')]", {}),
    ("def f():\n  print('so far')\n  return 1 / 0", {}),
    ("def f(: pass", {}),
    ("def f():\n  print('so far', flush=True)\n  while True: pass", {"seconds": 0.5}),
    ("def f(): return len(bytearray(10**9))", {"memory_mb": 200}),
    ("def f(): return 'x' * 2000", {"result_bytes": 1000}),
    ("import os\ndef f(): os._exit(3)", {}),
    ("def g(): pass", {}),
    ("#" * 2_000_000, {}),
    ("def f():\n  print('x' * 900)", {"output_bytes": 100}),
]


async def test_the_outcomes_are_the_same_as_on_this_machine(cluster):
    async with Pool() as here, RayPool(cluster.address) as there:
        for source, limits in PROGRAMS:
            ours, theirs = [await pool.run(source, "f", limits=Limits(**limits)) for pool in (here, there)]
            assert plain(theirs.model_dump(exclude=MEASURED)) == plain(ours.model_dump(exclude=MEASURED))
            assert (theirs.seconds > 0) == (ours.seconds > 0) and (theirs.peak_mb > 0) == (ours.peak_mb > 0)
        assert there.walls == here.walls and list(there.nodes.values()) == [1]


async def test_a_node_is_killed_in_the_middle_and_each_candidate_is_answered_once(cluster):
    doomed = cluster.add()
    async with RayPool(cluster.address) as pool:
        await until(lambda: addresses(pool) == {cluster.head, doomed})
        answers = []

        async def one(number: int) -> None:
            # One of the first two is on each node, and is still there when the node dies.
            outcome = await pool.run(ECHO, "f", [number, 2 if number < 2 else 0])
            answers.append((number, outcome.status, outcome.value))

        runs = [asyncio.create_task(one(number)) for number in range(200)]
        await until(lambda: all(len(below(stations(cluster, node)[0])) >= 3 for node in (cluster.head, doomed)))
        await asyncio.sleep(0.5)
        orphans = below(stations(cluster, doomed)[0])
        assert not answers
        cluster.kill(doomed)
        await asyncio.wait_for(asyncio.gather(*runs), 60)
        assert sorted(answers) == [(number, "ok", number) for number in range(200)]
        assert addresses(pool) == {cluster.head}
        await until(lambda: not any(map(alive, orphans)))

        joined = cluster.add()
        await until(lambda: addresses(pool) == {cluster.head, joined})
        spans = await asyncio.gather(*(pool.run(SPAN, "f") for _ in range(2)))
        (begun, ended), (begun_too, ended_too) = (outcome.value for outcome in spans)
        assert begun < ended_too and begun_too < ended  # one on each node, for a node runs one at a time
    cluster.kill(joined)


SPAN = "import time\ndef f():\n  begun = time.monotonic()\n  time.sleep(0.5)\n  return [begun, time.monotonic()]"


async def test_an_actor_that_dies_is_replaced_and_a_candidate_that_outlives_three_is_given_up(cluster):
    async with RayPool(cluster.address) as pool:
        run = asyncio.create_task(pool.run(ECHO, "f", [1, 60]))
        killed: set[int] = set()
        while len(killed) < 3:
            await until(lambda: [p for p in stations(cluster, cluster.head) if p not in killed and len(below(p)) >= 3])
            (station,) = [pid for pid in stations(cluster, cluster.head) if pid not in killed and alive(pid)]
            await asyncio.sleep(0.3)
            os.kill(station, signal.SIGKILL)
            killed.add(station)
        outcome = await asyncio.wait_for(run, 10)
        assert outcome.status == "crashed" and "3 nodes in a row" in outcome.error.message
        assert (await asyncio.wait_for(pool.run(ECHO, "f", [1]), 20)).value == 1


async def test_a_cancelled_run_is_killed_on_its_node(cluster):
    async with RayPool(cluster.address) as pool:
        run = asyncio.create_task(pool.run("def f():\n  while True: pass", "f"))
        (station,) = stations(cluster, cluster.head)
        await until(lambda: len(below(station)) >= 3)
        before = below(station)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        await until(lambda: len(below(station)) < len(before), 3)
    assert not any(map(alive, before))


def start(text: str, *args: str) -> subprocess.Popen:
    """A script that runs without warnings."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(text), *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_a_killed_caller_takes_its_candidates_along(cluster):
    text = """
    import asyncio, sys
    from optwright.sandbox.ray_pool import RayPool
    asyncio.run(RayPool(sys.argv[1]).run("import time\\ndef f(): time.sleep(60)", "f"))
    """
    with start(text, cluster.address) as caller:
        try:
            await until(lambda: [p for p in stations(cluster, cluster.head) if len(below(p)) >= 3])
            (station,) = stations(cluster, cluster.head)
            orphans = [station, *below(station)]
        finally:
            caller.kill()
    await until(lambda: not any(map(alive, orphans)))


ATTACKS = {path.stem: path.read_text() for path in (Path(__file__).parent / "attacks").rglob("*.py")}


async def test_rays_secrets_and_sockets_are_out_of_reach(cluster):
    target = {
        "secret": SECRET,
        "secret_file": "/proc/self/environ",
        "secret_variable": "OPENAI_API_KEY",
        "outside": "/dev/shm",
        "folder": os.getcwd(),
        "port": cluster.port,
        "abstract_socket": "ray",
        "abstract_datagram": "ray",
        "pid": os.getpid(),
        "victim": cluster.processes(cluster.head)[0],
    }
    assert SECRET in environment(cluster.processes(cluster.head)[0])
    async with RayPool(cluster.address) as pool:
        for pid in below(stations(cluster, cluster.head)[0]):
            assert SECRET not in environment(pid)
        for name in ("read_environment", "read_parent_environment", "connect_to_loopback", "find_the_server"):
            outcome = await pool.run(ATTACKS[name], "attack", [target])
            assert (outcome.status, outcome.value) == ("ok", []) and SECRET not in repr(outcome), outcome
        sockets = cluster.sockets()
        assert len(sockets) >= 2  # the raylet's and the object store's
        for path in sockets:
            aimed = {**target, "unix_socket": path, "unix_datagram": path}
            outcome = await pool.run(ATTACKS["connect_to_unix_socket"], "attack", [aimed])
            assert (outcome.status, outcome.value) == ("ok", []), outcome


WEAK = "from optwright.sandbox.pool import Pool\nPool.off = ('landlock',)"


async def test_nodes_that_differ_say_so_and_required_walls_are_required_of_each(cluster):
    weak = cluster.add(customize=WEAK)
    async with RayPool(cluster.address) as pool, RayPool(cluster.address, require_walls=True) as strict:
        await until(lambda: addresses(pool) == {cluster.head, weak})
        assert pool.walls["landlock"].count("up") == 1 and f"{weak}:" in pool.walls["landlock"]
        assert pool.walls["landlock"].endswith("switched off") or "switched off; " in pool.walls["landlock"]
        assert pool.walls["seccomp"] == "up"
        pair = await asyncio.gather(*(pool.run(SPAN, "f") for _ in range(2)))
        assert sorted("landlock" in outcome.walls for outcome in pair) == [False, True]
        with pytest.raises(SandboxError, match=rf"node {weak}:\d+: walls are required and missing here: landlock"):
            await RayPool(cluster.address, require_walls=True).run(ECHO, "f", [1])
        assert addresses(strict) == {cluster.head} and strict.walls["landlock"] == "up"  # it joined later: left out
    cluster.kill(weak)


async def test_a_node_without_optwright_is_named(cluster):
    bare = cluster.add(customize="import sys\nsys.modules['optwright'] = None")
    async with RayPool(cluster.address) as pool:
        await until(lambda: bare in cluster.members())
        with pytest.raises(SandboxError, match=rf"{bare}:\d+: ModuleNotFoundError.*optwright") as raised:
            await RayPool(cluster.address).run(ECHO, "f", [1])
        assert "\n" not in str(raised.value)
        assert (await pool.run(ECHO, "f", [1])).value == 1
    cluster.kill(bare)


async def test_a_stuck_node_is_given_up(cluster, monkeypatch):
    monkeypatch.setattr("optwright.sandbox.ray_nodes._GRACE", 0.5)
    async with RayPool(cluster.address) as pool:
        (station,) = stations(cluster, cluster.head)
        os.kill(station, signal.SIGSTOP)
        try:
            outcome = await asyncio.wait_for(pool.run(ECHO, "f", [1], Limits(seconds=1)), 20)
            assert outcome.value == 1 and len(stations(cluster, cluster.head)) == 2
        finally:
            os.kill(station, signal.SIGCONT)
        await until(lambda: not alive(station))


def said(text: str) -> list[str]:
    """What a script prints that runs without warnings, and without anything else to say."""
    with start(text) as process:
        out, errors = process.communicate(timeout=60)
    assert errors == ""
    return out.splitlines()


@pytest.mark.parametrize(
    ("address", "says"),
    [("127.0.0.1:9", "at '127.0.0.1:9' .*refused.*: give host:port"), ("auto", "at 'auto'.*: give host:port")],
)
def test_without_a_cluster_one_line_says_what_to_do(address, says):
    pytest.importorskip("ray", reason="Ray is not installed: pip install optwright[ray]")
    (line,) = said(f"""
    import asyncio, sys
    from optwright.errors import SandboxError
    from optwright.sandbox.ray_pool import RayPool
    assert "ray" not in sys.modules
    try:
        asyncio.run(RayPool({address!r}).run("def f(): pass", "f"))
    except SandboxError as error:
        print(error)
    """)
    assert re.search(says, line)


async def test_without_ray_one_line_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SandboxError, match=r"pip install optwright\[ray\]$"):
        await RayPool("127.0.0.1:9").run("def f(): pass", "f")


def test_a_cluster_that_loses_its_last_node_and_one_that_nobody_has_connected_to(drivers):
    pytest.importorskip("ray", reason="Ray is not installed: pip install optwright[ray]")
    cluster = Cluster([str(Path(optwright.__file__).parents[1])], head_cpus=0)
    try:
        worker = cluster.add()
        text = """
        import asyncio, sys
        from optwright.errors import SandboxError
        from optwright.sandbox.ray_pool import RayPool
        async def main():
            while True:
                try:
                    async with RayPool(sys.argv[1]) as pool:
                        print((await pool.run("def f(): return 'done'", "f")).value, *pool.nodes, flush=True)
                        try:
                            await pool.run("import time\\ndef f(): time.sleep(60)", "f")
                        except SandboxError as error:
                            return print(error)
                except SandboxError as error:
                    assert "no node" in str(error), error
                    await asyncio.sleep(0.2)
        asyncio.run(main())
        """
        with start(text, cluster.address) as process:
            try:
                assert process.stdout.readline().startswith(f"done {worker}:")
                time.sleep(0.5)
                cluster.kill(worker)
                out, _ = process.communicate(timeout=40)
            finally:
                process.kill()
        assert out.startswith("no node of the Ray cluster is left") and out.count("\n") == 1
    finally:
        cluster.close()
    assert not cluster.left()
