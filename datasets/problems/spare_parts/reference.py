"""Pieces per usable certificate, and pieces bought; checked by solving the dual, written from the files again."""

from datetime import date

import pyomo.environ as pyo

END = date(2025, 4, 30)


def usable(data, machines, parts):
    """Pieces per hour of every machine and article that it can make in April; later lines replace earlier ones."""
    last = {(row["machine"], int(row["article"].removeprefix("A-"))): row for row in data["certificates"]}
    return {
        (m, a): row["pieces_per_hour"]
        for (m, a), row in last.items()
        if m in machines and a in parts and row["pieces_per_hour"] > 0 and valid(row["valid_until"])
    }


def valid(until):
    if until is None:
        return True
    day, month, year = map(int, until.split("."))
    return date(year, month, day) >= END


def build_model(data):
    machines = {row["machine"]: row for row in data["machines"]}
    parts = {row["article"]: row for row in data["parts"]}
    rate = usable(data, machines, parts)
    m = pyo.ConcreteModel()
    m.made = pyo.Var(list(rate), domain=pyo.NonNegativeReals)
    m.bought = pyo.Var([a for a in parts if parts[a]["purchase_eur"] is not None], domain=pyo.NonNegativeReals)
    m.ready = pyo.ConstraintList()
    for a, part in parts.items():
        made = [m.made[key] for key in rate if key[1] == a]
        bought = [m.bought[a]] if a in m.bought else []
        m.ready.add(sum(made + bought) >= part["pieces"])
    m.hours = pyo.ConstraintList()

    def limit(names, hours):
        used = [m.made[key] / rate[key] for key in rate if key[0] in names]
        if used and hours is not None:
            m.hours.add(sum(used) <= hours)

    for name, machine in machines.items():
        limit([name], machine["hours"])
    for number, hall in data["halls"]["halls"].items():
        limit([name for name in machines if machines[name]["hall"] == int(number)], hall.get("hours"))
    m.machine_cost = pyo.Expression(
        expr=sum(machines[key[0]]["eur_per_hour"] * m.made[key] / rate[key] for key in rate)
    )
    m.cost = pyo.Objective(expr=m.machine_cost + sum(parts[a]["purchase_eur"] * m.bought[a] for a in m.bought))
    return m


def report(model):
    return {"machine_cost": pyo.value(model.machine_cost), "cost": pyo.value(model.cost)}
