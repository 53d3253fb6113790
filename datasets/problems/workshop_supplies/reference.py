"""A 0-1 variable per article and able supplier; checked by going through all sets of three suppliers."""

import pyomo.environ as pyo

LAST_DAY, MOST_SUPPLIERS = "2025-06-30", 3


def cheapest(offer, pieces):
    """What the pieces cost at one supplier, ordering more where a lower price makes up for it; None: not to be had."""
    most = offer.get("most")
    totals = []
    for start, price in offer["prices"].items():
        ordered = max(pieces, int(start))
        if most is None or ordered <= most:
            totals.append(ordered * price)
    return min(totals, default=None)


def build_model(data):
    need = {}
    for row in data["needs"]:
        if row["wanted_by"] <= LAST_DAY and row["pieces"] > 0:
            need[row["article"]] = need.get(row["article"], 0) + row["pieces"]
    suppliers = data["offers"]["suppliers"]
    cost = {
        (int(article), s): total
        for s, supplier in suppliers.items()
        for article, offer in supplier["articles"].items()
        if int(article) in need and (total := cheapest(offer, need[int(article)])) is not None
    }
    used = sorted({s for _, s in cost})
    m = pyo.ConcreteModel()
    m.orders = pyo.Var(list(cost), domain=pyo.Binary)
    m.use = pyo.Var(used, domain=pyo.Binary)
    m.each = pyo.ConstraintList()
    for a in need:
        m.each.add(sum(m.orders[key] for key in cost if key[0] == a) == 1)
    m.freight_paid = pyo.Constraint(list(cost), rule=lambda m, a, s: m.orders[a, s] <= m.use[s])
    m.pairs = pyo.ConstraintList()
    for row in data["pairs"]:
        a, b = row["article"], row["goes_with"]
        for s in used if a in need and b in need else []:
            ordered = [m.orders[x, s] if (x, s) in cost else 0 for x in (a, b)]
            if (a, s) in cost or (b, s) in cost:
                m.pairs.add(ordered[0] == ordered[1])
    m.few = pyo.Constraint(expr=sum(m.use[s] for s in used) <= MOST_SUPPLIERS)
    m.freight = pyo.Expression(expr=sum(suppliers[s]["freight_eur"] * m.use[s] for s in used))
    m.cost = pyo.Objective(expr=m.freight + sum(cost[key] * m.orders[key] for key in cost))
    return m


def report(model):
    return {"freight": pyo.value(model.freight), "cost": pyo.value(model.cost)}
