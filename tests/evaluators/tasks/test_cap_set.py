from itertools import combinations, product

import numpy as np
import pytest
from evaluating import evaluations
from hypothesis import given
from hypothesis import strategies as st
from optwright.evaluators.task import Infeasible, load

TASK = load("cap_set")
# The paraboloid in 3 dimensions; in 4, what an elliptic quadric takes up, all scalings of its 10 projective points.
QUADRICS = """
def priority(element, n):
    a, b, c = element[:3]
    if n == 3:
        return float(c == (a * a + b * b) % 3)
    return float(element.any() and (a * a + b * b + c * element[3]) % 3 == 0)
"""
# Vectors without a zero that have an even number of twos, and all whose support is one of the ten blocks of the
# 2-(6, 3, 2) design.
BLOCKS = """
BLOCKS = ["012", "013", "024", "035", "045", "125", "134", "145", "234", "235"]

def priority(element, n):
    support = "".join(str(place) for place in range(n) if element[place])
    return float(support in BLOCKS or (len(support) == 6 and (element == 2).sum() % 2 == 0))
"""


def cap_set(rating, n):
    return TASK.drive(rating, {"n": n})


def test_equal_ratings_give_powers_of_two():
    for split in ("train", "dev", "test", "ood"):
        found = evaluations(TASK, {"seed": TASK.seeds[0]}, split)["seed"]
        assert found.scores == tuple(2 ** instance["n"] for instance in TASK.instances(split))
        assert found.score == TASK.baselines[split]["equal ratings"]


def test_quadrics_reach_the_largest_sizes_in_three_and_four_dimensions():
    found = evaluations(TASK, {"quadrics": QUADRICS}, "ood")["quadrics"]
    assert found.scores == (9, 20)
    assert found.score == TASK.baselines["ood"]["best known"]


def test_a_design_reaches_the_largest_size_in_six_dimensions():
    assert evaluations(TASK, {"blocks": BLOCKS}, "train")["blocks"].scores[0] == 112


def test_a_rating_sees_a_copy():
    def spoiling(element, n):
        element[:] = 0
        return 0.0

    np.testing.assert_array_equal(cap_set(spoiling, 3), cap_set(lambda element, n: 0.0, 3))


@pytest.mark.parametrize(
    ("solution", "reason"),
    [
        ([[0, 0, 0], [1, 1, 1], [2, 2, 2]], "add up to zero"),
        ([[0, 1, 2], [1, 1, 1], [0, 0, 1], [2, 1, 0]], "add up to zero"),
        ([[0, 0, 0], [0, 0, 1], [0, 0, 0]], "named twice"),
        ([[0, 0, 3]], "0, 1 and 2 only"),
        ([[0, 0, -1]], "0, 1 and 2 only"),
        ([[0.0, 0.0, 0.5]], "integers"),
        ([[0, 0]], "shape"),
        ([0, 0, 0], "shape"),
        (512, "shape"),
        ("512", "shape"),
        (None, "shape"),
    ],
)
def test_what_is_no_cap_set_is_refused(solution, reason):
    with pytest.raises(Infeasible, match=reason):
        TASK.score({"n": 3}, solution)


@given(st.sets(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=9))
def test_the_scorer_agrees_with_trying_all_triples(chosen):
    lines = [triple for triple in combinations(chosen, 3) if not (np.sum(triple, axis=0) % 3).any()]
    try:
        assert TASK.score({"n": 3}, np.array(sorted(chosen), np.int8)) == len(chosen)
        assert not lines
    except Infeasible:
        assert lines


@given(st.integers(0, 1000))
def test_a_greedy_set_cannot_be_added_to(seed):
    draw = np.random.default_rng(seed)
    taken = cap_set(lambda element, n: draw.random(), 3)
    rest = {*product(range(3), repeat=3)} - {*map(tuple, taken.tolist())}
    assert TASK.score({"n": 3}, taken) == len(taken)
    for vector in rest:
        with pytest.raises(Infeasible):
            TASK.score({"n": 3}, np.vstack([taken, vector]))
