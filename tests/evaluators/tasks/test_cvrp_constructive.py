from pathlib import Path

import numpy as np
import pytest
from optwright.datasets import tsplib
from optwright.evaluators import task

CVRP = task.load("cvrp_constructive")
DATA = Path(__file__).parents[4] / "shared" / "data" / "cvrplib"
SQUARE = {
    "points": np.array([[0, 0], [0, 10], [10, 10], [10, 0]]),
    "demands": np.array([0, 3, 3, 2]),
    "capacity": 5,
    "savings": 50,
}


def test_a_vehicle_returns_where_the_next_customer_wants_more_than_it_has() -> None:
    assert CVRP.module.routes_of(SQUARE, [1, 3, 2]) == [[1, 3], [2]]
    assert CVRP.module.routes_of(SQUARE, [1, 2, 3]) == [[1], [2, 3]]
    assert CVRP.score(SQUARE, [1, 2, 3]) == pytest.approx(100 * ((20 + 34) / 50 - 1))


@pytest.mark.parametrize(
    ("wrong", "why"), [([0, 1, 2, 3], "depot"), ([1, 2], "2 of 3 customers"), ([1, 2, 2], "twice")]
)
def test_what_is_no_tour_of_all_customers_is_infeasible(wrong: list[int], why: str) -> None:
    with pytest.raises(task.Infeasible, match=why):
        CVRP.score(SQUARE, wrong)


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_savings_method_serves_every_customer_once_and_overloads_no_vehicle(split: task.Split) -> None:
    for instance in CVRP.instances(split):
        routes = CVRP.module.savings(instance)
        assert sorted(customer for route in routes for customer in route) == list(range(1, len(instance["demands"])))
        assert all(instance["demands"][route].sum() <= instance["capacity"] for route in routes)
        assert CVRP.module.length(instance, routes) == instance["savings"]
        assert instance["demands"].max() <= instance["capacity"]


def test_a_candidate_sees_only_customers_whom_the_vehicle_can_serve() -> None:
    calls = 0

    def watching(
        distances: np.ndarray, depot_distances: np.ndarray, demands: np.ndarray, room: float, between: np.ndarray
    ) -> np.ndarray:
        nonlocal calls
        calls += 1
        assert 0 < demands.min() <= demands.max() <= room
        assert distances.shape == depot_distances.shape == demands.shape
        assert between.shape == (len(demands), len(demands)) and (between == between.T).all()
        ratings = -distances.astype(float)
        for array in (distances, depot_distances, demands, between):
            array[:] = 0
        return ratings

    instance = CVRP.instances("train")[1]
    watched = CVRP.drive(watching, instance)
    assert calls == len(watched) == 50
    assert watched.tolist() == CVRP.drive(lambda distances, *_: -distances, instance).tolist()


@pytest.mark.skipif(not DATA.is_dir(), reason="no development data in ../shared/data/cvrplib")
@pytest.mark.parametrize("name", ["A-n32-k5", "B-n31-k5", "X-n101-k25", "X-n139-k10", "X-n200-k36"])
def test_savings_come_within_a_tenth_of_published_optima(name: str) -> None:
    known = tsplib.read(DATA / f"{name}.vrp")
    routes, optimum = tsplib.read_routes(DATA / f"{name}.sol")
    instance = {"points": known.coordinates, "demands": known.demands, "capacity": known.capacity}
    assert CVRP.module.length(instance, routes) == optimum
    assert optimum <= CVRP.module.length(instance, CVRP.module.savings(instance)) <= 1.1 * optimum
