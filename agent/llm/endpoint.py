"""One request to one endpoint: what is sent, what comes back, and every way in which that can fail.

`OpenAIEndpoint` serves everything that speaks OpenAI's protocol. A failed attempt is a `Setback`; whether it is worth
another attempt is its `again`. The SDK's own retries are switched off, so that ours can be counted and tested.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from .types import Message, Record

if TYPE_CHECKING:
    import openai

T = TypeVar("T")
Redact = Callable[[str], str]

IN_REPLIES = 16
"""In a reply only what cannot be an ordinary word is blanked out."""
RETRIED = frozenset({408, 409, 425, 429})
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
_ADVICE = {
    400: "check --model and --base-url",
    401: "check the key: OPTWRIGHT_API_KEY, or OPENAI_API_KEY, which is sent to OpenAI only",
    402: "the account is out of credit",
    403: "the key may not use this model",
    404: "check --model and --base-url (it usually ends in /v1)",
    413: "the prompt is too long for this model",
    429: "wait, or lower OPTWRIGHT_CONCURRENCY",
}


class Ask(Record):
    """What goes over the wire."""

    model: str
    messages: tuple[Message, ...]
    response_format: dict[str, Any] | None = None
    temperature: float | None = None


class Reply(Record):
    """What came back over the wire, before anybody looks at whether it can be used."""

    text: str = ""
    lack: str = ""
    """Why there is no (whole) text, in words; empty where there is."""
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


class Setback(Exception):
    """One failed attempt. Internal: what reaches a caller is an EndpointError."""

    def __init__(
        self,
        words: str,
        advice: str,
        *,
        status: int = 0,
        body: str = "",
        again: bool = False,
        wait: float | None = None,
    ) -> None:
        """`words` and `advice` are for the user; `body` is all that the endpoint said, and is never shown."""
        super().__init__(words)
        self.words, self.advice, self.status, self.body = words, advice, status, body
        self.again, self.wait = again, wait


class Endpoint(Protocol):
    host: str
    """Where requests go, for messages: never a whole address, which may hold a key."""

    async def send(self, ask: Ask) -> Reply:
        """One attempt. Raises Setback."""
        ...

    async def aclose(self) -> None: ...


class PerLoop(Generic[T]):
    """Something that belongs to one event loop, made anew in the next: connections and locks cannot move."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._loop: asyncio.AbstractEventLoop | None = None
        self._value: T | None = None

    def get(self) -> T:
        loop = asyncio.get_running_loop()
        if self._value is None or self._loop is not loop:
            self._loop, self._value = loop, self._make()
        return self._value

    def take(self) -> T | None:
        """The value made for this loop, which is then forgotten."""
        value = self._value if self._loop is asyncio.get_running_loop() else None
        self._value = None
        return value


class OpenAIEndpoint:
    """Any OpenAI-compatible endpoint, through the `openai` SDK."""

    def __init__(self, base_url: str, key: str | None, timeout: float) -> None:
        """`timeout` in seconds bounds a whole attempt, not each read."""
        self.host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._base_url, self._key, self._timeout = base_url, key, timeout
        self._redact = redactor(key)
        self._sdk = PerLoop(self._connect)

    def _connect(self) -> openai.AsyncOpenAI:
        import openai

        # A proxy is for the world outside: a local server must not be looked for behind it.
        local = (urlsplit(self._base_url).hostname or "") in ("localhost", "127.0.0.1", "::1")
        http = openai.DefaultAsyncHttpxClient(trust_env=not local, timeout=self._timeout)
        # Local servers want no key, but the SDK insists on one.
        return openai.AsyncOpenAI(base_url=self._base_url, api_key=self._key or "none", max_retries=0, http_client=http)

    async def send(self, ask: Ask) -> Reply:
        import openai

        fields: dict[str, Any] = {name: value for name, value in ask if value is not None}
        try:
            async with asyncio.timeout(self._timeout):
                raw = await self._sdk.get().chat.completions.with_raw_response.create(**fields)
        except (openai.APIError, TimeoutError) as error:
            raise setback(error, self.host, self._timeout, self._redact) from None
        return read_reply(raw.text, self.host, self._redact, redactor(self._key, IN_REPLIES))

    async def aclose(self) -> None:
        sdk = self._sdk.take()
        if sdk is not None:
            await sdk.close()


