"""RayPool on a real cluster: nodes join and die, and each candidate is answered exactly once all the same."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from optwright.errors import SandboxError
from optwright.sandbox.outcome import Limits
from optwright.sandbox.pool import Pool
from optwright.sandbox.ray_pool import RayPool
from ray_cluster import SECRET, Cluster

pytestmark = pytest.mark.slow

ECHO = "import time\ndef f(x, seconds=0):\n  time.sleep(seconds)\n  return x"
MEASURED = {"seconds", "cpu_seconds", "peak_mb"}


async def until(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def below(pid: int) -> list[int]:
    """A process's descendants."""
    children = [int(p) for task in Path(f"/proc/{pid}/task").iterdir() for p in (task / "children").read_text().split()]
    return children + [descendant for child in children for descendant in below(child)]


def stations(cluster: Cluster, address: str) -> list[int]:
    """The actors of pools on a node."""
    return [p for p in cluster.processes(address) if "Station" in Path(f"/proc/{p}/cmdline").read_text()]


def addresses(pool: RayPool) -> set[str]:
    return {name.partition(":")[0] for name in pool.nodes}


def plain(value: object) -> object:
    """A value to compare: arrays as what they are made of."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes(), value.flags.writeable
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else repr(value)


@pytest.mark.parametrize(
    ("source", "limits"),
    [
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
    ],
)
async def test_the_outcome_is_the_same_as_on_this_machine(cluster, source, limits):
    async with Pool() as here, RayPool(cluster.address) as there:
        ours, theirs = [await pool.run(source, "f", limits=Limits(**limits)) for pool in (here, there)]
        assert plain(theirs.model_dump(exclude=MEASURED)) == plain(ours.model_dump(exclude=MEASURED))
        assert (theirs.seconds > 0) == (ours.seconds > 0) and (theirs.peak_mb > 0) == (ours.peak_mb > 0)
        assert there.walls == here.walls and there.nodes.keys() != {} and sum(there.nodes.values()) == 1


async def test_a_node_is_killed_in_the_middle_and_each_candidate_is_answered_once(cluster):
    doomed = cluster.add()
    async with RayPool(cluster.address) as pool:
        await until(lambda: addresses(pool) == {cluster.head, doomed})
        answers = []

        async def one(number: int) -> None:
            # One of the first two is on each node, and is still there when the node dies.
            outcome = await pool.run(ECHO, "f", [number, 2 if number < 2 else 0.01])
            answers.append((number, outcome.status, outcome.value))

        runs = [asyncio.create_task(one(number)) for number in range(300)]
        await until(lambda: all(len(below(stations(cluster, node)[0])) >= 3 for node in (cluster.head, doomed)))
        await asyncio.sleep(0.5)
        orphans = below(stations(cluster, doomed)[0])
        assert not answers
        cluster.kill(doomed)
        await asyncio.wait_for(asyncio.gather(*runs), 60)
        assert sorted(answers) == [(number, "ok", number) for number in range(300)]
        assert addresses(pool) == {cluster.head} and not any(map(alive, orphans))

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
        "pid": os.getpid(),
    }
    assert SECRET.encode() in Path(f"/proc/{cluster.processes(cluster.head)[0]}/environ").read_bytes()
    async with RayPool(cluster.address) as pool:
        for pid in below(stations(cluster, cluster.head)[0]):
            assert SECRET.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
        for name in ("read_environment", "read_parent_environment", "connect_to_loopback", "find_the_server"):
            outcome = await pool.run(ATTACKS[name], "attack", [target])
            assert (outcome.status, outcome.value) == ("ok", []) and SECRET not in repr(outcome), outcome
        assert (sockets := cluster.sockets())
        for path in sockets:
            outcome = await pool.run(ATTACKS["connect_to_unix_socket"], "attack", [{**target, "unix_socket": path}])
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
        with pytest.raises(SandboxError, match=rf"{bare}.*optwright") as raised:
            for _ in range(100):
                await RayPool(cluster.address).__aenter__()
                await asyncio.sleep(0.2)
        assert "\n" not in str(raised.value)
        assert (await pool.run(ECHO, "f", [1])).value == 1
    cluster.kill(bare)


async def test_a_stuck_node_is_given_up(cluster, monkeypatch):
    monkeypatch.setattr("optwright.sandbox.ray_nodes._GRACE", 0.5)
    async with RayPool(cluster.address) as pool:
        (station,) = stations(cluster, cluster.head)
        os.kill(station, signal.SIGSTOP)
        outcome = await asyncio.wait_for(pool.run(ECHO, "f", [1], Limits(seconds=1)), 20)
        assert outcome.value == 1 and not alive(station)


def script(text: str, *args: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(text), *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_without_ray_or_a_cluster_one_line_says_what_to_do():
    done = script("""
    import asyncio, sys
    from optwright.errors import SandboxError
    from optwright.sandbox.ray_pool import RayPool
    assert "ray" not in sys.modules
    for address in ("127.0.0.1:9", "auto"):
        try:
            asyncio.run(RayPool(address).run("def f(): pass", "f"))
        except SandboxError as error:
            print(error)
    sys.modules["ray"] = None
    try:
        asyncio.run(RayPool("127.0.0.1:9").run("def f(): pass", "f"))
    except SandboxError as error:
        print(error)
    """)
    refused, no_address, not_installed = done.stdout.splitlines()
    assert "'127.0.0.1:9'" in refused and "refused" in refused and "'auto'" in no_address
    assert "pip install optwright[ray]" in not_installed and done.stderr == ""


def test_a_cluster_that_loses_its_last_node_and_one_that_nobody_has_connected_to(drivers):
    pytest.importorskip("ray", reason="Ray is not installed: pip install optwright[ray]")
    import optwright

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
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(text), cluster.address]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout.readline().startswith(f"done {worker}:")
                time.sleep(0.5)
                cluster.kill(worker)
                said, _ = process.communicate(timeout=40)
            finally:
                process.kill()
        assert said.startswith("no node of the Ray cluster is left") and said.count("\n") == 1
    finally:
        cluster.close()
    assert not cluster.left()
