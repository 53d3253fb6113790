"""The tab *Mathematics*: the solved model as formulas; of a large one the formulation's expressions."""

from __future__ import annotations

import re

from ....evaluators.program import export_model
from ...engine import Engine
from ...formulate.formulation import Formulation
from ...report.mathematics import display_math
from .elements import el, table
from .shown import Shown

_LONGEST = 60_000
"""Characters of LaTeX beyond which formulas are no reading matter."""
_NAME = re.compile(
    r"(?P<keep>\\(?:text|begin|end|mathbb|mathds)\{[^{}]*\}|\\[A-Za-z]+)|(?P<name>[^\W\d_](?:\\_|[^\W_])+)(?P<index>\[[^\]]*\])?"
)
_FACTOR = re.compile(r"(?:^|[\s}(&])[\d.]+(?:e[-+]?\d+)? \Z")
"""A number before a name: without a gap, `2 bread` would look like one word."""


async def latex_of(engine: Engine, found: Shown) -> str:
    """The model's LaTeX for KaTeX; empty where there is none, or too much of it."""
    if found.finished is None:
        return ""
    run = found.finished
    exported = await export_model(engine.pool, run.solution.program, run.data, engine.settings.solve_options)
    latex = display_math(exported.latex) if exported.latex else ""
    return _named(latex) if len(latex) <= _LONGEST else ""


def _named(latex: str) -> str:
    """Names of more than one letter as words, not as products of letters; an index as a subscript."""

    def one(found: re.Match[str]) -> str:
        if found["keep"]:
            return found["keep"]
        index = rf"_{{\text{{{found['index'][1:-1]}}}}}" if found["index"] else ""
        gap = r"\, " if _FACTOR.search(found.string, max(0, found.start() - 30), found.start()) else ""
        return rf"{gap}\mathit{{{found['name']}}}{index}"

    return _NAME.sub(one, latex)


def build(found: Shown, latex: str) -> None:
    if found.formulation is None:
        el("p", "There is no model yet.", "quiet")
        return
    if latex:
        el("h3", "The model as it was solved")
        with el("div", cls="scroll", tabindex="0", role="group", aria_label="The model's formulas"):
            el("div", cls="math", data_latex=latex)
        with el("details"):
            el("summary", "LaTeX source")
            _code(latex, "LaTeX source")
        return
    if found.version:
        el("p", "The model is too large to be read as formulas; these are the formulation's expressions.", "quiet")
    _expressions(found.formulation)


def _expressions(formulation: Formulation) -> None:
    goal = formulation.objective
    rows = [(goal.sense, f"`{goal.expression}`")]
    rows += [(each.name, f"`{each.expression}`") for each in formulation.constraints]
    table("Objective and constraints", ("name", "expression"), rows)


def _code(text: str, name: str) -> None:
    with el("div", cls="scroll code", tabindex="0", role="group", aria_label=name):
        el("pre", text)
