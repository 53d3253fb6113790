"""Ten conversations with a language model's recorded replies, through every face but the browser."""

import conversations
import pytest
from optwright.agent.chat.chats import Chats
from optwright.agent.engine import Engine
from optwright.agent.settings import Settings


@pytest.mark.parametrize("name", conversations.NAMES)
async def test_a_conversation_comes_out_as_it_should(name, tmp_path):
    settings = Settings(model="replay", cassette=conversations.cassette(name), home=tmp_path)
    async with Engine(settings) as engine:
        session = Chats(engine).new("me")
        async for turn, event in conversations.play(session, name, tmp_path / "files"):
            conversations.check(turn, event)
