"""The smallest share of a right is maximized over flows; checked by the cuts of the network.

Rights are turned from cubic metres a day into litres per second by 1000 / 86,400.
"""

import pyomo.environ as pyo

VILLAGE, DRINKS = "D", 45


def build_model(data):
    network = data["canals"]
    canals = {(row["from"], row["to"]): row["litres_per_second"] for row in network["canals"]}
    right = {farm: cubic * 1000 / 86_400 for farm, cubic in network["farms_m3_per_day"].items()}
    places = sorted({place for canal in canals for place in canal})
    m = pyo.ConcreteModel()
    m.flow = pyo.Var(list(canals), bounds=lambda m, a, b: (0, canals[a, b]))
    m.taken = pyo.Var(list(network["sources"]), bounds=lambda m, s: (0, network["sources"][s]))
    m.part = pyo.Var(list(right), bounds=(0, 1))
    m.least = pyo.Var(bounds=(0, 1))

    def balance(m, p):
        arrives = sum(m.flow[k] for k in canals if k[1] == p) + sum(m.taken[s] for s in m.taken if s == p)
        leaves = sum(m.flow[k] for k in canals if k[0] == p)
        return arrives == leaves + (right[p] * m.part[p] if p in right else 0) + (DRINKS if p == VILLAGE else 0)

    m.balance = pyo.Constraint(places, rule=balance)
    m.smallest = pyo.Constraint(list(right), rule=lambda m, f: m.least <= m.part[f])
    m.percent = pyo.Objective(expr=100 * m.least, sense=pyo.maximize)
    return m


def report(model):
    return {"percent": pyo.value(model.percent)}
