import pytest
import pytest_asyncio
from optwright.agent.engine import Engine
from optwright.agent.formulate.formulation import Missing
from optwright.agent.llm import FakeLLM
from optwright.agent.settings import Settings
from workshop import TEXT


@pytest.fixture
def missing():
    return Missing(name="hours", why="the text does not say how many hours there are", essential=True)


@pytest_asyncio.fixture
async def ask(tmp_path):
    """`await ask(effort, *replies)` solves TEXT with the queued replies; `ask.llm` heard the requests."""

    async def run(effort: str, *replies, text: str = TEXT, data=()):
        run.llm = FakeLLM(replies)
        run.events = []
        async with Engine(Settings(effort=effort, home=tmp_path), llm=run.llm) as engine:
            return await engine.solve(text, data, on_event=run.events.append)

    return run
