"""The commands `optwright chat`, `mcp` and `serve-api`: options in, a face until it is left. No logic here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from .settings import Settings

Model = Annotated[str | None, typer.Option(metavar="NAME", help="As for solve.")]
BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="An OpenAI-compatible endpoint.")]
Effort = Annotated[
    Literal["quick", "standard", "thorough"] | None,
    typer.Option(help="How many samples, repairs and checks to pay for."),
]
TimeLimit = Annotated[float | None, typer.Option(metavar="SECONDS", help="Time that one run of the solver may take.")]
Budget = Annotated[
    str | None, typer.Option(metavar="LIMITS", help="Stop asking the model beyond, such as calls=50,usd=2.")
]
Cassette = Annotated[Path | None, typer.Option(metavar="PATH", help="Recorded completions.")]
CassetteMode = Annotated[
    Literal["replay", "record", "record-missing"] | None, typer.Option(help="What to do with the recordings.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Ask again, even what was answered before.")]
RequireWalls = Annotated[
    bool, typer.Option("--require-walls", help="Run nothing where a wall of the sandbox is missing.")
]
Host = Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; beyond loopback with a token only.")]
Port = Annotated[int, typer.Option(metavar="NUMBER", min=1, max=65535, help="Where to listen.")]
Token = Annotated[str | None, typer.Option(metavar="TOKEN", help="What clients must show; better in OPTWRIGHT_TOKEN.")]


def chat(
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A table or values for the first message; repeatable."),
    ] = None,
    model: Model = None,
    base_url: BaseUrl = None,
    effort: Effort = None,
    time_limit: TimeLimit = None,
    budget: Budget = None,
    cassette: Cassette = None,
    cassette_mode: CassetteMode = None,
    no_cache: NoCache = False,
    require_walls: RequireWalls = False,
    resume: Annotated[str | None, typer.Option(metavar="CHAT", help="Go on with a chat that was begun before.")] = None,
    web: Annotated[bool, typer.Option("--web", help="Serve the chat as a page instead.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8642,
    token: Token = None,
) -> None:
    """Talk about a decision problem: solve it, change it, ask why and what if."""
    load = _settings(
        model, base_url, time_limit, budget, cassette, cassette_mode, no_cache, require_walls, token, effort=effort
    )
    if web and (data or resume):
        raise typer.BadParameter("with --web, files are attached and chats are opened on the page")
    if web:
        _run(lambda: _face("web", "ui").serve(load(), host, port))
    else:
        _talk(load, data or [], resume)


def mcp(
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP instead of standard input and output.")] = False,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    token: Token = None,
    root: Annotated[Path, typer.Option(metavar="DIR", help="The only folder whose data files may be read.")] = Path(
        "."
    ),
    model: Model = None,
    base_url: BaseUrl = None,
    time_limit: TimeLimit = None,
    budget: Budget = None,
    cassette: Cassette = None,
    cassette_mode: CassetteMode = None,
    no_cache: NoCache = False,
    require_walls: RequireWalls = False,
) -> None:
    """Serve formulate, solve, diagnose, what_if and explain to an MCP client."""
    load = _settings(model, base_url, time_limit, budget, cassette, cassette_mode, no_cache, require_walls, token)

    def serve() -> Any:
        settings, server, folder = load(), _face("mcp", "mcp"), _folder(root)
        return server.over_http(settings, folder, host, port) if http else server.over_stdio(settings, folder)

    _run(serve)


def serve_api(
    host: Host = "127.0.0.1",
    port: Port = 8800,
    token: Token = None,
    model: Model = None,
    base_url: BaseUrl = None,
    time_limit: TimeLimit = None,
    budget: Budget = None,
    cassette: Cassette = None,
    cassette_mode: CassetteMode = None,
    no_cache: NoCache = False,
    require_walls: RequireWalls = False,
) -> None:
    """Serve the chat to programs that speak OpenAI's API."""
    load = _settings(model, base_url, time_limit, budget, cassette, cassette_mode, no_cache, require_walls, token)
    _run(lambda: _face("api", "serve").serve(load(), host, port))


def _settings(
    model: str | None,
    base_url: str | None,
    time_limit: float | None,
    budget: str | None,
    cassette: Path | None,
    cassette_mode: str | None,
    no_cache: bool,
    require_walls: bool,
    token: str | None,
    **more: Any,
) -> Callable[..., Settings]:
    """`Settings.load` with the flags, any of which its caller may set anew."""
    from .settings import Settings

    return partial(
        Settings.load,
        model=model,
        base_url=base_url,
        time_limit=time_limit,
        budget=budget,
        cassette=cassette,
        cassette_mode=cassette_mode,
        cache=False if no_cache else None,
        require_walls=require_walls or None,
        token=token,
        **more,
    )


def _run(serve: Callable[[], Any]) -> None:
    """What `serve` begins, until it ends or is interrupted; errors are one line."""
    from .console import reported

    with reported():
        asyncio.run(serve())


def _talk(load: Callable[..., Settings], data: list[Path], resume: str | None) -> None:
    from .chat.terminal import Chat
    from .console import reported

    chat = Chat(load, data, resume)
    with reported(chat):
        raise typer.Exit(asyncio.run(chat.run()))


def _face(name: str, extra: str) -> Any:
    """A module of `chat`. Raises UsageError where the extra that it needs is not installed."""
    import importlib

    from ..errors import UsageError

    try:
        return importlib.import_module(f".chat.{name}", __package__)
    except ModuleNotFoundError as missing:
        raise UsageError(f"{missing.name} is not installed: pip install 'optwright[{extra}]'") from None


def _folder(root: Path) -> Path:
    from ..errors import UsageError

    if not root.is_dir():
        raise UsageError(f"--root {root} is no folder: name the one that holds the data files")
    return root
