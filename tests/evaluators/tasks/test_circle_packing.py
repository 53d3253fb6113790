from math import nextafter

import numpy as np
import pytest
from evaluating import evaluations
from hypothesis import given
from hypothesis import strategies as st
from optwright.evaluators.task import Infeasible, load

TASK = load("circle_packing")
# Centres of 26 circles in 1e-8 sides, found for this test by sequential linear programming from random starts.
FOUND = """
import numpy as np

CENTRES = np.array([
    68688419, 9239155, 31405698, 9259209, 50057163, 9392734, 88922099, 11077901, 11115618, 11115618, 76028947,
    23632643, 24064760, 23704114, 59664122, 25758295, 40478027, 25795056, 90426767, 31674147, 9615133, 31791996,
    72837015, 40236520, 27309429, 40395730, 50133192, 47003658, 89693948, 51539920, 10346723, 51740442,
    70525394, 61307645, 29739040, 61833416, 50446824, 72465738, 89320986, 72521672, 10518256, 72604716,
    29769047, 86674143, 70539051, 86977890, 8492626, 91507374, 91536050, 91536050, 50271555, 92113963])

def centres(n):
    return CENTRES.reshape(26, 2) / 1e8
"""
FLAWED = {
    "outside": "def centres(n):\n    return [[1.5, 0.5]] * n",
    "nan": "def centres(n):\n    return [[float('nan'), 0.5]] * n",
    "infinite": "def centres(n):\n    return [[float('inf'), 0.5]] * n",
    "too few": "def centres(n):\n    return [[0.5, 0.5]] * (n - 1)",
    "words": "def centres(n):\n    return 'in the corners'",
}
QUARTERS = np.array([[x, y, 0.25] for x in (0.25, 0.75) for y in (0.25, 0.75)])
coordinates = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0, 1e-9, 0.5 + 1e-12, 5e-324])


def test_a_grid_of_circles_and_a_packing_as_good_as_the_published_one():
    grid, found = evaluations(TASK, {"seed": TASK.seeds[0], "found": FOUND}, "train").values()
    assert grid.score == pytest.approx(26 / 12)
    assert found.score == pytest.approx(2.635983, abs=1e-7)
    assert found.score > TASK.baselines["train"]["AlphaEvolve"]


def test_centres_that_allow_no_packing_are_failures_with_a_reason():
    for name, found in evaluations(TASK, FLAWED, "ood").items():
        assert found.status in ("infeasible", "error"), name
        assert found.reason, name


def test_circles_may_touch_but_not_overlap_by_one_unit_in_the_last_place():
    assert TASK.score({"n": 4}, QUARTERS) == 1.0
    for number in range(4):
        wider = QUARTERS.copy()
        wider[number, 2] = nextafter(0.25, 1)
        with pytest.raises(Infeasible):
            TASK.score({"n": 4}, wider)
        wider[number, 2] = nextafter(0.25, 0)
        assert TASK.score({"n": 4}, wider) <= 1.0


def test_an_overlap_that_floats_do_not_see_is_refused():
    wide = nextafter(0.125, 1)
    assert 0.125 + wide == 0.625 - 0.375
    with pytest.raises(Infeasible, match="circles 0 and 1 overlap"):
        TASK.score({"n": 2}, np.array([[0.375, 0.5, 0.125], [0.625, 0.5, wide]]))


@pytest.mark.parametrize(
    ("packing", "reason"),
    [
        ([[0.5, 0.5, 0.6]], "beyond the square"),
        ([[-0.5, 0.5, 0.1]], "beyond the square"),
        ([[0.5, 0.5, -0.1]], "radius -0.1"),
        ([[0.5, 0.5, np.nan]], "finite"),
        ([[0.5, np.inf, 0.1]], "finite"),
        ([[0.5, 0.5]], "rows"),
        ([[0.5, 0.5, 0.1]] * 2, "rows"),
        ([["0.5", "0.5", "0.1"]], "rows"),
        ({"radius": 1}, "rows"),
        (2.635, "rows"),
    ],
)
def test_what_is_no_packing_is_refused(packing, reason):
    with pytest.raises(Infeasible, match=reason):
        TASK.score({"n": 1}, packing)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8))
def test_any_centres_in_the_square_give_a_packing_that_holds_exactly(points):
    instance, points = {"n": len(points)}, np.array(points)
    total = TASK.score(instance, TASK.drive(lambda n: points, instance))
    apart = np.hypot(*(points[:, None] - points).T)
    np.fill_diagonal(apart, np.inf)
    halves = np.minimum(np.minimum(points, 1 - points).min(axis=1), apart.min(axis=1) / 2)
    assert total >= halves.sum() - 1e-6  # radii of half the least distance are among those that are allowed


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8), st.floats(0, 1))
def test_smaller_circles_fit_too_and_score_less(points, factor):
    instance = {"n": len(points)}
    packing = TASK.drive(lambda n: points, instance)
    smaller = packing * [1, 1, factor]
    assert TASK.score(instance, smaller) <= TASK.score(instance, packing)
