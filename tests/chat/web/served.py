"""The real server with a queue of replies instead of a model: `python served.py HOME PORT [TOKEN]`.

Each line on stdin is one reply, as JSON text; `hold` and `go` stop and let go the replies.
"""

import asyncio
import json
import sys
from pathlib import Path

from optwright.agent.chat.web import server
from optwright.agent.engine import Engine
from optwright.agent.llm import FakeLLM
from optwright.agent.settings import Settings


class Queued(FakeLLM):
    """A FakeLLM whose replies can be held back."""

    def __init__(self):
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()

    async def answer(self, request, on_call):
        await self.open.wait()
        return await super().answer(request, on_call)


async def hear(llm: Queued) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        match json.loads(line):
            case "hold":
                llm.open.clear()
            case "go":
                llm.open.set()
            case "forget":
                llm.queue.clear()
            case {"reply": text}:
                llm.queue.append(text)
        print("heard", flush=True)


async def main(home: Path, port: int, token: str | None) -> None:
    llm = Queued()
    server.engine_for = lambda settings: Engine(settings, llm)
    hearing = asyncio.create_task(hear(llm))
    settings = Settings(home=home, effort="standard", time_limit=120, token=token)
    await server.serve(settings, "127.0.0.1", port)
    hearing.cancel()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None))
