"""Solutions made by hand, one of every kind that a face must be able to show."""

from __future__ import annotations

import pytest
from optwright.agent.formulate.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Missing,
    Objective,
    Parameter,
    Quantity,
    Reading,
    Variable,
)
from optwright.agent.solution import Flag, ReadingOutcome, Round, Sample, Solution, Usage
from optwright.evaluators.verdict import (
    ConstraintValue,
    Diagnosis,
    Failure,
    Feasibility,
    ModelStatistics,
    Perturbation,
    Relaxation,
    Sensitivity,
    VariableValue,
    Verdict,
)

PROGRAM = """\
import pyomo.environ as pyo


def build_model(data):
    m = pyo.ConcreteModel()
    m.bread = pyo.Var(domain=pyo.NonNegativeReals)
    m.cake = pyo.Var(domain=pyo.NonNegativeReals)
    m.profit = pyo.Objective(expr=data["bread_profit"] * m.bread + data["cake_profit"] * m.cake, sense=pyo.maximize)
    m.oven = pyo.Constraint(expr=0.5 * m.bread + m.cake <= data["oven_hours"])
    m.flour = pyo.Constraint(expr=m.bread + 2.5 * m.cake <= data["flour"])
    return m


def report(m):
    return {"loaves": pyo.value(m.bread), "cakes": pyo.value(m.cake)}
"""
DATA = {"bread_profit": 2.0, "cake_profit": 4.5, "oven_hours": 40.0, "flour": 90.0, "readings": {"whole": "fractions"}}


def parameter(name: str, value, unit: str, quote: str, column: str | None = None) -> Parameter:
    return Parameter(
        name=name, description=f"the {name}", value=value, column=column, unit=unit, quote=quote, more="helps"
    )


def bakery_formulation() -> Formulation:
    return Formulation(
        title="Bakery: loaves and cakes in a day",
        sets=[IndexSet(name="goods", description="what is baked", members=["bread", "cake"])],
        parameters=[
            parameter("bread_profit", 2.0, "$ per loaf", "each loaf earns $2"),
            parameter("cake_profit", 4.5, "$ per cake", "each cake earns $4.50"),
            parameter("oven_hours", 40.0, "hours", "the oven runs at most 40 hours a week, counting the warm-up"),
            parameter("flour", 90.0, "kg", "there are 90 kg of flour"),
            parameter("demand", None, "loaves", "", "demand.units"),
        ],
        variables=[
            Variable(name="bread", description="loaves to bake", index=[], domain="nonnegative real", unit="loaves"),
            Variable(name="cake", description="cakes to bake", index=[], domain="nonnegative real", unit="cakes"),
        ],
        objective=Objective(
            sense="maximize", expression="bread_profit*bread + cake_profit*cake", unit="$", quote="earn the most"
        ),
        constraints=[
            Constraint(
                name="oven", expression="0.5 bread + cake <= oven_hours", unit="hours", quote="at most 40 hours"
            ),
            Constraint(name="flour", expression="bread + 2.5 cake <= flour", unit="kg", quote="90 kg of flour"),
        ],
        readings=[
            Reading(
                name="whole",
                words="loaves",
                question="Whole loaves?",
                chosen="fractions",
                other="whole units",
                change="c",
            ),
            Reading(name="week", words="a week", question="How long is a week?", chosen="7 days", other="", change=""),
        ],
        quantities=[
            Quantity(name="loaves", description="Loaves to bake", unit="loaves"),
            Quantity(name="cakes", description="Cakes to bake", unit="cakes"),
        ],
    )


def bakery_verdict(**changes) -> Verdict:
    fields = {
        "status": "optimal",
        "termination": "optimal",
        "solver": "highs",
        "sense": "maximize",
        "objective": 170.0,
        "bound": 170.0,
        "gap": 0.0,
        "report": {"loaves": 40.0, "cakes": 20.0},
        "variables": (VariableValue(name="bread", value=40.0), VariableValue(name="cake", value=20.0)),
        "constraints": (
            ConstraintValue(name="oven", body=40.0, upper=40.0, slack=0.0, dual=2.0),
            ConstraintValue(name="flour", body=90.0, upper=90.0, slack=0.0, dual=1.0),
            ConstraintValue(name="loose", body=1.0, upper=90.0, slack=89.0, dual=0.0),
        ),
        "statistics": ModelStatistics(model_class="LP", continuous=2, inequalities=2, nonzeros=4),
        "feasibility": Feasibility(ok=True),
    }
    return Verdict(**{**fields, **changes})


def bakery(**changes) -> Solution:
    fields = {
        "run": "a1b2c3d4",
        "status": "optimal",
        "problem": "A bakery makes loaves and cakes.",
        "model": "replay",
        "effort": "standard",
        "objective": 170.0,
        "answers": {"loaves": 40.0, "cakes": 20.0},
        "explanation": "Bake 40 loaves and 20 cakes. The oven and the flour are both used up.",
        "formulation": bakery_formulation(),
        "program": PROGRAM,
        "verdict": bakery_verdict(),
        "checked": ("The point satisfies every constraint.", "Every datum moves the optimum the way its words say."),
        "unchecked": ("No independent sample was drawn.",),
        "usage": Usage(calls=3, cached=3, input_tokens=1200, output_tokens=800),
        "seconds": 0.42,
    }
    return Solution(**{**fields, **changes})


