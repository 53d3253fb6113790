"""An order per place in the sequence, cleaning by the colours of neighbours; checked by trying all sequences."""

import pyomo.environ as pyo

ORDERS = {  # colour from light (0) to dark (3), minutes in the booth, minutes in the kiln
    "Ash Lane": (0, 32, 45),
    "Bell Street": (3, 18, 38),
    "Cooper's Row": (1, 41, 22),
    "Dock Road": (2, 25, 52),
    "Elm Square": (0, 22, 29),
    "Fair View": (2, 47, 31),
    "Gate Hill": (3, 36, 17),
}
LAST_COLOUR, DRYING, RELOADING = 1, 15, 6


def cleaning(before, after):
    return 4 if before == after else 10 if after > before else 27


def build_model(data):
    places, colours = range(len(ORDERS)), range(4)
    m = pyo.ConcreteModel()
    m.at = pyo.Var(list(ORDERS), places, domain=pyo.Binary)
    m.change = pyo.Var(places, colours, colours, bounds=(0, 1))
    m.sprayed = pyo.Var(places, domain=pyo.NonNegativeReals)
    m.fired = pyo.Var(places, domain=pyo.NonNegativeReals)
    m.each = pyo.Constraint(list(ORDERS), rule=lambda m, o: sum(m.at[o, p] for p in places) == 1)
    m.one = pyo.Constraint(places, rule=lambda m, p: sum(m.at[o, p] for o in ORDERS) == 1)

    def share(p, colour):
        return int(colour == LAST_COLOUR) if p < 0 else sum(m.at[o, p] for o in ORDERS if ORDERS[o][0] == colour)

    m.leaves = pyo.Constraint(
        places, colours, rule=lambda m, p, c: sum(m.change[p, c, d] for d in colours) == share(p - 1, c)
    )
    m.enters = pyo.Constraint(
        places, colours, rule=lambda m, p, d: sum(m.change[p, c, d] for c in colours) == share(p, d)
    )

    def spray(m, p):
        wash = sum(cleaning(c, d) * m.change[p, c, d] for c in colours for d in colours)
        return m.sprayed[p] == (m.sprayed[p - 1] if p else 0) + wash + sum(ORDERS[o][1] * m.at[o, p] for o in ORDERS)

    def kiln(p):
        return sum(ORDERS[o][2] * m.at[o, p] for o in ORDERS)

    m.booth = pyo.Constraint(places, rule=spray)
    m.dried = pyo.Constraint(places, rule=lambda m, p: m.fired[p] >= m.sprayed[p] + DRYING + kiln(p))
    m.reloaded = pyo.Constraint(list(places)[1:], rule=lambda m, p: m.fired[p] >= m.fired[p - 1] + RELOADING + kiln(p))
    m.minutes = pyo.Objective(expr=m.fired[places[-1]])
    return m


def report(model):
    sequence = [o for p in range(len(ORDERS)) for o in ORDERS if pyo.value(model.at[o, p]) > 0.5]
    return {"sequence": sequence, "minutes": pyo.value(model.minutes)}
