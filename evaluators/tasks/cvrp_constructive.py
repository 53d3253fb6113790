"""Vehicle routing with capacities, built step by step: vehicles of equal capacity start at a depot, visit customers who
each want some amount, and return; every customer is visited once. The score is by how much all routes together are
longer than those of Clarke and Wright's savings method, in percent; less is better, and below 0 beats that method.

The candidate rates the customers whom the vehicle can still serve, and it drives to the one with the highest rating.
When it can serve nobody any more, it returns, and the next one starts. Instances are drawn much as the X set of CVRPLIB
was (Uchoa et al., EJOR 257, 2017): depots in the centre, in a corner or anywhere, customers spread, clustered or both.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve, highest, indices

direction = "minimize"
imports = ("numpy", "math")
cheap = 4
# Mean excess over the savings method in percent, measured here.
baselines = {
    "train": {"nearest": 18.77, "nearest, far from the depot": 14.28, "savings": 0.00},
    "dev": {"nearest": 20.04, "nearest, far from the depot": 20.48, "savings": 0.00},
    "test": {"nearest": 18.34, "nearest, far from the depot": 14.47, "savings": 0.00},
    "ood": {"nearest": 15.61, "nearest, far from the depot": 15.05, "savings": 0.00},
}

_SEEDS = {"train": 4100, "dev": 4200, "test": 4300, "ood": 4400}
_CUSTOMERS = {"train": 50, "dev": 50, "test": 100, "ood": 200}
_INSTANCES = 18
_DEPOTS = ("centre", "corner", "anywhere")
_SPREADS = ("random", "clustered", "both")
_DEMANDS = ((1, 1), (1, 10), (5, 10), (1, 100), (50, 100))


@evolve
def priority(
    distances: np.ndarray, depot_distances: np.ndarray, demands: np.ndarray, room: float, between: np.ndarray
) -> np.ndarray:
    """Rates customers; the vehicle drives to the one with the highest rating, the first of them where several are.

    distances: array of shape (k,): how far each customer who can still be served is from where the vehicle is.
    depot_distances: array of shape (k,): how far each of them is from the depot.
    demands: array of shape (k,): how much each of them wants, above 0 and at most room.
    room: how much the vehicle can still deliver, in units of demand.
    between: array of shape (k, k) with the distances between these customers; symmetric, 0 on the diagonal.
    Returns an array of shape (k,).
    """
    return -distances


def instances(split):
    """Node 0 is the depot; `savings` is how long the routes of the savings method are together."""
    for number in range(_INSTANCES):
        draw = np.random.default_rng(_SEEDS[split] + number)
        customers = _CUSTOMERS[split]
        points = _points(draw, customers, _DEPOTS[number % 3], _SPREADS[number // 3 % 3])
        low, high = _DEMANDS[number % 5]
        demands = np.concatenate([[0], draw.integers(low, high, customers, endpoint=True)])
        capacity = max(int(np.ceil(draw.triangular(3, 6, 15) * demands.sum() / customers)), high)
        plan = {"points": points, "demands": demands, "capacity": capacity}
        yield plan | {"savings": length(plan, savings(plan))}


def _points(draw, customers, depot, spread):
    """Whole numbers from 0 to 1000; clusters have exponential tails around centres drawn at random."""
    anywhere = draw.integers(0, 1000, (customers, 2), endpoint=True)
    centres = draw.integers(0, 1000, (int(draw.integers(3, 8)), 2), endpoint=True)
    tails = draw.laplace(0, 40, (customers, 2)).round().astype(int)
    near = np.clip(centres[draw.integers(len(centres), size=customers)] + tails, 0, 1000)
    clustered = {"random": 0, "clustered": customers, "both": customers // 2}[spread]
    place = np.array({"centre": (500, 500), "corner": (0, 0)}.get(depot) or draw.integers(0, 1000, 2, endpoint=True))
    return np.concatenate([[place], near[:clustered], anywhere[clustered:]])


def drive(priority, instance):
    """The customers in the order of the visits, route after route."""
    distances, demands = distance_matrix(instance["points"]), instance["demands"]
    left, visited, here, room = np.arange(1, len(demands)), [], 0, instance["capacity"]
    while len(left):
        served = left[demands[left] <= room]
        if not len(served):
            here, room = 0, instance["capacity"]
            continue
        between = distances[np.ix_(served, served)]
        ratings = priority(distances[here, served], distances[0, served], demands[served], float(room), between)
        here = int(served[highest(ratings, len(served))])
        visited.append(here)
        room -= int(demands[here])
        left = left[left != here]
    return np.array(visited)


def distance_matrix(points):
    """Rounded to whole numbers, as in CVRPLIB."""
    return (np.sqrt(((points[:, None] - points) ** 2).sum(-1)) + 0.5).astype(int)


def routes_of(instance, order):
    """A vehicle returns where the next customer wants more than it has."""
    routes, room = [[]], instance["capacity"]
    for customer in map(int, order):
        demand = int(instance["demands"][customer])
        if demand > room:
            routes.append([])
            room = instance["capacity"]
        routes[-1].append(customer)
        room -= demand
    return routes


def length(instance, routes):
    """Of all routes together, from the depot and back to it."""
    distances = distance_matrix(instance["points"])
    return int(sum(distances[[0, *route], [*route, 0]].sum() for route in routes))


def savings(instance):
    """Clarke and Wright (1964): routes are joined at their ends, where that saves most, as long as a vehicle can."""
    distances, demands = distance_matrix(instance["points"]), instance["demands"]
    routes = {customer: [customer] for customer in range(1, len(demands))}
    saved = distances[0] + distances[0][:, None] - distances
    first, second = np.triu_indices(len(demands), 1)
    for place in np.argsort(-saved[first, second], kind="stable"):
        a, b = int(first[place]), int(second[place])
        one, other = routes.get(a), routes.get(b)
        if one is None or other is None or one is other or demands[one + other].sum() > instance["capacity"]:
            continue
        joined = (one if one[-1] == a else one[::-1]) + (other if other[0] == b else other[::-1])
        for inner in {one[0], one[-1], other[0], other[-1]} - {joined[0], joined[-1]}:
            del routes[inner]
        routes[joined[0]] = routes[joined[-1]] = joined
    return [route for end, route in routes.items() if end == route[0]]


def score(instance, solution):
    visited = indices(solution, len(instance["demands"]))
    if 0 in visited:
        raise Infeasible("node 0 is the depot, not a customer")
    if len(visited) < len(instance["demands"]) - 1:
        raise Infeasible(f"{len(visited)} of {len(instance['demands']) - 1} customers are visited")
    return 100 * (length(instance, routes_of(instance, visited)) / instance["savings"] - 1)
