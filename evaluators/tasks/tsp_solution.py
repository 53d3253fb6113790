"""A travelling salesman's tour: 20 places in the plane are visited, each once, and the tour ends where it began. The
score is the length of the tour, in straight lines. The shorter, the better.

The second motivating example of OPRO (Yang et al., arXiv:2309.03409, section 3.2), where a candidate is a solution
and no program: a JSON array of all places by their numbers, in the order of the tour. A tour is for the one instance
that there is, so that nothing is held out.
"""

import numpy as np
from optwright.evaluators.task import Infeasible

direction = "minimize"
# Measured by us, on this instance; the shortest tour was proven to be by a mixed-integer program.
baselines = {"train": {"shortest, measured": 804.755, "nearest neighbour, measured": 880.686}}

_PLACES = 20


def seeds():
    """Five random tours from place 0."""
    draw = np.random.default_rng(0)
    return [[0, *(draw.permutation(_PLACES - 1) + 1).tolist()] for _ in range(5)]


def instances(split):
    """Coordinates are whole numbers from -100 to 100, as in the paper, whose instances were not published."""
    if split == "train":
        yield {"places": np.random.default_rng(1).integers(-100, 101, (_PLACES, 2))}


def show(instance):
    places = ", ".join(f"({number}): ({x}, {y})" for number, (x, y) in enumerate(instance["places"].tolist()))
    return f"The places are {places}."


def score(instance, solution):
    places = instance["places"]
    if not isinstance(solution, list) or not all(type(place) is int for place in solution):
        raise Infeasible("a tour is an array of the places' numbers")
    if wrong := sorted({*range(len(places))} ^ {*solution}):
        raise Infeasible(f"a tour visits the places 0 to {len(places) - 1}; missing or unknown: {wrong}")
    if len(solution) != len(places):
        raise Infeasible(f"a tour visits each of {len(places)} places once; this one has {len(solution)} visits")
    return np.hypot(*(places[solution] - np.roll(places[solution], 1, axis=0)).T).sum()
