"""Progress: what a candidate tells before its result, and what one gets that abuses the channel."""

import asyncio
import os
import time

import numpy as np
import pytest
import pytest_asyncio
from optwright.sandbox import progress, wire
from optwright.sandbox.outcome import Limits
from optwright.sandbox.pool import Pool
from optwright.sandbox.progress import LARGEST, MARK, MOST

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMITS = Limits(seconds=5, result_bytes=1_000_000, memory_mb=512)
TELLS = """
import time
from optwright.sandbox.progress import tell, wanted
def values(values):
    for value in values:
        tell(value)
    return [len(values), wanted()]
def many(count):
    for number in range(count):
        tell(number)
    return count
def large(size):
    tell("x" * size)
    tell("small")
    return size
def spread():
    for number in range(3):
        tell(number)
        time.sleep(0.2)
def endless():
    tell("started")
    return sum(range(10**15))
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(size=1) as pool:
        yield pool


async def heard(pool, source, call, *args, limits=LIMITS):
    """The outcome, and what was told before it."""
    told = []
    outcome = await pool.run(source, call, args, limits, told.append)
    return outcome, told


async def test_values_arrive_in_order_as_plain_data_before_the_result(pool):
    values = [1.5, "two", None, {"three": [3, {"deep": True}]}, [np.arange(3.0)]]
    outcome, told = await heard(pool, TELLS, "values", values)
    assert outcome.value == [5, True]
    assert told[:4] == values[:4] and np.array_equal(told[4][0], np.arange(3.0))


async def test_values_arrive_while_the_candidate_still_runs(pool):
    times = []
    run = asyncio.create_task(pool.run(TELLS, "spread", (), LIMITS, lambda _: times.append(time.monotonic())))
    outcome = await run
    assert outcome.status == "ok" and len(times) == 3
    assert times[1] - times[0] > 0.1 and times[2] - times[1] > 0.1 and time.monotonic() - times[2] > 0.1


async def test_where_nobody_listens_nothing_is_sent_and_nothing_changes(pool):
    outcome = await pool.run(TELLS, "values", [[1, 2]], LIMITS)
    assert outcome.value == [2, False]


async def test_outside_the_sandbox_nobody_listens():
    assert not progress.wanted()
    progress.tell(object())  # not even looked at


async def test_what_is_too_large_or_too_much_is_dropped(pool):
    outcome, told = await heard(pool, TELLS, "large", LARGEST)
    assert (outcome.value, told) == (LARGEST, ["small"])
    outcome, told = await heard(pool, TELLS, "many", MOST + 10)
    assert (outcome.value, told) == (MOST + 10, list(range(MOST)))


async def test_what_cannot_be_sent_is_the_callers_error(pool):
    outcome, told = await heard(pool, "from optwright.sandbox.progress import tell\ndef f(): tell(object())", "f")
    assert (outcome.status, outcome.error.type, told) == ("error", "Unsendable", [])


async def test_a_listener_that_raises_does_not_break_the_run(pool):
    raised = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: raised.append(type(context["exception"])))
    try:
        outcome = await pool.run(TELLS, "values", [[1, 2]], LIMITS, lambda _: 1 / 0)
    finally:
        loop.set_exception_handler(None)
    assert outcome.value == [2, True] and raised == [ZeroDivisionError] * 2


async def test_a_session_is_not_confused(pool):
    source = TELLS + HOSTILE
    async with pool.session(source, LIMITS) as session:
        assert await session.call("values", [[1, 2]]) == [2, False]
        assert await session.call("write", [[octets(marked("forged")), octets(DROPPED["no JSON"])]]) == "honest"
        assert await session.call("values", [[]]) == [0, False]


def frame(value) -> bytes:
    return b"".join(wire.encode(value))


def forged(text: bytes, arrays: bytes = b"", length: int | None = None) -> bytes:
    return wire.HEADER.pack(b"k" * 8, len(text) if length is None else length, len(arrays)) + text + arrays


def marked(value) -> bytes:
    return MARK + frame(value)


HOSTILE = """
import os
def send(data):
    rest = memoryview(bytes(data))
    while rest:
        rest = rest[os.write(3, rest):]
