"""What a solution has to say, section by section, before anybody decides how it looks.

`sections(solution)` turns a `Solution` into plain blocks (paragraphs, lists, tables); `render` draws them for a
terminal, a notebook or a Markdown file. Words that a language model or a data file wrote pass through `clean` on their
way in, so no block can hold control characters, whoever draws it. Long lists are cut, and say by how much.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict

from ..evaluators.verdict import ReportValue, Verdict
from . import prices
from .formulate.formulation import Constraint, Formulation
from .solution import ReadingOutcome, Solution
from .wording import amount, component, declared, number, plural, shorten

CAP = 12
"""Rows of one table or list; formulations of any sensible size fit, ten thousand prices do not."""

Tone = Literal["plain", "strong", "good", "warn", "bad", "quiet"]


def clean(text: str) -> str:
    """Without control characters (terminal escapes), direction overrides and half characters; newlines stay."""
    kept = (c for c in text.replace("\r\n", "\n").replace("\t", " ") if c == "\n" or unicodedata.category(c)[0] != "C")
    return "".join(kept)


Clean = Annotated[str, AfterValidator(clean)]


class Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Paragraph(Block):
    text: Clean
    tone: Tone = "plain"


class Items(Block):
    items: tuple[Clean, ...]
    mark: str = "-"
    tone: Tone = "plain"
    left_out: int = 0


class Grid(Block):
    columns: tuple[Clean, ...]
    rows: tuple[tuple[Clean, ...], ...]
    title: Clean = ""
    left_out: int = 0
    note: Clean = ""
    """Said below the table."""


class Section(Block):
    title: Clean
    blocks: tuple[Paragraph | Items | Grid, ...]
    tone: Tone = "plain"


def grid(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, cap: int = CAP, note: str = "") -> Grid:
    every = [tuple(row) for row in rows]
    return Grid(
        title=title, columns=tuple(columns), rows=tuple(every[:cap]), left_out=max(0, len(every) - cap), note=note
    )


def items(lines: Iterable[str], mark: str = "-", tone: Tone = "plain", cap: int = CAP) -> Items:
    every = list(lines)
    return Items(items=tuple(every[:cap]), mark=mark, tone=tone, left_out=max(0, len(every) - cap))


def sections(solution: Solution) -> tuple[Section, ...]:
    """Everything that there is to say, in reading order; sections with nothing in them are left out."""
    found = (
        formulation_section(solution.formulation),
        model_section(solution.verdict),
        trouble_section(solution),
        flags_section(solution),
        answer_section(solution),
        limits_section(solution),
        readings_section(solution),
        checks_section(solution),
        run_section(solution),
    )
    return tuple(section for section in found if section and section.blocks)


def title(solution: Solution) -> str:
    if solution.formulation and solution.formulation.title.strip():
        return clean(shorten(solution.formulation.title, 120))
    return clean(shorten(solution.problem, 120)) or "Untitled problem"


def headline(solution: Solution) -> tuple[str, Tone]:
    """The outcome in one line, and how to take it."""
    goal, unit, verdict = _sense(solution), _unit(solution), solution.verdict
    match solution.status:
        case "optimal":
            doubts = f", with {plural(len(solution.flags), 'warning')}" if solution.flags else ""
            return clean(f"Optimal: {amount(solution.objective, unit)}{goal}{doubts}"), "warn" if doubts else "good"
        case "feasible":
            limit = _bound(verdict, unit) if verdict else ""
            return clean(f"Best found: {amount(solution.objective, unit)}{goal}{limit}"), "warn"
        case "infeasible":
            return "Infeasible: nothing satisfies all the constraints at once", "bad"
        case "unbounded":
            return "Unbounded: nothing stops the objective from growing", "bad"
        case "incomplete":
            return clean(
                f"Incomplete: {shorten(solution.error, 200) or 'a number that the model needs is missing'}"
            ), "bad"
        case _:
            return clean(f"Failed: {shorten(solution.error, 200) or 'no model could be solved'}"), "bad"


def _sense(solution: Solution) -> str:
    verb = solution.formulation.objective.sense if solution.formulation else solution.verdict and solution.verdict.sense
    return f" ({verb}d)" if verb else ""


def _unit(solution: Solution) -> str:
    return solution.formulation.objective.unit if solution.formulation else ""


def _bound(verdict: Verdict, unit: str) -> str:
    if verdict.bound is None:
        return ", and how far from the optimum is unknown"
    side = "more than" if verdict.sense == "maximize" else "less than"
    gap = "" if verdict.gap is None else f", gap {100 * verdict.gap:.3g} %"
    return f", and no plan gives {side} {amount(verdict.bound, unit)}{gap}"


def formulation_section(formulation: Formulation | None) -> Section | None:
    """The five elements, each with the words that it came from."""
    if formulation is None:
        return None
    goal = formulation.objective
    purpose = f"Objective: {goal.sense}{f', in {goal.unit}' if goal.unit else ''}"
    blocks = (
        _sets(formulation),
        _parameters(formulation),
        _variables(formulation),
        grid(purpose, ("expression", "in the words"), [(goal.expression, quoted(goal.quote))]),
        _constraints(formulation),
    )
    return Section(title="Formulation", blocks=tuple(block for block in blocks if block.rows))


def _sets(formulation: Formulation) -> Grid:
    rows = (
        (each.name, "from the data" if each.members is None else shorten(", ".join(each.members), 80), each.description)
        for each in formulation.sets
    )
    return grid("Sets", ("name", "members", "meaning"), rows, cap=40)


def _parameters(formulation: Formulation) -> Grid:
    rows = (
        (
            each.name,
            "from the data" if each.value is None and each.column else shorten(value_text(each.value), 60),
            each.unit,
            quoted(each.quote) or each.column or each.description,
        )
        for each in formulation.parameters
    )
    return grid("Parameters", ("name", "value", "unit", "in the words"), rows, cap=40)


def _variables(formulation: Formulation) -> Grid:
    rows = ((declared(each), each.domain, each.unit, each.description) for each in formulation.variables)
    return grid("Variables", ("name", "domain", "unit", "meaning"), rows, cap=40)


def _constraints(formulation: Formulation) -> Grid:
    rows = ((each.name, each.expression, quoted(each.quote)) for each in formulation.constraints)
    return grid("Constraints", ("name", "expression", "in the words"), rows, cap=40)


def quoted(words: str, limit: int = 160) -> str:
    return f"“{shorten(words, limit)}”" if words.strip() else ""


def value_text(value: ReportValue) -> str:
    """A datum or a reported quantity in one line."""
    match value:
        case None:
            return "n/a"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return number(value)
        case str():
            return value
        case list():
            return ", ".join(value_text(each) for each in value[:50]) + (", …" if len(value) > 50 else "")
        case dict():
            pairs = (f"{key}: {value_text(each)}" for key, each in list(value.items())[:50])
            return ", ".join(pairs) + (", …" if len(value) > 50 else "")


def model_section(verdict: Verdict | None) -> Section | None:
    """The size of what was solved, and who solved it."""
    line = model_line(verdict)
    return Section(title="Model", blocks=(Paragraph(text=line),)) if line else None


def model_line(verdict: Verdict | None) -> str:
    if verdict is None or verdict.statistics is None:
        return ""
    size = verdict.statistics
    kinds = ((size.continuous, "continuous"), (size.integer, "integer"), (size.binary, "binary"))
    variables = ", ".join(f"{number(count)} {kind}" for count, kind in kinds if count)
    total = size.continuous + size.integer + size.binary
    rows = plural(size.equalities + size.inequalities, "constraint")
    curved = f" ({number(size.nonlinear)} nonlinear)" if size.nonlinear else ""
    solver = f"; {verdict.solver}, {verdict.timings.solve:.2f} s" if verdict.solver else ""
    named = f" ({variables})" if variables else ""
    columns = f"{plural(total, 'variable')}{named}"
    return f"{size.model_class}: {columns}, {rows}{curved}, {plural(size.nonzeros, 'nonzero')}{solver}"


def trouble_section(solution: Solution) -> Section | None:
    """Why there is no answer, in the user's own sentences and units."""
    match solution.status:
        case "infeasible":
            return Section(title="Why nothing works", blocks=_conflict(solution), tone="bad")
        case "unbounded":
            return Section(title="What grows without limit", blocks=_ray(solution), tone="bad")
        case "incomplete" | "failed":
            return Section(title="What is missing", blocks=_lacking(solution), tone="bad")
        case _:
            return None


