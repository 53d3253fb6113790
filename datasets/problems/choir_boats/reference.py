"""20 and 28 are multiples of 4 and 250 is not, so full boats never hold 250: only whole boats make the plan fail."""

import pyomo.environ as pyo


def build_model(data):
    m = pyo.ConcreteModel()
    m.cutters = pyo.Var(domain=pyo.NonNegativeIntegers, bounds=(0, 9))
    m.barges = pyo.Var(domain=pyo.NonNegativeIntegers, bounds=(0, 7))
    m.all_seats_taken = pyo.Constraint(expr=20 * m.cutters + 28 * m.barges == 250)
    m.landing_stage = pyo.Constraint(expr=m.cutters + m.barges <= 12)
    m.looks = pyo.Constraint(expr=m.barges >= 4)
    m.cost = pyo.Objective(expr=140 * m.cutters + 185 * m.barges)
    m.budget = pyo.Constraint(expr=m.cost.expr <= 2100)
    return m


def report(model):
    return {"cutters": pyo.value(model.cutters), "barges": pyo.value(model.barges)}
