"""Cassettes: recorded completions as JSON lines, one a line, to be read, diffed and replayed.

A recording is found by its request alone (messages, schema, temperature, sample), whatever model gave it.
A key that was recorded twice answers with its last recording.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import RecordingMissingError, ReplyError, SettingsError
from .endpoint import one_line
from .reply import UnusableReplyError, recalled
from .types import Answering, Completion, Message, OnCall, Request

Mode = Literal["replay", "record", "record-missing"]

WAYS = (
    "configure a model: (1) OPENAI_API_KEY and --model openai/NAME; (2) a local server (Ollama, vLLM): "
    "--base-url http://localhost:11434/v1 --model NAME; (3) any other endpoint: OPTWRIGHT_BASE_URL, "
    "OPTWRIGHT_API_KEY and --model NAME"
)
_KEY = re.compile(rb'\{"key":\s?"([^"\\]+)",.*\}\s*')


class Recording(BaseModel):
    """One line of a cassette."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    key: str
    prompt: str
    sample: int
    model: str
    recorded: date
    messages: tuple[Message, ...]
    schema_name: str | None = Field(validation_alias="schema", serialization_alias="schema")
    temperature: float
    reply: str
    input_tokens: int
    output_tokens: int

    def line(self) -> bytes:
        return self.model_dump_json(by_alias=True).encode() + b"\n"


class Cassette:
    """The recordings of a file, or of every `*.jsonl` in a folder. Only a file can be recorded to."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError where a line is no recording. A file that is not there yet holds none."""
        self.path = path
        self._lines: dict[str, bytes] = {}
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            self._lines |= _read(file)

    def __len__(self) -> int:
        return len(self._lines)

    def find(self, key: str) -> Recording | None:
        line = self._lines.get(key)
        return _recording(line, str(self.path)) if line else None

    def add(self, recording: Recording) -> None:
        """Append it, whole or not at all, also beside other processes. Raises SettingsError."""
        line = recording.line()
        try:
            _append(self.path, line)
        except OSError as error:
            raise SettingsError(f"cannot record to {self.path}: {error.strerror}; name another --cassette") from None
        self._lines[recording.key] = line


def _append(path: Path, line: bytes) -> None:
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        unfinished = file.read(1) not in (b"", b"\n")  # edited by hand, or cut short by a crash
        try:
            file.write(b"\n" + line if unfinished else line)
            file.flush()
        except OSError:  # a full disk: no half line may stay
            os.ftruncate(file.fileno(), end)
            raise


def _read(file: Path) -> dict[str, bytes]:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return {}
    return _lines_of(file, stat.st_mtime_ns, stat.st_size)


def _content(file: Path) -> bytes:
    """All of the file, and no half line that another process is about to finish."""
    with file.open("rb") as opened:
        fcntl.flock(opened, fcntl.LOCK_SH)
        return opened.read()


@lru_cache(maxsize=64)
def _lines_of(file: Path, changed: int, size: int) -> dict[str, bytes]:
    """The file's lines by key. A line is only parsed in full when it is asked for: loading is one pass of a regex."""
    lines: dict[str, bytes] = {}
    for number, line in enumerate(_content(file).split(b"\n"), start=1):
        if line.strip():
            found = _KEY.fullmatch(line)
            key = found[1].decode() if found else _recording(line, f"{file}, line {number}").key
            lines[key] = line
    return lines


def _recording(line: bytes, where: str) -> Recording:
    try:
        return Recording.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise SettingsError(f"{where} is not a recording: {place} {first['msg']}; mend or delete the line") from None


class Replay(Answering):
    """Answers from a cassette alone; no model, no network."""

    model = "replay"

    def __init__(self, cassette: Cassette) -> None:
        self._cassette = cassette

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        completion = replayed(self._cassette, request)
        if completion is None:
            raise RecordingMissingError(
                f"no recording answers the prompt `{request.name}` ({_words(request)}) in {self._cassette.path}; {WAYS}"
            )
        on_call(request.free_call(completion))
        return completion


class Recorder(Answering):
    """Passes requests on and records the replies; `record-missing` replays what the cassette holds already."""

    def __init__(
        self, inner: Answering, cassette: Cassette, *, missing_only: bool, today: Callable[[], date] = date.today
    ) -> None:
        self.model = inner.model
        self._inner, self._cassette, self._missing_only, self._today = inner, cassette, missing_only, today

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        known = replayed(self._cassette, request) if self._missing_only else None
        if known is not None:
            on_call(request.free_call(known))
            return known
        completion = await self._inner.answer(request, on_call)
        self._cassette.add(_recorded(request, completion, self._today()))
        return completion

    async def aclose(self) -> None:
        await self._inner.aclose()


def replayed(cassette: Cassette, request: Request) -> Completion | None:
    """The recorded reply, parsed anew. Raises ReplyError where it no longer fits the schema."""
    recording = cassette.find(request.key())
    if recording is None:
        return None
    tokens = recording.input_tokens, recording.output_tokens
    try:
        return recalled(request, recording.reply, recording.model, *tokens)
    except UnusableReplyError as error:
        raise ReplyError(f"the recording of `{request.name}` in {cassette.path} is out of date: {error}") from None


def _recorded(request: Request, completion: Completion, today: date) -> Recording:
    return Recording(
        key=request.key(),
        prompt=request.name,
        sample=request.sample,
        model=completion.model,
        recorded=today,
        messages=request.messages,
        schema_name=request.schema_name,
        temperature=request.temperature,
        reply=completion.text,
        input_tokens=completion.input_tokens,
        output_tokens=completion.output_tokens,
    )


def _words(request: Request) -> str:
    last = next((m["content"] for m in reversed(request.messages) if m["role"] == "user"), "")
    return repr(one_line(last, 60))
