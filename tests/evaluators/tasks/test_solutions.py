"""The tasks whose candidates are solutions: linear regression and a tour, as OPRO poses them."""

import json
from itertools import combinations

import highspy
import numpy as np
import pytest
from evaluating import evaluations
from hypothesis import given
from hypothesis import strategies as st
from optwright.evaluators.task import load

LINE, TOUR = load("linear_regression"), load("tsp_solution")
(POINTS,) = LINE.instances("train")
PLACES = TOUR.instances("train")[0]["places"]
APART = np.hypot(*(PLACES[:, None] - PLACES).T)


def shortest_tour(apart):
    """Its length, by a mixed-integer program that is told of each subtour that it comes up with."""
    size = len(apart)
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    edges = {pair: highs.addBinary(obj=apart[pair]) for pair in combinations(range(size), 2)}
    for place in range(size):
        highs.addConstr(sum(edge for pair, edge in edges.items() if place in pair) == 2)
    while True:
        highs.run()
        chosen = [pair for pair, edge in edges.items() if highs.val(edge) > 0.5]
        tour = reached(0, chosen)
        if len(tour) == size:
            return highs.getInfo().objective_function_value
        highs.addConstr(sum(edge for pair, edge in edges.items() if len(tour & {*pair}) == 1) >= 2)


def reached(place, edges):
    tour, last = set(), {place}
    while last - tour:
        tour |= last
        last = {place for edge in edges if tour & {*edge} for place in edge}
    return tour


def nearest_neighbour(apart):
    tour = [0]
    while len(tour) < len(apart):
        tour.append(min({*range(len(apart))} - {*tour}, key=lambda place: apart[tour[-1], place]))
    return tour


def scored(task, solutions, split="train"):
    return evaluations(task, {name: json.dumps(solution) for name, solution in solutions.items()}, split)


def test_lines_give_the_figures_that_the_task_states():
    (slope, intercept), *_ = np.linalg.lstsq(np.stack([POINTS["x"], np.ones(50)], axis=1), POINTS["y"])
    lines = {"the true line, measured": [15, 14], "least squares, measured": [slope, intercept]}
    found = {name: each.score for name, each in scored(LINE, lines).items()}
    assert found == pytest.approx(LINE.baselines["train"], abs=1e-4)
    lines["least squares on train, measured"] = lines.pop("least squares, measured")
    found = {name: each.score for name, each in scored(LINE, lines, "test").items()}
    assert found == pytest.approx(LINE.baselines["test"], abs=1e-4)


def test_tours_give_the_figures_that_the_task_states():
    stated = TOUR.baselines["train"]
    near = scored(TOUR, {"near": nearest_neighbour(APART)})["near"].score
    assert near == pytest.approx(stated["nearest neighbour, measured"], abs=1e-3)
    assert shortest_tour(APART) == pytest.approx(stated["shortest, measured"], abs=1e-3)


@pytest.mark.parametrize("task", [LINE, TOUR], ids=["line", "tour"])
def test_five_seeds_are_solutions_that_leave_room_to_improve(task):
    assert len({*task.seeds}) == 5
    best = min(task.baselines["train"].values())
    for found in evaluations(task, {seed: seed for seed in task.seeds}, "train").values():
        assert found.score > 1.5 * best


def test_the_points_are_not_shown_and_the_places_are():
    shown = LINE.module.show(POINTS)
    assert "50 points" in shown
    assert not any(f"{y:.2f}" in shown for y in POINTS["y"])
    shown = TOUR.module.show({"places": PLACES})
    assert all(f"({number}): ({x}, {y})" in shown for number, (x, y) in enumerate(PLACES.tolist()))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=2))
def test_no_line_beats_least_squares(line):
    assert LINE.score(POINTS, line) >= LINE.baselines["train"]["least squares, measured"] - 1e-4


@given(st.permutations(range(20)), st.integers(0, 19))
def test_a_tour_is_as_long_from_any_place_and_in_either_direction(tour, start):
    length = TOUR.score({"places": PLACES}, tour)
    assert length >= TOUR.baselines["train"]["shortest, measured"] - 1e-3
    for same in (tour[start:] + tour[:start], tour[::-1]):
        assert TOUR.score({"places": PLACES}, same) == pytest.approx(length)


def test_what_is_no_solution_is_refused_with_a_reason():
    lines = {
        "alone": [15],
        "three": [15, 14, 13],
        "words": ["15", "14"],
        "truth": [True, False],
        "object": {"w": 15, "b": 14},
        "nan": [float("nan"), 14],
        "infinite": [15, float("-inf")],
        "huge": [10**400, 14],
    }
    tours = {
        "short": [*range(19)],
        "twice": [*range(20), 0],
        "other": [*range(19), 18],
        "unknown": [*range(1, 21)],
        "negative": [-1, *range(1, 20)],
        "floats": [float(place) for place in range(20)],
        "truth": [False, True, *range(2, 20)],
        "nested": [[*range(20)]],
        "object": {"tour": [*range(20)]},
    }
    for task, wrong in ((LINE, lines), (TOUR, tours)):
        for name, found in scored(task, wrong).items():
            assert (found.status, bool(found.reason)) == ("infeasible", True), name


def test_prose_is_no_solution():
    for task in (LINE, TOUR):
        found = evaluations(task, {"prose": "I suggest w = 15."}, "train")["prose"]
        assert found.status == "invalid"
        assert "not JSON" in found.reason
