"""Least squares under a monotone sequence; checked by pooling adjacent violators."""

import pyomo.environ as pyo

LOW, HIGH = 40, 2600


def discharge(row):
    litres = row["discharge"] * (1000 if row["unit"] == "m3/s" else 1)
    return litres / 0.92 if str(row["day"]) < "2022" else litres


def build_model(data):
    measured = {}
    for row in data["measurements"]:
        if row["remark"] not in ("ice", "weed"):
            measured.setdefault(row["level_cm"], []).append(discharge(row))
    levels = sorted(measured)
    m = pyo.ConcreteModel()
    m.discharge = pyo.Var(levels, bounds=(LOW, HIGH))
    m.never_falls = pyo.Constraint(
        range(len(levels) - 1), rule=lambda m, k: m.discharge[levels[k + 1]] >= m.discharge[levels[k]]
    )
    m.squares = pyo.Objective(expr=sum((m.discharge[x] - q) ** 2 for x in levels for q in measured[x]))
    return m


def report(model):
    return {"squares": pyo.value(model.squares), "at_60": pyo.value(model.discharge[60])}
