"""A 0-1 variable per tape; checked by dynamic programming over what has been heard how often."""

import pyomo.environ as pyo

THREATENED, SETUP, MOST_C, COPIES = ("corncrake", "curlew", "bittern"), 7, 2, (9, 21)


def species(cell):
    names = {name.strip().lower() for name in cell.split(";")}
    return {name for name in names if name and not name.endswith("?")}


def minutes(row):
    whole, seconds = str(row["length"]).split(" ")[0].rstrip("m"), str(row["length"]).split(" ")[1].rstrip("s")
    running = int(whole) + int(seconds) / 60
    return SETUP + running * (1 if row["condition"] == "A" else 1.5)


def build_model(data):
    tapes = {row["tape"]: row for row in data["tapes"]}
    heard = {t: species(tapes[t]["species"]) for t in tapes}
    m = pyo.ConcreteModel()
    m.take = pyo.Var(list(tapes), domain=pyo.Binary)
    m.cover = pyo.Constraint(
        sorted(set.union(*heard.values())),
        rule=lambda m, s: sum(m.take[t] for t in tapes if s in heard[t]) >= (2 if s in THREATENED else 1),
    )
    m.old_machine = pyo.Constraint(expr=sum(m.take[t] for t in tapes if tapes[t]["condition"] == "C") <= MOST_C)
    m.copies = pyo.Constraint(expr=sum(m.take[t] for t in COPIES) <= 1)
    m.minutes = pyo.Objective(expr=sum(minutes(tapes[t]) * m.take[t] for t in tapes))
    return m


def report(model):
    return {
        "tapes": [t for t in model.take if pyo.value(model.take[t]) > 0.5],
        "minutes": pyo.value(model.minutes),
    }
