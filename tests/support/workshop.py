"""A small problem and its pieces, for driving the real graph, sandbox and solvers with queued replies."""

from optwright.agent.formulate.formulation import (
    Constraint,
    Formulation,
    Objective,
    Parameter,
    Quantity,
    Reading,
    Variable,
)

TEXT = (
    "A workshop makes tables and chairs. A table earns 70 euros and takes 4 hours, a chair earns 50 euros and takes "
    "3 hours. There are 241 hours in a week. At most 30 tables can be sold. How many of each should it make?"
)
WHOLE = Reading(
    name="units",
    words="tables and chairs",
    question="Are parts allowed?",
    chosen="whole",
    other="fractional",
    change="Both variables become real.",
)

PROGRAM = """import pyomo.environ as pyo


def build_model(data):
    model = pyo.ConcreteModel()
    whole = data["readings"].get("units", "fractional") == "whole"
    domain = pyo.NonNegativeIntegers if whole else pyo.NonNegativeReals
    model.table = pyo.Var(domain=domain)
    model.chair = pyo.Var(domain=domain)
    used = data["table_hours"] * model.table + data["chair_hours"] * model.chair
    model.hours = pyo.Constraint(expr=used <= data["hours"])
    model.demand = pyo.Constraint(expr=model.table <= data["most_tables"])
    model.earned = pyo.Objective(
        expr=data["table_price"] * model.table + data["chair_price"] * model.chair, sense=pyo.maximize
    )
    return model


def report(model):
    return {"earnings": pyo.value(model.earned), "tables": pyo.value(model.table), "chairs": pyo.value(model.chair)}
"""


def parameter(name, value, quote, more="unclear", column=None):
    return Parameter(name=name, description=name, value=value, column=column, unit="", quote=quote, more=more)


def formulation(**changes) -> Formulation:
    parts = Formulation(
        title="Workshop",
        parameters=[
            parameter("table_price", 70, "A table earns 70 euros", "helps"),
            parameter("chair_price", 50, "a chair earns 50 euros", "helps"),
            parameter("table_hours", 4, "takes 4 hours", "hurts"),
            parameter("chair_hours", 3, "takes 3 hours", "hurts"),
            parameter("hours", 241, "There are 241 hours in a week", "helps"),
            parameter("most_tables", 30, "At most 30 tables can be sold", "helps"),
        ],
        variables=[
            Variable(name=name, description=name, index=[], domain="nonnegative real", unit="pieces")
            for name in ("table", "chair")
        ],
        objective=Objective(sense="maximize", expression="70 table + 50 chair", unit="euros", quote="earns"),
        constraints=[
            Constraint(name="hours", expression="4 table + 3 chair <= 241", unit="hours", quote="There are 241 hours"),
            Constraint(name="demand", expression="table <= 30", unit="tables", quote="At most 30 tables can be sold"),
        ],
        quantities=[
            Quantity(name=name, description=name, unit="") for name in ("earnings", "tables", "chairs")
        ],
    )  # fmt: skip
    return parts.model_copy(update=changes)


def fenced(program: str) -> str:
    return f"```python\n{program}```"


def edit(search: str, replace: str) -> str:
    return f"Cause.\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE"
