"""Models that sets' authors give, as programs that keep our contract: what the labels can be held against.

NL4OPT's declarations are those of the NeurIPS 2022 competition (Ramamonjison et al. 2022, arXiv:2303.08233): an
objective with terms, or the sum of its variables; bounds of a variable, of the sum of all, of a linear expression; a
share of the sum (`ratio`), a multiple of another variable (`xby`), another variable (`xy`). All variables are counted
in whole numbers. The declarations do not say so, most of the texts do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..datasets.items import Gold
from ..datasets.numbers import number
from ..sandbox.contract import Sandbox
from .program import judge
from .verdict import Failure, SolveOptions, Verdict

_COUNTED = """zero one two three four five six seven eight nine ten
eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"""
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_PARTS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fourth": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10}
_TIMES = {"twice": 2.0, "double": 2.0, "thrice": 3.0, "triple": 3.0, "hundred": 100.0, "thousand": 1000.0}
_NUMBERS = {
    **{word: float(value) for value, word in enumerate(_COUNTED.split())},
    **{word: 10.0 * value for value, word in enumerate(_TENS, start=2)},
    **_PARTS,
    **_TIMES,
}
_MAXIMIZING = ("max", "increas", "high", "most", "larg", "great")
_MINIMIZING = ("min", "decreas", "reduc", "low", "least", "small", "few")


class GoldError(ValueError):
    """The gold model says something that has no reading; the message names it."""


async def judged(
    pool: Sandbox, gold: Gold, data: dict[str, Any], options: SolveOptions, relax: bool = False
) -> Verdict:
    """What the solver does with a gold model, or with its relaxation; a failed verdict where it has no reading.

    Raises SandboxError.
    """
    try:
        source = program(gold)
    except GoldError as error:
        return Verdict(status="failed", failure=Failure(kind="contract", message=str(error)))
    return await judge(pool, relaxed(source) if relax else source, data, options)


def program(gold: Gold) -> str:
    """Source of `build_model` and `report`. Raises GoldError."""
    if gold.kind == "nl4opt":
        try:
            return _from_declarations(json.loads(gold.source))
        except (LookupError, TypeError, AttributeError) as error:
            raise GoldError(f"the declarations, which are not as the competition's are ({error!r})") from None
    if gold.kind == "gurobipy":
        return _GUROBIPY.format(source=gold.source)
    return gold.source


def relaxed(program: str) -> str:
    """The same program without what makes it discrete: whole numbers, special ordered sets, the choice in disjunctions.

    Disjunctions are relaxed in their big-M form. Indicators of gurobipy programs are special ordered sets here and go.
    """
    return f"{program}\n{_RELAXED}"


_RELAXED = """
_build_whole_model = build_model


def build_model(data):
    import pyomo.environ as pyo

    model = _build_whole_model(data)
    for name in ("core.logical_to_linear", "gdp.bigm", "core.relax_integer_vars"):
        pyo.TransformationFactory(name).apply_to(model)
    for chosen in model.component_objects(pyo.SOSConstraint, active=True):
        chosen.deactivate()
    return model
"""

_GUROBIPY = """
SOURCE = {source!r}


def build_model(data):
    from optwright.evaluators.gurobi import capture

    return capture(SOURCE)


def report(model):
    return {{}}
"""

_LINEAR = """
import pyomo.environ as pyo

NAMES = {names!r}
SENSE = {sense!r}
OBJECTIVE = {objective!r}
ROWS = {rows!r}


def build_model(data):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(len(NAMES)), domain=pyo.NonNegativeIntegers)
    m.rows = pyo.ConstraintList()
    for terms, low, high in ROWS:
        m.rows.add((low, sum(value * m.x[j] for j, value in terms.items()), high))
    total = sum(value * m.x[j] for j, value in OBJECTIVE.items())
    m.objective = pyo.Objective(expr=total, sense=pyo.maximize if SENSE == "max" else pyo.minimize)
    return m


def report(m):
    return {{name: pyo.value(m.x[j]) for j, name in enumerate(NAMES)}}
