"""Two knapsacks, stalls that fit only one of them or neither; checked by dynamic programming over both clocks."""

import pyomo.environ as pyo

DUTIES = {"morning": ("08:00", "12:00"), "afternoon": ("13:00", "17:00")}
MINUTES = 240
SINCE = "2024-06-01"


def is_open(hours, duty):
    if hours == "closed":
        return False
    opens, closes = hours.split("-")
    return opens <= DUTIES[duty][0] and closes >= DUTIES[duty][1]


def build_model(data):
    stalls = {row["stall"]: row for row in data["stalls"]}
    earned = {s: row["points"] * (2 if row["last_inspected"] < SINCE else 1) for s, row in stalls.items()}
    m = pyo.ConcreteModel()
    m.pairs = pyo.Set(initialize=[(s, d) for s in stalls for d in DUTIES if is_open(stalls[s]["open"], d)])
    m.visit = pyo.Var(m.pairs, domain=pyo.Binary)
    m.once = pyo.Constraint(
        sorted({s for s, _ in m.pairs}), rule=lambda m, s: sum(m.visit[p] for p in m.pairs if p[0] == s) <= 1
    )
    m.time = pyo.Constraint(
        list(DUTIES),
        rule=lambda m, d: sum(stalls[s]["minutes"] * m.visit[s, e] for s, e in m.pairs if e == d) <= MINUTES,
    )
    m.points = pyo.Objective(expr=sum(earned[s] * m.visit[s, d] for s, d in m.pairs), sense=pyo.maximize)
    return m


def report(model):
    visits = {d: [s for s, e in model.pairs if e == d and pyo.value(model.visit[s, e]) > 0.5] for d in DUTIES}
    return {**visits, "points": pyo.value(model.points)}
