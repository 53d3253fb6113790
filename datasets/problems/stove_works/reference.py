"""Stock and stoves owed by month, a 0-1 variable for lighting; checked by dynamic programming over the net stock."""

import pyomo.environ as pyo

PER_DAY, OVERTIME_SHARE, OWED_AT_FIRST, MOST_OWED, AT_THE_END = 11, 0.25, 15, 60, 20


def build_model(data):
    months = {row["month"]: row for row in data["Months"]}
    rate = {row["item"]: row["eur"] for row in data["Costs"]}
    names = list(months)
    regular = {t: PER_DAY * months[t]["working_days"] for t in names}
    m = pyo.ConcreteModel()
    m.regular = pyo.Var(names, domain=pyo.NonNegativeIntegers, bounds=lambda m, t: (0, regular[t]))
    m.overtime = pyo.Var(names, domain=pyo.NonNegativeIntegers)
    m.lit = pyo.Var(names, domain=pyo.Binary)
    m.stock = pyo.Var(names, domain=pyo.NonNegativeReals)
    m.owed = pyo.Var(names, bounds=(0, MOST_OWED))
    m.limit = pyo.Constraint(names, rule=lambda m, t: m.regular[t] <= regular[t] * m.lit[t])
    m.quarter = pyo.Constraint(names, rule=lambda m, t: m.overtime[t] <= OVERTIME_SHARE * regular[t] * m.lit[t])

    def balance(m, t):
        before = names.index(t) - 1
        net = m.stock[names[before]] - m.owed[names[before]] if before >= 0 else -OWED_AT_FIRST
        return net + m.regular[t] + m.overtime[t] == months[t]["ordered"] + m.stock[t] - m.owed[t]

    m.balance = pyo.Constraint(names, rule=balance)
    m.nothing_owed = pyo.Constraint(expr=m.owed[names[-1]] == 0)
    m.fair = pyo.Constraint(expr=m.stock[names[-1]] >= AT_THE_END)
    m.cost = pyo.Objective(
        expr=sum(
            rate["unit"] * (m.regular[t] + m.overtime[t])
            + rate["overtime"] * m.overtime[t]
            + rate["lighting"] * m.lit[t]
            + rate["storing"] * m.stock[t]
            + rate["waiting"] * m.owed[t]
            for t in names
        )
    )
    return m


def report(model):
    made = {t: round(pyo.value(model.regular[t] + model.overtime[t])) for t in model.lit}
    return {**made, "cost": pyo.value(model.cost)}
