from itertools import permutations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from optwright.evaluators import local_search

COORDINATES = arrays(float, st.tuples(st.integers(5, 9), st.just(2)), elements=st.floats(0, 1, width=16))


def between(points: np.ndarray) -> np.ndarray:
    return np.sqrt(((points[:, None] - points) ** 2).sum(-1))


def length(tour: np.ndarray, distances: np.ndarray) -> float:
    return distances[tour, np.roll(tour, -1)].sum()


@given(COORDINATES)
def test_loops_and_arrays_choose_the_same_move_to_the_last_digit(points: np.ndarray) -> None:
    distances = between(points)
    assert local_search.best_move_vectorized(distances) == local_search.best_move_in_loops(distances)
    assert tuple(local_search.best_move(distances)) == local_search.best_move_vectorized(distances)


@given(COORDINATES)
def test_the_first_move_changes_the_length_by_what_it_promises(points: np.ndarray) -> None:
    distances = between(points)
    start = np.arange(len(points))
    gain = local_search.best_move(distances)[0]
    tour = local_search.improve(start, distances, moves=1)
    assert sorted(tour) == list(start)
    if gain < -1e-9:
        assert length(tour, distances) == pytest.approx(length(start, distances) + gain)
    else:
        assert list(tour) == list(start)


@pytest.mark.parametrize("seed", range(5))
def test_where_it_stops_no_2_opt_move_and_no_relocation_is_left(seed: int) -> None:
    distances = between(np.random.default_rng(seed).random((12, 2)))
    tour = local_search.improve(np.arange(12), distances)
    assert sorted(tour) == list(range(12))
    for i in range(12):
        rest = np.delete(tour, i)
        for j in range(12):
            moved = np.insert(rest, min(j, 11), tour[i])
            turned = np.concatenate([tour[:i], tour[i : j + 1][::-1], tour[j + 1 :]]) if i <= j else tour
            assert min(length(moved, distances), length(turned, distances)) > length(tour, distances) - 1e-9


def test_the_best_of_some_starts_is_the_shortest_tour() -> None:
    draw = np.random.default_rng(7)
    distances = between(draw.random((7, 2)))
    shortest = min(length(np.array([0, *rest]), distances) for rest in permutations(range(1, 7)))
    found = min(length(local_search.improve(draw.permutation(7), distances), distances) for _ in range(20))
    assert found == pytest.approx(shortest)
