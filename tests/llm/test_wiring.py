"""From settings to a model, on a real endpoint."""

from __future__ import annotations

import subprocess
import sys

import pytest
from optwright.agent.llm import FakeLLM, Message, connect, pricing
from optwright.agent.llm.cassette import Cassette, Replay
from optwright.agent.settings import Settings
from optwright.errors import BudgetError, NoModelError, ReplyError, SettingsError

ASK = [Message(role="user", content="How many cakes?")]


async def ask(settings: Settings, **options):
    llm = connect(settings)
    try:
        return await llm.complete(ASK, **options)
    finally:
        await llm.aclose()


@pytest.fixture
def settings(server, tmp_path):
    def settings(**fields):
        return Settings(**{"model": "m", "base_url": server.url, "home": tmp_path / "home", **fields})

    return settings


async def test_cassette_over_cache_over_client(server, settings, tmp_path, say):
    tape = tmp_path / "tape.jsonl"
    recording = settings(cassette=tape, cassette_mode="record", api_key="sk-very-secret-0123456789")
    server.will(say.completion("echo: sk-very-secret-0123456789"))
    assert [(await ask(recording)).cached for _ in range(2)] == [False, True]
    assert len(server.asked) == 1
    assert (await ask(settings(cassette=tape, model=None, base_url=None))).text == "echo: [key]"
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"echo: [key]" in kept and b"very-secret" not in kept and b"127.0.0.1" not in tape.read_bytes()
    assert len(server.asked) == 1


async def test_the_budget_counts_what_is_paid_only(settings):
    llm = connect(settings(budget="calls=1"))
    await llm.complete(ASK)
    assert (await llm.complete(ASK)).cached
    with pytest.raises(BudgetError, match="calls=1"):
        await llm.complete(ASK, sample=1)
    await llm.aclose()


async def test_without_the_cache_every_request_is_sent(server, settings):
    for _ in range(2):
        await ask(settings(cache=False))
    assert len(server.asked) == 2 and not settings().home.exists()


async def test_the_prefix_is_not_sent(server, settings):
    await ask(settings(model="openai/gpt-x"))
    await ask(settings(model="org/name"))
    assert [asked["model"] for asked in server.asked] == ["gpt-x", "org/name"]


async def test_a_well_known_name_on_a_foreign_endpoint_has_no_price(settings):
    assert (await ask(settings(model="gpt-4o"))).cost is None


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, r"^no language model is configured; configure a model: \(1\) OPENAI_API_KEY .* \(2\) .*11434.* \(3\)"),
        ({"base_url": "http://localhost:1/v1"}, "name one with --model"),
        ({"model": "gpt-x"}, "'gpt-x' has no key and no base URL"),
        ({"model": "openai/gpt-x"}, "'openai/gpt-x' has no key and no base URL"),
    ],
)
def test_no_model_is_a_clear_error(tmp_path, fields, words):
    with pytest.raises(NoModelError, match=words) as raised:
        connect(Settings(home=tmp_path, **fields))
    assert raised.value.exit_code == 2


def test_other_providers_need_litellm(tmp_path, monkeypatch):
    monkeypatch.setattr("optwright.agent.llm.providers.find_spec", lambda name: None)
    with pytest.raises(NoModelError, match=r"pip install 'optwright\[providers\]'"):
        connect(Settings(home=tmp_path, model="anthropic/some-model"))


def test_replay_is_a_model(tmp_path):
    assert isinstance(connect(Settings(model="replay", home=tmp_path)), Replay)
    with pytest.raises(SettingsError, match="nothing to record from"):
        connect(Settings(model="replay", cassette=tmp_path / "t.jsonl", cassette_mode="record", home=tmp_path))


def test_the_bundled_recordings_can_be_read():
    from optwright.agent.llm.wiring import BUNDLED

    cassette = Cassette(BUNDLED)
    assert all(cassette.find(key) for key in cassette._lines)


async def test_the_fake_hands_out_its_queue(tmp_path):
    fake = FakeLLM(["one", ValueError("two")])
    assert (await fake.complete(ASK, name="plan", sample=3)).text == "one"
    with pytest.raises(ValueError, match="two"):
        await fake.complete(ASK)
    with pytest.raises(AssertionError, match="no reply left for the prompt `late`"):
        await fake.complete(ASK, name="late")
    assert [(request.name, request.sample) for request in fake.requests] == [("plan", 3), ("", 0), ("late", 0)]
    with pytest.raises(ReplyError, match="Settings"):
        await FakeLLM(["{"]).complete(ASK, schema=Settings)


def test_heavy_packages_are_imported_only_when_asked():
    code = (
        "import sys, optwright.agent.llm, optwright.agent.settings;"
        "print([name for name in ('openai', 'litellm', 'yaml', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.skipif(not pricing._table(), reason="the extra `providers` is not installed")
def test_prices_are_known_by_every_spelling():
    known = pricing.price("gpt-4o")
    assert known == pricing.price("openai/gpt-4o") and known is not None
    assert known.of(1_000_000, 0) == pytest.approx(2.5) and known.of(0, 1_000_000) == pytest.approx(10)
    assert pricing.price("nobody/has-this-model") is None
