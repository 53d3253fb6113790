"""The command `optwright mcp`: options in, a server that runs until its client leaves. No logic lives here."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

CassetteMode = Literal["replay", "record", "record-missing"]


def mcp(
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP instead of standard input and output.")] = False,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where to listen; beyond loopback with a token only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=65535, help="Where to listen.")] = 8765,
    token: Annotated[
        str | None, typer.Option(metavar="TOKEN", help="What clients must show; better in OPTWRIGHT_TOKEN.")
    ] = None,
    root: Annotated[Path, typer.Option(metavar="DIR", help="The only folder whose data files may be read.")] = Path(
        "."
    ),
    model: Annotated[str | None, typer.Option(metavar="NAME", help="As for solve.")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="An OpenAI-compatible endpoint.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Time that one run of the solver may take.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="LIMITS", help="Stop asking the model beyond, such as calls=50,usd=2.")
    ] = None,
    cassette: Annotated[Path | None, typer.Option(metavar="PATH", help="Recorded completions.")] = None,
    cassette_mode: Annotated[CassetteMode | None, typer.Option(help="What to do with the recordings.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Ask again, even what was answered before.")] = False,
    require_walls: Annotated[
        bool, typer.Option("--require-walls", help="Run nothing where a wall of the sandbox is missing.")
    ] = False,
) -> None:
    """Serve formulate, solve, diagnose, what_if and explain to an MCP client."""
    from .console import reported

    with reported():
        from .settings import Settings

        settings = Settings.load(
            token=token,
            model=model,
            base_url=base_url,
            time_limit=time_limit,
            budget=budget,
            cassette=cassette,
            cassette_mode=cassette_mode,
            cache=False if no_cache else None,
            require_walls=require_walls or None,
        )
        server = _server()
        folder = _folder(root)
        asyncio.run(server.over_http(settings, folder, host, port) if http else server.over_stdio(settings, folder))


def _server():
    """Raises UsageError where the extra is not installed."""
    from ..errors import UsageError

    try:
        from .chat import mcp
    except ModuleNotFoundError as missing:
        raise UsageError(f"{missing.name} is not installed: pip install 'optwright[mcp]'") from None
    return mcp


def _folder(root: Path) -> Path:
    from ..errors import UsageError

    if not root.is_dir():
        raise UsageError(f"--root {root} is no folder: name the one that holds the data files")
    return root
