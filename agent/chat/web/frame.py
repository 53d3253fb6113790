"""What every page of the chat has around it: style, script, header, and the words before anything was said."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from nicegui import ui
from nicegui.client import Client
from nicegui.element import Element

from ...wording import shorten
from ..chats import Listed
from .elements import el

_LISTED = 40


def asset(name: str) -> str:
    """`style.css` or `page.js`; the style begins with the colours of all our pages."""
    text = (files(__package__ or "") / name).read_text(encoding="utf-8")
    if name == "style.css":
        shared = (files("optwright.agent") / "pages.css").read_text(encoding="utf-8")
        return shared.partition("\n* {")[0] + "\n" + text
    return text


@cache
def _tag(name: str) -> str:
    """Changes with the file, so that no browser keeps an old one."""
    return hashlib.sha256(asset(name).encode()).hexdigest()[:12]


def head() -> None:
    ui.add_head_html(
        '<link rel="stylesheet" href="/static/katex/katex.min.css">'
        f'<link rel="stylesheet" href="/assets/style.css?{_tag("style.css")}">'
        '<script defer src="/static/katex/katex.min.js"></script>'
        f'<script defer src="/assets/page.js?{_tag("page.js")}"></script>'
    )


def header(client: Client, listed: Callable[[], list[Listed]], here: str) -> None:
    with client.layout:
        bar = el("header", cls="bar")
    bar.move(client.layout, 0)
    with bar:
        el("a", "Skip to the message field", "skip", href="#words")
        el("a", "optwright", "brand", href="/", aria_label="optwright, a new chat")
        with el("nav", aria_label="Pages"):
            el("a", "New chat", href="/")
            _chats(listed, here)
            el("a", "Runs", href="/runs")


def _chats(listed: Callable[[], list[Listed]], here: str) -> None:
    def fill() -> None:
        box.clear()
        with box:
            found = listed()
            if not found:
                el("p", "Nothing yet.", "quiet small")
            with el("ul"):
                for each in found[:_LISTED]:
                    with el("li"):
                        el("a", shorten(each.title, 80), href=f"/c/{each.id}",
                           aria_current="page" if each.id == here else None)  # fmt: skip
                        el("span", f"{each.created:%Y-%m-%d %H:%M}", "quiet small")

    with el("details", cls="menu") as menu:
        el("summary", "My chats")
        box = el("div", cls="list")
    menu.on("toggle", fill, js_handler="(e) => { if (e.target.open) emit(); }")


def switch() -> None:
    """Where the window is narrow: which of the two sides is seen."""
    with el("div", cls="switch", role="group", aria_label="Shown side"):
        for side, name in (("talk", "Chat"), ("model", "Model")):
            made = el("button", name, type="button", data_side=side, aria_pressed="true" if side == "talk" else "false")
            made.on("click", js_handler=f"() => optwright.show('{side}')")


def welcome() -> Element:
    with el("div", cls="welcome") as box:
        el("p", "Tell me a decision problem in your own words.", "first")
        el(
            "p",
            "I write it down as a model that you can read, solve it, check the answer, and tell you what limits it. "
            "Then change whatever you like: a number, a rule, how your words were read.",
        )
        with el("p", cls="quiet"):
            el(
                "span",
                "For example: A workshop makes tables and chairs. A table earns 70 euros and takes 4 hours, a chair "
                "earns 50 euros and takes 3 hours. There are 241 hours in a week. How many of each should it make?",
            )
    return box
