"""Nothing in the text limits loose compost: it earns 14 euros a tonne for ever."""

import pyomo.environ as pyo


def build_model(data):
    m = pyo.ConcreteModel()
    m.loose = pyo.Var(domain=pyo.NonNegativeReals)
    m.bagged = pyo.Var(domain=pyo.NonNegativeReals)
    m.bagging_line = pyo.Constraint(expr=m.bagged <= 18)
    m.loose_with_bags = pyo.Constraint(expr=m.loose >= 0.5 * m.bagged)
    m.council = pyo.Constraint(expr=m.loose + m.bagged >= 30)
    m.drivers = pyo.Constraint(expr=0.25 * m.bagged <= 7)
    m.earnings = pyo.Objective(expr=14 * m.loose + 46 * m.bagged, sense=pyo.maximize)
    return m


def report(model):
    return {"loose": pyo.value(model.loose), "bagged": pyo.value(model.bagged)}