def _conflict(solution: Solution) -> tuple[Paragraph | Items | Grid, ...]:
    diagnosis = solution.verdict.diagnosis if solution.verdict else None
    if diagnosis is None:
        return (Paragraph(text="No conflict could be singled out."),)
    blocks: list[Paragraph | Items | Grid] = []
    if diagnosis.conflict:
        names = [(f"{name}", words_behind(solution.formulation, name)) for name in diagnosis.conflict]
        title = "These cannot all hold" if diagnosis.conflict_is_minimal else "The conflict is among these"
        blocks.append(grid(title, ("constraint", "in the words"), names))
    if diagnosis.relaxations:
        lines = [prices.relaxed(solution.formulation, each) for each in diagnosis.relaxations]
        blocks.append(Paragraph(text="The cheapest way out, all of it together:", tone="strong"))
        blocks.append(items(lines))
    if diagnosis.note:
        blocks.append(Paragraph(text=diagnosis.note, tone="quiet"))
    return tuple(blocks)


def words_behind(formulation: Formulation | None, name: str) -> str:
    """The sentence that a constraint comes from, or what a variable stands for; empty where neither is known."""
    source = component(formulation, name)
    if source is None:
        return ""
    return quoted(source.quote) if isinstance(source, Constraint) else f"{source.description} ({source.domain})"


