"""Reports as HTML pages that need nothing else: no request leaves them, and they work without their script.

Whatever a model wrote is escaped, by Jinja2's autoescape. Should that ever fail, the page's policy still lets no script
run but its own, and nothing be loaded.
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from .wording import duration, plural, shorten

Filters = Mapping[str, Callable[..., object]]


def environment(package: str, filters: Filters, **globals: object) -> Environment:
    """For a package's templates, with the style (of all pages, then its `page.css`), `page.js` and the policy."""
    style = Markup(_file(__package__ or "", "pages.css") + _file(package, "page.css"))
    script = Markup(_file(package, "page.js"))
    environment = Environment(
        loader=FunctionLoader(lambda name: _file(package, name)),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(plural=plural, shorten=shorten, clipped=clipped, duration=duration)
    environment.filters.update(filters)
    environment.globals.update(
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
    )
    environment.globals.update(globals)
    return environment


def _file(package: str, name: str) -> str:
    return (files(package) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _finalized(value: object) -> object:
    """Every word on the page passes here, before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters, and how many are left out."""
    return text if len(text) <= limit else f"{text[:limit]}\n… {len(text) - limit:,} more characters"


def visible(text: str) -> str:
    """Control characters, direction overrides and half characters as escapes; newlines and tabs stay.

    A program that hides what it does behind them is seen to do so, and the text can always be encoded.
    """
    return text.translate(_ESCAPES)


class _Escapes(dict[int, str]):
    """What stands for each character: found out when it is met first, since a run's texts are long."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        hidden = character not in "\n\t" and unicodedata.category(character)[0] == "C"
        self[code] = character.encode("unicode_escape").decode("ascii") if hidden else character
        return self[code]


_ESCAPES = _Escapes()
