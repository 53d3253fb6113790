"""A flow of one fibre to each place that wants one; checked by spanning trees over all sets of splice boxes."""

import pyomo.environ as pyo

WANTED = ("School", "Mill", "Chapel", "Sawmill", "Alm", "Oberhof", "Lindner")
BOXES, BOX, PULLING = ("Cross", "Bridge", "Fork", "Hut"), 1150, 3.5
DIGGING = {"road": 64, "meadow": 31, "rock": 118}


def build_model(data):
    cost = {}
    for row in data["trenches"]:
        digging = 0 if row["empty_duct"] in ("yes", True) else DIGGING[row["ground"]]
        cost[row["from"], row["to"]] = row["metres"] * (digging + PULLING)
    arcs = [*cost, *((b, a) for a, b in cost)]
    m = pyo.ConcreteModel()
    m.dig = pyo.Var(list(cost), domain=pyo.Binary)
    m.box = pyo.Var(BOXES, domain=pyo.Binary)
    m.fibres = pyo.Var(arcs, bounds=(0, len(WANTED)))

    def trench(a, b):
        return m.dig[(a, b) if (a, b) in cost else (b, a)]

    m.in_trench = pyo.Constraint(arcs, rule=lambda m, a, b: m.fibres[a, b] <= len(WANTED) * trench(a, b))
    m.arrive = pyo.Constraint(
        [*WANTED, *BOXES],
        rule=lambda m, p: (
            sum(m.fibres[k] for k in arcs if k[1] == p) - sum(m.fibres[k] for k in arcs if k[0] == p)
            == int(p in WANTED)
        ),
    )
    m.splice = pyo.ConstraintList()
    for a, b in arcs:
        if b in BOXES:
            m.splice.add(trench(a, b) <= m.box[b])
    m.no_passing = pyo.Constraint(expr=sum(m.dig[k] for k in cost if "Oberhof" in k) <= 1)
    m.paid = pyo.Objective(expr=2 / 3 * (sum(cost[k] * m.dig[k] for k in cost) + BOX * sum(m.box[p] for p in BOXES)))
    return m


def report(model):
    used = [f"{a} - {b}" for a, b in model.dig if pyo.value(model.dig[a, b]) > 0.5]
    return {"trenches": used, "paid": pyo.value(model.paid)}
