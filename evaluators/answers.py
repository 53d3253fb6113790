"""Scoring rules: our own, and those under which accuracies were published, side by side.

A rule says of one label and one answer whether the answer counts as right. Published rules are as their authors' code
has them, except that none runs the submitted program again: where a repository solves it a second time with other
variable types or the other sense and takes that for a hit too, this is not repeated here. Those that know a single
number compare it with the last of several named ones, as the single-number releases of OptiBench do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from pydantic import Field

from ..datasets.items import Item, Label, Quantity
from ..datasets.labels import named_numbers, says_no_solution
from ..datasets.numbers import number
from .verdict import FailureKind, Record, ReportValue

DEFAULT = "optwright"
REL, FLOOR = 1e-6, 1e-6
"""Of our own rule: relative difference, and the absolute one that always passes."""
_DECIMALS = 2
"""Decimals from which on a number counts as rounded when it was printed."""
_MOST_DECIMALS = 300

Judgement = Literal[
    "right",
    "right, at another vertex",  # the label's quantities are optimal in the submitted model as well
    "wrong value",
    "wrong quantities",  # the objective is right, and they cannot be had at the optimum
    "quantities undecided",  # the objective is right; whether they can be had at the optimum, nobody could tell
    "quantities missing",  # a name that was asked for is not reported as a number
    "says there is no solution",  # and there is one
    "solves the unsolvable",
    "no answer",
]
RIGHT: frozenset[Judgement] = frozenset({"right", "right, at another vertex"})


class Answered(Record):
    """What a method came to for one item, as far as any rule looks at it."""

    status: Literal["optimal", "feasible", "infeasible", "unbounded", "limit", "none"]
    """What the solver made of the submitted model; `none` where there is no model, or it failed."""
    objective: float | None = None
    quantities: dict[str, ReportValue] = Field(default_factory=dict)
    """The asked quantities by name, as the submitted program reports them."""
    reaches: bool | None = None
    """Whether a label's quantities are reached at the submitted model's own optimum; None where that is not known."""
    reached: str = ""
    """The release whose label that is."""
    failure: FailureKind | None = None
    """Why there is no answer, where a program failed."""

    @property
    def value(self) -> float | None:
        """The objective of a point that was found; None where it is no number."""
        found = self.objective if self.status in ("optimal", "feasible") else None
        return found if found is not None and math.isfinite(found) else None

    @property
    def proved(self) -> float | None:
        """The objective of a proved optimum: what programs print that look at the solver's status first."""
        return self.value if self.status == "optimal" else None

    @property
    def no_optimum(self) -> bool:
        """Whether the solver ended without a proved optimum, for which such programs print `No Best Solution`."""
        return self.status not in ("optimal", "none")


class Rule(NamedTuple):
    name: str
    summary: str
    source: str
    right: Callable[[Label, Answered], bool]


# Our own --------------------------------------------------------------------------------------------------------------


def scorable(label: Label) -> bool:
    """Whether there is an answer to compare with."""
    return label.kind != "none"


def judgement(label: Label, answered: Answered) -> Judgement:
    """What our own rule says, and why.

    Several named numbers are judged by the objective first. Which of them that is, the submitted model tells: those
    whose reported values equal its optimum. If the label has the same values there, and the label's other quantities
    can be had at that optimum, it only names another of several optimal vertices. Where the label lacks the
    objective, nothing but the quantities themselves counts.
    """
    if label.kind == "no solution":
        if answered.status in ("infeasible", "unbounded"):
            return "right"
        return "no answer" if answered.status in ("none", "limit") else "solves the unsolvable"
    if answered.status in ("infeasible", "unbounded"):
        return "says there is no solution"
    if answered.status not in ("optimal", "feasible"):
        return "no answer"
    if label.value is not None:
        return _single(Quantity(name="", value=label.value, text=label.text), answered)
    return _several(label, answered)


def _single(wanted: Quantity, answered: Answered) -> Judgement:
    if answered.objective is None:
        return "no answer"
    return "right" if agrees(answered.objective, wanted) else "wrong value"


def _several(label: Label, answered: Answered) -> Judgement:
    wanted = label.quantities
    reported = {quantity.name: number(answered.quantities.get(quantity.name)) for quantity in wanted}
    if len(wanted) == 1 and reported[wanted[0].name] is None:
        return _single(wanted[0], answered)
    if None in reported.values():
        return "quantities missing"
    same = {each.name: agrees(reported[each.name], each) for each in wanted}
    if all(same.values()):
        return "right"
    objectives = [name for name, value in reported.items() if _close(value, answered.objective)]
    if not objectives or not any(same[name] for name in objectives):
        return "wrong value"
    if answered.reaches is None or answered.reached != label.release:
        return "quantities undecided"
    return "right, at another vertex" if answered.reaches else "wrong quantities"