def _ray(solution: Solution) -> tuple[Paragraph | Items | Grid, ...]:
    diagnosis = solution.verdict.diagnosis if solution.verdict else None
    if diagnosis is None or not diagnosis.ray:
        return (Paragraph(text="A limit is missing somewhere: no direction could be singled out."),)
    rows = [
        (name, "grows" if step > 0 else "falls", number(abs(step)), words_behind(solution.formulation, name))
        for name, step in sorted(diagnosis.ray.items(), key=lambda pair: -abs(pair[1]))
    ]
    together = Paragraph(text="These move together for ever and the objective keeps improving; what limits them?")
    return together, grid("", ("variable", "way", "rate", "meaning"), rows)


def _lacking(solution: Solution) -> tuple[Paragraph | Items | Grid, ...]:
    blocks: list[Paragraph | Items | Grid] = []
    if solution.error:
        blocks.append(Paragraph(text=solution.error, tone="strong"))
    if solution.formulation and solution.formulation.missing:
        rows = [(each.name, each.why) for each in solution.formulation.missing]
        blocks.append(grid("Numbers that neither the text nor the data gives", ("number", "why it is needed"), rows))
    failure = solution.verdict.failure if solution.verdict else None
    if failure:
        line = f", line {failure.line}" if failure.line else ""
        blocks.append(
            Paragraph(text=f"The last program failed ({failure.kind}{line}): {shorten(failure.message, 400)}")
        )
    return tuple(blocks)


def flags_section(solution: Solution) -> Section | None:
    if not solution.flags:
        return None
    lines = [f"{flag.kind}: {flag.message}" for flag in solution.flags]
    return Section(title="Before you rely on this", blocks=(items(lines, "!", "warn", cap=40),), tone="warn")


def answer_section(solution: Solution) -> Section | None:
    """The quantities that the question asks for, with units, and the explanation."""
    blocks: list[Paragraph | Items | Grid] = []
    rows, zeros = answer_rows(solution)
    if rows:
        note = f"{plural(zeros, 'zero')} left out" if zeros else ""
        blocks.append(grid("", ("quantity", "value"), rows, cap=30, note=note))
    if solution.explanation.strip():
        blocks.append(Paragraph(text=solution.explanation.strip()))
    return Section(title="Answer", blocks=tuple(blocks), tone=headline(solution)[1])


