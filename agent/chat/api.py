"""`optwright serve-api`: the chat behind an OpenAI-compatible endpoint, for any client that talks to such a model.

A request becomes a turn of a chat (`api_state` says of which), and what the turn comes to is the reply (`api_reply`).
Nothing is decided here. A client that goes away stops its turn.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ... import __version__
from ...errors import OptwrightError, UsageError
from ..console import kept, say
from ..engine import Engine
from ..settings import Settings
from ..store import Store
from .api_body import LARGEST_BODY, Body, Refused, Turn, conversation, error, parsed
from .api_document import document
from .api_reply import Progress, reply
from .api_state import Begun, Conversations
from .events import ENDS, Began, Event
from .serving import Guard, Token, bound, engine_for, names, refuse, token_for

MODELS = {"optwright": "standard", "optwright-quick": "quick", "optwright-thorough": "thorough"}
"""The ids of the models, and the effort that each stands for."""
MOST_TURNS = 64
"""Turns under way at once; who asks for more is told to come again."""
ALIVE_SECONDS = 10.0
"""After so long without anything to tell, a stream tells that it is alive."""
_INLINE = 1_000_000
"""Bytes of a body that are read without a thread of their own."""


async def serve(settings: Settings, host: str, port: int) -> None:
    """Serve http://HOST:PORT/v1 until interrupted.

    Raises SettingsError where `host` is not loopback and no token is set, or the address cannot be bound.
    """
    import uvicorn

    token = token_for(settings, host)
    with bound(host, port) as listening:
        async with engine_for(settings) as engine:
            served = app(engine, token, called(host, port))
            config = uvicorn.Config(served, log_level="warning", timeout_graceful_shutdown=5, server_header=False)
            say(f"serving http://{host}:{port}/v1; stop with Ctrl-C")
            await uvicorn.Server(config).serve(sockets=[listening])


def called(host: str, port: int) -> tuple[str, ...]:
    """`NAME:PORT` of every name by which a client may call the server, also from a container on this machine."""
    return (*names(host, port), f"host.docker.internal:{port}")


def app(engine: Engine, token: str, names: Sequence[str]) -> Starlette:
    """Called by one of `names` (`NAME:PORT`) only; with `token`, by who shows it. Raises OptwrightError."""
    api = Api(engine)
    routes = [
        Route("/v1/models", api.models, methods=["GET"]),
        Route("/v1/models/{id}", api.model, methods=["GET"]),
        Route("/v1/chat/completions", api.complete, methods=["POST"]),
        Route("/health", _health, methods=["GET"]),
        Route("/openapi.json", _document, methods=["GET"]),
    ]
    guards = [Middleware(Guard, names=names, refuse=_refuse)]
    guards += [Middleware(_Closed, token=token)] if token else []
    served = Starlette(
        routes=routes,
        middleware=guards,
        lifespan=api.lifespan,
        exception_handlers={HTTPException: _unserved, **dict.fromkeys((Refused, OptwrightError, Exception), _failed)},
    )
    served.router.redirect_slashes = False
    return served


# ---- routes


class Api:
    def __init__(self, engine: Engine) -> None:
        self._conversations = Conversations(engine)
        self._store = engine.store
        self._created = int(time.time())
        self._replies: set[Reply] = set()

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        for each in list(self._replies):  # nobody would ever hear how they end
            await each.stop()

    async def models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [self._model(id) for id in MODELS]})

    async def model(self, request: Request) -> Response:
        return JSONResponse(self._model(request.path_params["id"]))

    async def complete(self, request: Request) -> Response:
        raw = await _raw(request)
        body, said = _read(raw) if len(raw) < _INLINE else await asyncio.to_thread(_read, raw)
        self._model(body.model)
        if len(self._replies) >= MOST_TURNS:
            message = f"{MOST_TURNS} messages are being worked on: send this one again later"
            return error(429, message, code="rate_limit_exceeded", headers={"retry-after": "5"})
        token = _token(request)
        try:
            begun = await self._conversations.begin(token, said, MODELS[body.model])
        except UsageError as wrong:
            raise Refused(400, str(wrong), "messages") from None

        def link(content: str) -> None:
            self._conversations.link(token, said, content, begun.session)

        found = Reply(body, begun, self._store, link, self._replies.discard)
        self._replies.add(found)
        return found

    def _model(self, id: str) -> dict[str, Any]:
        """Raises Refused where there is none of that id."""
        if id not in MODELS:
            raise Refused(
                404, f"there is no model {id[:80]!r}; there are {', '.join(MODELS)}", "model", "model_not_found"
            )
        return {"id": id, "object": "model", "created": self._created, "owned_by": "optwright"}


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok", "version": __version__})


async def _document(_: Request) -> Response:
    return JSONResponse(document(list(MODELS)))


async def _raw(request: Request) -> bytes:
    """Raises Refused where it is too large, as soon as that is known."""
    length = request.headers.get("content-length", "")
    size, pieces = 0, []
    if length.isdigit() and int(length) > LARGEST_BODY:
        raise _too_large()
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            raise _too_large()
        pieces.append(piece)
    return b"".join(pieces)


def _too_large() -> Refused:
    return Refused(413, f"the request has more than {LARGEST_BODY:,} bytes: send fewer or smaller files")


def _read(raw: bytes) -> tuple[Body, list[Turn]]:
    body = parsed(raw)
    return body, conversation(body)


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ").strip()


# ---- replies


class Reply(Response):
    """The answer of a turn under way, whole or as a stream of server-sent events."""

    media_type = "application/json"

    def __init__(
        self,
        body: Body,
        begun: Begun,
        store: Store,
        link: Callable[[str], None],
        over: Callable[[Reply], None],
    ) -> None:
        """`link` takes the reply before the client has it; `over` hears of the end."""
        self.begun, self._body, self._store, self._link, self._over = begun, body, store, link, over
        self._events: list[Event] = []
        self._answered = False
        self._id, self._created = f"chatcmpl-{secrets.token_hex(12)}", int(time.time())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        leaving = asyncio.create_task(self._stop_when_left(receive))
        try:
            await (self._stream(send) if self._body.stream else self._whole(scope, receive, send))
        finally:
            leaving.cancel()
            self._over(self)
            await self.stop()  # where the server itself stops, or sending failed

    async def stop(self) -> None:
        """End the turn, where it is not over; another one of the chat's may be under way by then."""
        if not self._answered:
            await self.begun.session.stop()

    async def _stop_when_left(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        await self.stop()

    async def _whole(self, scope: Any, receive: Any, send: Any) -> None:
        async for event in self.begun.session.watch(self.begun.since):
            self._events.append(event)
        message = {"role": "assistant", "content": self._content(), "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        await JSONResponse(self._record([choice], usage=self._usage()))(scope, receive, send)

    async def _stream(self, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            async for piece in self._pieces():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except Exception as wrong:  # the status has been sent
            piece = b"data: %s\n\n" % bytes(_answer_to(wrong).body)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _pieces(self) -> AsyncIterator[bytes]:
        progress = Progress()
        yield self._delta({"role": "assistant", "content": ""})
        async for event in _steadily(self.begun.session.watch(self.begun.since), ALIVE_SECONDS):
            if event is None:
                yield b": working\n\n"
                continue
            self._events.append(event)
            if line := progress.line(event):
                yield self._delta({"reasoning_content": f"{line}\n\n"})
        yield self._delta({"content": self._content()})
        yield self._delta({}, "stop")
        if self._body.with_usage:
            yield self._chunk([], usage=self._usage())
        yield b"data: [DONE]\n\n"

    def _content(self) -> str:
        """What the turn came to. From now on the conversation can go on."""
        self._answered = True
        ends = [at for at, each in enumerate(self._events) if isinstance(each, ENDS)]
        if not ends:
            raise Refused(500, "the server stopped before there was an answer")
        content = reply(self.begun.session, self._events[: ends[0] + 1])
        self._link(content)
        return content

    def _usage(self) -> dict[str, int]:
        """Of the calls that were recorded in this turn: those of its runs, and the chat's own."""
        runs = dict.fromkeys([self.begun.session.id, *(each.run for each in self._events if isinstance(each, Began))])
        calls = [call for run in runs for call in self._store.calls(run)[self.begun.calls.get(run, 0) :]]
        asked, answered = sum(each.input_tokens for each in calls), sum(each.output_tokens for each in calls)
        return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}

    def _delta(self, delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return self._chunk([choice], **({"usage": None} if self._body.with_usage else {}))

    def _chunk(self, choices: list[Any], **more: Any) -> bytes:
        record = self._record(choices, **more) | {"object": "chat.completion.chunk"}
        return b"data: %s\n\n" % json.dumps(record, separators=(",", ":")).encode()

    def _record(self, choices: list[Any], **more: Any) -> dict[str, Any]:
        about = {"id": self._id, "object": "chat.completion", "created": self._created, "model": self._body.model}
        return {**about, "choices": choices, **more}


async def _steadily(events: AsyncIterator[Event], seconds: float) -> AsyncIterator[Event | None]:
    """The events, and None whenever none has come for so long."""
    coming: asyncio.Queue[Event | None] = asyncio.Queue()

    async def pump() -> None:
        try:
            async for event in events:
                coming.put_nowait(event)
        finally:
            coming.put_nowait(None)

    pumping = asyncio.create_task(pump())
    try:
        while True:
            try:
                event = await asyncio.wait_for(coming.get(), seconds)
            except TimeoutError:
                yield None
                continue
            if event is None:
                return
            yield event
    finally:
        pumping.cancel()


# ---- errors


class _Closed(Token):
    """Whether the server is well, anybody may ask."""

    def __init__(self, app: Any, token: str) -> None:
        super().__init__(app, token, _refuse)
        self._open = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == "/health":
            await self._open(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _refuse(scope: Any, send: Any, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    if scope["type"] == "websocket":
        await refuse(scope, send, status, body)
        return
    code = "invalid_api_key" if status == 401 else None
    response = error(status, body.decode(), None, code, {name.decode(): value.decode() for name, value in headers})
    await response(scope, _nothing, send)


async def _nothing() -> dict[str, str]:
    return {"type": "http.disconnect"}


async def _unserved(request: Request, wrong: Exception) -> Response:
    assert isinstance(wrong, HTTPException)
    code = {404: "unknown_url", 405: "method_not_supported"}.get(wrong.status_code)
    message = f"{request.method} {request.url.path[:200]}: {wrong.detail}"
    return error(wrong.status_code, message, None, code, dict(wrong.headers or {}))


async def _failed(_: Request, wrong: Exception) -> Response:
    return _answer_to(wrong)


def _answer_to(wrong: Exception) -> Response:
    if isinstance(wrong, Refused):
        return wrong.response
    if isinstance(wrong, OptwrightError):
        return error(500, str(wrong))
    return error(500, f"unexpected {type(wrong).__name__} (details in {kept(wrong)})")
