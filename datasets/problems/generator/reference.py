"""Largest empty circle: every tent forbids a disc, so that there are many local optima; checked by a fine scan."""

import pyomo.environ as pyo

TENTS = [(18, 22), (34, 61), (52, 34), (71, 66), (84, 17), (101, 44), (27, 40), (56, 12)]


def build_model(data):
    m = pyo.ConcreteModel()
    m.east = pyo.Var(bounds=(4, 116))
    m.north = pyo.Var(bounds=(4, 76))
    m.distance = pyo.Var(bounds=(0, 150))
    m.cable = pyo.Constraint(expr=(m.east - 60) ** 2 + m.north**2 <= 45**2)
    m.quiet = pyo.Constraint(
        range(len(TENTS)),
        rule=lambda m, k: (m.east - TENTS[k][0]) ** 2 + (m.north - TENTS[k][1]) ** 2 >= m.distance**2,
    )
    m.nearest = pyo.Objective(expr=m.distance, sense=pyo.maximize)
    return m


def report(model):
    return {name: pyo.value(getattr(model, name)) for name in ("east", "north", "distance")}