def redactor(key: str | None, shortest: int = 6) -> Redact:
    """A function that blanks our secrets out of a text: the key, and what the environment calls one.

    Secrets of fewer characters than `shortest` stay: they are placeholders, or words.
    """
    named = (value for name, value in os.environ.items() if _SECRET_NAME.search(name.upper()))
    secrets = sorted({key or "", *named}, key=len, reverse=True)
    secrets = [secret for secret in secrets if len(secret) >= shortest]

    def redact(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "[key]")
        return text

    return redact


def setback(error: Exception, host: str, timeout: float, redact: Redact) -> Setback:
    """The SDK's exception (litellm's are subclasses of the same) in our words."""
    import openai

    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return Setback(f"no answer from {host} in {timeout:g} s", "raise OPTWRIGHT_TIMEOUT", again=True)
    if isinstance(error, openai.APIStatusError):
        return _refused(error, host, redact)
    why = error.__cause__ or error
    said = redact(str(why)).partition("Traceback (most recent")[0]  # litellm puts one into its message
    cause = one_line(said) or type(why).__name__
    return Setback(f"cannot reach {host}: {cause}", "is the server running, and --base-url right?", again=True)


def _refused(error: openai.APIStatusError, host: str, redact: Redact) -> Setback:
    status, headers = error.status_code, error.response.headers
    said = one_line(redact(_said(error.response.text) or str(error)))
    words = f"{status} from {host}" + (f": {said}" if said else "")
    if "insufficient_quota" in error.response.text:  # a 429 that no waiting mends
        return Setback(words, "the account is out of credit", status=status)
    again = status in RETRIED or status >= 500
    advice = _ADVICE.get(status, "the server is in trouble: try later" if status >= 500 else "check --base-url")
    return Setback(words, advice, status=status, body=error.response.text, again=again, wait=retry_after(headers))


def retry_after(headers: Mapping[str, str], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float | None:
    """Seconds that the server asks us to wait, from `Retry-After` (seconds or a date); None where it does not say."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now()).total_seconds())


def read_reply(body: str, host: str, redact: Redact, redact_text: Redact) -> Reply:
    """The reply in a chat completion's body. Raises Setback where the body is not one."""
    data = _json_object(body, host, redact)
    choices, usage = data.get("choices"), data.get("usage") or {}
    if not isinstance(choices, list) or not isinstance(usage, dict):
        raise _not_a_completion(body, host, redact)
    choice = choices[0] if choices and isinstance(choices[0], dict) else None
    text, lack = _read_choice(choice) if choice else ("", "it holds no choice")
    return Reply(
        text=redact_text(text),
        lack=lack,
        model=str(data.get("model") or ""),
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
    )


def _read_choice(choice: dict[str, Any]) -> tuple[str, str]:
    """A choice's text, and why it is not whole (empty where it is)."""
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    text = _plain(message.get("content"))
    if choice.get("finish_reason") == "length":
        return text, "it was cut off at the length limit"
    if choice.get("finish_reason") == "content_filter":
        return text, "it was stopped by the endpoint's content filter"
    if message.get("refusal"):
        return text, f"the model refused: {one_line(_plain(message['refusal']))}"
    return text, "" if text.strip() else "it is empty"


def _plain(content: Any) -> str:
    """Message content as valid text: a string, or a list of typed parts; lone surrogates become `?`."""
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content.encode("utf-8", "replace").decode() if isinstance(content, str) else ""


def _json_object(body: str, host: str, redact: Redact) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise _not_a_completion(body, host, redact)
    return data


def _not_a_completion(body: str, host: str, redact: Redact) -> Setback:
    came = repr(one_line(redact(body), 80)) if body.strip() else "an empty body"
    return Setback(f"{host} answered, but not with a completion: {came}", "check --base-url (it usually ends in /v1)")


def _said(body: str) -> str:
    """The words of an error body: OpenAI's, vLLM's and FastAPI's shapes, or else its beginning."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return one_line(body, 80)
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return str(error)


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and value >= 0 else None


def one_line(text: str, limit: int = 200) -> str:
    """The text on one line, cut at `limit` characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
