"""A solution on a terminal, in a notebook, as Markdown and as plain text.

Everything shown may have been written by a language model or stand in somebody's data, so nothing is ever taken for
markup: terminal text goes through `rich.text.Text`, never through rich's console markup; HTML is escaped whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from .sections import Grid, Items, Paragraph, Section, Tone, answer_rows, headline, model_line, one_line, run_line
from .sections import sections as _sections
from .sections import title as _title
from .solution import Solution
from .wording import number, plural, shorten

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLES: dict[Tone, str] = {
    "plain": "",
    "strong": "bold",
    "good": "green",
    "warn": "yellow",
    "bad": "red",
    "quiet": "dim",
}
_NUMBER = re.compile(r"-?[\d,.]+(e[-+]\d+)?")
_NAME_WIDTH = 34
"""Names in a table's first column are not broken where all of them are this short."""
_COLORS: dict[Tone, str] = {"good": "#2e7d32", "warn": "#b26a00", "bad": "#c62828"}


def plain(solution: Solution) -> str:
    """A dozen lines of text: title, outcome, flags, answers, size, run. What `repr` shows."""
    lines = [_title(solution), f"  {headline(solution)[0]}"]
    lines += [f"  ! {flag.kind}: {shorten(one_line(flag.message), 160)}" for flag in solution.flags]
    rows, zeros = answer_rows(solution)
    width = min(48, max((len(words) for words, _ in rows[:12]), default=0))
    lines += [f"  {shorten(words, 48):<{width}}  {shorten(value, 80)}" for words, value in rows[:12]]
    if rows[12:]:
        lines.append(f"  … and {len(rows) - 12:,} more in .answers")
    if zeros:
        lines.append(f"  {plural(zeros, 'zero')} left out")
    checks = f"{len(solution.checked)} checked, {len(solution.unchecked)} not"
    lines += [
        f"  {line}" for line in (model_line(solution.verdict), one_line(f"{run_line(solution)}; {checks}")) if line
    ]
    return "\n".join(lines)


def _left_out(count: int) -> str:
    return f"… and {number(count)} more" if count else ""


# Terminal ------------------------------------------------------------------------------------------------------------


def terminal(solution: Solution) -> RenderableType:
    """Everything, for a `rich` console of any width, with or without color."""
    from rich.console import Group
    from rich.text import Text

    words, tone = headline(solution)
    parts: list[RenderableType] = [Text(_title(solution), style="bold"), Text(words, style=f"bold {_STYLES[tone]}")]
    for section in _sections(solution):
        parts += [Text(""), *terminal_section(section)]
    return Group(*parts)


def terminal_section(section: Section) -> Iterable[RenderableType]:
    """A section's rule and its blocks."""
    from rich.rule import Rule
    from rich.text import Text

    style = _STYLES[section.tone]
    yield Rule(Text(section.title, style=f"bold {style}"), align="left", style=style or "dim")
    for at, block in enumerate(section.blocks):
        if at and Grid in (type(block), type(section.blocks[at - 1])):
            yield Text("")
        yield from _block(block)


def _block(block: Paragraph | Items | Grid) -> Iterable[RenderableType]:
    from rich.padding import Padding
    from rich.text import Text

    match block:
        case Paragraph():
            yield Text(block.text, style=_STYLES[block.tone])
        case Items():
            for item in block.items:
                yield _item(block.mark, item, _STYLES[block.tone])
            if block.left_out:
                yield Text(f"  {_left_out(block.left_out)}", style="dim")
        case Grid():
            yield Padding(_table(block), (0, 0, 0, 1), expand=False)
            for note in filter(None, (_left_out(block.left_out), block.note)):
                yield Text(f"  {note}", style="dim")


def _item(mark: str, words: str, style: str) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    line = Table.grid(padding=(0, 1))
    line.add_column(width=1, style=style)
    line.add_column(overflow="fold")
    line.add_row(Text(mark), Text(words, style="dim" if style == "dim" else ""))
    return line


