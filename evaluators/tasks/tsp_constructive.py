"""Travelling salesman, built step by step: a tour starts at one city, goes to a next one again and again until all have
been visited, and returns. The score is the length of the tour; shorter is better. Cities lie in the unit square.

ReEvo's setting (Ye et al., NeurIPS 2024, arXiv:2402.01145), with the cities that it was published with: the candidate
chooses the next city. Training tours have 50 cities; held-out ones have up to 1,000.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve, indices

direction = "minimize"
imports = ("numpy", "math")
cheap = 16
# Mean length over the tours of the split. On test it is the mean of the published means for 20, 50, 100 and 200 cities
# (4.447, 6.892, 9.651, 13.425); the others were measured here.
baselines = {
    "train": {"nearest neighbour": 7.004},
    "dev": {"nearest neighbour": 8.625},
    "test": {"nearest neighbour": 8.604},
    "ood": {"nearest neighbour": 24.859},
}

_SIZES = {"train": (50,), "dev": (20, 50, 100, 200), "test": (20, 50, 100, 200), "ood": (500, 1000)}
_TOURS = {"train": 64, "dev": 64, "test": 64, "ood": 4}


@evolve
def select_next_node(
    current_node: int, destination_node: int, unvisited_nodes: np.ndarray, distance_matrix: np.ndarray
) -> int:
    """Chooses the city to visit next.

    current_node: index of the city where the tour has got to.
    destination_node: index of the city where the tour started and will end.
    unvisited_nodes: array of shape (k,) with the indices of the cities still to be visited, in ascending order.
    distance_matrix: array of shape (n, n) with the distances between all n cities; read-only.
    Returns one of unvisited_nodes.
    """
    return unvisited_nodes[np.argmin(distance_matrix[current_node, unvisited_nodes])]


def instances(split):
    """Tours of ReEvo's; the first few of the longest, so that rules that look far ahead finish in time."""
    for n in _SIZES[split]:
        yield from drawn(split, n)[: _TOURS[split]]


def drawn(split, size):
    """All 64 tours of one size, shape (64, size, 2): ReEvo drew those for training first, then validation and test."""
    draw = np.random.RandomState(1234)
    for part, sizes in _SIZES.items():
        for n in sizes:
            tours = draw.rand(64, n, 2)
            if (part, n) == (split, size):
                return tours
    raise ValueError(f"there are no tours of {size} cities for {split}")


def drive(select_next_node, instance):
    """The cities in the order of the visits, from city 0."""
    distances = distance_matrix(instance)
    distances.setflags(write=False)
    unvisited = np.arange(1, len(instance))
    tour = [0]
    while len(unvisited):
        chosen = int(select_next_node(tour[-1], 0, unvisited.copy(), distances))
        place = np.searchsorted(unvisited, chosen)
        if place == len(unvisited) or unvisited[place] != chosen:
            raise ValueError(f"select_next_node returned {chosen}, which is not among the unvisited_nodes")
        unvisited = np.delete(unvisited, place)
        tour.append(chosen)
    return np.array(tour)


def distance_matrix(cities):
    return np.sqrt(((cities[:, None] - cities) ** 2).sum(-1))


def score(instance, solution):
    """Legs are added one after the other, as the published figures were, to agree with them in the last digit."""
    tour = indices(solution, len(instance))
    if len(tour) < len(instance):
        raise Infeasible(f"the tour visits {len(tour)} of {len(instance)} cities")
    legs = np.sqrt(((instance[tour] - instance[np.roll(tour, -1)]) ** 2).sum(-1))
    return np.cumsum(legs)[-1]
