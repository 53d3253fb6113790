"""FakeLLM: replies from a queue, for tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from pydantic import BaseModel

from ...errors import ReplyError
from .reply import UnusableReplyError, parse
from .types import Answering, Call, Completion, OnCall, Request


class FakeLLM(Answering):
    """Hands out `replies` in order: text, an instance of the schema, or an exception to raise.

    Text for a prompt with a schema is parsed as a real reply would be; there is no repair round.
    """

    def __init__(self, replies: Iterable[str | BaseModel | Exception] = (), model: str = "fake") -> None:
        self.model = model
        self.queue = deque(replies)
        self.requests: list[Request] = []
        """The requests that it was given, oldest first."""

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        self.requests.append(request)
        if not self.queue:
            raise AssertionError(f"FakeLLM has no reply left for the prompt `{request.name}`")
        reply = self.queue.popleft()
        if isinstance(reply, Exception):
            raise reply
        text = reply if isinstance(reply, str) else reply.model_dump_json()
        call = Call(prompt=request.name, sample=request.sample, messages=request.messages, reply=text, model=self.model)
        try:
            parsed = parse(text, request.schema_type) if request.schema_type else None
        except UnusableReplyError as error:
            on_call(call.model_copy(update={"error": str(error)}))
            raise ReplyError(f"the fake reply to `{request.name}` cannot be used: {error}") from None
        on_call(call)
        return Completion(text=text, parsed=parsed, model=self.model)
