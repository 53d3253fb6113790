"""More bundled problems: a second means for each, and that every trap of a text or a file counts."""

from __future__ import annotations

from itertools import product
from math import gcd

import numpy as np
import pyomo.environ as pyo
import pytest
from bundled_file_proofs import CHECKS as IN_FILES
from bundled_file_proofs import rows
from bundled_proofs import CHECKS as IN_TEXTS
from optwright.datasets.bundled import problem
from optwright.datasets.tables import read_data, to_data
from pyomo.contrib.solver.common.factory import SolverFactory
from pyomo.contrib.solver.common.results import TerminationCondition

CHECKS = IN_FILES | IN_TEXTS


def build(name: str, data=None, **changed):
    """The reference's model, with some of its constants changed."""
    program: dict = {}
    exec(problem(name).reference or "", program)
    assert changed.keys() <= program.keys()
    program.update(changed)
    return program["build_model"](to_data(read_data(problem(name).data)) if data is None else data)


def solve(model, kind: str = "MIP"):
    solver = SolverFactory("scip_direct" if kind in ("NLP", "MINLP") else "highs")
    return solver.solve(
        model, load_solutions=False, raise_exception_on_nonoptimal_result=False, rel_gap=1e-7, time_limit=30
    )


def infeasible(model) -> bool:
    return solve(model).termination_condition == TerminationCondition.provenInfeasible


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_second_means_agrees(name):
    value, tolerance = CHECKS[name]()
    assert problem(name).expected_objective == pytest.approx(value, rel=tolerance)


# Traps: a program that walks into one of them gets another optimum ----------------------------------------------------


@pytest.mark.parametrize(
    "name, file, column, change",
    [
        ("battery_park", "prices", "price_eur_mwh", lambda price: 0 if price is None else price),
        ("bird_recordings", "tapes", "species", lambda cell: cell.replace("?", "")),
        ("bookbinder", "books", "working_days", lambda days: days + 1),
        ("christmas_trees", "winters", "probability_percent", lambda percent: percent / 0.95),
        ("gauge_curve", "measurements", "remark", lambda remark: None),
        ("gauge_curve", "measurements", "remark", lambda remark: remark and "ice"),
        ("gauge_curve", "measurements", "day", lambda day: "2024-01-01"),
        ("lake_lifeguards", "guards", "cannot_work", lambda days: None),
        ("linen_service", "deliveries", "status", lambda status: "delivered"),
        ("linen_service", "deliveries", "unit", lambda unit: "kg"),
        ("linen_service", "deliveries", "weight", lambda weight: 0 if weight is None else weight),
        ("linen_service", "deliveries", "weight", lambda weight: weight if weight is None else abs(weight)),
        ("valley_fibre", "trenches", "empty_duct", lambda duct: None),
    ],
)
def test_reading_a_column_otherwise_changes_the_optimum(name, file, column, change):
    data = to_data(read_data(problem(name).data))
    data[file] = [{**row, column: change(row[column])} for row in data[file]]  # type: ignore[attr-defined]
    assert solve(build(name, data)).incumbent_objective != pytest.approx(problem(name).expected_objective)


@pytest.mark.parametrize(
    "name, changed",
    [
        ("bird_recordings", {"MOST_C": 28}),
        ("bird_recordings", {"THREATENED": ()}),
        ("bookbinder", {"EARLIEST": {}}),
        ("box_scheme", {"VEHICLES": {"own van": (24, 0.64, 0, 200), "other": (24, 0.64, 9.5, 200)}}),
        ("christmas_trees", {"CREDIT": 100_000}),
        ("christmas_trees", {"TRAILER": 0}),
        ("curtain_rails", {"BLADE": 0, "DENTED": 0}),
        ("curtain_rails", {"PAID_BACK": 0}),
        ("drought_canals", {"DRINKS": 0}),
        ("enamel_signs", {"DRYING": 0}),
        ("enamel_signs", {"RELOADING": 0}),
        ("enamel_signs", {"LAST_COLOUR": 0}),
        ("gauge_curve", {"HIGH": 1e6}),
        ("lab_courier", {"CLOTTING": 1000}),
        ("lake_lifeguards", {"SHIFTS": {"early": (6.5, 0), "late": (8, 0)}}),
        ("linen_service", {"MOST_LEASED": 2}),
        ("steady_turbines", {"BUDGET": 1000}),
        ("stove_works", {"MOST_OWED": 0}),
        ("stove_works", {"MOST_OWED": 1000}),
        ("stove_works", {"OWED_AT_FIRST": 0}),
        ("valley_fibre", {"BOX": 0}),
        ("olive_oil", {"ACIDITY": {"riserva": 0.6, "cucina": 0.6}}),
        ("piano_tuner", {"LONGEST": 300}),
        ("sludge_dryers", {"ROAD": 96}),
        ("sludge_dryers", {"LEAST": 0}),
    ],
)
def test_forgetting_a_sentence_changes_the_optimum(name, changed):
    bundled = problem(name)
    result = solve(build(name, **changed), bundled.kind)
    assert result.incumbent_objective != pytest.approx(bundled.expected_objective, rel=1e-5)


