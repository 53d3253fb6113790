"""Files that come in (uploads of a page) and go out (a version as a zip, its report)."""

from __future__ import annotations

import asyncio
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from weakref import WeakValueDictionary

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response

from ....errors import OptwrightError
from ..chats import Chats
from ..session import Session
from .door import plain_page
from .frame import asset

Receive = Callable[[str, AsyncIterator[bytes]], Awaitable[bool]]
"""Takes a file by its name and its bytes; False where it refused it, and has told why."""


class Receiver:
    """A page that takes files; it goes with the page."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive


class Transfers:
    """The pages that are open, by the key that their uploads name."""

    def __init__(self) -> None:
        self.pages: WeakValueDictionary[str, Receiver] = WeakValueDictionary()


def owner_of(browser: dict[str, str]) -> str:
    """Whose chats a browser opens, by the id in its signed cookie; nobody's where it has none."""
    return f"web:{browser['id']}" if browser.get("id") else ""


def routes(chats: Chats, transfers: Transfers) -> APIRouter:
    router = APIRouter()

    @router.put("/upload/{key}")
    async def upload(request: Request, key: str, name: str) -> Response:
        page = transfers.pages.get(key)
        if page is None:
            return Response("this page is gone: load it again", 404)
        try:
            return Response(status_code=204 if await page.receive(name, request.stream()) else 422)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody hears it

    @router.get("/c/{id}/{number}.zip")
    async def archive(request: Request, id: str, number: int) -> Response:
        return await _given(chats, request, id, lambda session: _archive(session, number))

    @router.get("/c/{id}/{number}/report.html")
    async def report(request: Request, id: str, number: int) -> Response:
        return await _given(chats, request, id, lambda session: _report(session, number))

    @router.get("/assets/{name}")
    async def style_or_script(name: str) -> Response:
        if name not in _ASSETS:
            return Response(status_code=404)
        kept = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(asset(name), media_type=_ASSETS[name], headers=kept)

    return router


_ASSETS = {"style.css": "text/css", "page.js": "text/javascript"}


async def _given(chats: Chats, request: Request, id: str, make: Callable[[Session], Awaitable[Response]]) -> Response:
    try:
        return await make(chats.open(id, owner_of(dict(request.session))))
    except OptwrightError as error:
        return no_page(str(error))


def no_page(words: str) -> Response:
    from html import escape

    return HTMLResponse(plain_page("Not here", f'<p>{escape(words)}</p><p><a href="/">A new chat</a></p>'), 404)


async def _archive(session: Session, number: int) -> Response:
    with tempfile.TemporaryDirectory() as folder:
        written = await session.save(Path(folder), number)
        content = await asyncio.to_thread(_zipped, written)
    attached = {"content-disposition": f'attachment; filename="optwright-{session.id[:8]}-{number}.zip"'}
    return Response(content, media_type="application/zip", headers=attached)


def _zipped(paths: list[Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
    return buffer.getvalue()


async def _report(session: Session, number: int) -> Response:
    """The page that `save` writes, in an origin of its own: it can reach nothing of the chat."""
    with tempfile.TemporaryDirectory() as folder:
        written = {path.name: path for path in await session.save(Path(folder), number)}
        content = written["report.html"].read_bytes()
    return Response(content, media_type="text/html", headers={"content-security-policy": _REPORT})


_REPORT = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""What the report itself allows binds it further."""
