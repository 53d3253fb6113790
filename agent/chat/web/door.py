"""Who comes in: whoever shows the token once. What a page may do: nothing beyond this server."""

from __future__ import annotations

import hashlib
import hmac
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..serving import App

_YEAR = 365 * 24 * 3600
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'"
)
"""NiceGUI's own pages need inline scripts and `eval`; that nothing leaves the machine, they do not break."""


class Policy:
    """Adds to every answer the headers that bind a browser to this server, unless the answer has a policy itself."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def bound(message: Any) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                extra = [(name, value) for name, value in _HEADERS if name not in present]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self._app(scope, receive, bound if scope["type"] == "http" else send)


_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


class Door:
    """Lets through who has the cookie that the token was changed for; asks everybody else for the token.

    `?token=` in any address changes it for the cookie too. Without a token the door stands open.
    """

    def __init__(self, app: App, token: str, secret: str) -> None:
        self._app = app
        self._token = token
        # Cookies know no ports: each server has a name of its own for it.
        self._cookie = f"optwright-pass-{hashlib.sha256(secret.encode()).hexdigest()[:8]}"
        self._pass = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self._token or scope["type"] == "lifespan" or self._known(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await (await self._asked(Request(scope, receive)))(scope, receive, send)

    def _known(self, scope: Any) -> bool:
        request = Request({**scope, "type": "http"})
        return hmac.compare_digest(request.cookies.get(self._cookie, ""), self._pass)

    async def _asked(self, request: Request) -> Response:
        given = request.query_params.get("token")
        if request.method == "POST":
            given = parse_qs((await _small_body(request)).decode(errors="replace")).get("token", [""])[0]
        if given is None:
            return HTMLResponse(_form("", request), 401)
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return HTMLResponse(_form("That is not the token.", request), 401)
        answer = RedirectResponse(_bare(request), 303)
        answer.set_cookie(self._cookie, self._pass, max_age=_YEAR, httponly=True, samesite="lax")
        return answer


async def _small_body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > 4096:
            return b""
    return body


def _bare(request: Request) -> str:
    """The address without the token, which is not to stay in anybody's history."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    path = "/" + request.url.path.lstrip("/")  # never `//host`
    return f"{path}?{urlencode(rest)}" if rest else path


def _form(wrong: str, request: Request) -> str:
    body = (
        f'<form method="post" action="{escape(_bare(request))}"><p><label for="token">Token</label></p>'
        '<p><input id="token" name="token" type="password" autocomplete="current-password" required autofocus> '
        f'<button>Come in</button></p></form><p role="alert">{escape(wrong)}</p>'
        "<p>It is the one in the server's OPTWRIGHT_TOKEN.</p>"
    )
    return plain_page("optwright", body)


def plain_page(title: str, body: str) -> str:
    """A page of plain HTML; `body` is markup, and must be escaped already."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<style>:root{color-scheme:light dark}body{max-width:40rem;margin:3rem auto;padding:0 1rem;"
        "font:16px/1.5 system-ui,sans-serif}input,button{font:inherit;padding:.4rem .7rem}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
