"""The server behind the page: where it listens, who may come in, and which pages and files it has.

Nothing here leaves the machine, and no page of it can make a browser ask anybody else: the policy forbids it.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import app as pages
from nicegui import ui
from nicegui.storage import Storage
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from ...console import say
from ...engine import Engine
from ...settings import Settings
from .. import chats as chats_
from ..serving import App, Guard, bound, engine_for, names, token_for
from ..serving import secret as secret_in
from . import page, runs
from .door import Door, Policy
from .transfer import Transfers, routes

_YEAR = 365 * 24 * 3600
_LONGEST_WAIT = 20.0
"""Seconds for which a page whose connection broke may come back to where it was; later it is drawn anew."""


async def serve(settings: Settings, host: str, port: int) -> None:
    """Serve the pages at http://HOST:PORT until interrupted; once in a process.

    Raises SettingsError where `host` is not loopback and no token is set, or the address cannot be bound.
    """
    token = token_for(settings, host)
    with bound(host, port) as listening:
        async with engine_for(settings) as engine:
            app = application(engine, host, port, token)
            # `lifespan` must be on: NiceGUI starts with it.
            config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=3, lifespan="on")
            say(f"serving http://{_shown(host)}:{port}/; stop with Ctrl-C")
            await uvicorn.Server(config).serve(sockets=[listening])


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def application(engine: Engine, host: str, port: int, token: str) -> App:
    """The pages of `engine`, behind everything that keeps others out."""
    secret = secret_in(engine.settings.home / "web" / "secret")
    Storage.path = engine.settings.home / "web"
    app, transfers = FastAPI(openapi_url=None), Transfers()
    app.add_middleware(
        SessionMiddleware,
        secret_key=secret,
        # Cookies know no ports: two servers of one machine must not take each other's.
        session_cookie=f"optwright-{port}",
        max_age=_YEAR,
        same_site="lax",
    )
    chats = chats_.Chats(engine)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent.parent / "static"))
    app.include_router(routes(chats, transfers))
    page.add(chats, transfers)
    runs.add(engine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own middleware, which it reads from the app
        ui.run_with(
            app,
            title="optwright",
            dark=None,
            language="en-US",
            favicon=_ICON,
            tailwind=False,
            reconnect_timeout=_LONGEST_WAIT,
            show_welcome_message=False,
            storage_secret=secret,
        )
    pages.config.socket_io_js_transports = ["websocket"]
    return Guard(Policy(Door(app, token, secret)), names(host, port))


_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0757b5"/>'
    '<path d="M3 12 7 5l3 4 3-5" fill="none" stroke="#fff" stroke-width="1.8"/></svg>'
)
