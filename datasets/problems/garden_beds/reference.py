"""`At least a third of the beds` is read as a third of all 42; the other reading takes a third of those planted.

Checked by going through all whole numbers of beds, for both readings.
"""

import pyomo.environ as pyo

CROPS = ["tomatoes", "leeks", "beans", "chard"]
INCOME = dict(zip(CROPS, [380, 240, 165, 205], strict=True))
HOURS = dict(zip(CROPS, [31, 17, 14, 19], strict=True))


def build_model(data):
    third_of = data.get("readings", {}).get("third_of_the_beds", "all beds")
    m = pyo.ConcreteModel()
    m.beds = pyo.Var(CROPS, domain=pyo.NonNegativeIntegers)
    planted = sum(m.beds[c] for c in CROPS)
    m.land = pyo.Constraint(expr=planted <= 42)
    m.work = pyo.Constraint(expr=sum(HOURS[c] * m.beds[c] for c in CROPS) <= 640)
    m.beans = pyo.Constraint(expr=3 * m.beds["beans"] >= (42 if third_of == "all beds" else planted))
    m.foil = pyo.Constraint(expr=m.beds["tomatoes"] <= 12)
    m.shop = pyo.Constraint(expr=m.beds["chard"] >= 4)
    m.leeks = pyo.Constraint(expr=m.beds["leeks"] <= 3 * m.beds["chard"])
    m.income = pyo.Objective(expr=sum(INCOME[c] * m.beds[c] for c in CROPS), sense=pyo.maximize)
    return m


def report(model):
    return {**{c: pyo.value(model.beds[c]) for c in CROPS}, "income": pyo.value(model.income)}
