"""A 0-1 variable per guard, day and shift; checked by dynamic programming over the days."""

import pyomo.environ as pyo

SHIFTS = {"early": (6.5, 0), "late": (8, 1.5)}  # hours, of which after 20:00
LEAST, IN_A_ROW = 2, 4


def build_model(data):
    guards = {row["guard"]: row for row in data["guards"]}
    needs = {(row["day"], s): row[s] for row in data["week"] for s in SHIFTS}
    days = [row["day"] for row in data["week"]]

    def pay(g, d, s):
        hours, evening = SHIFTS[s]
        return guards[g]["eur_per_hour"] * (hours * (1.5 if d == "Sun" else 1) + 0.25 * evening)

    m = pyo.ConcreteModel()
    m.on = pyo.Var(list(guards), days, list(SHIFTS), domain=pyo.Binary)
    m.need = pyo.Constraint(days, list(SHIFTS), rule=lambda m, d, s: sum(m.on[g, d, s] for g in guards) == needs[d, s])

    def works(g, d):
        return m.on[g, d, "early"] + m.on[g, d, "late"]

    m.one_a_day = pyo.Constraint(
        list(guards), days, rule=lambda m, g, d: works(g, d) <= int(d not in (guards[g]["cannot_work"] or ""))
    )
    m.rest = pyo.Constraint(
        list(guards), range(6), rule=lambda m, g, k: m.on[g, days[k], "late"] + m.on[g, days[k + 1], "early"] <= 1
    )
    m.boat = pyo.Constraint(
        ["Sat", "Sun"],
        list(SHIFTS),
        rule=lambda m, d, s: sum(m.on[g, d, s] for g in guards if guards[g]["boat_licence"] in ("yes", True)) >= 1,
    )
    m.share = pyo.Constraint(
        list(guards), rule=lambda m, g: (LEAST, sum(works(g, d) for d in days), guards[g]["most_shifts"])
    )
    m.in_a_row = pyo.Constraint(
        list(guards),
        range(len(days) - IN_A_ROW),
        rule=lambda m, g, k: sum(works(g, d) for d in days[k : k + IN_A_ROW + 1]) <= IN_A_ROW,
    )
    m.cost = pyo.Objective(expr=sum(pay(*key) * m.on[key] for key in m.on))
    return m


def report(model):
    roster = [f"{d} {s}: {g}" for g, d, s in model.on if pyo.value(model.on[g, d, s]) > 0.5]
    return {"roster": roster, "cost": pyo.value(model.cost)}
