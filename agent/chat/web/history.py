"""The tab *History*: the versions as a tree, any two of them side by side, and each to take home."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nicegui.element import Element

from ... import whatif
from ...wording import shorten
from ..events import Version
from ..session import Session
from ..turn import outcome
from .elements import button, el, put
from .program_tab import difference

Versions = Mapping[int, Version]


@dataclass(frozen=True)
class Moves:
    go: Callable[[int], object]
    compare: Callable[[int, int], object]


def build(session: Session | None, moves: Moves, pair: tuple[int, int] | None) -> Element | None:
    """Where a comparison of two versions is to be shown; None where there are no two."""
    stands = session.standing if session else None
    if session is None or stands is None or not stands.versions:
        el("p", "There are no versions yet.", "quiet")
        return None
    with el("ul", cls="tree", aria_label="Versions"):
        _branches(0, stands.versions, stands.head, session.id, moves)
    if len(stands.versions) < 2:
        return None
    el("h3", "Two versions side by side")
    before, after = pair or _pair(stands.versions, stands.head)
    with el("form", cls="compare") as form:
        _choice("before", "Compare version", before, stands.versions)
        _choice("after", "with version", after, stands.versions)
        el("button", "Compare", type="submit", data_key="compare")
    form.on("submit", lambda event: moves.compare(*map(int, event.args)), js_handler=_CHOSEN)
    return el("div", cls="comparison", aria_live="polite")


_CHOSEN = "(e) => { e.preventDefault(); emit([e.target.elements.before.value, e.target.elements.after.value]); }"


def _pair(versions: Versions, head: int) -> tuple[int, int]:
    """The version at hand with the one that it came from; the first with the last for a version that came from none."""
    parent = versions[head].parent if head in versions else 0
    return (parent, head) if parent else (min(versions), max(versions))


def _branches(parent: int, versions: Versions, head: int, chat: str, moves: Moves) -> None:
    for version in versions.values():
        if version.parent != parent:
            continue
        with el("li"):
            _version(version, version.number == head, chat, moves)
        children = sum(each.parent == version.number for each in versions.values())
        if children == 1:  # a line of versions stays one below the other; only branches are set in
            _branches(version.number, versions, head, chat, moves)
        elif children:
            with el("li"), el("ul", aria_label=f"Branches of version {version.number}"):
                _branches(version.number, versions, head, chat, moves)


def _version(version: Version, here: bool, chat: str, moves: Moves) -> None:
    number = version.number
    with el("div", cls="version here" if here else "version", aria_current="true" if here else None):
        with el("p", cls="name"):
            el("strong", f"Version {number}")
            el("span", f" {outcome(version)}")
            if version.parent:
                el("span", f"from version {version.parent}", "quiet small from")
            if here:
                el("span", "at hand", "badge")
        if version.said:
            el("p", shorten(version.said, 160), "quiet small")
        with el("p", cls="actions"):
            if not here:
                button("Go back to it", lambda: moves.go(number), "link", aria_label=f"Go back to version {number}",
                       data_key=f"go:{number}")  # fmt: skip
            el("a", "Download", href=f"/c/{chat}/{number}.zip", download="",
               aria_label=f"Download version {number} as a zip")  # fmt: skip
            el("a", "Report", href=f"/c/{chat}/{number}/report.html", target="_blank", rel="noopener",
               aria_label=f"Report on version {number}, in a new tab")  # fmt: skip


def _choice(name: str, label: str, chosen: int, versions: Versions) -> None:
    with el("label"):
        el("span", label)
        with el("select", name=name):
            for each in versions.values():
                option = el("option", f"{each.number}: {shorten(outcome(each), 40)}", value=str(each.number))
                put(option, selected=each.number == chosen)


def compared(comparison: whatif.Comparison, unit: str, diff: str) -> None:
    """Two versions: what changed in the outcome, and in the program."""
    with el("ul"):
        for line in whatif.told(comparison, unit).splitlines():
            el("li", line)
    if diff:
        difference(diff)
    else:
        el("p", "The program is the same.", "quiet")
