"""Maximum independent set: vertices of a graph are chosen one after the other, such that no two of them are joined by
an edge. The score is how many are chosen; more is better.

The candidate rates the vertices that can still be chosen. The one that it rates highest is chosen, and goes with all of
its neighbours; then it rates those that are left, until none is. Training graphs have edges at random, with the same
probability for all pairs of vertices (Erdős and Rényi); there are held-out ones with structure: points joined where
they are close, hubs that attract edges, and binary words joined where deleting one digit can make them the same
(Sloane's 1dc graphs, whose largest independent sets are codes that correct a deletion).
"""

from itertools import combinations

import numpy as np
from optwright.evaluators.task import Infeasible, evolve, highest, indices

direction = "maximize"
imports = ("numpy", "math")
cheap = 4
# Mean size, measured here; HiGHS and a clique search on the complement proved the optima.
baselines = {
    "train": {"optimal": 25.95, "lowest degree": 24.65, "first": 19.65},
    "dev": {"lowest degree": 24.55, "first": 19.90},
    "test": {"lowest degree": 32.30, "first": 26.40},
    "ood": {"lowest degree": 30.96, "first": 25.48},
}

_SEEDS = {"train": 6100, "dev": 6200, "test": 6300, "ood": 6400}
_VERTICES = {"train": 100, "dev": 100, "test": 200, "ood": 150}
_DENSITIES = (0.05, 0.1, 0.2, 0.4)
_EACH = 5


@evolve
def priority(degrees: np.ndarray, adjacency: np.ndarray) -> np.ndarray:
    """Rates vertices; the one with the highest rating is chosen, the first of them where several are.

    degrees: array of shape (k,): how many neighbours each vertex has among the k that can still be chosen.
    adjacency: array of shape (k, k): 1 where two of these vertices are joined by an edge, else 0; symmetric.
    Returns an array of shape (k,).
    """
    return -degrees


def instances(split):
    """Each is the adjacency matrix of a graph, of 0 and 1, shape (n, n)."""
    if split == "ood":
        yield from map(deletion_graph, (6, 7, 8))
    for number in range(_EACH * len(_DENSITIES)):
        draw, kind = np.random.default_rng(_SEEDS[split] + number), number % len(_DENSITIES)
        make = (geometric, hubs)[number % 2] if split == "ood" else uniform
        yield make(draw, _VERTICES[split], _DENSITIES[kind])


def uniform(draw, n, density):
    return _symmetric(draw.random((n, n)) < density)


def geometric(draw, n, density):
    """Random points of the unit square, joined where they are closer than the radius that gives about this density."""
    points = draw.random((n, 2))
    return _symmetric(((points[:, None] - points) ** 2).sum(-1) < density / np.pi)


def hubs(draw, n, density):
    """Barabási and Albert's: each new vertex is joined to some earlier ones, drawn in proportion to their degrees."""
    joined, links = np.zeros((n, n), bool), max(int(density * n / 2), 1)
    for new in range(links, n):
        weights = joined[:new, :new].sum(axis=0) + 1.0
        joined[draw.choice(new, links, replace=False, p=weights / weights.sum()), new] = True
        joined |= joined.T
    return _symmetric(joined)


def deletion_graph(digits):
    words = [tuple(word >> place & 1 for place in range(digits)) for word in range(2**digits)]
    shorter = [{word[:place] + word[place + 1 :] for place in range(digits)} for word in words]
    joined = np.zeros((len(words), len(words)), bool)
    for one, other in combinations(range(len(words)), 2):
        joined[one, other] = not shorter[one].isdisjoint(shorter[other])
    return _symmetric(joined)


def _symmetric(joined):
    upper = np.triu(joined, 1)
    return (upper | upper.T).astype(np.uint8)


def drive(priority, instance):
    """The chosen vertices, in this order."""
    left, chosen = np.arange(len(instance)), []
    while len(left):
        adjacency = instance[np.ix_(left, left)].astype(int)
        place = highest(priority(adjacency.sum(axis=0), adjacency.copy()), len(left))
        chosen.append(int(left[place]))
        left = left[(adjacency[place] == 0) & (left != left[place])]
    return np.array(chosen)


def score(instance, solution):
    chosen = indices(solution, len(instance))
    joined = np.argwhere(instance[np.ix_(chosen, chosen)])
    if len(joined):
        one, other = chosen[joined[0]]
        raise Infeasible(f"vertices {one} and {other} are joined by an edge")
    return len(chosen)
