"""Reports as they are read, and texts that try to be more than text."""

from __future__ import annotations

import io
from html.parser import HTMLParser

from hypothesis import strategies as st
from rich.console import Console

VOID = {"meta", "br", "img", "input", "hr", "link"}


class Page(HTMLParser):
    """The page as it is read: tags in order, well nested; text by section, by the id of its heading."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.open: list[str] = []
        self.pres: list[str] = []
        self.raw: dict[str, str] = {}
        self.section = ""
        self.sections: dict[str, str] = {"": ""}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(attrs)))
        if tag == "section":
            self.section = dict(attrs)["aria-labelledby"] or ""
            self.sections[self.section] = ""
        if tag in ("td", "th", "li"):
            self.sections[self.section] += " "
        if tag == "pre":
            self.pres.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, tuple(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
            return
        self.sections[self.section] += data
        if "pre" in self.open:
            self.pres[-1] += data

    def read(self, section: str) -> str:
        return " ".join(self.sections[section].split())

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attrs in self.tags for key, value in attrs if key == name]


def printed(renderable, width: int = 100) -> str:
    console = Console(width=width, file=io.StringIO(), highlight=False, markup=False, emoji=False)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined]


EVIL = [
    "<script>alert(1)</script>",
    "</style>",
    "</pre>",
    "<img src=x onerror=y>",
    "<!--",
    "]]>",
    "{{ 7*7 }}",
    "&lt;b&gt;",
]
EVIL += ['" onload="x', "' x='", "\x1b[31m", "\u202e", "\ud800", "\x00", "\r\n", "x" * 2_000, "<b", "</tbody>"]
HARMLESS = str.maketrans("<>&\"'{}", "\uff1c\uff1e\uff06\uff02\uff07\uff5b\uff5d")
"""To characters that mean nothing to HTML, and are no letters either."""
TEXTS = st.lists(st.sampled_from(EVIL) | st.text(max_size=30), max_size=5).map("".join)
TEXTS = TEXTS.filter(lambda text: not set(text) & set(map(chr, HARMLESS.values())))
