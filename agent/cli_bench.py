"""The commands `optwright bench …`: options in, a result on stdout. No logic lives here."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from .settings import Settings

bench = typer.Typer(
    help="Measure models and methods on sets of problems with known answers.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Run = Annotated[str, typer.Argument(metavar="RUN", help="A run's id.")]
SetName = Annotated[str, typer.Argument(metavar="SET", help="A set's name.")]
Release = Annotated[str | None, typer.Option(metavar="NAME", help="Which release of the set; sniffed without.")]
Labels = Annotated[str | None, typer.Option(metavar="RELEASE", help="Whose labels count; each item's first without.")]
BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="An OpenAI-compatible endpoint.")]
Budget = Annotated[str | None, typer.Option(metavar="LIMITS", help="Such as calls=500,usd=3,minutes=60.")]
Concurrency = Annotated[int | None, typer.Option(metavar="NUMBER", help="Attempts under way at once.")]
Cassette = Annotated[Path | None, typer.Option(metavar="PATH", help="Recorded completions.")]
CassetteMode = Annotated[
    str | None, typer.Option(metavar="MODE", help="replay (the default), record or record-missing.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Ask again, even what another run was answered before.")]
RequireWalls = Annotated[
    bool, typer.Option("--require-walls", help="Run nothing where a wall of the sandbox is missing.")
]
Html = Annotated[bool, typer.Option("--html", help="Write one self-contained page.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print it as Markdown.")]


@bench.command("list")
def list_sets(as_json: AsJson = False) -> None:
    """List the sets: sizes, releases, licences, where they are from, what is here."""
    from .console import reported, show

    with reported():
        from .bench.listing import as_json as to_json
        from .bench.listing import listing

        if as_json:
            typer.echo(to_json(_settings()))
        else:
            show(listing(_settings()))


@bench.command("add")
def add(
    set: SetName,
    path: Annotated[Path | None, typer.Argument(metavar="PATH", help="The authors' file or folder.")] = None,
    download: Annotated[bool, typer.Option("--download", help="Fetch it from where its authors published it.")] = False,
    release: Release = None,
) -> None:
    """Add a set's original files; nothing of any set comes with optwright."""
    from .console import reported, show

    if (path is None) == (not download):
        raise typer.BadParameter("give either a PATH, or --download")
    with reported():
        from .bench.listing import added

        show(added(_settings(), set, path, release))


@bench.command("run")
def run(
    sets: Annotated[list[str], typer.Argument(metavar="SET…", help="Sets, or all that are here.")],
    method: Annotated[str, typer.Option(metavar="NAME", help="direct, agent or module:function.")] = "direct",
    model: Annotated[str | None, typer.Option(metavar="NAME", help="As for solve.")] = None,
    base_url: BaseUrl = None,
    effort: Annotated[Literal["quick", "standard", "thorough"] | None, typer.Option(help="The agent's effort.")] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="NUMBER", min=1, help="Items of each set, by category in proportion.")
    ] = None,
    samples: Annotated[
        int, typer.Option(metavar="NUMBER", min=1, help="Attempts at each item, for pass@k and maj@k.")
    ] = 1,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="Of the choice of items.")] = 0,
    time_limit: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Time that one run of the solver may take.")
    ] = None,
    concurrency: Concurrency = None,
    budget: Budget = None,
    cassette: Cassette = None,
    cassette_mode: CassetteMode = None,
    no_cache: NoCache = False,
    require_walls: RequireWalls = False,
    as_json: AsJson = False,
) -> None:
    """Run a method on sets, and report."""
    from .bench.display import board as new_board
    from .console import reported

    if effort is not None and method != "agent":
        raise typer.BadParameter("--effort is the agent's; give --method agent")
    board = new_board()
    with reported(board), board:
        from .bench.runner import given

        settings = _settings(
            model=model,
            base_url=base_url,
            effort=effort,
            time_limit=time_limit,
            concurrency=concurrency,
            budget=budget,
            cassette=cassette,
            cassette_mode=cassette_mode,
            cache=False if no_cache else None,
            require_walls=require_walls or None,
        )
        asked = given(settings, sets, method, limit=limit, samples=samples, seed=seed)
        found = asyncio.run(_started(settings, asked, board))
    _print(settings, [found], as_json=as_json)


