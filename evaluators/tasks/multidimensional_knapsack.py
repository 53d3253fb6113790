"""Multidimensional knapsack: every item has a value and uses some of several resources, each of which is limited; items
are packed one after the other. The score is how much less the packed items are worth than the linear relaxation allows,
in percent of that bound; less is better, and 0 is mostly out of reach.

The candidate rates the items that still fit, and the one that it rates highest is packed, until none fits. Instances
are drawn by the recipe of Chu and Beasley (Journal of Heuristics 4, 1998), with seeds of our own.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve, highest, indices

direction = "minimize"
imports = ("numpy", "math")
cheap = 3
# Mean gap to the bound in percent, measured here.
baselines = {
    "train": {"value by weights": 4.42, "value by weights in room": 1.46, "value": 12.23},
    "dev": {"value by weights": 4.09, "value by weights in room": 1.55, "value": 11.53},
    "test": {"value by weights": 2.53, "value by weights in room": 0.62, "value": 10.70},
    "ood": {"value by weights": 6.86, "value by weights in room": 4.12, "value": 8.30},
}

_SIZES = {"train": (5, 100), "dev": (5, 100), "test": (5, 250), "ood": (30, 100)}
_SEEDS = {"train": 3100, "dev": 3200, "test": 3300, "ood": 3400}
_TIGHTNESS = (0.25, 0.5, 0.75)
_EACH = 8


@evolve
def priority(values: np.ndarray, weights: np.ndarray, room: np.ndarray) -> np.ndarray:
    """Rates items; the one with the highest rating is packed, the first of them where several are.

    values: array of shape (k,) with the values of the items that still fit, above 0.
    weights: array of shape (m, k): how much of each of m resources each of these items uses, above 0.
    room: array of shape (m,): how much of each resource is left, at least what any of these items uses.
    Returns an array of shape (k,).
    """
    return values / weights.sum(axis=0)


def instances(split):
    """Each with another tightness than the one before; `bound` is the optimum of the linear relaxation."""
    resources, items = _SIZES[split]
    for number in range(_EACH * len(_TIGHTNESS)):
        draw = np.random.default_rng(_SEEDS[split] + number)
        weights = draw.integers(1, 1000, (resources, items), endpoint=True)
        values = (weights.mean(axis=0) + 500 * draw.random(items)).astype(int)
        limits = (_TIGHTNESS[number % len(_TIGHTNESS)] * weights.sum(axis=1)).astype(int)
        yield {"values": values, "weights": weights, "limits": limits, "bound": linear_bound(values, weights, limits)}


def drive(priority, instance):
    """The items that are packed, in this order."""
    values, weights, room = instance["values"], instance["weights"], instance["limits"].copy()
    left, packed = np.arange(len(values)), []
    while len(left := left[(weights[:, left] <= room[:, None]).all(axis=0)]):
        place = highest(priority(values[left], weights[:, left], room.copy()), len(left))
        packed.append(int(left[place]))
        room -= weights[:, left[place]]
        left = np.delete(left, place)
    return np.array(packed)


def linear_bound(values, weights, limits):
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.addVars(len(values), np.zeros(len(values)), np.ones(len(values)))
    columns = np.arange(len(values), dtype=np.int32)
    solver.changeColsCost(len(values), columns, -values.astype(float))
    for row, limit in zip(weights, limits, strict=True):
        solver.addRow(-highspy.kHighsInf, float(limit), len(row), columns, row.astype(float))
    solver.run()
    return -solver.getObjectiveValue()


def score(instance, solution):
    packed = indices(solution, len(instance["values"]))
    used = instance["weights"][:, packed].sum(axis=1)
    if (used > instance["limits"]).any():
        short = int((used > instance["limits"]).argmax())
        raise Infeasible(f"resource {short}: {used[short]} are used, more than {instance['limits'][short]}")
    return 100 * (1 - instance["values"][packed].sum() / instance["bound"])
