"""A 0-1 variable for every able pair; checked by trying all assignments."""

import pyomo.environ as pyo


def build_model(data):
    jobs = {row["job"]: row for row in data["jobs"]}
    technicians = {row["technician"]: row for row in data["technicians"]}
    level = {(row["technician"], row["skill"]): row["level"] for row in data["skills"]}
    rules = data["rules"]
    able = [(t, j) for t in technicians for j in jobs if level.get((t, jobs[j]["skill"]), 0) >= jobs[j]["level"]]

    def cost(t, j):
        home, job = technicians[t], jobs[j]
        km = 2 * (abs(home["east_km"] - job["east_km"]) + abs(home["north_km"] - job["north_km"]))
        return home["wage_eur"] * job["hours"] + rules["eur_per_km"] * km

    m = pyo.ConcreteModel()
    m.does = pyo.Var(able, domain=pyo.Binary)
    m.each_job = pyo.Constraint(list(jobs), rule=lambda m, j: sum(m.does[t, k] for t, k in able if k == j) == 1)
    m.hours = pyo.Constraint(
        list(technicians),
        rule=lambda m, t: sum(jobs[j]["hours"] * m.does[u, j] for u, j in able if u == t) <= technicians[t]["hours"],
    )
    m.most_jobs = pyo.Constraint(
        list(technicians),
        rule=lambda m, t: sum(m.does[u, j] for u, j in able if u == t) <= rules["most_jobs_per_technician"],
    )
    m.clash = pyo.ConstraintList()
    for t in technicians:
        for pair in rules["clashing_jobs"]:
            if all((t, j) in able for j in pair):
                m.clash.add(sum(m.does[t, j] for j in pair) <= 1)
    m.cost = pyo.Objective(expr=sum(cost(t, j) * m.does[t, j] for t, j in able))
    return m


def report(model):
    done = {j: t for (t, j), x in model.does.items() if pyo.value(x) > 0.5}
    return {"assignment": [f"{j}: {done[j]}" for j in sorted(done)], "cost": pyo.value(model.cost)}
