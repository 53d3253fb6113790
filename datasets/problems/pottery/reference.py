"""Whole series, bought resources in fractions; checked by going through every plan."""

import pyomo.environ as pyo


def build_model(data):
    series = {row["series"]: row for row in data["Series"]}
    resources = {row["resource"]: row for row in data["Resources"]}
    needs = {(row["series"], row["resource"]): row["amount"] for row in data["Needs"]}
    m = pyo.ConcreteModel()
    m.make = pyo.Var(
        list(series), domain=pyo.Integers, bounds=lambda m, s: (series[s]["at_least"], series[s]["at_most"])
    )
    m.buy = pyo.Var(list(resources), bounds=lambda m, r: (0, resources[r]["most_extra"] or 0))
    m.resource = pyo.Constraint(
        list(resources),
        rule=lambda m, r: sum(needs.get((s, r), 0) * m.make[s] for s in series) <= resources[r]["available"] + m.buy[r],
    )
    m.margin = pyo.Objective(
        expr=sum(series[s]["margin_eur"] * m.make[s] for s in series)
        - sum((resources[r]["extra_price_eur"] or 0) * m.buy[r] for r in resources),
        sense=pyo.maximize,
    )
    return m


def report(model):
    made = {s: pyo.value(model.make[s]) for s in model.make}
    return {**made, **{f"extra_{r}": pyo.value(model.buy[r]) for r in model.buy}, "margin": pyo.value(model.margin)}
