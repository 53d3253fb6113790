"""0/1 knapsack: items have a value and a weight, and some of them are packed into a knapsack of limited capacity, one
after the other. The score is how much less the packed items are worth than the best selection, in percent of it; less
is better.

The candidate rates the items that still fit, and the one that it rates highest is packed, until none fits. Instances
are drawn from the classes in which values and weights are hard to tell apart (Pisinger, Computers & OR 32, 2005):
uncorrelated, weakly, strongly, inverse strongly and almost strongly correlated.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve, highest, indices

direction = "minimize"
imports = ("numpy", "math")
cheap = 5
# Mean gap in percent, measured here.
baselines = {
    "train": {"value by weight": 0.82, "value": 8.57},
    "dev": {"value by weight": 1.00, "value": 10.08},
    "test": {"value by weight": 0.81, "value": 8.19},
    "ood": {"value by weight": 0.24, "value": 9.34},
}

_CLASSES = ("uncorrelated", "weakly", "strongly", "inverse strongly", "almost strongly")
_SEEDS = {"train": 2100, "dev": 2200, "test": 2300, "ood": 2400}
_ITEMS = {"train": 60, "dev": 60, "test": 60, "ood": 200}
_EACH = 8
_MOST = 1000


@evolve
def priority(values: np.ndarray, weights: np.ndarray, room: float) -> np.ndarray:
    """Rates items; the one with the highest rating is packed, the first of them where several are.

    values: array of shape (k,) with the values of the items that still fit, above 0.
    weights: array of shape (k,) with their weights, above 0 and at most room.
    room: how much weight the knapsack can still take.
    Returns an array of shape (k,).
    """
    return values / weights


def instances(split):
    """Each is of another class than the one before; `best` is the value of the best selection."""
    for number in range(_EACH * len(_CLASSES)):
        draw = np.random.default_rng(_SEEDS[split] + number)
        values, weights = _drawn(draw, _CLASSES[number % len(_CLASSES)], _ITEMS[split])
        capacity = int(weights.sum() * draw.uniform(0.2, 0.8))
        yield {
            "values": values,
            "weights": weights,
            "capacity": capacity,
            "best": best_value(values, weights, capacity),
        }


def _drawn(draw, kind, count):
    first, tenth = draw.integers(1, _MOST, count, endpoint=True), _MOST // 10
    second = {
        "uncorrelated": draw.integers(1, _MOST, count, endpoint=True),
        "weakly": np.maximum(first + draw.integers(-tenth, tenth, count, endpoint=True), 1),
        "almost strongly": first + tenth + draw.integers(-_MOST // 500, _MOST // 500, count, endpoint=True),
    }.get(kind, first + tenth)
    return (first, second) if kind == "inverse strongly" else (second, first)


def drive(priority, instance):
    """The items that are packed, in this order."""
    values, weights, room = instance["values"], instance["weights"], instance["capacity"]
    left, packed = np.arange(len(values)), []
    while len(left := left[weights[left] <= room]):
        place = highest(priority(values[left], weights[left], float(room)), len(left))
        packed.append(int(left[place]))
        room -= int(weights[left[place]])
        left = np.delete(left, place)
    return np.array(packed)


def best_value(values, weights, capacity):
    """By dynamic programming over the capacity."""
    best = np.zeros(capacity + 1, int)
    for value, weight in zip(values, weights, strict=True):
        if weight <= capacity:
            best[weight:] = np.maximum(best[weight:], best[: len(best) - weight] + value)
    return int(best[-1])


def score(instance, solution):
    packed = indices(solution, len(instance["values"]))
    weight = instance["weights"][packed].sum()
    if weight > instance["capacity"]:
        raise Infeasible(f"the packed items weigh {weight}, more than {instance['capacity']}")
    return 100 * (1 - instance["values"][packed].sum() / instance["best"])
