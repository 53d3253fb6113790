"""Travelling salesman by guided local search: a local search that is stuck makes some moves with distances that the
candidate has changed, and then goes on with the true ones to the next local optimum; and so on, some dozens of times.
The score is the length of the shortest tour of all in true distances; shorter is better. Cities lie in the unit square.

The setting of EoH (Liu et al., ICML 2024, arXiv:2401.02051), after Voudouris and Tsang (1999): the candidate decides
how to change distances, given the tour at which the search is stuck, and how often each edge was part of such tours.
The search here makes 2-opt moves and relocations of single cities.
"""

import numpy as np
from optwright.evaluators.local_search import improve
from optwright.evaluators.task import Infeasible, evolve, indices

direction = "minimize"
imports = ("numpy", "math")
preload = ("optwright.evaluators.local_search",)
cheap = 2
# Mean length, measured here. "edge counts" is the seed; "GLS" is Voudouris and Tsang's: the edge of the tour with most
# length per penalty is penalized once more, by the tour's mean edge. HiGHS proved the optima, with subtour constraints.
baselines = {
    "train": {"local search": 6.344, "edge counts": 6.250, "GLS": 6.216, "optimal": 6.162},
    "dev": {"local search": 6.412, "edge counts": 6.335, "GLS": 6.365, "optimal": 6.248},
    "test": {"local search": 8.032, "edge counts": 7.982, "GLS": 7.919, "optimal": 7.806},
}

_CITIES = {"train": 60, "dev": 60, "test": 100, "ood": 150}
_SEEDS = {"train": 1100, "dev": 1200, "test": 1300, "ood": 1400}
_TOURS = 6
_ROUNDS = 40
_MOVES = 20


@evolve
def update_edge_distance(edge_distance: np.ndarray, local_opt_tour: np.ndarray, edge_n_used: np.ndarray) -> np.ndarray:
    """Changes distances such that the search leaves the tour at which it is stuck.

    edge_distance: array of shape (n, n) with the true distances between n cities; symmetric.
    local_opt_tour: array of shape (n,) with the indices of the cities in the order of the tour.
    edge_n_used: array of shape (n, n): in how many of the tours at which the search was stuck each edge was, this tour
        included; symmetric.
    Returns an array of shape (n, n), the distances to go on with; they are made symmetric by averaging.
    """
    return edge_distance + 0.1 * edge_distance.mean() * edge_n_used


def instances(split):
    for number in range(_TOURS):
        yield np.random.default_rng(_SEEDS[split] + number).random((_CITIES[split], 2))


def drive(update_edge_distance, instance):
    """The cities in the order of the best tour."""
    distances = distance_matrix(instance)
    used = np.zeros_like(distances)
    tour = best = improve(nearest_neighbour(distances), distances)
    for _ in range(_ROUNDS):
        used[tour, np.roll(tour, -1)] += 1
        used[np.roll(tour, -1), tour] += 1
        guide = guiding(update_edge_distance(distances.copy(), tour.copy(), used.copy()), len(tour))
        tour = improve(improve(tour, guide, _MOVES), distances)
        if length(tour, distances) < length(best, distances):
            best = tour
    return best


def guiding(returned, n):
    guide = np.asarray(returned, float)
    if guide.shape != (n, n) or not np.isfinite(guide).all():
        raise ValueError(f"update_edge_distance must return {n} x {n} finite numbers")
    return (guide + guide.T) / 2


def nearest_neighbour(distances):
    tour, left = [0], np.arange(1, len(distances))
    while len(left):
        place = distances[tour[-1], left].argmin()
        tour.append(int(left[place]))
        left = np.delete(left, place)
    return np.array(tour)


def distance_matrix(cities):
    return np.sqrt(((cities[:, None] - cities) ** 2).sum(-1))


def length(tour, distances):
    return distances[tour, np.roll(tour, -1)].sum()


def score(instance, solution):
    tour = indices(solution, len(instance))
    if len(tour) < len(instance):
        raise Infeasible(f"the tour visits {len(tour)} of {len(instance)} cities")
    return length(tour, distance_matrix(instance))