@bench.command("resume")
def resume(
    run: Run,
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
    from .bench.display import board as new_board
    from .console import reported

    board = new_board()
    with reported(board), board:
        settings = _settings(
            base_url=base_url,
            concurrency=concurrency,
            cassette=cassette,
            cassette_mode=cassette_mode,
            cache=False if no_cache else None,
            require_walls=require_walls or None,
        )
        went_on = asyncio.run(_resumed(settings, run, budget, board))
    if went_on or as_json:
        _print(settings, [run], as_json=as_json)
    else:
        typer.echo(f"run {run} is finished; see: optwright bench report {run}")


@bench.command("report")
def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN…", help="One run, or several.")],
    labels: Labels = None,
    html: Html = False,
    as_json: AsJson = False,
    markdown: Markdown = False,
) -> None:
    """Report runs: accuracies under every rule, intervals, failures, confidence, suspect labels, costs."""
    from .console import reported

    _one_form(html, as_json, markdown)
    with reported():
        if html:
            from .bench.reports import page

            for run in runs:
                typer.echo(page(_settings(), run, labels))
        else:
            _print(_settings(), runs, labels=labels, as_json=as_json, markdown=markdown)


@bench.command("compare")
def compare(
    first: Annotated[str, typer.Argument(metavar="RUN_A", help="A run's id.")],
    second: Annotated[str, typer.Argument(metavar="RUN_B", help="Another one's.")],
    labels: Labels = None,
    html: Html = False,
    as_json: AsJson = False,
    markdown: Markdown = False,
) -> None:
    """Compare two runs on the items that both attempted: exact McNemar test, paired bootstrap."""
    from .console import reported, show

    _one_form(html, as_json, markdown)
    with reported():
        from .bench import reports

        settings = _settings()
        if html:
            typer.echo(reports.comparison_page(settings, first, second, labels))
        elif as_json or markdown:
            typer.echo(reports.comparison_text(settings, first, second, labels, "json" if as_json else "markdown"))
        else:
            show(reports.compared(settings, first, second, labels))


@bench.command("rescore")
def rescore(
    run: Run,
    rule: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A rule; repeatable; all without.")] = None,
    labels: Labels = None,
    as_json: AsJson = False,
) -> None:
    """Score a run's stored answers under other rules, and list the items that change."""
    from .console import reported, show

    with reported():
        from .bench import reports

        found = reports.rescored(_settings(), run, rule or (), labels)
        if as_json:
            typer.echo(json.dumps([each.model_dump() for each in found], indent=2))
        else:
            show(reports.rescored_table(found))


@bench.command("score")
def score(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="JSON lines, or a JSON list: id and answer.")],
    set: Annotated[
        str | None, typer.Option("--set", metavar="SET", help="The set; without it each row holds its label.")
    ] = None,
    labels: Labels = None,
    as_json: AsJson = False,
) -> None:
    """Score answers that something else produced; with --set they become a run of their own."""
    from .console import reported, show

    if set is None and labels is not None:
        raise typer.BadParameter("--labels needs --set: without a set each row has one label")
    with reported():
        from .bench import external

        settings = _settings()
        if set is not None:
            _print(settings, [external.score(settings, answers, set)], labels=labels, as_json=as_json)
            return
        found = external.scored_alone(answers)
        if as_json:
            typer.echo(found.model_dump_json(indent=2))
        else:
            from .bench.report.terminal import terminal

            show(terminal(found))


def _one_form(*asked: bool) -> None:
    if sum(asked) > 1:
        raise typer.BadParameter("give one of --html, --json, --markdown")


def _settings(**flags: Any) -> Settings:
    from .settings import Settings

    return Settings.load(**flags)


async def _started(settings: Settings, given: Any, board: Any) -> str:
    from .bench.runner import Bench

    async with Bench(settings) as bench:
        return await bench.start(given, board.report)


async def _resumed(settings: Settings, run: str, budget: str | None, board: Any) -> bool:
    from .bench.runner import Bench

    async with Bench(settings) as bench:
        return await bench.resume(run, budget, board.report)


def _print(
    settings: Settings,
    runs: list[str],
    labels: str | None = None,
    as_json: bool = False,
    markdown: bool = False,
) -> None:
    from .bench import reports
    from .console import show

    if as_json or markdown:
        typer.echo(reports.text(settings, runs, labels, "json" if as_json else "markdown"))
        return
    for run in runs:
        show(reports.shown(settings, run, labels))
