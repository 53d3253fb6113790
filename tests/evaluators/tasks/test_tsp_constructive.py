import numpy as np
import pytest
from optwright.evaluators import task

# Ye et al., ReEvo: the means that its own evaluation prints for nearest neighbour.
PUBLISHED = {
    20: 4.446566634076893,
    50: 6.891886602053466,
    100: 9.650788327301203,
    200: 13.424787407459862,
    500: 20.65273146870541,
    1000: 29.178004049667557,
}


def nearest(current_node: int, _: int, unvisited_nodes: np.ndarray, distance_matrix: np.ndarray) -> int:
    return unvisited_nodes[np.argmin(distance_matrix[current_node, unvisited_nodes])]


SIZES = [n if n <= 200 else pytest.param(n, marks=pytest.mark.slow) for n in PUBLISHED]


@pytest.mark.parametrize("n", SIZES)
def test_nearest_neighbour_agrees_with_the_published_means_to_the_last_digit(n: int) -> None:
    tsp = task.load("tsp_constructive")
    split = "test" if n <= 200 else "ood"
    tours = tsp.module.drawn(split, n)
    lengths = [tsp.score(tour, tsp.drive(nearest, tour)) for tour in tours]
    assert len(lengths) == 64
    assert np.mean(lengths) == PUBLISHED[n]
    held_out = [instance for instance in tsp.instances(split) if len(instance) == n]
    assert np.array_equal(held_out, tours[: len(held_out)])


def test_a_city_that_is_no_choice_is_the_candidates_error() -> None:
    tsp = task.load("tsp_constructive")
    for wrong in (0, 99, -1):
        with pytest.raises(ValueError, match=f"returned {wrong}, which is not among the unvisited_nodes"):
            tsp.drive(lambda *_, wrong=wrong: wrong, tsp.instances("train")[0])


def test_a_tour_through_a_square() -> None:
    tsp = task.load("tsp_constructive")
    square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    assert tsp.score(square, [0, 1, 2, 3]) == 4
    assert tsp.score(square, [2, 1, 0, 3]) == 4
    assert tsp.score(square, [0, 2, 1, 3]) == 2 + 2 * 2**0.5
    with pytest.raises(task.Infeasible, match="3 of 4 cities"):
        tsp.score(square, [0, 1, 2])
