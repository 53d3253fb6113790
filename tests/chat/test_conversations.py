"""Ten conversations with a language model's recorded replies: the session itself, the terminal and the API.

The browser has them in tests/chat/web.
"""

import base64
import os
import subprocess
import sys

import conversations
import httpx
import openai
import pytest
from optwright.agent.chat import api
from optwright.agent.chat.chats import Chats
from optwright.agent.engine import Engine
from optwright.agent.settings import Settings
from optwright.agent.wording import number

pytestmark = pytest.mark.parametrize("name", conversations.NAMES)


async def test_a_conversation_comes_out_as_it_should(name, tmp_path):
    settings = Settings(model="replay", cassette=conversations.cassette(name), home=tmp_path)
    async with Engine(settings) as engine:
        session = Chats(engine).new("me")
        async for turn, event in conversations.play(session, name, tmp_path / "files"):
            conversations.check(turn, event)


@pytest.mark.slow
def test_it_is_the_same_in_a_terminal(name, tmp_path):
    turns = conversations.turns(name, tmp_path / "files")
    lines = [line for turn in turns for line in (*(f"/data {file}" for file in turn.files), turn.say)]
    done = subprocess.run(
        [sys.executable, "-m", "optwright", "chat", "--cassette", str(conversations.cassette(name))],
        input="\n".join(lines) + "\n",
        env={**os.environ, "OPTWRIGHT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for turn in turns:
        assert turn.objective is None or number(turn.objective) in done.stdout


@pytest.mark.slow
async def test_it_is_the_same_for_a_client_of_the_api(name, tmp_path):
    settings = Settings(model="replay", cassette=conversations.cassette(name), home=tmp_path / "home")
    async with Engine(settings) as engine:
        transport = httpx.ASGITransport(api.app(engine, "", ["127.0.0.1:8800"]))
        client = openai.AsyncOpenAI(
            base_url="http://127.0.0.1:8800/v1",
            api_key="none",
            http_client=httpx.AsyncClient(transport=transport, timeout=120),
        )
        messages = []
        for turn in conversations.turns(name, tmp_path / "files"):
            messages.append({"role": "user", "content": [{"type": "text", "text": turn.say}, *map(part, turn.files)]})
            reply = await client.chat.completions.create(model="optwright", messages=messages)
            content = reply.choices[0].message.content
            assert turn.objective is None or number(turn.objective) in content.replace("\\", ""), content
            assert ("\n*Version" in content) == bool(turn.status), content
            messages.append({"role": "assistant", "content": content})
        await client.close()


def part(file):
    data = base64.b64encode(file.read_bytes()).decode()
    return {"type": "file", "file": {"filename": file.name, "file_data": f"data:text/csv;base64,{data}"}}
