"""Lot sizing with capacity; checked by dynamic programming over the stock."""

import pyomo.environ as pyo

MONTHS = ["January", "February", "March", "April", "May", "June"]
PROMISED = dict(zip(MONTHS, [60, 110, 190, 240, 170, 90], strict=True))
CAPACITY = dict(zip(MONTHS, [230, 230, 230, 120, 230, 230], strict=True))
UNIT_COST = dict(zip(MONTHS, [310, 310, 310, 345, 345, 345], strict=True))


def build_model(data):
    m = pyo.ConcreteModel()
    m.cast = pyo.Var(MONTHS, domain=pyo.NonNegativeIntegers)
    m.heated = pyo.Var(MONTHS, domain=pyo.Binary)
    m.stock = pyo.Var(MONTHS, bounds=(0, 150))

    def balance(m, month):
        position = MONTHS.index(month)
        before = 25 if position == 0 else m.stock[MONTHS[position - 1]]
        return before + m.cast[month] == PROMISED[month] + m.stock[month]

    m.balance = pyo.Constraint(MONTHS, rule=balance)
    m.mould = pyo.Constraint(MONTHS, rule=lambda m, month: m.cast[month] <= CAPACITY[month] * m.heated[month])
    m.final_stock = pyo.Constraint(expr=m.stock["June"] >= 40)
    m.cost = pyo.Objective(
        expr=sum(UNIT_COST[t] * m.cast[t] + 2600 * m.heated[t] + 6 * m.stock[t] for t in MONTHS), sense=pyo.minimize
    )
    return m


def report(model):
    return {**{t: pyo.value(model.cast[t]) for t in MONTHS}, "cost": pyo.value(model.cost)}
