"""Oven, shaping and butter bind, the order of the hospital does not.

By hand: butter gives b = 12 / 0.22 = 600/11, then 3s + 2.5r = 540 - 4b and 1.5s + r = 390 - 4.5b give s = 580/11
and r = 720/11. Prices: 3u + 1.5v = 2.40 and 2.5u + v = 1.95 give u = 0.70 a minute of oven and v = 0.20 a minute of
shaping; a kilogram of butter is worth (4.10 - 4u - 4.5v) / 0.22 = 20/11. All prices are positive: the optimum.
"""

import pyomo.environ as pyo

BREADS = ["sourdough", "brioche", "rye"]
MARGIN = {"sourdough": 2.40, "brioche": 4.10, "rye": 1.95}
OVEN = {"sourdough": 3.0, "brioche": 4.0, "rye": 2.5}
SHAPING = {"sourdough": 1.5, "brioche": 4.5, "rye": 1.0}


def build_model(data):
    m = pyo.ConcreteModel()
    m.bake = pyo.Var(BREADS, domain=pyo.NonNegativeReals)
    m.oven = pyo.Constraint(expr=sum(OVEN[b] * m.bake[b] for b in BREADS) <= 9 * 60)
    m.shaping = pyo.Constraint(expr=sum(SHAPING[b] * m.bake[b] for b in BREADS) <= 6.5 * 60)
    m.butter = pyo.Constraint(expr=0.22 * m.bake["brioche"] <= 12)
    m.hospital = pyo.Constraint(expr=m.bake["rye"] >= 40)
    m.margin = pyo.Objective(expr=sum(MARGIN[b] * m.bake[b] for b in BREADS), sense=pyo.maximize)
    return m


def report(model):
    return {**{f"{b}_kg": pyo.value(model.bake[b]) for b in BREADS}, "margin": pyo.value(model.margin)}
