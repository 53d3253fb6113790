"""A capacitated facility location; checked by going through all sets of laundries, with a transport problem each."""

import pyomo.environ as pyo

WEEKS, MISSING, RATE, MOST_LEASED = 8, 20, 0.019, 4


def kilograms(row):
    if row["status"] == "cancelled":
        return 0
    if row["weight"] is None:
        return MISSING
    return row["weight"] / 1000 if row["unit"] == "g" else row["weight"]


def build_model(data):
    demand = {}
    for row in data["deliveries"]:
        district = row["district"].strip().lower()
        demand[district] = demand.get(district, 0) + kilograms(row) / WEEKS
    sites = {row["site"]: row for row in data["sites"]}
    km = {(row["site"], row["district"].lower()): row["km"] for row in data["routes"]}
    m = pyo.ConcreteModel()
    m.lease = pyo.Var(list(sites), domain=pyo.Binary)
    m.share = pyo.Var(list(km), bounds=(0, 1))
    m.served = pyo.Constraint(list(demand), rule=lambda m, d: sum(m.share[k] for k in km if k[1] == d) == 1)
    m.leased = pyo.Constraint(list(km), rule=lambda m, s, d: m.share[s, d] <= m.lease[s])
    m.capacity = pyo.Constraint(
        list(sites),
        rule=lambda m, s: sum(demand[k[1]] * m.share[k] for k in km if k[0] == s) <= sites[s]["kg_a_week"] * m.lease[s],
    )
    m.huber = pyo.Constraint(expr=m.lease["Mühlau"] == m.lease["Sand"])
    m.few = pyo.Constraint(expr=sum(m.lease[s] for s in sites) <= MOST_LEASED)
    m.rent = pyo.Expression(expr=sum(sites[s]["rent_eur"] * m.lease[s] for s in sites))
    m.cost = pyo.Objective(expr=m.rent + sum(RATE * km[k] * demand[k[1]] * m.share[k] for k in km))
    return m


def report(model):
    leased = [s for s in model.lease if pyo.value(model.lease[s]) > 0.5]
    return {"leased": leased, "rent": pyo.value(model.rent), "cost": pyo.value(model.cost)}
