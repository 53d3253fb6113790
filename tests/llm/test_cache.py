"""The reply cache: what was paid for is not paid for again, and a broken cache costs no run."""

from __future__ import annotations

import asyncio
import logging
import sqlite3

import pytest
from optwright.agent import database
from optwright.agent.llm import Call, FakeLLM, Message
from optwright.agent.llm.cache import Cache
from optwright.errors import EndpointError
from pydantic import BaseModel

ASK = [Message(role="user", content="How many cakes?")]


class Plan(BaseModel):
    cakes: int


async def test_the_second_time_is_free(tmp_path):
    inner = FakeLLM(['{"cakes": 3}'])
    calls: list[Call] = []
    for cached in (False, True):
        llm = Cache(inner, tmp_path / "cache.sqlite", "here")
        done = await llm.complete(ASK, schema=Plan, name="plan", on_call=calls.append)
        assert (done.parsed, done.cached) == (Plan(cakes=3), cached)
    assert [call.cached for call in calls] == [False, True] and calls[1].cost == 0.0
    assert len(inner.requests) == 1


async def test_samples_models_and_endpoints_are_kept_apart(tmp_path):
    path = tmp_path / "cache.sqlite"
    one = Cache(FakeLLM(["a", "b"]), path, "here")
    texts = [(await one.complete(ASK, sample=k)).text for k in (0, 1, 0, 1)]
    texts.append((await Cache(FakeLLM(["c"]), path, "there").complete(ASK)).text)
    texts.append((await Cache(FakeLLM(["d"], model="other"), path, "here").complete(ASK)).text)
    assert texts == ["a", "b", "a", "b", "c", "d"]


async def test_a_failure_is_not_kept(tmp_path):
    llm = Cache(FakeLLM([EndpointError("down"), "up"]), tmp_path / "cache.sqlite", "")
    with pytest.raises(EndpointError):
        await llm.complete(ASK)
    assert (await llm.complete(ASK)).text == "up"


async def test_what_was_paid_for_is_kept_when_the_run_is_cancelled(tmp_path):
    class Hangs(FakeLLM):
        async def answer(self, request, on_call):
            if not self.queue:
                await asyncio.Event().wait()
            return await super().answer(request, on_call)

    llm = Cache(Hangs(["paid"]), tmp_path / "cache.sqlite", "")
    both = asyncio.gather(llm.complete(ASK), llm.complete(ASK, sample=1))
    await asyncio.sleep(0.01)
    both.cancel()
    with pytest.raises(asyncio.CancelledError):
        await both
    assert (await Cache(FakeLLM(), tmp_path / "cache.sqlite", "").complete(ASK)).text == "paid"


@pytest.mark.parametrize("content", [b"this is no database, but a text of some length" * 100, None])
async def test_a_cache_that_cannot_be_opened_is_done_without(tmp_path, caplog, content):
    path = tmp_path / "cache.sqlite"
    path.write_bytes(content) if content else path.mkdir()
    with caplog.at_level(logging.WARNING, "optwright"):
        llm = Cache(FakeLLM(["one", "two"]), path, "")
        assert [(await llm.complete(ASK)).text for _ in range(2)] == ["one", "two"]
    (record,) = caplog.records
    assert "going on without the reply cache" in record.message and str(path) in record.message
    if content:
        assert path.read_bytes() == content


async def test_a_cache_that_is_locked_is_done_without(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    llm = Cache(FakeLLM(["one", "two"]), tmp_path / "cache.sqlite", "")
    other = sqlite3.connect(tmp_path / "cache.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert [(await llm.complete(ASK)).text for _ in range(2)] == ["one", "two"]
    other.close()
    assert ["locked" in record.message for record in caplog.records] == [True]