def agrees(value: float | None, wanted: Quantity) -> bool:
    """Whether a value is the label's, within `slack`."""
    return value is not None and math.isfinite(value) and abs(value - wanted.value) <= slack(wanted)


def slack(wanted: Quantity) -> float:
    """A relative 1e-6, or 1e-6, or what the label was rounded by when it was printed.

    Only numbers printed with two decimals or more, and that are not whole, count as rounded: whole numbers are exact,
    or an answer that ignores integrality would pass.
    """
    decimals = _decimals(wanted.text)
    rounding = 0.5 * 10.0**-decimals if decimals >= _DECIMALS and not wanted.value.is_integer() else 0.0
    return max(REL * abs(wanted.value), FLOOR, rounding)


def _close(value: float | None, other: float | None) -> bool:
    return value is not None and other is not None and abs(value - other) <= max(REL * abs(other), FLOOR)


def _decimals(text: str) -> int:
    """Of a number as it is printed, whatever stands around it; beyond what floats tell apart, no more are counted."""
    found = re.search(r"\.(\d+)\D*$", text)
    return min(len(found[1]), _MOST_DECIMALS) if found else 0


# As published ---------------------------------------------------------------------------------------------------------


def _scalar(label: Label) -> float | None:
    """The number of a label; of several named ones the last."""
    return label.quantities[-1].value if label.quantities else label.value


def orlm(label: Label, answered: Answered) -> bool:
    """Both rounded to whole numbers, then 5 %. `No Best Solution` alone stands for no solution: -99999 is a number."""
    wanted = _literal(label)
    return answered.no_optimum if wanted is None else _within_5_percent(answered.proved, wanted)


def orlm_strict(label: Label, answered: Answered) -> bool:
    """Labels read as in `orlm`, nothing rounded, the tolerance of `sirl`: what 5 % hides."""
    wanted = _literal(label)
    return answered.no_optimum if wanted is None else _off(answered.proved, wanted) <= 1e-6


def optmath(label: Label, answered: Answered) -> bool:
    """As `orlm`, but where the label is `No Best Solution` nothing is right: its pipeline reads all labels as numbers.

    On a miss the authors run the program again, changed in five ways, and take any hit: not repeated here.
    """
    wanted = _literal(label)
    return wanted is not None and _within_5_percent(answered.proved, wanted)


def optimind(label: Label, answered: Answered) -> bool:
    """|x - b| / (|b| + 1) < 1e-6 for some b of a list; no value is right where there is no label; words are never."""
    if label.kind == "none":
        several = _listed(label.text)
        return any(_off(answered.proved, b) < 1e-6 for b in several) if several else answered.proved is None
    wanted = _literal(label)
    return wanted is not None and _off(answered.proved, wanted) < 1e-6


def _listed(text: str) -> list[float]:
    """The numbers of a label that is a list of them."""
    inner = text.strip()
    if not (inner.startswith("[") and inner.endswith("]")):
        return []
    return [value for part in inner[1:-1].split(",") if (value := number(part.strip().strip("'\""))) is not None]


def _within_5_percent(value: float | None, wanted: float) -> bool:
    if value is None:
        return False
    whole = round(wanted)
    off = abs(round(value) - whole)
    return off <= 0.05 if whole == 0 else off / abs(whole) <= 0.05


def _literal(label: Label) -> float | None:
    """The label's number as it is printed, stand-ins included; None where it is words."""
    return number(label.text) if label.kind == "no solution" else _scalar(label)


def _off(value: float | None, wanted: float) -> float:
    return math.inf if value is None else abs(value - wanted) / (abs(wanted) + 1)


def sirl(label: Label, answered: Answered) -> bool:
    """|x - b| / (|b| + 1) ≤ 1e-6; where there is no solution, anything that prints no optimum, a timeout included."""
    if label.kind == "no solution":
        return answered.status in ("infeasible", "unbounded", "limit") or answered.failure == "timeout"
    wanted = _scalar(label)
    return wanted is not None and _off(answered.value, wanted) <= 1e-6


def alphaopt(label: Label, answered: Answered) -> bool:
    """|x - b| ≤ 0.1, whatever the size."""
    wanted, value = _scalar(label), answered.value
    return wanted is not None and value is not None and abs(value - wanted) <= 0.1


def coe(label: Label, answered: Answered) -> bool:
    """Equal, to the last bit."""
    wanted, value = _scalar(label), answered.value
    return wanted is not None and value is not None and value == wanted


def mamo(label: Label, answered: Answered) -> bool:
    """One unit of the last printed decimal (for whole numbers: 1), or a relative 1e-4 (of a label of 0: 1)."""
    wanted, value = _scalar(label), answered.value
    if wanted is None or value is None:
        return False
    off = abs(value - wanted)
    text = label.quantities[-1].text if label.quantities else label.text
    return off * 10.0 ** _decimals(text) <= 1 or (off * 1e-4 if wanted == 0 else off / abs(wanted)) <= 1e-4


