"""Energy in the cells hour by hour, either in or out; checked by dynamic programming over whole MWh.

With the hours for buying and selling fixed, this is a flow through a network with whole limits, so that some optimum
moves whole MWh only. Without "never both", hours with negative prices would earn by wasting energy.
"""

import pyomo.environ as pyo

STORE, MOST_IN, MOST_OUT, IN, OUT, CHARGE, WEAR, START = 10, 4, 5, 0.94, 0.96, 3.10, 5, 3


def build_model(data):
    prices = [row["price_eur_mwh"] for row in data["prices"]]
    hours = range(len(prices))
    open_hours = [h for h in hours if prices[h] is not None]
    m = pyo.ConcreteModel()
    m.into = pyo.Var(open_hours, bounds=(0, MOST_IN))
    m.out = pyo.Var(open_hours, bounds=(0, MOST_OUT))
    m.buys = pyo.Var(open_hours, domain=pyo.Binary)
    m.level = pyo.Var(hours, bounds=(0, STORE))

    def balance(m, h):
        before = m.level[h - 1] if h else START
        return m.level[h] == before + (m.into[h] - m.out[h] if h in open_hours else 0)

    m.balance = pyo.Constraint(hours, rule=balance)
    m.either = pyo.Constraint(open_hours, rule=lambda m, h: m.into[h] <= MOST_IN * m.buys[h])
    m.never_both = pyo.Constraint(open_hours, rule=lambda m, h: m.out[h] <= MOST_OUT * (1 - m.buys[h]))
    m.end = pyo.Constraint(expr=m.level[hours[-1]] >= START)
    m.earned = pyo.Objective(
        expr=sum((OUT * prices[h] - WEAR) * m.out[h] - (prices[h] + CHARGE) / IN * m.into[h] for h in open_hours),
        sense=pyo.maximize,
    )
    return m


def report(model):
    return {"earned": pyo.value(model.earned)}
