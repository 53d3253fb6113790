"""Online bin packing: items arrive one at a time, and each is put into a bin for good before the next is seen. Bins
have a capacity; the fewer of them are used, the better. The score is the excess over the lower bound, in percent.

FunSearch's setting (Romera-Paredes et al., Nature 625, 2024): the candidate rates the bins that have room for the item,
and the item goes into the bin that it rates highest, the first of them where several are. Training instances are drawn
as theirs, from a Weibull distribution with shape 3 and scale 45, rounded to whole sizes and clipped to the capacity of
100, but have 1,000 items; other instances have 5,000.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve

direction = "minimize"
imports = ("numpy", "math")
cheap = 2
# Excess in percent on the five instances of 5,000 items that FunSearch was published with (Table 1 there).
baselines = {"test": {"First Fit": 4.23, "Best Fit": 3.98, "FunSearch": 0.68}}

_CAPACITY = {"train": 100, "dev": 100, "test": 100, "ood": 500}
_ITEMS = {"train": 1000, "dev": 1000, "test": 5000, "ood": 1000}
_SEEDS = {"train": 100, "dev": 200, "test": 300, "ood": 400}


@evolve
def priority(item: float, bins: np.ndarray) -> np.ndarray:
    """Rates bins for an item; the item goes into the bin with the highest rating.

    item: size of the item, above 0 and at most the capacity.
    bins: array of shape (k,) with the room that is left in each bin that can hold the item, in units of size.
    Returns an array of shape (k,). There is a bin for every item of the instance, so those that were not opened yet are
    always among them, with all of their room; opened ones that are too full for this item are not.
    """
    return -(bins - item)


def instances(split):
    for number in range(5):
        draw = np.random.default_rng(_SEEDS[split] + number)
        capacity = _CAPACITY[split]
        sizes = draw.weibull(3.0, _ITEMS[split]) * 0.45 * capacity
        yield {"capacity": capacity, "items": np.clip(np.round(sizes), 1, capacity)}


def drive(priority, instance):
    """The bin of each item, as an array of indices."""
    items = instance["items"]
    room = np.full(len(items), instance["capacity"], float)
    chosen = np.empty(len(items), int)
    for number, item in enumerate(items):
        fits = np.nonzero(room >= item)[0]
        best = fits[np.argmax(priority(float(item), room[fits]))]
        room[best] -= item
        chosen[number] = best
    return chosen


def lower_bound(instance):
    return int(np.ceil(instance["items"].sum() / instance["capacity"]))


def bins_used(instance, solution):
    """Raises Infeasible where an item has no bin, or a bin holds too much."""
    items, chosen = instance["items"], np.asarray(solution)
    if (
        chosen.shape != items.shape
        or chosen.dtype.kind not in "iu"
        or (chosen < 0).any()
        or (chosen >= len(items)).any()
    ):
        raise Infeasible(f"a solution names one bin, from 0 to {len(items) - 1}, for each of {len(items)} items")
    loads = np.bincount(chosen, weights=items)
    if loads.max() > instance["capacity"]:
        raise Infeasible(f"bin {loads.argmax()} holds {loads.max():g}, more than {instance['capacity']}")
    return int((loads > 0).sum())


def score(instance, solution):
    return 100 * (bins_used(instance, solution) / lower_bound(instance) - 1)
