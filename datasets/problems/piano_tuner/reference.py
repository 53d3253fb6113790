"""A ratio of two linear functions in 0-1 variables; checked by going through all sets of customers."""

import pyomo.environ as pyo

CUSTOMERS = {  # fee less strings and felts, minutes with the way
    "Abele": (130 - 4, 75 + 15),
    "Music school": (310 - 22, 195 + 15),
    "Church hall": (165 - 9, 120 + 15),
    "Dietz": (95, 50 + 15),
    "Eisele": (140 - 31, 110 + 15),
    "Hotel Krone": (210 - 12, 105 + 15),
    "Gut Wiesen": (185 - 6 - 18, 90 + 40),
    "Hepp": (120 - 2, 80 + 15),
    "Ilg": (88 - 7, 45 + 15),
    "Theatre": (260 - 15, 180 + 15),
}
TRAIN_EUR, TRAIN, STATION, LONGEST = 46, 140, 10, 600


def build_model(data):
    m = pyo.ConcreteModel()
    m.serve = pyo.Var(list(CUSTOMERS), domain=pyo.Binary)
    earned = sum(CUSTOMERS[c][0] * m.serve[c] for c in CUSTOMERS) - TRAIN_EUR
    minutes = sum(CUSTOMERS[c][1] * m.serve[c] for c in CUSTOMERS) + TRAIN + STATION
    m.at_least_one = pyo.Constraint(expr=sum(m.serve[c] for c in CUSTOMERS) >= 1)
    m.longest = pyo.Constraint(expr=minutes <= LONGEST)
    m.together = pyo.Constraint(expr=m.serve["Music school"] == m.serve["Theatre"])
    m.noon = pyo.Constraint(expr=m.serve["Eisele"] + m.serve["Hepp"] <= 1)
    m.per_hour = pyo.Var(bounds=(-100, 300))
    m.ratio = pyo.Constraint(expr=m.per_hour * minutes == 60 * earned)
    m.best = pyo.Objective(expr=m.per_hour, sense=pyo.maximize)
    return m


def report(model):
    serve = [c for c in CUSTOMERS if pyo.value(model.serve[c]) > 0.5]
    return {"serve": serve, "per_hour": pyo.value(model.per_hour)}
