"""What every server here shares: where it listens, who may ask it, and an engine that works without a model too."""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
import socket
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from ...errors import NoModelError, OptwrightError, SettingsError
from ..engine import Engine
from ..llm.types import Answering, Completion, OnCall, Request
from ..llm.wiring import connect
from ..settings import Settings

App = Callable[..., Awaitable[None]]
"""An ASGI application."""
_EVERY_ADDRESS = ("0.0.0.0", "::")


def engine_for(settings: Settings) -> Engine:
    """An engine, also where no model is configured: it says so when it is asked something that needs one."""
    try:
        return Engine(settings, connect(settings))
    except NoModelError as error:
        return Engine(settings, _Unconfigured(error))


class _Unconfigured(Answering):
    """Stands where a model would: a run that exists can be asked without one."""

    def __init__(self, error: NoModelError) -> None:
        self.model = "none"
        self._error = error

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        raise self._error


def token_for(settings: Settings, host: str) -> str:
    """The token that clients must show, or nothing.

    Raises SettingsError where `host` is not loopback and there is none.
    """
    token = settings.token.get_secret_value() if settings.token else ""
    if not token and not is_loopback(host):
        raise SettingsError(f"--host {host} can be reached from outside: set a token for it in OPTWRIGHT_TOKEN")
    return token


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound(host: str, port: int) -> socket.socket:
    """Listening there. Raises SettingsError where that cannot be."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family)
        # asyncio sets this for sockets of its own making only; without it every answer waits some 40 ms.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listening
    except OSError as error:
        raise SettingsError(f"cannot listen on {host}:{port}: {error}; choose another --port or --host") from None


def names(host: str, port: int) -> tuple[str, ...]:
    """`NAME:PORT` of every name by which this server may be called.

    A page that had another name rebound to this address (DNS rebinding) calls it by none of them.
    """
    called = ["127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host]
    if host in _EVERY_ADDRESS:
        own = socket.gethostname()
        called += [own, socket.getfqdn(), *(each[4][0] for each in _addresses(own))]
    return tuple(f"{name}:{port}" for name in dict.fromkeys(called))


def _addresses(name: str) -> list[Any]:
    try:
        return socket.getaddrinfo(name, None, family=socket.AF_INET)
    except OSError:
        return []


def secret(path: Path) -> str:
    """A server's own in hexadecimal digits, made where there is none yet; nobody else can read its file.

    It stays the same, so that what was made with it (keys, cookies) is good after a restart. Raises OptwrightError.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        found = path.read_text(encoding="ascii").strip()
        bytes.fromhex(found)
        return found
    except (OSError, ValueError) as wrong:
        raise OptwrightError(
            f"cannot use the server's secret {path}: {wrong}; mend or remove it (conversations begin anew then)"
        ) from None


def _make(path: Path) -> None:
    """Whole or not at all, and the first one stays, however many make one at once."""
    handle, own = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # with mode 600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(own, path)
    finally:
        os.unlink(own)


class Refuse(Protocol):
    """Answers a request that is not let through."""

    async def __call__(
        self, scope: Any, send: Any, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> None: ...


async def refuse(scope: Any, send: Any, status: int, body: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
    """In plain text."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    described = [*headers, (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": status, "headers": described})
    await send({"type": "http.response.body", "body": body})


_STRANGER = b"not this server's name, or another site's page: open the address that it told when it started"


class Guard:
    """Lets through requests and web sockets that call the server by one of `names`, and come from its own pages."""

    def __init__(self, app: App, names: Sequence[str], refuse: Refuse = refuse) -> None:
        self._app, self._refuse = app, refuse
        self._hosts = {name.encode() for name in names}
        self._origins = {f"http://{name}".encode() for name in names}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))
        foreign = headers.get(b"origin", b"") not in {b"", *self._origins}
        if scope["type"] == "lifespan" or (headers.get(b"host", b"") in self._hosts and not foreign):
            await self._app(scope, receive, send)
        else:
            await self._refuse(scope, send, 403, _STRANGER)


class Token:
    """Lets through requests that show the bearer token, and answers the others with 401."""

    def __init__(self, app: App, token: str, refuse: Refuse = refuse) -> None:
        self._app, self._refuse = app, refuse
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        given = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["type"] == "lifespan" or hmac.compare_digest(given, self._expected):
            await self._app(scope, receive, send)
            return
        body = b"a bearer token is needed: Authorization: Bearer TOKEN, the one in the server's OPTWRIGHT_TOKEN"
        await self._refuse(scope, send, 401, body, ((b"www-authenticate", b"Bearer"),))
