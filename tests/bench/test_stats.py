"""Statistics against brute force and published figures."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.agent.bench.stats import (
    clustered_mean,
    estimate,
    grouped,
    mcnemar,
    pass_at_k,
    plurality,
    risk_area,
    risk_coverage,
    share,
    wilson,
)

BOOLS = st.lists(st.booleans(), min_size=1, max_size=6)


@given(BOOLS, st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_right_sample(right, data):
    k = data.draw(st.integers(1, len(right)))
    subsets = list(itertools.combinations(right, k))
    exact = Fraction(sum(any(subset) for subset in subsets), len(subsets))
    assert pass_at_k(len(right), sum(right), k) == pytest.approx(float(exact), abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_doubles_the_smaller_tail_and_is_symmetric(one, other):
    n = one + other
    tail = Fraction(sum(math.comb(n, at) for at in range(min(one, other) + 1)), 2**n)
    assert mcnemar(one, other) == pytest.approx(float(min(Fraction(1), 2 * tail)), rel=1e-9)
    assert mcnemar(one, other) == pytest.approx(mcnemar(other, one))


@settings(deadline=None)
@given(st.integers(1, 500), st.data())
def test_wilsons_bounds_are_where_the_score_test_stops_rejecting(total, data):
    count = data.draw(st.integers(0, total))
    found = wilson(count, total)
    assert 0 <= found.low <= count / total <= found.high <= 1
    for bound in (found.low, found.high):
        if 0 < bound < 1:
            z = (count / total - bound) / math.sqrt(bound * (1 - bound) / total)
            assert abs(z) == pytest.approx(1.959964, abs=1e-5)


def test_a_share_of_nothing_has_no_value_and_no_interval():
    assert share(0, 0).value is None and share(0, 0).interval is None
    assert share(3, 4).value == 0.75


def test_near_duplicates_count_once():
    assert clustered_mean([1, 1, 1, 0], ["a", "a", "a", "b"]) == 0.5
    assert clustered_mean([1, 0, 1], ["a", "a", "b"]) == 0.75
    assert clustered_mean([], []) is None


VALUES = st.lists(st.floats(-1, 1).map(lambda x: round(x, 3)), min_size=3, max_size=12)


@settings(max_examples=15, deadline=None)
@given(VALUES)
def test_the_bootstrap_stays_within_the_clusters_means_and_repeats_itself(values):
    clusters = [at % 3 for at in range(len(values))]
    found = estimate(values, clusters, seed=4)
    assert found.value == pytest.approx(fmean(values))
    means = [fmean(values[at::3]) for at in range(3)]
    assert found.interval is not None
    assert min(means) - 1e-9 <= found.interval.low <= found.interval.high <= max(means) + 1e-9
    assert estimate(values, clusters, seed=4) == found


def test_the_bootstrap_agrees_with_every_resample_of_few_clusters():
    values = [0.0, 1.0, 1.0, 0.0, 1.0]
    everything = sorted(fmean(drawn) for drawn in itertools.product(values, repeat=5))
    exact = [everything[round(share * (len(everything) - 1))] for share in (0.025, 0.975)]
    found = estimate(values, range(5)).interval
    assert found and [found.low, found.high] == pytest.approx(exact, abs=1e-9)


def test_duplicates_widen_the_interval_instead_of_narrowing_it():
    values = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]
    once = estimate(values, range(6)).interval
    copied = estimate(values * 20, list(range(6)) * 20).interval
    believed = estimate(values * 20, range(120)).interval
    assert once and copied and believed
    assert [copied.low, copied.high] == pytest.approx([once.low, once.high])
    assert believed.high - believed.low < (once.high - once.low) / 3
    assert estimate([0.5, 1.0], ["a", "a"]).interval is None


def test_the_plurality_is_the_first_of_the_largest_group():
    assert plurality([1.0, 2.0, 2.0 + 1e-7, 3.0]) == 1
    assert plurality([5.0, 7.0, 7.0, 5.0]) == 0  # a tie: the group that was first
    assert plurality([None, "no solution", 4.0, "no solution"]) == 1
    assert plurality([None, None]) is None and plurality([math.nan]) is None
    assert grouped([1e6, 1e6 + 0.5, 1e6 + 2]) == [[0, 1], [2]]  # rtol 1e-6
    assert grouped([0.0, 9e-5, 2e-4]) == [[0, 1], [2]]  # atol 1e-4


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, "no solution", None]), max_size=8))
def test_the_plurality_has_the_most_votes(votes):
    at = plurality(votes)
    said = [vote for vote in votes if vote is not None]
    assert (at is None) == (not said)
    if at is not None:
        assert votes.count(votes[at]) == max(map(votes.count, said))
        assert votes.index(votes[at]) == at


ANSWERS = st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(ANSWERS)
def test_the_area_is_the_mean_over_all_orders_by_flags(answers):
    orders = [p for p in itertools.permutations(answers) if [f for f, _ in p] == sorted(f for f, _ in p)]
    area = fmean(
        fmean([good for _, good in order[:taken]].count(False) / taken for taken in range(1, len(order) + 1))
        for order in orders
    )
    flags, right = zip(*answers, strict=True)
    assert risk_area(flags, right) == pytest.approx(area)


@given(ANSWERS, st.integers(0, 3))
def test_the_curve_ends_at_all_answers(answers, unanswered):
    flags, right = zip(*answers, strict=True)
    curve = risk_coverage(flags, right, len(answers) + unanswered)
    assert [each.flags for each in curve] == sorted(set(flags))
    assert [each.coverage for each in curve] == sorted({each.coverage for each in curve})
    assert curve[-1].coverage == pytest.approx(len(answers) / (len(answers) + unanswered))
    assert curve[-1].risk == pytest.approx(right.count(False) / len(right))


def test_flags_that_tell_right_from_wrong_halve_the_risk_and_more():
    assert risk_area([0, 0, 1, 1], [True, True, False, False]) == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    assert risk_area([0] * 4, [True, True, False, False]) == pytest.approx(0.5)
    assert risk_area([], []) is None and risk_coverage([], [], 3) == ()