def _table(grid: Grid) -> RenderableType:
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim", title_justify="left")
    if grid.title:
        table.title, table.title_style = Text(grid.title, style="bold"), ""
    for at, column in enumerate(grid.columns):
        cells = [row[at] for row in grid.rows]
        whole = at == 0 and max(map(cell_len, cells), default=0) <= _NAME_WIDTH
        justify = "right" if all(map(_NUMBER.fullmatch, cells)) else "left"
        table.add_column(Text(column), justify=justify, no_wrap=whole, overflow="fold")
    for row in grid.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


# Notebook ------------------------------------------------------------------------------------------------------------

_CSS = (
    ".optwright{font:14px/1.45 system-ui,sans-serif;max-width:60em}"
    ".optwright table{border-collapse:collapse;margin:.3em 0}"
    ".optwright caption{text-align:left;font-weight:600}"
    ".optwright th,.optwright td{text-align:left!important;vertical-align:top;padding:.15em .9em .15em 0;"
    "border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}"
    ".optwright summary{font-weight:600;cursor:pointer}"
    ".optwright p,.optwright ul{margin:.3em 0;white-space:pre-wrap}"
)


def html(solution: Solution) -> str:
    """One self-contained fragment: no scripts, no addresses, every word escaped."""
    words, tone = headline(solution)
    color = f' style="color:{_COLORS[tone]}"' if tone in _COLORS else ""
    body = "".join(_html_section(section) for section in _sections(solution))
    head = f"<h3>{escape(_title(solution))}</h3><p{color}><strong>{escape(words)}</strong></p>"
    return f'<div class="optwright"><style>{_CSS}</style>{head}{body}</div>'


def _html_section(section: Section) -> str:
    color = f' style="color:{_COLORS[section.tone]}"' if section.tone in _COLORS else ""
    shown = "" if section.title in ("Formulation", "Run", "Model") else " open"
    blocks = "".join(_html_block(block) for block in section.blocks)
    return f"<details{shown}><summary{color}>{escape(section.title)}</summary>{blocks}</details>"


def _html_block(block: Paragraph | Items | Grid) -> str:
    match block:
        case Paragraph():
            return f"<p>{escape(block.text)}</p>"
        case Items():
            return f"<ul>{''.join(f'<li>{escape(each)}</li>' for each in (*block.items, *_tail(block.left_out)))}</ul>"
        case Grid():
            caption = f"<caption>{escape(block.title)}</caption>" if block.title else ""
            rows = "".join(_html_row(row, "td") for row in block.rows)
            notes = "".join(f"<p>{escape(note)}</p>" for note in (*_tail(block.left_out), block.note) if note)
            return f"<table>{caption}{_html_row(block.columns, 'th')}{rows}</table>{notes}"


def _html_row(cells: Iterable[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _tail(count: int) -> tuple[str, ...]:
    return (_left_out(count),) if count else ()


# Markdown ------------------------------------------------------------------------------------------------------------


def markdown(section: Section) -> str:
    """A section as GitHub-flavored Markdown; characters that Markdown or HTML would act on are escaped."""
    return "\n\n".join([f"## {inline_markdown(section.title)}", *(_md_block(block) for block in section.blocks)]) + "\n"


def _md_block(block: Paragraph | Items | Grid) -> str:
    match block:
        case Paragraph():
            return inline_markdown(block.text)
        case Items():
            return "\n".join(f"- {inline_markdown(each)}" for each in (*block.items, *_tail(block.left_out)))
        case Grid():
            cells = (tuple(inline_markdown(cell) for cell in row) for row in block.rows)
            rows = [tuple(map(inline_markdown, block.columns)), tuple("---" for _ in block.columns), *cells]
            table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
            title = f"**{inline_markdown(block.title)}**\n\n" if block.title else ""
            notes = (inline_markdown(block.note),) if block.note else ()
            return "\n\n".join([title + table, *_tail(block.left_out), *notes])


def inline_markdown(text: str) -> str:
    """One line of text, with backslashes before everything that Markdown or HTML would act on."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|$~&" else c for c in one_line(text))
