"""Set cover with whole numbers; checked by trying every number of full shifts and covering the rest from the left."""

import pyomo.environ as pyo

NEEDED = [4, 7, 9, 8, 11, 6]
FULL = {1: [1, 2, 4, 5], 2: [2, 3, 5, 6]}
SHORT = {start: [start, start + 1] for start in range(1, 6)}


def build_model(data):
    m = pyo.ConcreteModel()
    m.full = pyo.Var(list(FULL), domain=pyo.NonNegativeIntegers)
    m.short = pyo.Var(list(SHORT), domain=pyo.NonNegativeIntegers)

    def cover(m, block):
        on_duty = sum(m.full[s] for s in FULL if block in FULL[s]) + sum(m.short[s] for s in SHORT if block in SHORT[s])
        return on_duty >= NEEDED[block - 1]

    m.cover = pyo.Constraint(range(1, 7), rule=cover)
    full, short = sum(m.full.values()), sum(m.short.values())
    m.works_council = pyo.Constraint(expr=full >= 0.6 * (full + short))
    m.lockers = pyo.Constraint(expr=m.full[1] + m.short[1] <= 9)
    m.cost = pyo.Objective(expr=152 * full + 66 * short)
    return m


def report(model):
    full, short = (round(sum(map(pyo.value, shifts.values()))) for shifts in (model.full, model.short))
    return {"full_shifts": full, "short_shifts": short, "cost": pyo.value(model.cost)}
