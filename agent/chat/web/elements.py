"""Plain HTML elements by name. Whatever they are given is text: no word of a model or a file becomes markup."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from nicegui.element import Element

from ...sections import Grid, Items, Paragraph, Section, clean

_NUMBER = re.compile(r"[-+$€£¥₹]*[\d,.]+(e[-+]?\d+)?( %| s)?|n/a|-?∞")
Cell = str | Callable[[], object]
"""Words, or what builds the content of a cell."""
Handler = Callable[..., object]


def el(tag: str, text: str = "", cls: str = "", **attributes: Any) -> Element:
    """An element; `aria_label` is the attribute `aria-label`, and None and False leave an attribute out."""
    element = Element(tag)
    if text:
        element._text = clean(text)
    if cls:
        element.classes(cls)
    put(element, **attributes)
    return element


def put(element: Element, **attributes: Any) -> None:
    """Set attributes; None and False take one away."""
    for name, value in attributes.items():
        name = name.rstrip("_").replace("_", "-")
        if value is None or value is False:
            element.props.pop(name, None)
        elif element.props.get(name) != (shown := clean(value) if isinstance(value, str) else value):
            element.props[name] = shown


def say(element: Element, text: str) -> None:
    """Other words for an element."""
    if element._text != (text := clean(text)):
        element._text = text
        element.update()


def button(text: str, handler: Handler, cls: str = "", **attributes: Any) -> Element:
    return el("button", text, cls, type="button", **attributes).on("click", handler, js_handler="() => emit()")


def words(tag: str, text: str, cls: str = "", **attributes: Any) -> Element:
    """An element with text in which names stand between backticks."""
    parts = text.split("`")
    if len(parts) < 3 or len(parts) % 2 == 0:
        return el(tag, text, cls, **attributes)
    with el(tag, "", cls, **attributes) as element:
        for at, part in enumerate(parts):
            if part:
                el("code" if at % 2 else "span", part)
    return element


def table(
    caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], note: str = "", hidden: bool = False
) -> None:
    """A table whose first column names its rows. A `hidden` caption is read out, and not shown.

    A column in which nothing stands is left out.
    """
    if not rows:
        return
    kept = [at for at in range(len(columns)) if not at or any(row[at] for row in rows)]
    columns, rows = [columns[at] for at in kept], [[row[at] for at in kept] for row in rows]
    aligned = [_side([row[at] for row in rows]) if at else "" for at in range(len(columns))]
    with el("div", cls="scroll", tabindex="0", role="group", aria_label=caption or "Table"), el("table"):
        if caption:
            el("caption", caption, "unseen" if hidden else "")
        with el("thead"), el("tr"):
            for column, side in zip(columns, aligned, strict=True):
                el("th" if column else "td", column, side, scope="col" if column else None)
        with el("tbody"):
            for row in rows:
                with el("tr"):
                    _cell(row[0], "th", "", scope="row")
                    for cell, side in zip(row[1:], aligned[1:], strict=True):
                        _cell(cell, "td", side)
    if note:
        el("p", note, "quiet small")


def _side(cells: Sequence[Cell]) -> str:
    """Numbers stand on the right."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    return "n" if len(texts) == len(cells) and any(texts) and all(map(_numeric, texts)) else ""


def _numeric(text: str) -> bool:
    return not text or _NUMBER.fullmatch(text) is not None


def _cell(cell: Cell, tag: str, cls: str, **attributes: Any) -> None:
    if isinstance(cell, str):
        words(tag, cell, cls, **attributes)
    else:
        with el(tag, cls=cls, **attributes):
            cell()


# ---- what `sections` has to say


def section(found: Section | None, heading: bool = True) -> None:
    """A section with its blocks; nothing where there is none."""
    if found is None or not found.blocks:
        return
    with el("section"):
        if heading:
            el("h3", found.title, found.tone)
        for each in found.blocks:
            block(each, found.title)


def block(each: Paragraph | Items | Grid, title: str) -> None:
    match each:
        case Paragraph():
            words("p", each.text, each.tone)
        case Items():
            with el("ul", cls="marks"):
                for item in each.items:
                    with el("li"):
                        el("span", "•" if each.mark == "-" else each.mark, f"mark {each.tone}", aria_hidden="true")
                        words("span", item, "quiet" if each.tone == "quiet" else "")
            if each.left_out:
                el("p", f"… and {each.left_out:,} more", "quiet small")
        case Grid():
            more = f"… and {each.left_out:,} more" if each.left_out else ""
            notes = "; ".join(note for note in (more, each.note) if note)
            table(each.title or title, each.columns, each.rows, notes, hidden=not each.title)
