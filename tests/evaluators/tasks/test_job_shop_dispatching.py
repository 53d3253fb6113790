import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from optwright.evaluators import task

SHOP = task.load("job_shop_dispatching")
TWO = {"times": np.array([[3, 2], [2, 4]]), "machines": np.array([[0, 1], [0, 1]])}


def test_the_first_of_taillards_instances_is_the_published_one() -> None:
    first = SHOP.instances("test")[0]
    assert first["times"][0].tolist() == [94, 66, 10, 53, 26, 15, 65, 82, 10, 27, 93, 92, 96, 70, 83]
    assert (first["machines"][0] + 1).tolist() == [7, 13, 5, 8, 4, 3, 11, 12, 9, 15, 10, 14, 6, 1, 2]


def test_two_jobs_on_two_machines() -> None:
    shortest = SHOP.drive(lambda times, *_: -times, TWO)
    assert shortest.tolist() == [[2, 6], [0, 2]]
    assert SHOP.module.makespan(TWO, shortest) == 8
    longest = SHOP.drive(lambda times, *_: times, TWO)
    assert longest.tolist() == [[0, 3], [3, 5]]
    assert SHOP.module.makespan(TWO, longest) == 9
    assert SHOP.module.lower_bound(TWO) == 8


@pytest.mark.parametrize(
    ("starts", "why"),
    [
        ([[2, 4], [0, 6]], "before the one before it is done"),
        ([[1, 6], [0, 2]], "machine 0 works on two operations at a time"),
        ([[2, 5], [0, 2]], "machine 1 works on two operations at a time"),
        ([[2, 6], [0, 12]], "starts are whole numbers from 0 to 11"),
    ],
)
def test_what_is_no_schedule_is_infeasible(starts: list[list[int]], why: str) -> None:
    with pytest.raises(task.Infeasible, match=why):
        SHOP.score(TWO, starts)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 2**31 - 2), st.randoms(use_true_random=False))
def test_whatever_the_rule_a_schedule_is_feasible_and_no_shorter_than_the_bound(jobs, machines, seed, dice) -> None:
    instance = SHOP.module.taillard(jobs, machines, seed, seed)
    assert sorted(map(sorted, instance["machines"].tolist())) == [list(range(machines))] * jobs
    starts = SHOP.drive(lambda times, *_: np.array([dice.random() for _ in times]), instance)
    assert SHOP.score(instance, starts) >= 0


def test_a_rule_is_told_what_waits() -> None:
    """At time 0 both wait for machine 0; the one that loses has waited when machine 0 is idle again, alone."""
    calls = []
    SHOP.drive(lambda *args: calls.append([arg.tolist() for arg in args]) or -args[0], TWO)
    assert calls == [[[3, 2], [5, 6], [2, 2], [0, 0], [2, 4], [0, 0]]]
