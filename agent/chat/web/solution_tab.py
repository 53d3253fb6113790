"""The tabs *Solution* and *Checks*: what `sections` says, with a chart, and buttons for why and the way out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ....evaluators.verdict import Verdict
from ... import sections
from ...explain import relaxes
from ...prices import binds
from ...solution import Solution
from ...wording import component, number
from . import charts
from .elements import Cell, button, el, section, table
from .shown import Shown

_ROWS = 40


@dataclass(frozen=True)
class Asks:
    why: Callable[[str], None]
    relax: Callable[[], None]


def build(found: Shown, asks: Asks) -> None:
    solution = found.solution
    if solution is None:
        el("p", "There is no solution yet.", "quiet")
        return
    _doubts(solution, asks)
    section(sections.answer_section(solution))
    if solution.verdict and solution.verdict.solved:
        charts.build(solution)
        section(sections.limits_section(solution))
        _binding(solution, solution.verdict, asks)
        _values(solution, solution.verdict, asks)
    section(sections.model_section(solution.verdict))


def checks(found: Shown, asks: Asks) -> None:
    solution = found.solution
    if solution is None:
        el("p", "Nothing was checked yet.", "quiet")
        return
    _doubts(solution, asks)
    section(sections.readings_section(solution))
    section(sections.checks_section(solution))
    section(sections.run_section(solution))


def _doubts(solution: Solution, asks: Asks) -> None:
    """Warnings first, then why there is no answer, and the way out."""
    section(sections.flags_section(solution))
    section(sections.trouble_section(solution))
    if relaxes(solution):
        button("Apply the cheapest way out", asks.relax, "primary", data_key="relax")


def _why(name: str, asks: Asks) -> Cell:
    return lambda: button("Why?", lambda: asks.why(name), "link", aria_label=f"Why {name}?", data_key=f"why:{name}")


def _binding(solution: Solution, verdict: Verdict, asks: Asks) -> None:
    """The constraints without slack, each to be asked about."""
    rows = [row for row in verdict.constraints if binds(row)]
    built = [
        (row.name, sections.words_behind(solution.formulation, row.name), _why(row.name, asks)) for row in rows[:_ROWS]
    ]
    left = len(rows) - _ROWS
    table("Constraints that bind", ("name", "in the words", ""), built, f"… and {left:,} more" if left > 0 else "")


def _values(solution: Solution, verdict: Verdict, asks: Asks) -> None:
    """Variables that are not 0 first; beyond some they are counted."""
    listed = sorted(verdict.variables, key=lambda each: not each.value)
    built = [
        (each.name, number(each.value), _meaning(solution, each.name), _why(each.name, asks)) for each in listed[:_ROWS]
    ]
    left = len(listed) - _ROWS + verdict.omitted
    table("Variables", ("name", "value", "meaning", ""), built, f"… and {left:,} more" if left > 0 else "")


def _meaning(solution: Solution, name: str) -> str:
    source = component(solution.formulation, name)
    return getattr(source, "description", "") if source else ""
