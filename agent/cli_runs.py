"""The commands `optwright evolve …` and `optwright runs …`: options in, a result on stdout. No logic lives here."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from .evolve.report.view import RunView
    from .settings import Settings


class _TaskOrCommand(TyperGroup):
    """`optwright evolve TASK …` is `optwright evolve run TASK …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


def _app(help: str, **more: Any) -> typer.Typer:
    return typer.Typer(help=help, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False, **more)


evolve = _app(
    "Evolve a heuristic, with a language model or without one: `optwright evolve TASK`, or one of the commands.",
    cls=_TaskOrCommand,
)
runs = _app("Show, compare and export runs.")

Budget = Annotated[
    str | None,
    typer.Option(metavar="LIMITS", help="A number of candidates, or candidates=400,calls=500,usd=5,minutes=60."),
]
Model = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME", help="As for solve; repeatable, NAME=2 is asked twice as often."),
]
BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="An OpenAI-compatible endpoint.")]
Cassette = Annotated[Path | None, typer.Option(metavar="PATH", help="Recorded completions.")]
CassetteMode = Annotated[
    str | None, typer.Option(metavar="MODE", help="replay (the default), record or record-missing.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Ask again, even what another run was answered before.")]
Concurrency = Annotated[int | None, typer.Option(metavar="NUMBER", help="Requests to the model under way at once.")]
RequireWalls = Annotated[
    bool, typer.Option("--require-walls", help="Run nothing where a wall of the sandbox is missing.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]


@evolve.command("run")
def run(
    task: Annotated[str, typer.Argument(metavar="TASK", help="A shipped task's name, FILE.py or FILE.py@FUNCTION.")],
    strategy: Annotated[str | None, typer.Option(metavar="NAME", help="One of those in docs/evolve.md.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="No model: genetic operators on the syntax tree.")] = False,
    model: Model = None,
    base_url: BaseUrl = None,
    budget: Budget = None,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Of every choice that the search makes.")] = 0,
    concurrency: Concurrency = None,
    cassette: Cassette = None,
    cassette_mode: CassetteMode = None,
    no_cache: NoCache = False,
    require_walls: RequireWalls = False,
    as_json: AsJson = False,
) -> None:
    """Evolve the candidates of a task; the default command."""
    from .console import reported
    from .evolve.display import board as new_board

    if offline and (strategy or model):
        raise typer.BadParameter("--offline takes no --strategy and no --model")
    board = new_board()
    with reported(board), board:
        from .evolve.run import given

        settings = _settings(model, base_url, concurrency, cassette, cassette_mode, no_cache, require_walls)
        asked = given(settings, task, "offline" if offline else strategy, () if offline else model or (), budget, seed)
        found = asyncio.run(_started(settings, asked, board))
    _print(found, as_json)


@evolve.command("resume")
def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    budget: Budget = None,
    base_url: BaseUrl = None,
    concurrency: Concurrency = None,
    cassette: Cassette = None,
    cassette_mode: CassetteMode = None,
    no_cache: NoCache = False,
    require_walls: RequireWalls = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that was interrupted, or that gets a larger budget."""
    from .console import reported
    from .evolve.display import board as new_board

    board = new_board()
    with reported(board), board:
        settings = _settings(None, base_url, concurrency, cassette, cassette_mode, no_cache, require_walls)
        found = asyncio.run(_resumed(settings, run, budget, board))
    _print(found, as_json)


@evolve.command("check")
def check(
    task: Annotated[str, typer.Argument(metavar="TASK", help="A shipped task's name, FILE.py or FILE.py@FUNCTION.")],
) -> None:
    """Look a task over before anything is spent: seeds, splits, determinism, what the scorer lets pass."""
    from .console import reported, show

    with reported():
        from .evolve.checking import examine, table

        findings = asyncio.run(examine(_settings(), task))
    show(table(findings))
    raise typer.Exit(2 if any(finding.state == "failed" for finding in findings) else 0)


@evolve.command("tasks")
def tasks() -> None:
    """List the tasks and the strategies that come with optwright."""
    from .console import reported, show

    with reported():
        from .evolve.checking import listing

        show(listing())


@runs.command("list")
def list_runs(
    kind: Annotated[Literal["solve", "evolve", "bench"] | None, typer.Option(help="All without.")] = None,
) -> None:
    """List runs, the newest first."""
    from .console import reported, show

    with reported():
        from .runs import listing

        show(listing(_settings(), kind))


@runs.command("show")
def show_run(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    html: Annotated[bool, typer.Option("--html", help="Write RUN.html, one self-contained page.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one run."""
    from .console import reported, show

    with reported():
        from .runs import as_json as to_json
        from .runs import page, shown

        if html:
            typer.echo(page(_settings(), run))
        elif as_json:
            typer.echo(to_json(_settings(), run))
        else:
            show(shown(_settings(), run))


@runs.command("export")
def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the best program goes.")],
) -> None:
    """Write a run's best program to a file."""
    from .console import reported

    with reported():
        from .runs import export

        typer.echo(export(_settings(), run, file))


@runs.command("compare")
def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN…", help="Two runs of one task, or more.")],
) -> None:
    """Put runs of one task side by side."""
    from .console import reported, show

    with reported():
        from .runs import compared

        show(compared(_settings(), runs))


def _settings(
    model: list[str] | None = None,
    base_url: str | None = None,
    concurrency: int | None = None,
    cassette: Path | None = None,
    cassette_mode: str | None = None,
    no_cache: bool = False,
    require_walls: bool = False,
) -> Settings:
    from .settings import Settings

    return Settings.load(
        model=model[0].partition("=")[0] if model else None,
        base_url=base_url,
        concurrency=concurrency,
        cassette=cassette,
        cassette_mode=cassette_mode,
        cache=False if no_cache else None,
        require_walls=require_walls or None,
    )


async def _started(settings: Settings, given: Any, board: Any) -> RunView:
    from .evolve.run import Evolution

    async with Evolution(settings) as evolution:
        return await evolution.start(given, board.report)


async def _resumed(settings: Settings, run: str, budget: str | None, board: Any) -> RunView:
    from .evolve.run import Evolution

    async with Evolution(settings) as evolution:
        return await evolution.resume(run, budget, board.report)


def _print(found: RunView, as_json: bool) -> None:
    from .console import show

    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        from .evolve.report.terminal import terminal

        show(terminal(found))
