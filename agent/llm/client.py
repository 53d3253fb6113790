"""Client: an endpoint made dependable. Structured replies, one repair round, retries, a budget, a concurrency limit."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable

from pydantic import BaseModel

from ...errors import EndpointError, ReplyError
from .budget import Meter
from .endpoint import Ask, Endpoint, PerLoop, Reply, Setback
from .pricing import Price
from .reply import UnusableReplyError, asking_again, parse, with_schema, without_thinking
from .retry import persist
from .schema import response_format
from .types import Answering, Call, Completion, Message, OnCall, Record, Request

ALLOW_REQUESTS = True
"""False forbids every real request in this process; tests set it."""

_SCHEMA_REFUSED = re.compile(
    r"response_?(format|schema)|json_?schema|structured.?output|(invalid|unsupported) schema|guided|grammar",
    re.IGNORECASE,
)
_CHARACTERS_PER_TOKEN = 4  # good enough to estimate by, where the endpoint does not count


class Exchange(Record):
    """One question and what became of it."""

    text: str
    parsed: BaseModel | None
    problem: str
    """Why the reply cannot be used; empty where it can."""
    call: Call


class Client(Answering):
    """See `LLM`. Its meter, and what it learned about the endpoint, last as long as it does."""

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        wire_name: str | None = None,
        meter: Meter | None = None,
        price: Price | None = None,
        retries: int = 4,
        concurrency: int = 8,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        luck: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`wire_name` is what the endpoint is asked for where that is not `model` as the user wrote it."""
        self.model = model
        self.meter = meter or Meter(None)
        self._endpoint, self._price, self._retries = endpoint, price, retries
        self._sleep, self._luck, self._clock = sleep, luck, clock
        self._gate = PerLoop(lambda: asyncio.Semaphore(concurrency))
        # What the endpoint turned out to take; learned from its refusals, kept for this client's life.
        self._wire_name = wire_name or model
        self._takes_schemas = self._takes_temperature = True

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        first = await self._exchange(request, request.messages, on_call)
        if not first.problem:
            return _completion(first)
        messages = asking_again(request.messages, first.text, first.problem)
        second = await self._exchange(request, messages, on_call)
        if second.problem:
            raise ReplyError(
                f"{self.model} gave no usable reply to `{request.name}`, also when asked again: {second.problem}; "
                "try again, or another --model"
            )
        return _completion(first, second)

    async def aclose(self) -> None:
        await self._endpoint.aclose()

    async def _exchange(self, request: Request, messages: tuple[Message, ...], on_call: OnCall) -> Exchange:
        """Send, and tell `on_call`. Raises EndpointError, BudgetError."""
        if not ALLOW_REQUESTS:
            raise RuntimeError("requests to a model are forbidden here: optwright.agent.llm.client.ALLOW_REQUESTS")
        asked = Call(prompt=request.name, sample=request.sample, messages=messages, model=self.model)
        async with self._gate.get():
            start = self._clock()
            try:
                reply = await self._metered(request, messages)
            except EndpointError as error:
                on_call(asked.model_copy(update={"error": str(error), "seconds": self._clock() - start}))
                raise
        exchange = _judge(request, reply, asked, self._clock() - start)
        on_call(exchange.call)
        return exchange

    async def _metered(self, request: Request, messages: tuple[Message, ...]) -> Reply:
        """The reply with its tokens counted and its price booked."""
        estimate = _tokens("".join(message["content"] for message in messages))
        least = self._price.of(estimate, 0) if self._price else None
        with self.meter.call(estimate, least) as bill:
            reply = await persist(lambda: self._attempt(request, messages), self._retries, self._sleep, self._luck)
            used = (
                estimate if reply.input_tokens is None else reply.input_tokens,
                _tokens(reply.text) if reply.output_tokens is None else reply.output_tokens,
            )
            cost = self._price.of(*used) if self._price else None
            bill.pay(sum(used), cost)
        return reply.model_copy(update={"input_tokens": used[0], "output_tokens": used[1], "cost": cost})

    async def _attempt(self, request: Request, messages: tuple[Message, ...]) -> Reply:
        """One attempt, put into the form that this endpoint takes. Raises Setback."""
        while True:
            ask = self._shaped(request, messages)
            try:
                return await self._endpoint.send(ask)
            except Setback as refused:
                if not self._learn(refused, ask):
                    raise

    def _shaped(self, request: Request, messages: tuple[Message, ...]) -> Ask:
        schema = request.schema_type
        plain = schema and not self._takes_schemas
        return Ask(
            model=self._wire_name,
            messages=with_schema(messages, schema) if schema and plain else messages,
            response_format=response_format(schema) if schema and not plain else None,
            temperature=request.temperature if self._takes_temperature else None,
        )

    def _learn(self, refused: Setback, ask: Ask) -> bool:
        """Whether the refusal names something that the next attempt can do without."""
        if refused.status in (400, 404, 415, 422, 500, 501):
            if ask.temperature is not None and "temperature" in refused.body:
                self._takes_temperature = False
                return True
            if ask.response_format is not None and _SCHEMA_REFUSED.search(refused.body):
                self._takes_schemas = False
                return True
        if refused.status == 404 and ask.model != self.model:  # a model whose own name begins with `openai/`
            self._wire_name = self.model
            return True
        return False


def _judge(request: Request, reply: Reply, asked: Call, seconds: float) -> Exchange:
    """Whether the reply is what was asked for."""
    text, parsed, problem = without_thinking(reply.text), None, reply.lack
    if not problem and not text:
        problem = "it holds nothing but thinking"
    if not problem and request.schema_type:
        try:
            parsed = parse(text, request.schema_type)
        except UnusableReplyError as error:
            problem = str(error)
    call = asked.model_copy(
        update={
            "reply": reply.text,
            "error": problem,
            "model": reply.model or asked.model,
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
            "cost": reply.cost,
            "seconds": seconds,
        }
    )
    return Exchange(text=text, parsed=parsed, problem=problem, call=call)


def _completion(*exchanges: Exchange) -> Completion:
    """The last exchange's reply, with what all of them took."""
    last, calls = exchanges[-1], [exchange.call for exchange in exchanges]
    costs = [call.cost for call in calls if call.cost is not None]
    return Completion(
        text=last.text,
        parsed=last.parsed,
        input_tokens=sum(call.input_tokens for call in calls),
        output_tokens=sum(call.output_tokens for call in calls),
        cost=sum(costs) if costs else None,
        model=last.call.model,
        seconds=sum(call.seconds for call in calls),
    )


def _tokens(text: str) -> int:
    return len(text) // _CHARACTERS_PER_TOKEN + 1
