"""A 0-1 variable per leg and the minute at which each hand-over begins; checked by trying all orders."""

import pyomo.environ as pyo

LAB, START, HANDOVER, CLOTTING, LATEST = "Lab", 9 * 60, 4, 75, 240


def clock(text):
    hours, minutes = str(text).split(":")[:2]
    return 60 * int(hours) + int(minutes) - START


def build_model(data):
    windows = {row["practice"]: (clock(row["ready"]), clock(row["closes"]) - HANDOVER) for row in data["practices"]}
    minutes = {
        (row["from"], to): row[to] for row in data["minutes"] for to in row if to != "from" and row[to] is not None
    }
    m = pyo.ConcreteModel()
    m.drives = pyo.Var(list(minutes), domain=pyo.Binary)
    m.begins = pyo.Var(list(windows), bounds=lambda m, p: windows[p])
    m.back = pyo.Var(bounds=(0, LATEST))
    m.leaves = pyo.Constraint([LAB, *windows], rule=lambda m, p: sum(m.drives[k] for k in minutes if k[0] == p) == 1)
    m.enters = pyo.Constraint([LAB, *windows], rule=lambda m, p: sum(m.drives[k] for k in minutes if k[1] == p) == 1)

    def in_time(m, a, b):
        left = 0 if a == LAB else m.begins[a] + HANDOVER
        arrives = m.back if b == LAB else m.begins[b]
        return arrives >= left + minutes[a, b] - (LATEST + HANDOVER + minutes[a, b]) * (1 - m.drives[a, b])

    m.in_time = pyo.Constraint(list(minutes), rule=in_time)
    m.clotting = pyo.Constraint(expr=m.back <= m.begins["Bauer"] + HANDOVER + CLOTTING)
    others = [p for p in windows if p != "Dahl"]
    m.before_last = pyo.Var(others, domain=pyo.Binary)  # Dahl, then this practice, then the laboratory
    m.then = pyo.Constraint(others, rule=lambda m, p: 2 * m.before_last[p] <= m.drives["Dahl", p] + m.drives[p, LAB])
    m.infectious = pyo.Constraint(expr=m.drives["Dahl", LAB] + sum(m.before_last[p] for p in others) >= 1)
    m.minutes = pyo.Objective(expr=m.back)
    return m


def report(model):
    order = sorted(model.begins, key=lambda p: pyo.value(model.begins[p]))
    return {"order": order, "minutes": pyo.value(model.minutes)}
