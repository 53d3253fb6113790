"""A chat's events as blocks of text for a terminal: what is said, never how it came about.

Words that a model, a data file or the user wrote go through `sections`, whose blocks hold no control characters, or
through `rich.text.Text`; nothing is ever taken for markup.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...evaluators.verdict import Progress, ReportValue
from ..changes import Change
from ..formulate.state import Choice, Question
from ..render import terminal_section
from ..sections import (
    Grid,
    Items,
    Paragraph,
    Section,
    Tone,
    answer_leaves,
    answer_section,
    clean,
    flags_section,
    grid,
    headline,
    items,
    limits_section,
    one_line,
    trouble_section,
    value_text,
)
from ..solution import Solution
from ..whatif import Comparison, Outcome
from ..wording import amount, number, shorten
from .events import Answered, Asked, Event, Formulated, Judged, Moved, Programmed, Step, Version
from .standing import Standing
from .turn import outcome

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_DIFF = 60
"""Lines of a difference that are shown; `/program` has the whole."""
_TELLING = 4
"""Quantities that tell two readings apart."""
_WORDS = 60
"""Characters of what a version came from."""
_TONES: dict[str, Tone] = {"optimal": "good", "feasible": "warn"}
_COLORS = {"+": "green", "-": "red", "@": "cyan"}

Block = Paragraph | Items | Grid


# ---- while it happens


def step(event: Event) -> Text | None:
    """One line of what was done just now; None for events that are no such thing."""
    from rich.text import Text

    match event:
        case Step(progress=None):
            return Text.assemble(
                (f"{event.seconds:6.1f} s  ", "dim"), (f"{event.step:<13} ", "bold"), one_line(event.message)
            )
        case Judged() if event.model:
            return Text(f"{'':10}{one_line(event.model)}", style="dim")
        case _:
            return None


def at_work(progress: Progress | None) -> str:
    """How far the solver is: `highs 12 s, best 1,234, bound 1,300, gap 5.1 %`."""
    if progress is None:
        return ""
    parts = [f"{progress.solver} {progress.seconds:.0f} s"]
    parts += [f"best {number(progress.objective)}"] if progress.objective is not None else ["nothing found yet"]
    parts += [f"bound {number(progress.bound)}"] if progress.bound is not None else []
    parts += [f"gap {100 * progress.gap:.3g} %"] if progress.gap is not None else []
    return ", ".join(parts)


# ---- what a turn came to


def result(event: Event, solution: Solution | None, unit: str) -> Iterator[RenderableType]:
    """What an event leaves on the page; nothing for those that only tell of progress, and for `Failed`.

    `solution` is that of the version that an answer made, and `unit` is the objective's.
    """
    from rich.text import Text

    match event:
        case Programmed() if event.diff:
            yield from section("What changed in the program", ())
            yield diff(event.diff)
        case Asked():
            yield from asked(event.question, unit)
        case Answered():
            yield from _answered(event, solution)
        case Moved():
            yield Text(one_line(event.text), style="bold")


def section(title: str, blocks: Iterable[Block], tone: Tone = "plain") -> Iterable[RenderableType]:
    return terminal_section(Section(title=one_line(title), blocks=tuple(blocks), tone=tone))


def _answered(event: Answered, solution: Solution | None) -> Iterator[RenderableType]:
    from rich.text import Text

    version = event.version
    if version is None or solution is None:
        for line in event.text:
            yield Text(one_line(line))
    elif event.comparison:
        blocks = comparison(event.comparison, version.unit, ("before", "now"))
        yield from section(f"Version {version.number} · {outcome(version)}", blocks, _tone(version))
        yield from _sections(flags_section(solution))
    else:
        title, tone = headline(solution)
        yield from section(f"Version {version.number} · {title}", (), tone)
        yield from _sections(
            trouble_section(solution), flags_section(solution), answer_section(solution), limits_section(solution)
        )
    if event.relaxes:
        yield Text("/relax takes this way out", style="bold")


def _sections(*found: Section | None) -> Iterator[RenderableType]:
    for each in found:
        if each and each.blocks:
            yield from terminal_section(each)


def _tone(version: Version) -> Tone:
    return _TONES.get(version.status, "bad")


def comparison(found: Comparison, unit: str, columns: tuple[str, str]) -> list[Block]:
    """Before and after side by side: data, outcome, answers; then what binds, and why there is no answer any more."""
    rows = [_row(each) for each in found.edits]
    rows += [("outcome", found.before.status, found.after.status)] if found.before.status != found.after.status else []
    rows += [("objective", _objective(found.before, unit), _objective(found.after, unit))]
    rows += [_row(each) for each in found.answers]
    blocks: list[Block] = [grid("", ("", *columns), rows, cap=20)]
    if found.difference:
        more = "more" if found.difference > 0 else "less"
        blocks.append(Paragraph(text=f"{amount(abs(found.difference), unit)} {more}", tone="strong"))
    if found.difference == 0:
        blocks.append(Paragraph(text="the same objective", tone="quiet"))
    blocks += [Paragraph(text=f"Now binding: {_names(found.binds)}")] if found.binds else []
    blocks += [Paragraph(text=f"No longer binding: {_names(found.frees)}")] if found.frees else []
    blocks += [Paragraph(text=line) for line in found.trouble.text] if found.trouble else []
    blocks += [Paragraph(text=found.note, tone="quiet")] if found.note else []
    return blocks


def _row(change: Change) -> tuple[str, str, str]:
    return one_line(change.name), _value(change.before), _value(change.after)


def _value(value: ReportValue) -> str:
    return shorten(one_line(value_text(value)), 80)


def _objective(found: Outcome, unit: str) -> str:
    return one_line(amount(found.objective, unit)) if found.objective is not None else "none"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - 8:,} more" if len(names) > 8 else ""
    return one_line(", ".join(names[:8])) + more


def asked(question: Question, unit: str) -> Iterator[RenderableType]:
    """The question, with what each answer leads to, and how to give one."""
    if question.kind == "missing":
        first, *_, last = question.text.splitlines()
        lines = [one_line(f"{each.name}: {each.why}") for each in question.missing]
        blocks: list[Block] = [Paragraph(text=one_line(first)), items(lines), Paragraph(text=one_line(last))]
        hint = "Answer in your own words, or attach a file with /data."
    else:
        blocks = [Paragraph(text=one_line(question.text)), *_choices(question.choices, unit)]
        numbers = " or ".join(str(at) for at, _ in enumerate(question.choices, 1))
        hint = f"Answer with {numbers}, or in your own words."
    yield from section("A question", [*blocks, Paragraph(text=hint, tone="quiet")], "warn")


def _choices(choices: Sequence[Choice], unit: str) -> Iterator[Block]:
    leaves = [
        {k: v for name, each in choice.report.items() for k, v in answer_leaves(name, each)} for choice in choices
    ]
    names = [name for name in dict.fromkeys(name for each in leaves for name in each) if _differs(name, leaves)]
    rows = [
        (str(at), one_line(choice.option), _leads_to(choice, unit), _told(leaf, names[:_TELLING]))
        for at, (choice, leaf) in enumerate(zip(choices, leaves, strict=True), 1)
    ]
    yield grid("", ("", "read as", "leads to", "with"), rows)


def _differs(name: str, leaves: Sequence[Mapping[str, ReportValue]]) -> bool:
    return len({repr(each.get(name)) for each in leaves}) > 1


def _told(leaf: Mapping[str, ReportValue], names: Sequence[str]) -> str:
    return one_line("; ".join(f"{name} {_value(leaf.get(name))}" for name in names))


def _leads_to(choice: Choice, unit: str) -> str:
    return choice.status if choice.objective is None else one_line(f"{choice.status}, {amount(choice.objective, unit)}")


def diff(unified: str) -> Text:
    """A difference of two programs, without its head; `+` green, `-` red where there are colors."""
    from rich.text import Text

    lines = [line for line in clean(unified).rstrip().splitlines() if not line.startswith(("---", "+++"))]
    shown = Text(no_wrap=True, overflow="ignore")
    for at, line in enumerate(lines[:_DIFF]):
        shown.append(f"{line}\n" if at < len(lines[:_DIFF]) - 1 else line, style=_COLORS.get(line[:1], "dim"))
    if more := len(lines) - _DIFF:
        shown.append(f"\n… and {more:,} more lines: /program shows the whole" if more > 0 else "", style="dim")
    return shown


def program(source: str) -> Text:
    """With colors, where there are any; its lines are never broken, so that it can be copied."""
    from rich.syntax import Syntax

    shown = Syntax("", "python", theme="ansi_dark").highlight(clean(source))
    shown.rstrip()
    shown.no_wrap, shown.overflow = True, "ignore"
    return shown


# ---- versions


def tree(standing: Standing) -> Iterator[Text]:
    """Every version below the one that it came from, with what it came to; the one at hand is marked."""
    from rich.text import Text

    children: dict[int, list[Version]] = {}
    for version in standing.versions.values():
        children.setdefault(version.parent, []).append(version)
    for prefix, version in _branches(children, children.get(0, []), "", root=True):
        here = version.number == standing.head
        changed = shorten(one_line(version.said if version.parent else version.title), _WORDS)
        words = f"{prefix}{version.number}  {one_line(outcome(version))} · {changed}"
        mark, style = ("▸", "bold") if here else (" ", "")
        yield Text(f"{mark} {words}", style=style, no_wrap=True, overflow="ellipsis")


def _branches(
    children: Mapping[int, Sequence[Version]], versions: Sequence[Version], prefix: str, root: bool = False
) -> Iterator[tuple[str, Version]]:
    """Versions with what stands before them; only a fork moves to the right, so that a long line of changes does not.

    Without recursion along such a line, which may be long.
    """
    fork = len(versions) > 1 and not root
    for version in versions:
        last = version is versions[-1]
        here = f"{prefix}{'└ ' if last else '├ '}" if fork else prefix
        below = f"{prefix}{'  ' if last else '│ '}" if fork else prefix
        yield here, version
        while len(only := children.get(version.number, [])) == 1:
            version = only[0]
            yield below, version
        yield from _branches(children, only, below)


def changed(version: Version) -> str:
    """What is different since the problem's first version: data, then the model."""
    edits = [one_line(f"{each.name} = {value_text(each.after)}") for each in version.edits]
    return "; ".join([*edits, *map(one_line, version.rules)]) or "as first told"


