"""Problems with their replies, for driving the pages: a workshop, a plan by index, a hard one, and a hostile one."""

from optwright.agent.chat.intent import Intent
from optwright.agent.formulate.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Quantity,
    Reading,
    Variable,
)
from optwright.agent.formulate.state import Edit, Revision
from workshop import PROGRAM, WHOLE, fenced, formulation, parameter

ASSUMED = Reading(
    name="stock",
    words="There are 241 hours in a week",
    question="Is there stock at the beginning?",
    chosen="no stock",
    other="",
    change="",
)
WORKSHOP = (formulation(readings=[WHOLE, ASSUMED]), fenced(PROGRAM), fenced(PROGRAM))
"""Replies to `workshop.TEXT` at standard effort: the second program is the independent one."""

FEW = "at most 20 tables from now on please"
CHANGE = (
    Intent(kind="change", edits=[], change="make at most 20 tables", about="", reply=""),
    Revision(
        summary="tables at most 20",
        sets=[],
        parameters=[],
        variables=[],
        objective=None,
        constraints=[Constraint(name="few", expression="table <= 20", unit="tables", quote="at most 20 tables")],
        quantities=[],
        removed=[],
        missing=[],
        edits=[
            Edit(
                search="    return model\n",
                replace="    model.few = pyo.Constraint(expr=model.table <= 20)\n    return model\n",
            )
        ],
    ),
)
"""Replies to `FEW`, but for the independent program."""

# ---- a demand by month that a warehouse cannot hold

