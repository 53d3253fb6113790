"""What every language model here answers to: `LLM`, and the records that go in and come out."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, SerializeAsAny

from ...prompts import Message
from .schema import structure_hash


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Completion(Record):
    """One usable reply."""

    text: str
    """The reply without the model's thinking."""
    parsed: SerializeAsAny[BaseModel] | None = None
    """An instance of the schema that was asked for; None where none was."""
    input_tokens: int = 0
    """Tokens of all exchanges that it took; of the original exchange where `cached`."""
    output_tokens: int = 0
    cost: float | None = None
    """US dollars paid; 0 where `cached`, None where no price is known."""
    model: str
    """The model as the endpoint names it."""
    cached: bool = False
    """Answered by the cache or a recording."""
    seconds: float = 0.0


class Call(Record):
    """One exchange with a model, as it goes to the run record: usable or not."""

    prompt: str
    """Name of the prompt."""
    sample: int
    messages: tuple[Message, ...]
    reply: str = ""
    """The text that came back, usable or not."""
    error: str = ""
    """Why the reply could not be used, or why there is none."""
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    cached: bool = False
    seconds: float = 0.0


OnCall = Callable[[Call], None]


class LLM(Protocol):
    model: str
    """The model's name as the user gave it, or `replay`."""

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: type[BaseModel] | None = None,
        sample: int = 0,
        temperature: float = 0.0,
        name: str = "",
        on_call: OnCall | None = None,
    ) -> Completion:
        """Ask once. `sample` tells independent samples of one request apart; `name` is the prompt's name.

        `on_call` hears of every exchange that this took, as soon as it is over.
        Raises EndpointError, ReplyError, BudgetError, RecordingMissingError.
        """
        ...

    async def aclose(self) -> None:
        """Close connections and files; the object may be used again afterwards."""
        ...


class Request(Record):
    """One request, whoever answers it."""

    messages: tuple[Message, ...]
    schema_type: type[BaseModel] | None = None
    sample: int = 0
    temperature: float = 0.0
    name: str = ""

    @property
    def schema_name(self) -> str | None:
        return self.schema_type.__name__ if self.schema_type else None

    def key(self, *scope: str) -> str:
        """Hash of all that decides the reply; `scope` adds what else should tell replies apart."""
        shape = (self.schema_name, structure_hash(self.schema_type)) if self.schema_type else None
        messages = [(message["role"], message["content"]) for message in self.messages]
        parts = [messages, shape, float(self.temperature), self.sample, scope]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def free_call(self, completion: Completion) -> Call:
        """The run record's line where the cache or a recording answered this request."""
        return Call(
            prompt=self.name,
            sample=self.sample,
            messages=self.messages,
            reply=completion.text,
            model=completion.model,
            input_tokens=completion.input_tokens,
            output_tokens=completion.output_tokens,
            cost=0.0,
            cached=True,
            seconds=completion.seconds,
        )


class Answering(ABC):
    """Turns `complete` into a `Request`, so that each kind of model only has to `answer` one."""

    model: str

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: type[BaseModel] | None = None,
        sample: int = 0,
        temperature: float = 0.0,
        name: str = "",
        on_call: OnCall | None = None,
    ) -> Completion:
        """See `LLM.complete`."""
        request = Request(
            messages=tuple(messages), schema_type=schema, sample=sample, temperature=temperature, name=name
        )
        return await self.answer(request, on_call or _nobody)

    @abstractmethod
    async def answer(self, request: Request, on_call: OnCall) -> Completion: ...

    async def aclose(self) -> None:  # noqa: B027  most kinds hold nothing open
        """See `LLM.aclose`."""


def _nobody(call: Call) -> None:
    """Hears of a call, keeps nothing."""
