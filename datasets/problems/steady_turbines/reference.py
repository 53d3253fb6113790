"""Squares of twelve deviations in whole numbers of turbines; checked by going through all numbers."""

import pyomo.environ as pyo

ROOM = {"coast": 15, "ridge": 12, "plain": 9, "valley": 20}
MILLIONS = {"coast": 3.1, "ridge": 3.4, "plain": 2.6, "valley": 2.3}
ROAD = {"coast": 2.5, "ridge": 2.5, "plain": 0, "valley": 2.5}
LEAST, BUDGET, WANTED = 4, 92, 9000


def build_model(data):
    months = {row["month"]: row for row in data["yields"]}
    m = pyo.ConcreteModel()
    m.turbines = pyo.Var(list(ROOM), domain=pyo.NonNegativeIntegers, bounds=lambda m, p: (0, ROOM[p]))
    m.used = pyo.Var(list(ROOM), domain=pyo.Binary)
    m.most = pyo.Constraint(list(ROOM), rule=lambda m, p: m.turbines[p] <= ROOM[p] * m.used[p])
    m.least = pyo.Constraint(list(ROOM), rule=lambda m, p: m.turbines[p] >= LEAST * m.used[p])
    m.birds = pyo.Constraint(expr=m.used["coast"] + m.used["ridge"] <= 1)
    m.budget = pyo.Constraint(expr=sum(MILLIONS[p] * m.turbines[p] + ROAD[p] * m.used[p] for p in ROOM) <= BUDGET)
    m.deviation = pyo.Var(list(months))
    m.balance = pyo.Constraint(
        list(months), rule=lambda m, t: m.deviation[t] == sum(months[t][p] * m.turbines[p] for p in ROOM) - WANTED
    )
    m.squares = pyo.Objective(expr=sum(m.deviation[t] ** 2 for t in months))
    return m


def report(model):
    return {**{p: round(pyo.value(model.turbines[p])) for p in ROOM}, "squares": pyo.value(model.squares)}
