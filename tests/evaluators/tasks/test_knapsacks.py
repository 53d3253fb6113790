from itertools import product

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from optwright.evaluators import task

ONE = task.load("knapsack")
MANY = task.load("multidimensional_knapsack")
ITEMS = st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), min_size=1, max_size=8)


@given(ITEMS, st.integers(0, 60))
def test_the_best_value_is_what_trying_all_selections_finds(items: list[tuple[int, int]], capacity: int) -> None:
    values, weights = np.array(items).T
    selections = np.array(list(product([0, 1], repeat=len(items))))
    fitting = selections[selections @ weights <= capacity]
    assert ONE.module.best_value(values, weights, capacity) == (fitting @ values).max()


@pytest.mark.parametrize("split", ["train", "ood"])
def test_no_packing_is_better_than_the_bound(split: task.Split) -> None:
    for instance in MANY.instances(split):
        packed = MANY.drive(lambda values, weights, room: values / (weights / room[:, None]).sum(axis=0), instance)
        assert 0 <= MANY.score(instance, packed) < 20


def test_the_bound_of_fractions_is_reached_by_the_fractions() -> None:
    values, weights, limits = np.array([10, 6, 3]), np.array([[5, 4, 3], [1, 1, 1]]), np.array([7, 3])
    assert MANY.module.linear_bound(values, weights, limits) == pytest.approx(10 + 6 / 2)


def test_what_does_not_fit_is_infeasible() -> None:
    one = {"values": np.array([3, 4]), "weights": np.array([2, 3]), "capacity": 4, "best": 4}
    assert ONE.score(one, [1]) == 0
    assert ONE.score(one, [0]) == 25
    with pytest.raises(task.Infeasible, match="weigh 5, more than 4"):
        ONE.score(one, [0, 1])
    many = {"values": np.array([3, 4]), "weights": np.array([[2, 3], [2, 1]]), "limits": np.array([9, 2]), "bound": 4.0}
    assert MANY.score(many, [1]) == 0
    with pytest.raises(task.Infeasible, match="resource 1: 3 are used, more than 2"):
        MANY.score(many, [0, 1])


@pytest.mark.parametrize("shipped", [ONE, MANY], ids=lambda shipped: shipped.name)
def test_items_are_packed_until_none_fits(shipped: task.Task) -> None:
    for instance in shipped.instances("train")[:5]:
        weights = np.atleast_2d(instance["weights"])
        limits = np.atleast_1d(instance["limits"] if "limits" in instance else instance["capacity"])
        packed = shipped.drive(lambda values, *_: values, instance)
        room = limits - weights[:, packed].sum(axis=1)
        assert (room >= 0).all()
        assert (np.delete(weights, packed, axis=1) > room[:, None]).any(axis=0).all()


def test_too_few_ratings_are_the_candidates_error() -> None:
    with pytest.raises(ValueError, match=r"shape \(\), not of shape \(60,\)"):
        ONE.drive(lambda *_: 1.0, ONE.instances("train")[0])


def test_a_candidate_that_empties_its_arguments_packs_as_if_it_had_not() -> None:
    def careless(values: np.ndarray, weights: np.ndarray, room: np.ndarray) -> np.ndarray:
        ratings = values / weights.sum(axis=0)
        values[:], weights[:], room[:] = 0, 0, 10**9
        return ratings

    instance = MANY.instances("train")[0]
    honest = MANY.drive(lambda values, weights, _: values / weights.sum(axis=0), instance)
    assert MANY.drive(careless, instance).tolist() == honest.tolist()
