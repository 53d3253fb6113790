"""The command line: options in, a result on stdout, progress on stderr. No logic lives here.

Exit codes: 0 solved · 1 failed · 2 usage, or something needed is missing · 3 answered, but infeasible or unbounded.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from . import cli_bench, cli_chat, cli_runs

if TYPE_CHECKING:
    from .console import Progress
    from .settings import Settings
    from .solution import Solution

Effort = Literal["quick", "standard", "thorough"]
CassetteMode = Literal["replay", "record", "record-missing"]
EXIT_CODES = {"optimal": 0, "feasible": 0, "infeasible": 3, "unbounded": 3, "incomplete": 1, "failed": 1}

app = typer.Typer(
    name="optwright",
    help="Decision problems in plain words become solved, checked, explained models.",
    epilog="Exit codes: 0 solved, 1 failed, 2 usage or a missing prerequisite, 3 infeasible or unbounded.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 100},
)


app.add_typer(cli_runs.evolve, name="evolve")
app.add_typer(cli_bench.bench, name="bench")
app.add_typer(cli_runs.runs, name="runs")


def _option(help: str, metavar: str | None = None) -> typer.models.OptionInfo:
    return typer.Option(help=help, metavar=metavar)


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"optwright {__version__}")
        raise typer.Exit


@app.callback()
def optwright(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def solve(
    problem: Annotated[
        str | None, typer.Argument(metavar="PROBLEM", help="The text, a file that holds it, or - for standard input.")
    ] = None,
    data: Annotated[
        list[Path] | None, _option("A table or values (CSV, TSV, Excel, JSON, Parquet); repeatable.", "FILE")
    ] = None,
    model: Annotated[
        str | None, _option("openai/NAME, NAME with --base-url, a litellm string, or replay.", "NAME")
    ] = None,
    base_url: Annotated[str | None, _option("An OpenAI-compatible endpoint, such as a local server's.", "URL")] = None,
    effort: Annotated[Effort | None, _option("How many samples, repairs and checks to pay for.")] = None,
    save: Annotated[Path | None, _option("Write the model, its data, the formulation and every prompt.", "DIR")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole solution as JSON.")] = False,
    time_limit: Annotated[float | None, _option("Time that one run of the solver may take.", "SECONDS")] = None,
    gap: Annotated[float | None, _option("Relative gap at which the solver may stop.", "NUMBER")] = None,
    seed: Annotated[int | None, _option("Seed of the solver.", "NUMBER")] = None,
    budget: Annotated[
        str | None, _option("Stop before spending more, such as calls=50,usd=2,minutes=10.", "LIMITS")
    ] = None,
    cassette: Annotated[Path | None, _option("Recorded completions: a file, or a folder of them.", "PATH")] = None,
    cassette_mode: Annotated[CassetteMode | None, _option("What to do with the recordings.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Ask again, even what was answered before.")] = False,
    require_walls: Annotated[
        bool, typer.Option("--require-walls", help="Run nothing where a wall of the sandbox is missing.")
    ] = False,
    resume: Annotated[str | None, _option("Go on with a run that was interrupted.", "RUN")] = None,
) -> None:
    """Solve a decision problem told in plain words."""
    from .console import Progress, reported

    if (problem is None) == (resume is None):
        raise typer.BadParameter("give either a PROBLEM, or --resume RUN to go on with one")
    progress = Progress()
    with reported(progress), progress:
        from .problem import read_problem

        text = read_problem(problem) if problem is not None else None
        settings = _settings(
            model=model,
            base_url=base_url,
            effort=effort,
            time_limit=time_limit,
            gap=gap,
            seed=seed,
            budget=budget,
            cassette=cassette,
            cassette_mode=cassette_mode,
            cache=False if no_cache else None,
            require_walls=require_walls or None,
        )
        solution = asyncio.run(_solved(settings, text, data or [], resume, save, progress))
    with reported(progress):
        _print(solution, as_json)
    raise typer.Exit(EXIT_CODES[solution.status])


def _settings(**flags: Any) -> Settings:
    from .settings import Settings

    return Settings.load(**flags)


async def _solved(
    settings: Settings, text: str | None, data: list[Path], resume: str | None, folder: Path | None, progress: Progress
) -> Solution:
    from .engine import Engine
    from .save import prepare, save_run

    if folder:
        prepare(folder)
    async with Engine(settings) as engine:
        if resume is not None:
            solution = await engine.resume(resume, progress.report)
        else:
            solution = await engine.solve(text or "", data, progress.report)
        if folder:
            await save_run(engine, solution, folder)
    return solution


def _print(solution: Solution, as_json: bool) -> None:
    if as_json:
        from .save import to_json

        typer.echo(to_json(solution), nl=False)
    else:
        from .console import show
        from .render import terminal

        show(terminal(solution))


@app.command()
def demo() -> None:
    """Solve the bundled problems; only the model's replies are recorded."""
    from .console import Progress, reported, show

    with reported(), Progress() as progress:
        from .demo import play, report

        plays = asyncio.run(play(progress))
    show(report(plays))
    raise typer.Exit(0 if all(play.as_expected for play in plays) else 1)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False) -> None:
    """Show what is here: solvers, walls, model endpoint, versions."""
    from .console import Progress, reported, show

    with reported(), Progress() as progress:
        progress.doing("looking around")
        from .doctor import examine, table

        findings = asyncio.run(examine(_settings()))
    if as_json:
        typer.echo(findings.model_dump_json(indent=2))
    else:
        show(table(findings))
    raise typer.Exit(0 if findings.ok else 2)


app.command()(cli_chat.chat)
app.command()(cli_chat.mcp)
app.command("serve-api")(cli_chat.serve_api)


def main() -> None:
    """The `optwright` command."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    app()