def whole_bakery() -> Solution:
    """A MIP with flags, two readings, samples, a repair and sensitivities in place of prices."""
    rows = (ConstraintValue(name="flour", body=90.0, upper=90.0, slack=0.0),)
    statistics = ModelStatistics(model_class="MIP", integer=2, inequalities=2, nonzeros=4)
    return bakery(
        verdict=bakery_verdict(constraints=rows, statistics=statistics),
        flags=(
            Flag(kind="assumption", message="Reading “loaves” as fractions changes the optimum from 170 to 172.5."),
            Flag(kind="samples", message="1 of 3 independent samples disagrees."),
        ),
        readings=(
            ReadingOutcome(
                name="whole",
                words="loaves and cakes are sold whole",
                question="Whole units?",
                chosen="whole units",
                other="fractions",
                status="optimal",
                objective=172.5,
                report={},
                changes=True,
            ),
        ),
        samples=(
            Sample(status="optimal", objective=170.0, agrees=True),
            Sample(status="optimal", objective=180.0, agrees=False),
        ),
        repairs=(Round(problem="KeyError: 'flour' in line 9", status="optimal"),),
        perturbation=Perturbation(
            sensitivities=(
                Sensitivity(
                    path="flour",
                    value=90.0,
                    down=150.0,
                    up=181.0,
                    down_status="optimal",
                    up_status="optimal",
                    step=0.1,
                    used=True,
                ),
                Sensitivity(
                    path="discount",
                    value=0.0,
                    down=None,
                    up=168.0,
                    down_status="infeasible",
                    up_status="optimal",
                    step=1,
                    used=True,
                ),
            )
        ),
    )


def infeasible() -> Solution:
    formulation = Formulation(
        title="Ward staffing",
        variables=[
            Variable(
                name="nurses", description="nurses on a day", index=["day"], domain="nonnegative integer", unit="nurses"
            )
        ],
        objective=Objective(sense="minimize", expression="sum nurses", unit="nurses", quote="as few as possible"),
        constraints=[
            Constraint(name="cover", expression="nurses[d] >= need[d]", unit="nurses", quote="at least 12 every day"),
            Constraint(name="budget", expression="sum nurses <= 70", unit="shifts", quote="70 shifts a week, no more"),
        ],
    )
    diagnosis = Diagnosis(
        kind="infeasible",
        conflict=("cover[Mon]", "cover[Tue]", "budget", "bound:nurses[Mon]"),
        relaxations=(
            Relaxation(constraint="cover[Mon]", side="lower", bound=12, by=3),
            Relaxation(constraint="budget", side="upper", bound=70, by=14),
        ),
    )
    return bakery(
        status="infeasible",
        objective=None,
        answers={},
        explanation="",
        formulation=formulation,
        verdict=bakery_verdict(status="infeasible", objective=None, report={}, constraints=(), diagnosis=diagnosis),
    )


def unbounded() -> Solution:
    diagnosis = Diagnosis(kind="unbounded", ray={"cake": 1.0, "bread": -0.5})
    return bakery(
        status="unbounded",
        objective=None,
        answers={},
        explanation="",
        verdict=bakery_verdict(status="unbounded", objective=None, report={}, diagnosis=diagnosis),
    )


def failed() -> Solution:
    failure = Failure(kind="exception", message="KeyError: 'flour'", line=9)
    return bakery(
        status="failed",
        objective=None,
        answers={},
        explanation="",
        verdict=bakery_verdict(status="failed", objective=None, report={}, statistics=None, failure=failure),
        error="3 repairs did not make a program that runs.",
    )


def incomplete() -> Solution:
    missing = [
        Missing(name="delivery_cost", why="The text asks for the cheapest delivery but names no price.", essential=True)
    ]
    return bakery(
        status="incomplete",
        objective=None,
        answers={},
        explanation="",
        formulation=bakery_formulation().model_copy(update={"missing": missing}),
        program="",
        verdict=None,
        error="The text does not say what a delivery costs.",
    )


KINDS = {
    "optimal": bakery,
    "flagged": whole_bakery,
    "infeasible": infeasible,
    "unbounded": unbounded,
    "failed": failed,
    "incomplete": incomplete,
}


@pytest.fixture
def make():
    """`make("optimal", **changes)` → a Solution of that kind."""
    return lambda kind="optimal", **changes: KINDS[kind]().model_copy(update=changes)


@pytest.fixture(scope="session")
def bakery_reply() -> tuple[Formulation, str]:
    """The formulation and the program of the bakery, as a language model would write them."""
    plain = bakery_formulation()
    stated = [each for each in plain.parameters if each.column is None]
    return plain.model_copy(update={"parameters": stated, "readings": []}), PROGRAM
