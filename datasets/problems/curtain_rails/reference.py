"""A whole number of bars per cutting pattern; checked by dynamic programming over the rails still wanted.

n rails fit when their lengths and n - 1 cuts do: where the rest is thinner than the blade, the last cut runs off it.
"""

from itertools import product

import pyomo.environ as pyo

RAILS = {2380: 5, 1790: 9, 1485: 6, 860: 10}
BARS = {6000: (31.50, None), 4000: (22.40, 5)}
BLADE, DENTED, WORTH_FROM, PAID_BACK = 4, 50, 1000, 1.10


def patterns(bar):
    """Counts per length that fit, each with the millimetres left over."""
    usable = bar - DENTED
    for counts in product(*(range(usable // length + 1) for length in RAILS)):
        pieces = sum(counts)
        rest = usable - sum(n * length for n, length in zip(counts, RAILS, strict=True)) - BLADE * pieces
        if pieces and rest >= -BLADE:
            yield counts, rest


def build_model(data):
    cost, made = {}, {}
    for bar, (price, _) in BARS.items():
        for counts, rest in patterns(bar):
            cost[bar, counts] = price - (PAID_BACK if rest >= WORTH_FROM else 0)
            made[bar, counts] = dict(zip(RAILS, counts, strict=True))
    keys = list(cost)
    m = pyo.ConcreteModel()
    m.bars = pyo.Var(range(len(keys)), domain=pyo.NonNegativeIntegers)
    m.rails = pyo.Constraint(
        list(RAILS), rule=lambda m, r: sum(made[key][r] * m.bars[k] for k, key in enumerate(keys)) == RAILS[r]
    )
    m.short = pyo.Constraint(expr=sum(m.bars[k] for k, key in enumerate(keys) if key[0] == 4000) <= BARS[4000][1])
    m.cost = pyo.Objective(expr=sum(cost[key] * m.bars[k] for k, key in enumerate(keys)))
    return m


def report(model):
    return {"bars": round(sum(pyo.value(x) for x in model.bars.values())), "cost": pyo.value(model.cost)}
