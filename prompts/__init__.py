"""Prompts: one Markdown file each, with front matter; no prompt text lives in code.

A file reads

    ---
    name: formalize
    version: 1
    variables: [problem, data]
    ---
    # system
    … the static part, first, so that a server's prefix cache holds it …
    # user
    … {{problem}} …

A variable's value is put in as it is and never expanded again, so a problem that contains
`{{data}}` stays what it is.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from typing_extensions import TypedDict  # pydantic takes the standard library's from Python 3.12 on


class Message(TypedDict):
    role: Literal["system", "user", "assistant"]
    content: str


class Prompt(NamedTuple):
    name: str
    version: int
    variables: frozenset[str]
    sections: tuple[tuple[Literal["system", "user"], str], ...]

    def render(self, **values: str) -> list[Message]:
        """The messages to send. ValueError where `values` are not exactly the declared variables."""
        if values.keys() != self.variables:
            odd = ", ".join(sorted(values.keys() ^ self.variables))
            raise ValueError(f"prompt {self.name} takes {sorted(self.variables)}; missing or unknown: {odd}")
        return [
            Message(role=role, content=_VARIABLE.sub(lambda found: values[found[1]], text))
            for role, text in self.sections
        ]


_VARIABLE = re.compile(r"\{\{(\w+)\}\}")
_SECTION = re.compile(r"^# (system|user)$", re.MULTILINE)


def names() -> tuple[str, ...]:
    """Every prompt that is shipped, by name."""
    return tuple(sorted(file.name[:-3] for file in files(__name__).iterdir() if file.name.endswith(".md")))


@cache
def load(name: str) -> Prompt:
    """The prompt of that name. ValueError where its declared variables are not those that its text uses."""
    import yaml

    text = files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    meta = yaml.safe_load(front)
    _, *parts = _SECTION.split(body)
    sections = tuple(zip(parts[::2], (part.strip() for part in parts[1::2]), strict=True))
    used = frozenset(_VARIABLE.findall(body))
    declared = frozenset(meta["variables"])
    if used != declared or meta["name"] != name:
        raise ValueError(f"prompt {name}: front matter declares {sorted(declared)}, the text uses {sorted(used)}")
    return Prompt(name, meta["version"], declared, sections)  # pyright: ignore[reportArgumentType]
