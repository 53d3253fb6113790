"""A bucket of rape honey earns 71 - 3.10 - 1.50 - 12.5 x 4.10 = 15.15 euros, and nothing limits buckets."""

import pyomo.environ as pyo

PRICE = {"forest": 6.20, "rape": 4.10, "comb": 3.60}


def build_model(data):
    m = pyo.ConcreteModel()
    m.jars = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.buckets = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.in_jars = pyo.Var(list(PRICE), domain=pyo.NonNegativeReals)
    m.in_buckets = pyo.Var(list(PRICE), domain=pyo.NonNegativeReals)
    m.fill_jars = pyo.Constraint(expr=sum(m.in_jars[h] for h in PRICE) == 0.5 * m.jars)
    m.fill_buckets = pyo.Constraint(expr=sum(m.in_buckets[h] for h in PRICE) == 12.5 * m.buckets)
    m.forest = pyo.Constraint(expr=m.in_jars["forest"] + m.in_buckets["forest"] <= 900)
    m.comb = pyo.Constraint(expr=m.in_jars["comb"] + m.in_buckets["comb"] <= 400)
    m.woodland = pyo.Constraint(expr=m.in_jars["forest"] >= 0.6 * 0.5 * m.jars)
    m.no_comb = pyo.Constraint(expr=m.in_jars["comb"] == 0)
    m.tenth = pyo.Constraint(expr=m.in_buckets["comb"] <= 0.1 * 12.5 * m.buckets)
    m.jar_line = pyo.Constraint(expr=m.jars <= 2800)
    m.shops = pyo.Constraint(expr=m.jars >= 800)
    m.guild = pyo.Constraint(expr=m.buckets >= 20)
    honey = sum(PRICE[h] * (m.in_jars[h] + m.in_buckets[h]) for h in PRICE)
    sold = (5.40 - 0.45) * m.jars + (71 - 3.10 - 18 * 5 / 60) * m.buckets
    m.profit = pyo.Objective(expr=sold - honey, sense=pyo.maximize)
    return m


def report(model):
    return {"jars": pyo.value(model.jars), "buckets": pyo.value(model.buckets)}
