"""A 0-1 variable per truck, dock and window that go together; checked by shortest augmenting paths in a network."""

import pyomo.environ as pyo

DAY, WINDOWS, LENGTH, CREW = "2025-05-14", (6, 9, 12, 15), 3, 11


def hour(clock, if_blank=None):
    if clock is None:
        return if_blank
    hours, minutes = clock.split(":")
    return int(hours) + int(minutes) / 60


def together(truck, dock, start):
    fits = dock["longest_m"] is None or truck["length_m"] <= dock["longest_m"]
    lift = dock["kind"] == "ramp" or truck["tail_lift"] == "yes"
    return fits and lift and hour(truck["arrives"]) <= start and start + LENGTH <= hour(truck["waits_until"], 24)


def build_model(data):
    pallets = {}
    for row in data["trucks"]:
        pallets[row["truck"]] = pallets.get(row["truck"], 0) + row["pallets"]
    trucks = {row["truck"]: row for row in data["trucks"]}
    docks = {row["dock"]: row for row in data["docks"]}
    closures = [(int(row["dock"][1:]), hour(row["window"])) for row in data["closures"] if row["day"] == DAY]
    closed = {(d, w) for d, start in closures for w in WINDOWS if start in (None, w)}
    cost = {
        (t, d, w): 0.03 * docks[d]["metres_to_store"] * pallets[t] + 5 * (w - hour(trucks[t]["arrives"]))
        for t in trucks
        for d in docks
        for w in WINDOWS
        if (d, w) not in closed and together(trucks[t], docks[d], w)
    }
    m = pyo.ConcreteModel()
    m.at = pyo.Var(list(cost), domain=pyo.Binary)
    m.away = pyo.Var(list(trucks), domain=pyo.Binary)
    m.each = pyo.ConstraintList()
    for t in trucks:
        m.each.add(sum(m.at[key] for key in cost if key[0] == t) + m.away[t] == 1)
    m.dock = pyo.ConstraintList()
    for place in {key[1:] for key in cost}:
        m.dock.add(sum(m.at[key] for key in cost if key[1:] == place) <= 1)
    m.crew = pyo.ConstraintList()
    for w in {key[2] for key in cost}:
        m.crew.add(sum(m.at[key] for key in cost if key[2] == w) <= CREW)
    turned_away = sum((90 + 7 * pallets[t]) * m.away[t] for t in trucks)
    m.cost = pyo.Objective(expr=sum(cost[key] * m.at[key] for key in cost) + turned_away)
    return m


def report(model):
    return {"turned_away": sum(round(pyo.value(x)) for x in model.away.values()), "cost": pyo.value(model.cost)}
