"""litellm strings, with the real litellm against the loopback server. Importing it takes seconds."""

from __future__ import annotations

import importlib.util

import pytest
from optwright.agent.llm import Message, connect
from optwright.agent.settings import Settings
from optwright.errors import EndpointError
from pydantic import BaseModel

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not importlib.util.find_spec("litellm"), reason="the extra `providers` is not installed"),
    pytest.mark.filterwarnings("default"),  # litellm's own
]
ASK = [Message(role="user", content="How many cakes?")]


class Plan(BaseModel):
    cakes: int


async def test_a_litellm_string_reaches_its_provider(server, say, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("LM_STUDIO_API_BASE", server.url)
    monkeypatch.setenv("LM_STUDIO_API_KEY", "sk-very-secret-0123456789")
    server.will(say.completion('{"cakes": 3}'))
    llm = connect(Settings(model="lm_studio/some-model", home=tmp_path, retries=0))
    done = await llm.complete(ASK, schema=Plan)
    assert (done.parsed, done.input_tokens, done.cost) == (Plan(cakes=3), 100, None)
    assert server.asked[0]["model"] == "some-model"
    assert server.headers[0]["authorization"] == "Bearer sk-very-secret-0123456789"
    server.will(say.refusal(401, "Incorrect API key provided: sk-very-secret-0123456789"))
    with pytest.raises(EndpointError, match=r"^401 from lm_studio: .*check the key") as raised:
        await llm.complete(ASK)
    assert "very-secret" not in str(raised.value) and "\n" not in str(raised.value)
    await llm.aclose()
    assert capfd.readouterr().out == ""