"""


def _from_declarations(declared: Mapping[str, Any]) -> str:
    names = list({_folded(name): name for name in reversed(declared["vars"])}.values())[::-1]
    own = {_folded(name): j for j, name in enumerate(names)}
    mentions: Mapping[str, str] = declared.get("var_mention_to_first_var") or {}
    # A variable's own name comes first: some mentions are mapped to another variable.
    place = {_folded(mention): own[_folded(name)] for mention, name in mentions.items() if _folded(name) in own} | own
    goal = declared["obj_declaration"]
    terms = goal["terms"] if "terms" in goal else dict.fromkeys(goal["vars"] or names, "1")
    return _LINEAR.format(
        names=names,
        sense=_sense(str(goal["direction"])),
        objective=_terms(terms, place),
        rows=[_row(each, place, len(names)) for each in declared["const_declarations"]],
    )


def _folded(name: str) -> str:
    """Names that differ in case, plural or a full stop are one variable's."""
    return name.lower().rstrip(" .,").removesuffix("s")


def _sense(direction: str) -> str:
    """`maximize`, `reduce`, `lowest`, and the like."""
    word = direction.strip().lower()
    if word.startswith(_MAXIMIZING):
        return "max"
    if word.startswith(_MINIMIZING):
        return "min"
    raise GoldError(f"the objective's direction {direction!r}")


def _row(declared: Mapping[str, Any], place: Mapping[str, int], count: int) -> tuple[dict[int, float], Any, Any]:
    """Terms and bounds of one constraint."""
    kind = declared["type"]
    bound = 0.0 if kind in ("xy", "xby", "ratio") else _number(declared["limit"])
    if kind == "linear":
        terms = _terms(declared["terms"], place)
    elif kind == "sum":
        terms = dict.fromkeys(range(count), 1.0)
    elif kind in ("lowerbound", "upperbound"):
        terms = {_place(declared["var"], place): 1.0}
    elif kind == "ratio":
        share = _number(declared["limit"])
        terms = {j: -share for j in range(count)}
        terms[_place(declared["var"], place)] += 1.0
    elif kind in ("xy", "xby"):
        factor = _number(declared["param"]) if kind == "xby" else 1.0
        terms = {_place(declared["x_var"], place): 1.0, _place(declared["y_var"], place): -factor}
    else:
        raise GoldError(f"a declaration of the type {kind!r}")
    return (terms, bound, None) if declared["operator"] == "GREATER_OR_EQUAL" else (terms, None, bound)


def _terms(named: Mapping[str, str], place: Mapping[str, int]) -> dict[int, float]:
    found: dict[int, float] = {}
    for name, value in named.items():
        j = _place(name, place)
        found[j] = found.get(j, 0.0) + _number(value)
    return found


def _place(name: str, place: Mapping[str, int]) -> int:
    if _folded(name) not in place:
        raise GoldError(f"the variable {name!r}, which is not declared")
    return place[_folded(name)]


def _number(text: str) -> float:
    """`200`, `1,500`, `20%`, `35 percent`, `1/3`, `5 times`, `three`, `one third`, `half`, `twenty-five percent`."""
    plain = str(text).strip().lower().replace("percent", "%").replace("times", "").strip()
    value = number(plain)
    if value is None:
        value = _in_words(plain.removesuffix("%").strip())
    if value is None:
        raise GoldError(f"the number {text!r}")
    return value / 100 if plain.endswith("%") else value


def _in_words(plain: str) -> float | None:
    if found := re.fullmatch(r"(\d+)\s*/\s*([1-9]\d*)", plain):
        return int(found[1]) / int(found[2])
    words = [word for word in re.split(r"[\s-]+", plain) if word not in ("a", "an")]
    match [_NUMBERS.get(word, _NUMBERS.get(word.removesuffix("s"))) for word in words]:
        case [float(value)]:
            return value
        case [float(tens), float(ones)] if words[0] in _TENS and 1 <= ones <= 9:
            return tens + ones
        case [float(count), float(unit)] if words[1].removesuffix("s") in {**_PARTS, **_TIMES}:
            return count * unit
    return None