def compared(a: Version, b: Version, found: Comparison) -> Iterable[RenderableType]:
    blocks = comparison(found, b.unit, (f"version {a.number}", f"version {b.number}"))
    told = items([f"version {each.number}: {shorten(changed(each), 200)}" for each in (a, b)])
    return section(f"Version {a.number} and version {b.number}", [*blocks, told])


# ---- the line at the bottom, and where a chat stands


def status(standing: Standing, model: str, attached: int) -> str:
    """`version 3 · optimal, 840 euros · model`"""
    version = standing.version
    here = f"version {version.number} · {outcome(version)}" if version else "no model yet"
    files = f" · {attached} file{'s' * (attached > 1)} attached" if attached else ""
    return one_line(f"{here} · {model}{files} · /help")


def summary(standing: Standing) -> Iterator[RenderableType]:
    """Where a chat stands that was opened again."""
    from rich.text import Text

    version = standing.version
    if version is None:
        yield Text("No model yet in this chat.")
    else:
        yield Text(one_line(version.title), style="bold")
        yield from tree(standing)
    if standing.question:
        unit = version.unit if version else ""
        yield from asked(standing.question.question, unit)


def unit_of(events: Sequence[Event], standing: Standing) -> str:
    """The objective's: of the formulation that was made last."""
    found = next((each.formulation.objective.unit for each in reversed(events) if isinstance(each, Formulated)), None)
    return found if found is not None else standing.version.unit if standing.version else ""
