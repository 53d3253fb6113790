"""Everything in tonnes, euros and weeks; checked by going through all vertices."""

import pyomo.environ as pyo

FEEDS = ["slurry", "maize", "waste"]
GAS = {"slurry": 25, "maize": 200, "waste": 110}
COST = {"slurry": 0.90, "maize": 46.0, "waste": -12.0}
DRY = {"slurry": 0.06, "maize": 0.33, "waste": 0.18}


def build_model(data):
    m = pyo.ConcreteModel()
    m.fed = pyo.Var(FEEDS, domain=pyo.NonNegativeReals)
    weight = sum(m.fed[f] for f in FEEDS)
    gas = sum(GAS[f] * m.fed[f] for f in FEEDS)
    dry = sum(DRY[f] * m.fed[f] for f in FEEDS)
    m.engine = pyo.Constraint(expr=gas <= 3600 * 7)
    m.least_gas = pyo.Constraint(expr=gas >= 18_900)
    m.farms = pyo.Constraint(expr=m.fed["slurry"] <= 30 * 7)
    m.restaurants = pyo.Constraint(expr=m.fed["waste"] <= 70)
    m.dry_low = pyo.Constraint(expr=dry >= 0.08 * weight)
    m.dry_high = pyo.Constraint(expr=dry <= 0.125 * weight)
    m.salt = pyo.Constraint(expr=m.fed["waste"] <= 0.2 * weight)
    m.earnings = pyo.Objective(expr=0.34 * gas - sum(COST[f] * m.fed[f] for f in FEEDS), sense=pyo.maximize)
    return m


def report(model):
    return {**{f"{f}_tonnes": pyo.value(model.fed[f]) for f in FEEDS}, "earnings": pyo.value(model.earnings)}
