"""The tank's acidity times what leaves it is bilinear; checked by a scan of that acidity with a linear program each."""

import pyomo.environ as pyo

COST = {"terrace": 6.40, "mill": 3.90, "coast": 5.30}
MOST = {"terrace": 14_000, "mill": 22_000, "coast": 9_000}
PRICE, ACIDITY, SALES = {"riserva": 7.70, "cucina": 6.10}, {"riserva": 0.6, "cucina": 1.0}, (8_000, 20_000)


def build_model(data):
    m = pyo.ConcreteModel()
    thousands = {o: MOST[o] / 1000 for o in MOST}
    sales = dict(zip(PRICE, (s / 1000 for s in SALES), strict=True))
    m.bought = pyo.Var(list(COST), bounds=lambda m, o: (0, thousands[o]))
    m.from_tank = pyo.Var(list(PRICE), bounds=lambda m, p: (0, sales[p]))
    m.coast = pyo.Var(list(PRICE), bounds=lambda m, p: (0, sales[p]))
    m.acidity = pyo.Var(bounds=(0.3, 1.5))
    sold = {p: m.from_tank[p] + m.coast[p] for p in PRICE}
    m.tank = pyo.Constraint(expr=m.bought["terrace"] + m.bought["mill"] == sum(m.from_tank[p] for p in PRICE))
    m.drums = pyo.Constraint(expr=m.bought["coast"] == sum(m.coast[p] for p in PRICE))
    m.mixture = pyo.Constraint(
        expr=0.3 * m.bought["terrace"] + 1.5 * m.bought["mill"] == m.acidity * sum(m.from_tank[p] for p in PRICE)
    )
    m.limit = pyo.Constraint(
        list(PRICE), rule=lambda m, p: m.acidity * m.from_tank[p] + 0.8 * m.coast[p] <= ACIDITY[p] * sold[p]
    )
    m.sales = pyo.Constraint(list(PRICE), rule=lambda m, p: sold[p] <= sales[p])
    m.hotel = pyo.Constraint(expr=sold["riserva"] >= 2.5)
    income = sum(PRICE[p] * sold[p] for p in PRICE) - sum(COST[o] * m.bought[o] for o in COST)
    m.earned = pyo.Objective(expr=1000 * income, sense=pyo.maximize)
    return m


def report(model):
    bought = {o: 1000 * pyo.value(model.bought[o]) for o in COST}
    return {**bought, "acidity": pyo.value(model.acidity), "earned": pyo.value(model.earned)}