STORE_TEXT = (
    "Make at least 120 pieces in all over four months, at most 25 pieces a month; a piece made in month m costs "
    "m euros. Not more than 60 pieces may be made in all."
)
STORE = Formulation(
    title="Pieces by month",
    sets=[IndexSet(name="MONTHS", description="the months", members=["Jan", "Feb", "Mar", "Apr"])],
    parameters=[
        parameter("need", 120, "at least 120 pieces in all", "hurts"),
        parameter("most", 25, "at most 25 pieces a month", "helps"),
        parameter("store", 60, "Not more than 60 pieces", "helps"),
        Parameter(
            name="cost",
            description="cost of a piece",
            value={"Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4},
            column=None,
            unit="euros per piece",
            quote="a piece made in month m costs m euros",
            more="hurts",
        ),
    ],
    variables=[
        Variable(name="made", description="pieces made", index=["MONTHS"], domain="nonnegative real", unit="pieces")
    ],
    objective=Objective(sense="minimize", expression="sum cost[m] made[m]", unit="euros", quote="costs m euros"),
    constraints=[
        Constraint(name="enough", expression="sum made[m] >= need", unit="pieces", quote="at least 120 pieces in all"),
        Constraint(
            name="room", expression="made[m] <= most for each m", unit="pieces", quote="at most 25 pieces a month"
        ),
        Constraint(name="held", expression="sum made[m] <= store", unit="pieces", quote="Not more than 60 pieces"),
    ],
    quantities=[
        Quantity(name="plan", description="pieces made by month", unit="pieces"),
        Quantity(name="total", description="total cost", unit="euros"),
    ],
)
STORE_PROGRAM = """import pyomo.environ as pyo


def build_model(data):
    model = pyo.ConcreteModel()
    model.MONTHS = pyo.Set(initialize=list(data["cost"]))
    model.made = pyo.Var(model.MONTHS, domain=pyo.NonNegativeReals)
    model.enough = pyo.Constraint(expr=sum(model.made[m] for m in model.MONTHS) >= data["need"])
    model.room = pyo.Constraint(model.MONTHS, rule=lambda model, m: model.made[m] <= data["most"])
    model.held = pyo.Constraint(expr=sum(model.made[m] for m in model.MONTHS) <= data["store"])
    model.total = pyo.Objective(expr=sum(data["cost"][m] * model.made[m] for m in model.MONTHS), sense=pyo.minimize)
    return model


def report(model):
    return {"plan": {m: pyo.value(model.made[m]) for m in model.MONTHS}, "total": pyo.value(model.total)}
"""
STORE_REPLIES = (STORE, fenced(STORE_PROGRAM), "KEEP: 120 pieces do not fit into 60.", fenced(STORE_PROGRAM))

# ---- a market split, which takes a solver very long where `rows` is not small

HARD_TEXT = (
    "Split 40 shops between two dealers so that both sell the same of each of 1 products, as nearly as possible."
)
HARD_PROGRAM = """import random

import pyomo.environ as pyo


def build_model(data):
    model, dice = pyo.ConcreteModel(), random.Random(7)
    rows, columns = range(data["rows"]), range(40)
    sold = [[dice.randrange(100) for _ in columns] for _ in rows]
    model.pick = pyo.Var(columns, domain=pyo.Binary)
    model.over = pyo.Var(rows, domain=pyo.NonNegativeReals)
    model.under = pyo.Var(rows, domain=pyo.NonNegativeReals)
    model.split = pyo.Constraint(
        rows,
        rule=lambda m, i: sum(sold[i][j] * m.pick[j] for j in columns) + m.over[i] - m.under[i] == sum(sold[i]) // 2,
    )
    model.off = pyo.Objective(expr=sum(model.over[i] + model.under[i] for i in rows))
    return model


def report(model):
    return {"off": pyo.value(model.off)}
"""
HARD = Formulation(
    title="Shops",
    parameters=[parameter("rows", 1, "each of 1 products")],
    variables=[Variable(name="pick", description="shop by dealer", index=[], domain="binary", unit="")],
    objective=Objective(sense="minimize", expression="deviation", unit="pieces", quote="as nearly as possible"),
    constraints=[Constraint(name="split", expression="half of each", unit="pieces", quote="the same of each")],
    quantities=[Quantity(name="off", description="deviation", unit="pieces")],
)
HARD_REPLIES = (HARD, fenced(HARD_PROGRAM), fenced(HARD_PROGRAM))

# ---- names that would run if they were ever taken for markup

EVIL = "<img src=x onerror=alert(1)>"


def hostile() -> Formulation:
    said = (
        f"{EVIL} `{EVIL}` {{{{constructor.constructor('alert(2)')()}}}} </script><script>alert(3)</script> "
        "\\href{javascript:alert(4)}{x}"
    )
    return Formulation(
        title=said,
        sets=[IndexSet(name="PRODUCTS", description=said, members=[EVIL, "</td>b"])],
        parameters=[
            parameter("limit", 10, said),
            Parameter(name="price", description=said, value={EVIL: 3, "</td>b": 2}, column=None, unit=said, quote=said,
                      more="helps"),
        ],
        variables=[Variable(name="made", description=said, index=["PRODUCTS"], domain="nonnegative real", unit=said)],
        objective=Objective(sense="maximize", expression=said, unit=EVIL, quote=said),
        constraints=[Constraint(name="room", expression=said, unit=EVIL, quote=said)],
        readings=[Reading(name="way", words=said, question=said, chosen=EVIL, other=f"not {EVIL}", change=said)],
        quantities=[Quantity(name="plan", description=said, unit=EVIL)],
    )  # fmt: skip


HOSTILE_PROGRAM = """import pyomo.environ as pyo

# </script><script>alert(5)</script> <img src=x onerror=alert(6)>


def build_model(data):
    model = pyo.ConcreteModel()
    model.made = pyo.Var(list(data["price"]), domain=pyo.NonNegativeReals)
    least = data["readings"].get("way", "").startswith("not")
    model.room = pyo.Constraint(expr=sum(model.made[m] for m in data["price"]) <= data["limit"] - least)
    model.part = pyo.Constraint(list(data["price"]), rule=lambda model, m: model.made[m] <= 7)
    model.earned = pyo.Objective(expr=sum(data["price"][m] * model.made[m] for m in data["price"]), sense=pyo.maximize)
    return model


def report(model):
    return {"plan": {m: pyo.value(model.made[m]) for m in model.made}}
"""
HOSTILE_REPLIES = (hostile(), fenced(HOSTILE_PROGRAM), fenced(HOSTILE_PROGRAM))
