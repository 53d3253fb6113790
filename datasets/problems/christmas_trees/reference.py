"""Bundles now, the trailer's load in each winter; checked by going through all orders, with the best load for each."""

import pyomo.environ as pyo

TREES = {  # price in September, bundle, sells at, wholesale price, paid for what is left over
    "firs": (17.5, 10, 34, 26, 0),
    "spruces": (9.2, 15, 22, 15.5, 2),
}
CREDIT, TRAILER = 8000, 60


def build_model(data):
    winters = {row["winter"]: row for row in data["winters"]}  # no market: what is ordered is shredded
    weight = {w: row["probability_percent"] / 100 for w, row in winters.items()}
    no_market = 1 - sum(weight.values())
    m = pyo.ConcreteModel()
    m.bundles = pyo.Var(list(TREES), domain=pyo.NonNegativeIntegers)
    m.fetched = pyo.Var(list(winters), list(TREES), domain=pyo.NonNegativeIntegers)
    m.sold = pyo.Var(list(winters), list(TREES), domain=pyo.NonNegativeReals)
    ordered = {k: TREES[k][1] * m.bundles[k] for k in TREES}
    m.credit = pyo.Constraint(expr=sum(TREES[k][0] * ordered[k] for k in TREES) <= CREDIT)
    m.trailer = pyo.Constraint(list(winters), rule=lambda m, w: sum(m.fetched[w, k] for k in TREES) <= TRAILER)
    m.wanted = pyo.Constraint(
        list(winters), list(TREES), rule=lambda m, w, k: m.sold[w, k] <= winters[w][f"{k}_wanted"]
    )
    m.there = pyo.Constraint(
        list(winters), list(TREES), rule=lambda m, w, k: m.sold[w, k] <= ordered[k] + m.fetched[w, k]
    )

    def income(w, k):
        _, _, price, wholesale, shredded = TREES[k]
        left = ordered[k] + m.fetched[w, k] - m.sold[w, k]
        return price * m.sold[w, k] - wholesale * m.fetched[w, k] + shredded * left

    expected = sum(weight[w] * income(w, k) for w in winters for k in TREES)
    shredded = no_market * sum(TREES[k][4] * ordered[k] for k in TREES)
    m.profit = pyo.Objective(
        expr=expected + shredded - sum(TREES[k][0] * ordered[k] for k in TREES), sense=pyo.maximize
    )
    return m


def report(model):
    return {**{k: round(pyo.value(model.bundles[k])) for k in TREES}, "profit": pyo.value(model.profit)}
