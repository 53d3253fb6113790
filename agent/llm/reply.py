"""From what a model wrote to what was asked for: thinking, fences and chatter around the JSON are put aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from .schema import json_schema
from .types import Completion, Message, Request

T = TypeVar("T", bound=BaseModel)

_DECODER = json.JSONDecoder(strict=False)  # raw newlines inside strings are common where code is quoted
_FALSE_STARTS = 1_000  # braces that open no object; beyond them a text is not worth the time
_ERRORS_SHOWN = 5


class UnusableReplyError(ValueError):
    """Internal: why a reply is not what was asked for, in words for the model and for the user."""


def without_thinking(text: str) -> str:
    """The text after a leading `<think>…</think>`; some chat templates swallow the opening tag."""
    head, tag, rest = text.partition("</think>")
    if tag and (head.lstrip().startswith("<think>") or not head.lstrip().startswith(("{", "```"))):
        return rest.strip()
    return "" if text.lstrip().startswith("<think>") else text.strip()


def json_objects(text: str) -> list[dict]:
    """Every outermost JSON object in the text, the longest first."""
    found: list[tuple[int, dict]] = []
    misses, at = 0, text.find("{")
    while at >= 0 and misses < _FALSE_STARTS:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            misses, end = misses + 1, at + 1
        else:
            found.append((end - at, value))
        at = text.find("{", end)
    return [value for _, value in sorted(found, key=lambda pair: -pair[0])]


def parse(text: str, schema: type[T]) -> T:
    """The instance of `schema` that stands in the text. Raises UnusableReplyError."""
    problem = "there is no complete JSON object in it"
    for number, candidate in enumerate(json_objects(text)):
        try:
            return schema.model_validate(candidate)
        except ValidationError as error:
            problem = _first_errors(error) if number == 0 else problem
    raise UnusableReplyError(f"it does not fit {schema.__name__}: {problem}")


def recalled(request: Request, text: str, model: str, input_tokens: int, output_tokens: int) -> Completion:
    """A reply that was kept, as a completion that costs nothing. Raises UnusableReplyError where it no longer fits."""
    parsed = parse(text, request.schema_type) if request.schema_type else None
    tokens = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    return Completion(text=text, parsed=parsed, cost=0.0, model=model, cached=True, **tokens)


def _first_errors(error: ValidationError) -> str:
    """The first few errors, each with the place it is at."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, item['loc'])) or 'the object'}: {item['msg']}" for item in details[:_ERRORS_SHOWN]]
    left = len(details) - len(lines)
    return "; ".join(lines) + (f"; and {left} more" if left > 0 else "")


def with_schema(messages: Sequence[Message], schema: type[BaseModel]) -> tuple[Message, ...]:
    """The messages for an endpoint that takes no schemas: the schema goes into the prompt's end."""
    return _appended(messages, _words("reply_schema", schema=json.dumps(json_schema(schema))))


def asking_again(messages: Sequence[Message], reply: str, problem: str) -> tuple[Message, ...]:
    """The messages of the repair round: the reply as it was, and what is wrong with it."""
    words = _words("reply_again", problem=problem)
    if not reply:  # many servers refuse an empty assistant turn, and two user turns in a row
        return _appended(messages, words)
    return (*messages, Message(role="assistant", content=reply), Message(role="user", content=words))


def _appended(messages: Sequence[Message], words: str) -> tuple[Message, ...]:
    *before, last = messages
    return (*before, Message(role=last["role"], content=f"{last['content']}\n\n{words}"))


def _words(prompt: str, **values: str) -> str:
    from ...prompts import load

    return load(prompt).render(**values)[-1]["content"]
