"""Sessions: one candidate that is asked call after call."""

import asyncio

import numpy as np
import pytest
import pytest_asyncio
from optwright.sandbox.outcome import Limits
from optwright.sandbox.pool import Pool
from optwright.sandbox.session import SessionError

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE = """
import os
calls = 0
def count(x):
    global calls
    calls += 1
    return [calls, x]
def fail(): raise ValueError("no")
def hang():
    while True: pass
def die(): os._exit(0)
def flood(): return "x" * 10_000
def forge():
    os.write(3, b"k" * 8 + bytes(16) + b"more than asked for")
"""
LIMITS = Limits(seconds=5, result_bytes=5_000, memory_mb=256)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(size=2) as pool:
        yield pool


async def test_calls_share_one_process(pool):
    async with pool.session(SOURCE) as session:
        assert await session.call("count", [np.arange(2.0)]) == [1, pytest.approx([0.0, 1.0])]
        assert await session.call("count", [2]) == [2, 2]
    async with pool.session(SOURCE) as session:
        assert await session.call("count", [3]) == [1, 3]


async def test_an_exception_is_told_and_the_session_goes_on(pool):
    async with pool.session(SOURCE) as session:
        with pytest.raises(SessionError, match="ValueError: no"):
            await session.call("fail")
        with pytest.raises(SessionError, match="nothing"):
            await session.call("nothing")
        assert await session.call("count", [0]) == [1, 0]


@pytest.mark.parametrize(
    ("call", "said"),
    [("hang", "timeout"), ("die", "crashed"), ("flood", "result is"), ("forge", "Crash|crashed|timeout")],
)
async def test_what_ends_a_candidate_ends_its_session(pool, call, said):
    limits = LIMITS.model_copy(update={"seconds": 0.5})
    async with pool.session(SOURCE, limits) as session:
        with pytest.raises(SessionError, match=said):
            await session.call(call)
        if call != "flood":
            with pytest.raises(SessionError):
                for _ in range(3):  # whatever was forged is at most one answer
                    await session.call("count", [1])


async def test_a_source_that_cannot_be_executed_says_so(pool):
    async with pool.session("def f(:") as session:
        with pytest.raises(SessionError, match="SyntaxError"):
            await session.call("f")


async def test_a_session_gives_its_place_back_whatever_happens(pool):
    for _ in range(4):
        with pytest.raises(ZeroDivisionError):
            async with pool.session(SOURCE) as session:
                await session.call("count", [1])
                _ = 1 / 0
    runs = [pool.run("def f(): return 1", "f") for _ in range(4)]
    assert [outcome.value for outcome in await asyncio.wait_for(asyncio.gather(*runs), 20)] == [1] * 4
