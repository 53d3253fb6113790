"""A 0-1 variable per job and first working day; checked by dynamic programming over the jobs that are done."""

from datetime import date, timedelta

import pyomo.environ as pyo

MONDAY, FAIR = date(2025, 3, 3), (date(2025, 3, 19), date(2025, 3, 20))
HORIZON = [day for k in range(60) if (day := MONDAY + timedelta(k)).weekday() < 5 and day not in FAIR]
EARLIEST = {"missal": HORIZON.index(date(2025, 3, 11))}


def build_model(data):
    jobs = {row["job"]: row for row in data["books"]}
    days = range(sum(row["working_days"] for row in jobs.values()) + 6)  # the six days before the goatskin may be idle

    def last(j, start):
        return start + jobs[j]["working_days"] - 1

    def cost(j, start):
        late = (HORIZON[last(j, start)] - date.fromisoformat(str(jobs[j]["promised"]))).days
        return jobs[j]["eur_per_day_late"] * max(0, late)

    m = pyo.ConcreteModel()
    starts = [(j, d) for j in jobs for d in days if d >= EARLIEST.get(j, 0) and last(j, d) in days]
    m.start = pyo.Var(starts, domain=pyo.Binary)
    m.each = pyo.Constraint(list(jobs), rule=lambda m, j: sum(m.start[k] for k in starts if k[0] == j) == 1)
    m.alone = pyo.Constraint(days, rule=lambda m, d: sum(m.start[k] for k in starts if k[1] <= d <= last(*k)) <= 1)
    begins = {j: sum(k[1] * m.start[k] for k in starts if k[0] == j) for j in ("atlas", "index")}
    m.stamping = pyo.Constraint(expr=begins["index"] >= begins["atlas"] + jobs["atlas"]["working_days"])
    m.cost = pyo.Objective(expr=sum(cost(*k) * m.start[k] for k in starts))
    return m


def report(model):
    begun = sorted((d, j) for (j, d), x in model.start.items() if pyo.value(x) > 0.5)
    return {"order": [j for _, j in begun], "cost": pyo.value(model.cost)}
