"""The pool's side of a candidate: whatever arrives on its descriptors becomes an Outcome, at a cost in proportion."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.errors import SandboxError
from optwright.sandbox import wire
from optwright.sandbox.child import GREETING, MEMORY_EXIT
from optwright.sandbox.job import Job
from optwright.sandbox.outcome import Limits, Outcome, Status
from optwright.sandbox.pool import Pool
from optwright.sandbox.progress import MARK
from optwright.sandbox.protocol import Exit

LIMITS = Limits(seconds=2, result_bytes=20_000, output_bytes=500)
KEY = b"k" * 8


def ended(code: int = 0, *, late: bool = False, cpu: float = 0.25) -> Exit:
    return Exit(1, code, True, late, 1.5, cpu, 33.0)


def judged(channel: bytes, exit_: Exit | None, out: bytes = b"", err: bytes = b"") -> tuple[Outcome, int]:
    """What a real Job makes of these bytes and this end, and how often it asked for the candidate to be stopped."""

    async def run() -> tuple[Outcome, int]:
        stops: list[bool] = []
        job = Job(LIMITS, lambda: stops.append(True))
        theirs: list[int] = []
        job.hand_over(lambda descriptors: theirs.extend(map(os.dup, descriptors)))
        try:
            writes = (asyncio.to_thread(pour, fd, data) for fd, data in zip(theirs, (channel, out, err), strict=True))
            await asyncio.gather(*writes)
            job.exited(exit_)
            return await asyncio.wait_for(job.outcome(()), 5), len(stops)
        finally:
            job.close()

    return asyncio.run(run())


def pour(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.close(descriptor)


def frame(value: object) -> bytes:
    return b"".join(wire.encode(value))


def forged(text: bytes, arrays: bytes = b"") -> bytes:
    return wire.HEADER.pack(KEY, len(text), len(arrays)) + text + arrays


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=5) | st.just(KEY.hex()), v, max_size=4),
    max_leaves=10,
)
REPLIES = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from([*get_args(Status), "fine"]) | JSON,
        "value": JSON,
        "error": JSON
        | st.fixed_dictionaries({"type": JSON, "message": JSON}, optional={"line": JSON, "traceback": JSON}),
        "seconds": JSON,
    },
)
CLAIMS = st.builds(
    wire.HEADER.pack, st.binary(min_size=8, max_size=8), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)
)
FRAMES = st.one_of(
    st.binary(max_size=300),
    st.builds(bytes.__add__, CLAIMS, st.binary(max_size=100)),
    st.builds(lambda reply, tail: forged(json.dumps(reply).encode(), tail), REPLIES, st.binary(max_size=64)),
    st.builds(lambda reply, cut: frame(reply)[:cut], REPLIES, st.integers(0, 200)),
    st.builds(lambda a, b: frame(a) + frame(b), REPLIES, REPLIES),
    st.builds(lambda reply, rest: MARK + frame(reply) + frame(rest), REPLIES, REPLIES),
    st.builds(lambda claim, rest: MARK + claim + frame(rest), CLAIMS, REPLIES),
    st.builds(lambda size: frame({"status": "ok", "value": "x" * size}), st.integers(0, 300_000)),
)
EXITS = st.one_of(
    st.none(),
    st.builds(ended, st.integers(-64, 255), late=st.booleans(), cpu=st.floats(0, 1000)),
)


@settings(max_examples=200, deadline=None)
@given(FRAMES, EXITS, st.binary(max_size=2000))
def test_whatever_a_candidate_sends_is_an_outcome(sent, exit_, printed):
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    outcome, stops = judged(GREETING + sent, exit_, out=printed)

    assert outcome.status in get_args(Status) and (outcome.error is None) == (outcome.status == "ok")
    measured = (outcome.seconds, outcome.cpu_seconds, outcome.peak_mb)
    assert measured == ((exit_.seconds, exit_.cpu_seconds, exit_.peak_mb) if exit_ else (0.0, 0.0, 0.0))
    assert outcome.stdout == printed[: LIMITS.output_bytes].decode(errors="replace")
    if exit_ is None or exit_.late or exit_.code:
        assert outcome.status != "ok", "only a candidate that ended well has a result"
    if len(sent) > LIMITS.result_bytes + (1 << 17):
        assert stops and outcome.status == ("output" if exit_ else "crashed")
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before  # fewer where other tests' leftovers were collected meanwhile


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300) | st.builds(frame, REPLIES) | st.just(frame({"status": "ok", "value": 1})[len(MARK) :]))
def test_what_is_marked_as_progress_is_no_result(sent):
    outcome, _ = judged(GREETING + MARK + sent, ended())
    assert outcome.status == "crashed"


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([1, 71, -9, -11]), st.binary(max_size=60))
def test_what_ends_before_it_has_greeted_is_our_failure_and_says_so(sent, code, said):
    if sent.startswith(GREETING):
        return
    with pytest.raises(SandboxError, match="could not be started"):
        judged(sent, ended(code), err=said)


@pytest.mark.parametrize(
    ("exit_", "status", "said"),
    [
        (ended(-signal.SIGKILL), "memory", "killed it"),
        (ended(-signal.SIGKILL, cpu=1e6), "timeout", "CPU time"),  # where SIGXCPU cannot reach it
        (ended(-signal.SIGXCPU, cpu=1e6), "timeout", "CPU time"),
        (ended(-signal.SIGXCPU), "crashed", "SIGXCPU"),  # sent to itself, with time to spare
        (ended(-signal.SIGSEGV), "crashed", "SIGSEGV"),
        (ended(MEMORY_EXIT), "memory", "were asked for"),
        (ended(late=True), "timeout", "2 s"),
        (None, "crashed", "server died"),
    ],
)
def test_how_a_process_ended_decides_whatever_it_has_sent(exit_, status, said):
    outcome, _ = judged(GREETING + frame({"status": "ok", "value": "forged"}), exit_)
    assert outcome.status == status and outcome.error is not None and said in outcome.error.message


SENDS = """
import os
def send(data):
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(3, rest):]
    os._exit(0)
"""


async def test_real_candidates_that_send_anything_do_not_make_the_parent_grow():
    """Arbitrary bytes from inside the walls, thousands of them: each is an Outcome, and memory stays where it was."""
    random = np.random.default_rng(0)
    honest = frame({"status": "ok", "value": [np.zeros(50), {"a": [1.5] * 50}]})
    async with Pool(preload=("numpy",), size=2) as pool:

        async def attack() -> None:
            sent = np.frombuffer(honest, np.uint8).copy()
            places = random.integers(0, len(sent), 3)
            sent[places] = random.integers(0, 256, 3)
            outcome = await pool.run(SENDS, "send", [sent], LIMITS)
            assert outcome.status in ("ok", "crashed"), outcome

        await many(attack, 50)
        before = resident()
        await many(attack, 300)
        assert resident() - before < 5_000_000


async def many(act: Callable, count: int) -> None:
    for _ in range(count // 10):
        await asyncio.gather(*(act() for _ in range(10)))


def resident() -> int:
    """Bytes of memory that this process has to itself."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
