"""A 0-1 variable per vehicle and leg, with the load on board; checked by dynamic programming over sets of villages."""

import pyomo.environ as pyo

FARM = "Farm"
VEHICLES = {  # room in large boxes, euros a kilometre, euros if used, kilometres at most
    "own van": (24, 0.64, 0, 200),
    "borrowed van": (24, 0.64, 9.5, 200),
    "tricycle": (11, 0.15, 12, 18),
}


def build_model(data):
    room = {row["stop"]: row["large_boxes"] + 0.4 * row["small_boxes"] for row in data["stops"]}
    km = {}
    for row in data["legs"]:
        km[row["between"], row["and"]] = km[row["and"], row["between"]] = row["km"]
    m = pyo.ConcreteModel()
    m.drives = pyo.Var(list(VEHICLES), list(km), domain=pyo.Binary)
    m.carried = pyo.Var(list(VEHICLES), list(km), domain=pyo.NonNegativeReals)

    def out(v, place):
        return sum(m.drives[v, a, b] for a, b in km if a == place)

    m.carries = pyo.Constraint(
        list(VEHICLES), list(km), rule=lambda m, v, a, b: m.carried[v, a, b] <= VEHICLES[v][0] * m.drives[v, a, b]
    )
    m.once = pyo.Constraint(list(room), rule=lambda m, s: sum(out(v, s) for v in VEHICLES) == 1)
    m.goes_on = pyo.Constraint(
        list(VEHICLES),
        [FARM, *room],
        rule=lambda m, v, s: sum(m.drives[v, a, b] for a, b in km if b == s) == out(v, s),
    )
    m.unloads = pyo.Constraint(
        list(VEHICLES),
        list(room),
        rule=lambda m, v, s: (
            sum(m.carried[v, a, b] for a, b in km if b == s)
            == sum(m.carried[v, a, b] for a, b in km if a == s) + room[s] * out(v, s)
        ),
    )
    m.one_round = pyo.Constraint(list(VEHICLES), rule=lambda m, v: out(v, FARM) <= 1)
    way = {v: sum(km[leg] * m.drives[v, leg] for leg in km) for v in VEHICLES}
    m.battery = pyo.Constraint(list(VEHICLES), rule=lambda m, v: way[v] <= VEHICLES[v][3])
    m.cost = pyo.Objective(expr=sum(VEHICLES[v][1] * way[v] + VEHICLES[v][2] * out(v, FARM) for v in VEHICLES))
    return m


def report(model):
    rounds = {}
    for v in VEHICLES:
        after = {a: b for (w, a, b), x in model.drives.items() if w == v and pyo.value(x) > 0.5}
        rounds[v], place = [], after.get(FARM, FARM)
        while place != FARM:
            rounds[v].append(place)
            place = after[place]
    return {**rounds, "cost": pyo.value(model.cost)}
