"""The figures that the tasks state are those that simple rules have."""

from typing import Any

import numpy as np
import pytest
from optwright.evaluators import task
from optwright.evaluators.task import SPLITS

PROVEN = (1231, 1244, 1218, 1175, 1224, 1238, 1227, 1217, 1274, 1241)  # ta01 to ta10

RULES: dict[str, dict[str, Any]] = {
    "tsp_constructive": {
        "nearest neighbour": lambda current, _, unvisited, distances: unvisited[distances[current, unvisited].argmin()],
    },
    "tsp_guided_local_search": {
        "local search": lambda edge_distance, *_: edge_distance,
        "edge counts": lambda distance, _, used: distance + 0.1 * distance.mean() * used,
    },
    "cvrp_constructive": {
        "nearest": lambda distances, *_: -distances,
        "nearest, far from the depot": lambda distances, depot_distances, *_: depot_distances - distances,
    },
    "knapsack": {
        "value by weight": lambda values, weights, _: values / weights,
        "value": lambda values, *_: values,
    },
    "multidimensional_knapsack": {
        "value by weights": lambda values, weights, _: values / weights.sum(axis=0),
        "value by weights in room": lambda values, weights, room: values / (weights / room[:, None]).sum(axis=0),
        "value": lambda values, *_: values,
    },
    "job_shop_dispatching": {
        "FIFO": lambda times, work, count, waited, *_: waited,
        "SPT": lambda times, *_: -times,
        "LPT": lambda times, *_: times,
        "MWKR": lambda times, work, *_: work,
        "MOPNR": lambda times, work, count, *_: count,
        "LWKR": lambda times, work, *_: -work,
    },
    "independent_set": {
        "lowest degree": lambda degrees, _: -degrees,
        "first": lambda degrees, _: 0 * degrees,
    },
}


QUICK = {"tsp_guided_local_search": ("train",)}


@pytest.mark.parametrize(("name", "split"), [(name, split) for name in RULES for split in QUICK.get(name, SPLITS)])
def test_simple_rules_have_the_scores_that_the_task_states(name: str, split: task.Split) -> None:
    shipped = task.load(name)
    instances = shipped.instances(split)
    stated = shipped.baselines[split]
    assert set(RULES[name]) <= set(stated)
    for rule, candidate in RULES[name].items():
        scores = [shipped.score(instance, shipped.drive(candidate, instance)) for instance in instances]
        assert np.mean(scores) == pytest.approx(stated[rule], abs=0.51e-3 if name.startswith("tsp") else 0.51e-2)


def test_dispatching_rules_have_the_published_mean_makespans() -> None:
    """On ta01 to ta10: Zhang et al., NeurIPS 2020 (arXiv:2010.12367)."""
    shop = task.load("job_shop_dispatching")
    for rule, published in {"SPT": 1546.1, "MWKR": 1464.3, "MOPNR": 1481.3}.items():
        makespan, rate = shop.module.makespan, RULES[shop.name][rule]
        found = [makespan(instance, shop.drive(rate, instance)) for instance in shop.instances("test")]
        assert np.mean(found) == pytest.approx(published)


def test_the_optimal_makespans_lie_where_the_task_states_them() -> None:
    shop = task.load("job_shop_dispatching")
    bounds = [shop.module.lower_bound(instance) for instance in shop.instances("test")]
    assert bounds[:3] == [1005, 953, 1036]
    gaps = [100 * (best / bound - 1) for best, bound in zip(PROVEN, bounds, strict=True)]
    assert min(gaps) >= 0
    assert np.mean(gaps) == pytest.approx(shop.baselines["test"]["optimal"], abs=0.01)
