"""Cap sets: a set of vectors over {0, 1, 2} of which no three different ones add up to zero modulo 3 in every place
(no three lie on a line). The more vectors, the better. The score is the number of vectors.

FunSearch's setting (Romera-Paredes et al., Nature 625, 2024): the candidate rates each vector of n places on its own.
Then the vectors are gone through from the highest rating to the lowest (in lexicographic order where ratings tie),
and each is taken that forms no line with two taken before. A set that was found is a result whatever the function
does for another n; the held-out dimensions tell whether the rule behind it is a general one.
"""

import itertools

import numpy as np
from optwright.evaluators.task import Infeasible, evolve

direction = "maximize"
imports = ("numpy", "math", "itertools")

_DIMENSIONS = {"train": (6, 8), "dev": (5,), "test": (7,), "ood": (3, 4)}
# Sizes by n as FunSearch's paper lists them: nothing larger exists up to n = 6 (Potechin 2008); for n = 8, 496 was
# known before. Ratings that are all equal give 2 ** n.
_BEST = {1: 2, 2: 4, 3: 9, 4: 20, 5: 45, 6: 112, 7: 236, 8: 512}
baselines = {
    split: {
        "best known": sum(_BEST[n] for n in dimensions) / len(dimensions),
        "equal ratings": sum(2**n for n in dimensions) / len(dimensions),
    }
    for split, dimensions in _DIMENSIONS.items()
}


@evolve
def priority(element: np.ndarray, n: int) -> float:
    """Rates a vector; vectors with higher ratings are tried first.

    element: array of shape (n,) with the places of the vector: integers 0, 1 or 2.
    n: how many places the vectors have, from 3 to 8.
    Returns a finite number.
    """
    return 0.0


def instances(split):
    yield from ({"n": n} for n in _DIMENSIONS[split])


def drive(priority, instance):
    """The vectors that were taken, as an array of shape (size, n)."""
    n = instance["n"]
    vectors = np.array(list(itertools.product(range(3), repeat=n)))
    ratings = np.array([float(priority(vector.copy(), n)) for vector in vectors])
    free, taken = np.ones(len(vectors), bool), np.empty((0, n), int)
    for index in np.argsort(-ratings, kind="stable"):
        if free[index]:
            free[_number(-taken - vectors[index])] = False
            taken = np.vstack([taken, vectors[index]])
    return taken


def _number(vectors):
    """The places of vectors in lexicographic order, modulo 3."""
    return vectors % 3 @ 3 ** np.arange(vectors.shape[1])[::-1]


def score(instance, solution):
    """All in integers. Two vectors leave one place for a third that adds up to zero; it must not be taken."""
    n, vectors = instance["n"], np.asarray(solution)
    if vectors.ndim != 2 or vectors.shape[1] != n or vectors.dtype.kind not in "iu":
        raise Infeasible(f"a solution is an array of integers of shape (size, {n})")
    if ((vectors < 0) | (vectors > 2)).any():
        raise Infeasible("vectors hold 0, 1 and 2 only")
    vectors = vectors.astype(int)
    taken = np.zeros(3**n, bool)
    taken[_number(vectors)] = True
    if taken.sum() != len(vectors):
        raise Infeasible("a vector is named twice")
    for index, vector in enumerate(vectors[:-1]):
        lines = taken[_number(-vector - vectors[index + 1 :])]
        if lines.any():
            other = vectors[index + 1 + lines.argmax()]
            third = -(vector + other) % 3
            raise Infeasible(f"{vector}, {other} and {third} add up to zero")
    return len(vectors)
