"""`promise` and `budget` exclude each other: 31 days cannot be had for 9,000 euros, though they can for more."""

import pyomo.environ as pyo

PROMISED, BUDGET, BUS = 31, 9000, 1450


def build_model(data):
    tasks = {row["task"][0]: row for row in data["tasks"]}
    after = [(a, b) for b, row in tasks.items() for a in (row["after"] or "").replace(",", " ").split()]
    m = pyo.ConcreteModel()
    m.start = pyo.Var(list(tasks), domain=pyo.NonNegativeReals)
    m.saved = pyo.Var(list(tasks), bounds=lambda m, t: (0, tasks[t]["days"] - tasks[t]["shortest_days"]))
    m.open = pyo.Var(domain=pyo.NonNegativeReals)
    end = {t: m.start[t] + tasks[t]["days"] - m.saved[t] for t in tasks}
    m.after = pyo.Constraint(after, rule=lambda m, a, b: m.start[b] >= end[a])
    m.finish = pyo.Constraint(list(tasks), rule=lambda m, t: m.open >= end[t])
    spent = sum((tasks[t]["eur_per_day_saved"] or 0) * m.saved[t] for t in tasks)
    m.promise = pyo.Constraint(expr=m.open <= PROMISED)
    m.budget = pyo.Constraint(expr=spent <= BUDGET)
    m.cost = pyo.Objective(expr=spent + BUS * m.open)
    return m


def report(model):
    return {"days": pyo.value(model.open), "cost": pyo.value(model.cost)}
