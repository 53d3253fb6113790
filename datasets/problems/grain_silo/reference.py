"""Volume fixes the wall height, the flattest roof is the cheapest, and one radius remains: checked by a scan."""

from math import pi

import pyomo.environ as pyo


def build_model(data):
    m = pyo.ConcreteModel()
    m.radius = pyo.Var(bounds=(0.5, 3.2), initialize=2.5)
    m.wall = pyo.Var(bounds=(0.1, 9), initialize=6)
    m.roof = pyo.Var(bounds=(0, 9), initialize=2)
    m.slope = pyo.Var(bounds=(0.1, 12), initialize=3)
    m.volume = pyo.Constraint(expr=pi * m.radius**2 * m.wall >= 140)
    m.sloping_length = pyo.Constraint(expr=m.slope**2 == m.radius**2 + m.roof**2)
    m.snow = pyo.Constraint(expr=m.roof >= 0.6 * m.radius)
    m.power_line = pyo.Constraint(expr=m.wall + m.roof <= 9)
    m.cost = pyo.Objective(expr=58 * 2 * pi * m.radius * m.wall + 41 * pi * m.radius * m.slope + 36 * pi * m.radius**2)
    return m


def report(model):
    return {name: pyo.value(getattr(model, name)) for name in ("radius", "wall", "roof", "cost")}
