"""Hostile programs: each gets the Outcome that it deserves, and nothing of it gets out or stays behind."""

import asyncio
import os
import socket
from pathlib import Path

import pytest
import pytest_asyncio
from optwright.sandbox.outcome import Limits
from optwright.sandbox.pool import Pool

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATTACKS = {path.stem: path.read_text() for path in sorted((Path(__file__).parent / "attacks").glob("*.py"))}
LIMITS = Limits(seconds=10, memory_mb=256, result_bytes=1_000_000, output_bytes=10_000, scratch_mb=8)
HASTY = LIMITS.model_copy(update={"seconds": 0.5})

# What each attack ends in, where that is not "ok" with no loot.
ENDS = {
    "close_descriptors": {"crashed"},
    "eat_memory": {"memory"},
    "eat_memory_and_swallow": {"memory"},
    "evil_exception": {"timeout"},  # destroying the exception raises another one, and so on
    "exit_zero": {"crashed"},
    "foreign_calls": {"crashed", "error"},
    "forge_bottomless": {"crashed"},
    "forge_frame_and_loop": {"timeout"},
    "forge_garbage": {"crashed"},
    "forge_measurements": {"crashed"},
    "forge_second_frame": {"crashed"},
    "forge_wall_failure": {"crashed"},
    "loop_for_ever": {"timeout"},
    "recurse": {"crashed", "error"},
    "return_bottomless": {"error"},
    "return_giant": {"output"},
    "sleep_for_ever": {"timeout"},
    "stream_giant": {"output"},
}
VALUES = {"patch_time": 0, "replace_json": "honest"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked():
    """One pool for all attacks: each is also a test of whether the others left something behind."""
    async with Pool(size=2) as pool:
        yield pool


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder outside of the sandbox, with a secret and with listeners that must not hear anything."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def target(home, monkeypatch):
    monkeypatch.setenv("OPTWRIGHT_TEST_API_KEY", "canary-5e1f")
    secret = home / "secret.txt"
    secret.write_text("canary-5e1f")
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        path = f"/tmp/optwright-test-{os.getpid()}.sock"
        unix.bind(path)
        abstract.bind(f"\0optwright-test-{os.getpid()}")
        listeners = [tcp, unix, abstract]
        for listener in listeners:
            listener.listen()
            listener.setblocking(False)
        yield {
            "secret": "canary-5e1f",
            "secret_file": str(secret),
            "secret_variable": "OPTWRIGHT_TEST_API_KEY",
            "outside": str(home),
            "folder": os.getcwd(),
            "port": tcp.getsockname()[1],
            "unix_socket": path,
            "abstract_socket": f"optwright-test-{os.getpid()}",
            "pid": os.getpid(),
        }
        os.unlink(path)
        for listener in listeners:
            with pytest.raises(BlockingIOError):
                listener.accept()
    assert secret.read_text() == "canary-5e1f" and os.listdir(home) == ["secret.txt"]


def census(pid: int) -> list[int]:
    """A process's descendants."""
    children = [int(p) for t in os.listdir(f"/proc/{pid}/task") for p in read(f"/proc/{pid}/task/{t}/children").split()]
    return children + [descendant for child in children for descendant in census(child)]


def read(path: str) -> str:
    return Path(path).read_text()


@pytest.mark.parametrize("name", ATTACKS)
async def test_attack(name, attacked, target):
    processes, descriptors = await at_rest(attacked)
    ours = len(os.listdir("/proc/self/fd"))
    limits = HASTY if ENDS.get(name) == {"timeout"} else LIMITS

    outcome = await attacked.run(ATTACKS[name], "attack", [target], limits)

    assert outcome.status in ENDS.get(name, {"ok"}), outcome
    if outcome.status == "ok":
        assert outcome.value == VALUES.get(name, []), outcome
    assert target["secret"] not in outcome.stdout + outcome.stderr + repr(outcome.value)
    assert outcome.seconds < 10.5 and len(outcome.stdout) <= LIMITS.output_bytes
    after, others = await at_rest(attacked)
    assert after[0] == processes[0] and len(after) == 2 and others == descriptors
    assert len(os.listdir("/proc/self/fd")) == ours


async def at_rest(pool) -> tuple[list[int], list[str]]:
    """The server with the one process that it keeps in reserve, and the server's descriptors."""
    for _ in range(2):
        honest = await pool.run("import numpy\ndef f(): return float(numpy.sum(numpy.ones(3)))", "f")
        assert (honest.status, honest.value) == ("ok", 3.0)
    processes = census(pool._link._process.pid)
    return processes, sorted(os.listdir(f"/proc/{processes[0]}/fd"))


async def test_time_is_measured_from_outside(attacked, target):
    outcome = await attacked.run(ATTACKS["patch_time"], "attack", [target], LIMITS)
    assert 0.3 <= outcome.seconds < 3


async def test_an_honest_frame_that_was_forged_is_worth_what_a_return_is(attacked):
    source = ATTACKS["forge_second_frame"].replace('return "honest"', "os._exit(0)")
    outcome = await attacked.run(source, "attack", [{}], LIMITS)
    assert (outcome.status, outcome.value) == ("ok", "forged")
    assert outcome.seconds > 0 and outcome.cpu_seconds > 0 and outcome.peak_mb > 1


async def test_nothing_is_left_for_the_next_candidate(attacked, target):
    source = ATTACKS["leave_something_behind"]
    assert (await attacked.run(source, "attack", [target], LIMITS)).status == "ok"
    looked = await attacked.run(source, "look", [target], LIMITS)
    assert looked.value == []


async def test_two_candidates_at_once_do_not_see_each_other(attacked):
    source = """
import os, time
def hold():
    open("mine", "w").write("secret")
    time.sleep(1)
    return os.listdir(".")
def peek():
    time.sleep(0.3)
    found = []
    for folder, folders, files in os.walk(os.path.dirname(os.getcwd()) or "/"):
        found += [f for f in files if f == "mine"]
    pids = []
    for pid in range(1, 1000):
        try:
            os.kill(pid, 0)
            pids.append(pid)
        except OSError:
            pass
    return found + [p for p in pids if p != os.getpid()]
"""
    held, peeked = await asyncio.gather(attacked.run(source, "hold"), attacked.run(source, "peek"))
    assert held.value == ["mine"] and peeked.value == []