def optibench(label: Label, answered: Answered) -> bool:
    """Every named number within 1e-4, whatever the size."""
    if not label.quantities:
        return label.value is not None and answered.value is not None and abs(answered.value - label.value) < 1e-4
    if answered.status not in ("optimal", "feasible"):
        return False
    found = {each.name: number(answered.quantities.get(each.name)) for each in label.quantities}
    return all(value is not None for value in found.values()) and all(
        abs((found[each.name] or 0.0) - each.value) < 1e-4 for each in label.quantities
    )


def _default(label: Label, answered: Answered) -> bool:
    return judgement(label, answered) in RIGHT


RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule(
            DEFAULT, "relative 1e-6, or 1e-6; all asked quantities; infeasible is an answer", "this project", _default
        ),
        Rule("orlm_rel5pct", "rounded to whole numbers, then 5 %", "Cardinal-Operations/ORLM, eval/execute.py", orlm),
        Rule("orlm_1e6", "ORLM's labels, |x - b| / (|b| + 1) ≤ 1e-6", "this project", orlm_strict),
        Rule("sirl_1e6", "|x - b| / (|b| + 1) ≤ 1e-6", "Cardinal-Operations/SIRL, eval.py", sirl),
        Rule("optmath", "as ORLM's; no label of words is ever met", "optsuite/OptMATH, eval/executor.py", optmath),
        Rule("optimind", "|x - b| / (|b| + 1) < 1e-6", "microsoft/OptiGuide, optimind/rewards/utils.py", optimind),
        Rule("alphaopt_abs01", "absolute 0.1", "Minw913/AlphaOPT, src/train_eval_utils.py", alphaopt),
        Rule("coe_exact", "equal", "xzymustbexzy/Chain-of-Experts, test_generated_code.py", coe),
        Rule(
            "mamo",
            "one unit of the last decimal, or 1e-4",
            "FreedomIntelligence/Mamo, 3.run_code_comp_optimization.py",
            mamo,
        ),
        Rule("optibench_all_keys", "every number within 1e-4", "yangzhch6/ReSocratic, gpt_baseline.py", optibench),
    )
}
"""By name, our own first."""


def scores(label: Label, answered: Answered) -> dict[str, bool]:
    """Whether the answer is right, under every rule. The label is to be `scorable`."""
    return {name: rule.right(label, answered) for name, rule in RULES.items()}


# Who understands nothing ----------------------------------------------------------------------------------------------


def zero(item: Item) -> Answered:
    """The answer of a program that prints 0."""
    return Answered(status="optimal", objective=0.0, quantities=dict.fromkeys(item.asked, 0.0))


def relaxation(objective: float | None) -> Answered | None:
    """The answer of who ignores integrality, where the gold model's relaxation has an optimum."""
    return None if objective is None else Answered(status="optimal", objective=objective)


def previous(item: Item) -> Answered | None:
    """Another release's label as the answer; None where no other has one."""
    return next((_as_answer(label) for label in item.labels[1:] if scorable(label)), None)


def _as_answer(label: Label) -> Answered:
    if label.kind == "no solution":
        return Answered(status="infeasible")
    quantities: dict[str, ReportValue] = {each.name: each.value for each in label.quantities}
    return Answered(status="optimal", objective=_scalar(label), quantities=quantities)


# Answers from elsewhere -----------------------------------------------------------------------------------------------

_WORDS: Mapping[str, Literal["infeasible", "unbounded"]] = {"unbounded": "unbounded"}
OBJECTIVE = ("objective", "Objective", "obj", "optimal_value")


def read_answer(raw: Any) -> Answered:
    """Any JSON value as an answer.

    A number, also as text; `No Best Solution`, `infeasible`, `-99999` and the like (datasets/labels.py); an object of
    named numbers, or the text of one as JSON or Python print it, of which one called `objective` is any of these.
    Whatever else there is says nothing.
    """
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, str):
        raw = named_numbers(raw)
    if isinstance(raw, Mapping):
        return _named(raw)
    if says_no_solution(raw):
        return Answered(status=_WORDS.get(str(raw).strip().lower(), "infeasible"))
    value = number(raw)
    return Answered(status="none" if value is None else "optimal", objective=value)


def _named(raw: Mapping[Any, Any]) -> Answered:
    objective = next((raw[key] for key in OBJECTIVE if key in raw), None)
    if says_no_solution(objective):
        return read_answer(objective)
    named: dict[str, ReportValue] = {
        str(key): value for key, each in raw.items() if (value := number(each)) is not None
    }
    return Answered(status="optimal" if named else "none", objective=number(objective), quantities=named)
