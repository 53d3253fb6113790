"""What a client of `serve-api` sends, checked, and the errors that it gets, both in the form of OpenAI's API."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, ValidationError
from pydantic_core import PydanticCustomError
from starlette.responses import JSONResponse

from ..engine import LONGEST_PROBLEM
from ..sections import one_line
from ..wording import shorten
from .uploads import LARGEST_FILE, MOST_FILES

LARGEST_BODY = 80_000_000
"""Bytes of a request; a file in it takes a third more than on a disk."""
_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error", 500: "server_error"}
_THOUGHTS = re.compile(
    r"<details\b[^>]*\btype=\"reasoning\"[^>]*>.*?</details>|<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL
)
"""Where some clients put what was streamed as reasoning; a reply of ours has no `<` that is not escaped."""


class Refused(Exception):
    """A request that gets an error, with what to do about it."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.param, self.code = status, message, param, code

    @property
    def response(self) -> JSONResponse:
        return error(self.status, self.message, self.param, self.code)


def error(
    status: int,
    message: str,
    param: str | None = None,
    code: str | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    kind = _KINDS.get(status, "invalid_request_error")
    content = {"error": {"message": one_line(message), "type": kind, "param": param, "code": code}}
    return JSONResponse(content, status, headers)


# ---- the body


def _parts(content: Any) -> Any:
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise PydanticCustomError("content", "Input should be text or a list of parts")
    return content


def _readable(part: Any) -> Any:
    kind = part.get("type") if isinstance(part, dict) else ""
    if kind in ("image_url", "input_image", "input_audio"):
        what = "audio" if kind == "input_audio" else "images"
        raise PydanticCustomError("part", f"{what} cannot be read: send words, and tables as parts of type file")
    return part


class Sent(BaseModel):
    """Fields that are not named here are ignored."""

    model_config = ConfigDict(frozen=True)


class FilePart(Sent):
    filename: Annotated[str, Field(min_length=1, max_length=1000)]
    file_data: str
    """`data:TYPE;base64,…`, or the base64 alone."""


class Part(Sent):
    type: Literal["text", "file", "refusal"]
    text: str = ""
    file: FilePart | None = None


class Message(Sent):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[list[Annotated[Part, BeforeValidator(_readable)]], BeforeValidator(_parts)] = []


class StreamOptions(Sent):
    include_usage: StrictBool | None = False


class Body(Sent):
    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    stream: StrictBool | None = False
    stream_options: StreamOptions | None = None
    n: StrictInt | None = 1
    modalities: list[str] | None = None
    audio: Any = None

    @property
    def with_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


def parsed(raw: bytes) -> Body:
    """Raises Refused, with the field that is wrong."""
    try:
        body = Body.model_validate_json(raw)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, first["loc"])) or None
        raise Refused(400, f"{field or 'the body'}: {first['msg']}", field) from None
    if body.n not in (None, 1):
        raise Refused(400, f"n: {body.n} answers were asked for, and there is one only: leave n out", "n")
    if body.audio is not None or "audio" in (body.modalities or ()):
        raise Refused(400, "audio: answers are text only; leave audio and modalities out", "audio")
    return body


# ---- the conversation


class Upload(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    name: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


class Turn(BaseModel):
    """A message of the conversation: what a user said, or what is claimed that the server said."""

    model_config = ConfigDict(frozen=True)

    role: Literal["user", "assistant"]
    text: str
    files: tuple[Upload, ...] = ()

    @cached_property
    def canonical(self) -> list[Any]:
        """What tells it from another one; how its words are spaced does not."""
        return [self.role, " ".join(self.text.split()), [[each.name, each.digest] for each in self.files]]


def conversation(body: Body) -> list[Turn]:
    """Its messages but the system's and the tools', and those in which nothing is said. Raises Refused."""
    said = [(at, each) for at, each in enumerate(body.messages) if each.role in ("user", "assistant")]
    turns = [turn for at, each in said if (turn := _turn(at, each)).text.strip() or turn.files]
    if not any(each.role == "user" for each in turns):
        raise Refused(400, "messages: nothing is said in them; tell the problem in a message of the user", "messages")
    if turns[-1].role == "assistant":
        raise Refused(400, "messages: the last one must be the user's, for an answer is not continued", "messages")
    _checked([each for turn in turns for each in turn.files])
    if _is_chore(turns):
        raise Refused(
            400,
            "messages: this looks like a chat program's own request for a title, tags or suggestions, which nothing "
            "here can answer: name another model for such tasks in its settings, or turn them off",
            "messages",
        )
    return turns


def words(turns: Sequence[Turn]) -> str:
    """What was said in them, as one message. Raises Refused where it is too long."""
    text = "\n\n".join(each.text.strip() for each in turns if each.text.strip())
    if len(text) > LONGEST_PROBLEM:
        raise _too_long(len(text), "messages")
    return text


def _turn(at: int, message: Message) -> Turn:
    place = f"messages.{at}.content"
    text = "\n".join(part.text for part in message.content if part.type == "text")
    if message.role == "assistant":
        return Turn(role="assistant", text=_THOUGHTS.sub("", text))
    if len(text) > LONGEST_PROBLEM:
        raise _too_long(len(text), place)
    files = [_upload(part, f"{place}.{number}") for number, part in enumerate(message.content) if part.type == "file"]
    return Turn(role="user", text=text, files=tuple(files))


def _too_long(length: int, place: str) -> Refused:
    message = f"{place}: {length:,} characters, more than {LONGEST_PROBLEM:,}: send numbers as a part of type file"
    return Refused(400, message, place, "string_above_max_length")


def _upload(part: Part, place: str) -> Upload:
    if part.file is None:
        raise Refused(400, f"{place}.file: a part of type file needs file.filename and file.file_data", f"{place}.file")
    head, comma, data = part.file.file_data.partition(",")
    try:
        content = base64.b64decode(data if comma and head.startswith("data:") else part.file.file_data, validate=True)
    except (binascii.Error, ValueError):
        field = f"{place}.file.file_data"
        raise Refused(400, f"{field}: it should be data:TYPE;base64,… in the base64 alphabet", field) from None
    return Upload(name=part.file.filename, content=content)


def _checked(files: Sequence[Upload]) -> None:
    if len(files) > MOST_FILES:
        message = f"messages: {len(files)} files, more than {MOST_FILES}: put tables into one workbook"
        raise Refused(400, message, "messages")
    for each in files:
        if len(each.content) > LARGEST_FILE:
            name, size = shorten(each.name, 80), len(each.content)
            raise Refused(413, f"messages: the file {name} has {size:,} bytes, more than {LARGEST_FILE:,}", "messages")


def _is_chore(turns: Sequence[Turn]) -> bool:
    """Open WebUI asks its chat model for a conversation's title, tags and so on, in messages of this form."""
    return len(turns) == 1 and turns[0].text.lstrip().startswith("### Task:") and "<chat_history>" in turns[0].text