@pytest.mark.parametrize(
    "name, constraint",
    [
        ("battery_park", "never_both"),
        ("box_scheme", "battery"),
        ("lab_courier", "infectious"),
        ("lake_lifeguards", "boat"),
        ("lake_lifeguards", "rest"),
        ("linen_service", "huber"),
        ("piano_tuner", "together"),
        ("valley_fibre", "no_passing"),
    ],
)
def test_leaving_out_a_constraint_changes_the_optimum(name, constraint):
    bundled, model = problem(name), build(name)
    model.component(constraint).deactivate()
    assert solve(model, bundled.kind).incumbent_objective != pytest.approx(bundled.expected_objective, rel=1e-5)


# Plans that do not exist ----------------------------------------------------------------------------------------------


def test_full_boats_fail_for_whole_numbers_only():
    assert 250 % gcd(20, 28)
    assert not any(20 * cutters + 28 * barges == 250 for cutters, barges in product(range(14), range(10)))
    model = build("choir_boats")
    assert infeasible(model)
    for sentence in ("landing_stage", "looks", "budget"):
        model.component(sentence).deactivate()
        assert infeasible(model), sentence
    model = build("choir_boats")
    model.cutters.domain = model.barges.domain = pyo.NonNegativeReals
    assert not infeasible(model)


def test_footbridge_cannot_be_open_by_the_fair_for_its_budget():
    for left_out in ("nothing", "after", "promise", "budget", "finish"):
        model = build("footbridge")
        if left_out != "nothing":
            model.component(left_out).deactivate()
        assert infeasible(model) == (left_out == "nothing"), left_out
    assert cheapest_crash(31) > 9000
    assert cheapest_crash(32) < cheapest_crash(31) < np.inf


def cheapest_crash(days: int) -> float:
    """Over whole days saved, which suffice for a whole deadline, along each path through the tasks."""
    tasks = {row["task"][0]: row for row in rows("footbridge", "tasks.csv")}
    most = [int(task["days"]) - int(task["shortest_days"]) for task in tasks.values()]
    saved = np.array(list(product(*(range(k + 1) for k in most))), dtype=np.int16)
    left = np.array([int(task["days"]) for task in tasks.values()]) - saved
    cost = saved @ np.array([float(task["eur_per_day_saved"] or 0) for task in tasks.values()])
    paths = ("ABCDHIK", "ABCDHJK", "ABCEHIK", "ABCEHJK", "AFGIK")
    length = np.max([left[:, [list(tasks).index(task) for task in path]].sum(axis=1) for path in paths], axis=0)
    return float(cost[length <= days].min(initial=np.inf))


def test_honey_is_unbounded_in_buckets_only():
    profit = {}
    for most in (1_000, 2_000):
        model = build("honey")
        model.buckets.setub(most)
        profit[most] = solve(model).incumbent_objective
    assert profit[2_000] - profit[1_000] == pytest.approx(1_000 * (71 - 3.10 - 1.50 - 12.5 * 4.10))
    model = build("honey")
    model.jar_line.deactivate()
    model.buckets.setub(1_000)
    assert solve(model).incumbent_objective >= profit[1_000]


def test_plans_that_do_not_exist_are_expected_as_such():
    status = {name: problem(name).expected_status for name in ("choir_boats", "footbridge", "honey")}
    assert status == {"choir_boats": "infeasible", "footbridge": "infeasible", "honey": "unbounded"}