def write(pieces):
    for piece in pieces:
        send(piece)
    return "honest"
def write_and_leave(pieces):
    write(pieces)
    os._exit(0)
def flood(piece):
    pieces = bytes(piece) * (200_000 // len(piece))
    while True:
        send(pieces)
"""
RESULT = {"status": "ok", "value": "forged"}
DROPPED = {
    "no JSON": MARK + forged(b"{not JSON"),
    "nested too deeply": MARK + forged(b"[" * 3000),
    "a lone surrogate": MARK + forged(rb'"\ud800"'),
    "an array beyond the frame": MARK + forged(b'{"' + b"6b" * 8 + b'": ["<f8", [1000], 0]}'),
    "nothing": MARK + forged(b""),
}


@pytest.mark.parametrize("name", DROPPED)
async def test_progress_that_cannot_be_read_is_dropped(pool, name):
    outcome, told = await heard(pool, HOSTILE, "write", [octets(DROPPED[name]), octets(marked(1))])
    assert (outcome.status, outcome.value, told) == ("ok", "honest", [1])


def octets(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8)


CRASHED = {
    "progress that looks like a result": [marked(RESULT)],
    "a result marked as progress": [MARK + frame(RESULT)[8:]],
    "a result in a progress frame that is too large": [marked(RESULT | {"value": "x" * LARGEST})],
    "a result, its key the mark, too large": [MARK + frame(RESULT | {"value": "x" * LARGEST})[8:]],
    "progress behind a result": [frame(RESULT), marked(1)],
    "half a frame": [marked(1)[:20]],
    "nothing but a mark": [MARK],
    "a length without end": [MARK + forged(b"{}", length=2**64 - 1)],
    "one more than there may be": [marked(1) * (MOST + 1)],
}


@pytest.mark.parametrize("name", CRASHED)
async def test_progress_never_becomes_a_result(pool, name):
    outcome, told = await heard(pool, HOSTILE, "write_and_leave", [octets(piece) for piece in CRASHED[name]])
    assert outcome.status == "crashed" and outcome.value is None, outcome
    assert all(value in (1, RESULT) for value in told)


@pytest.mark.parametrize("call", ["write", "write_and_leave"])
async def test_a_frame_that_never_ends_takes_the_result_with_it(pool, call):
    outcome, told = await heard(pool, HOSTILE, call, [octets(MARK + forged(b"{}", length=3000))])
    assert (outcome.status, told) == ("crashed", [])


FLOODS = {"small": marked(1), "large": marked("x" * 3000), "empty": DROPPED["nothing"], "marks": MARK}


@pytest.mark.parametrize("name", FLOODS)
@pytest.mark.parametrize("listening", [True, False])
async def test_a_flood_is_dammed(pool, name, listening):
    before, told = resident(), []
    flood = pool.run(HOSTILE, "flood", [octets(FLOODS[name])], LIMITS, told.append if listening else None)
    flood, ticks = asyncio.ensure_future(flood), 0
    while not flood.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert (await flood).status == "output" and ticks
    assert len(told) == (MOST if listening and name in ("small", "large") else 0)
    assert resident() - before < 60_000_000


def resident() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


async def test_a_cancelled_run_in_a_loop_of_c_is_killed_at_once_and_tells_no_more(pool):
    started, told = asyncio.Event(), []

    def hear(value):
        told.append(value)
        started.set()

    run = asyncio.create_task(pool.run(TELLS, "endless", (), Limits(seconds=60), hear))
    await asyncio.wait_for(started.wait(), 5)
    run.cancel()
    begun = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await run
    # The only place is free again: the process is gone, although it never came back to Python.
    assert (await asyncio.wait_for(pool.run("def f(): return 1", "f"), 2)).value == 1
    assert time.monotonic() - begun < 1 and told == ["started"]
