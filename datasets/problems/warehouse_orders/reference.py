"""One 0-1 variable per order; checked by dynamic programming over weight and number of orders, article by article."""

import pyomo.environ as pyo


def number(cell, if_blank):
    """Cells are numbers, or text such as `1,200`, or None."""
    if cell is None:
        return if_blank
    return int(cell.replace(",", "")) if isinstance(cell, str) else cell


def build_model(data):
    stock = {row["article"].upper(): row for row in data["stock"]}
    orders = {row["order"]: row for row in data["orders"]}
    article = {o: row["article"].upper() for o, row in orders.items()}
    pieces = {o: number(row["quantity"], 1) for o, row in orders.items()}
    m = pyo.ConcreteModel()
    m.take = pyo.Var(list(orders), domain=pyo.Binary)
    m.on_hand = pyo.ConstraintList()
    for code, row in stock.items():
        sold = sum(pieces[o] * m.take[o] for o in orders if article[o] == code)
        m.on_hand.add(sold <= number(row["on_hand"], 0))
    m.lorry = pyo.Constraint(
        expr=sum(pieces[o] * number(stock[article[o]]["kg_per_piece"], 0) * m.take[o] for o in orders) <= 3200
    )
    m.crew = pyo.Constraint(expr=sum(m.take[o] for o in orders) <= 24)
    m.income = pyo.Objective(
        expr=sum(number(orders[o]["offer_eur"], 0) * m.take[o] for o in orders), sense=pyo.maximize
    )
    return m


def report(model):
    return {"orders_taken": sum(round(pyo.value(x)) for x in model.take.values()), "income": pyo.value(model.income)}