def answer_rows(solution: Solution) -> tuple[list[tuple[str, str]], int]:
    """(words, value with unit) of every answer, and the number of zero entries left out of long ones."""
    asked = {each.name: each for each in solution.formulation.quantities} if solution.formulation else {}
    rows: list[tuple[str, str]] = []
    zeros = 0
    for name, value in solution.answers.items():
        unit = asked[name].unit if name in asked else ""
        words = asked[name].description if name in asked and asked[name].description.strip() else name
        leaves = list(answer_leaves(words, value))
        kept = [leaf for leaf in leaves if leaf[1] != 0] if len(leaves) > 6 else leaves
        zeros += len(leaves) - len(kept)
        rows += [(clean(path), clean(_with_unit(leaf, unit))) for path, leaf in kept]
    return rows, zeros


def answer_leaves(path: str, value: ReportValue) -> Iterable[tuple[str, ReportValue]]:
    """A nested answer flattened: `shipped[north, A]`."""
    if not isinstance(value, dict) or not value:
        yield path, value
        return
    for key, each in value.items():
        inner = f"{path[:-1]}, {key}]" if path.endswith("]") else f"{path} [{key}]"
        yield from answer_leaves(inner, each)


def _with_unit(value: ReportValue, unit: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return amount(value, unit)
    return shorten(value_text(value), 300)


def limits_section(solution: Solution) -> Section | None:
    """What a little more of everything would be worth: prices, or re-solved data where prices do not exist."""
    if solution.verdict is None or not solution.verdict.solved:
        return None
    found = prices.limits(solution)
    blocks: list[Paragraph | Items | Grid] = [Paragraph(text=found.note, tone="quiet")] if found.note else []
    if found.lines:
        blocks.append(items(found.lines))
    return Section(title="What limits it", blocks=tuple(blocks))


def readings_section(solution: Solution) -> Section | None:
    """Both optima of every reading that was solved twice, and what was assumed beside."""
    blocks: list[Paragraph | Items | Grid] = []
    if solution.readings:
        rows = [row for reading in solution.readings for row in _both(solution, reading)]
        blocks.append(grid("", ("in the words", "read as", "optimum"), rows, cap=40))
    solved = {reading.name for reading in solution.readings}
    rest = [each for each in solution.formulation.readings if each.name not in solved] if solution.formulation else []
    if rest:
        blocks.append(Paragraph(text="Assumed, and not solved the other way:", tone="quiet"))
        blocks.append(items(_assumed(each.chosen, each.other, each.words) for each in rest))
    return Section(title="How the words were read", blocks=tuple(blocks))


def _both(solution: Solution, reading: ReadingOutcome) -> list[tuple[str, str, str]]:
    unit = _unit(solution)
    here = amount(solution.objective, unit) if solution.objective is not None else solution.status
    there = amount(reading.objective, unit) if reading.objective is not None else reading.status
    other = there if reading.changes else f"{there} (the same)"
    return [(quoted(reading.words), f"{reading.chosen} (chosen)", here), ("", reading.other, other)]


def _assumed(chosen: str, other: str, words: str) -> str:
    instead = f", not: {other}" if other else ""
    return f"{chosen}{instead} {quoted(words)}".strip()


def checks_section(solution: Solution) -> Section | None:
    blocks: list[Paragraph | Items | Grid] = []
    if solution.checked:
        blocks.append(items(solution.checked, "✓", "good", cap=40))
    if solution.unchecked:
        blocks.append(items((f"not checked: {each}" for each in solution.unchecked), "·", "quiet", cap=40))
    return Section(title="What was checked", blocks=tuple(blocks))


def run_section(solution: Solution) -> Section | None:
    blocks: list[Paragraph | Items | Grid] = []
    if solution.repairs:
        lines = [f"{shorten(each.problem, 200)} → {each.status}" for each in solution.repairs]
        blocks += [Paragraph(text="Repair rounds:"), items(lines)]
    blocks.append(Paragraph(text=run_line(solution), tone="quiet"))
    return Section(title="Run", blocks=tuple(blocks))


def run_line(solution: Solution) -> str:
    usage = solution.usage
    free = f" ({number(usage.cached)} from recordings or the cache)" if usage.cached else ""
    cost = f", ${usage.cost:.4f}" if usage.cost else ""
    tokens = plural(usage.input_tokens + usage.output_tokens, "token")
    calls = f"{plural(usage.calls, 'call')}{free}, {tokens}{cost}"
    return f"{solution.run}: {solution.model}, {solution.effort}, {calls}, {solution.seconds:.1f} s"


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", clean(text)).strip()
