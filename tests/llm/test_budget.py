"""Budgets: read, kept, and told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.llm.budget import Budget, Meter, Spent
from optwright.errors import BudgetError, SettingsError

whole = st.none() | st.integers(0, 10**12)
amount = st.none() | st.floats(0, 1e9)


@given(st.builds(Budget, calls=whole, tokens=whole, usd=amount, minutes=amount).filter(lambda budget: str(budget)))
def test_a_budget_reads_back_what_it_writes(budget):
    assert Budget.parse(str(budget)) == budget


@given(st.text() | st.text(st.sampled_from("calls=usdtokenminutes,.-_0123456789e ")))
def test_any_text_is_a_budget_or_a_clear_error(text):
    try:
        assert any(limit is not None for _, limit in Budget.parse(text))
    except SettingsError as error:
        assert str(error).startswith("budget: ") and "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "sets no limit"),
        ("call=5", "no limit is named 'call'"),
        ("calls", "calls must be a whole number"),
        ("calls=5.5", "calls must be a whole number, 0 or more, not '5.5'"),
        ("usd=-1", "usd must be a number, 0 or more"),
        ("usd=nan", "usd must be a number"),
        ("minutes=inf", "minutes must be a number"),
        ("calls=1,calls=2", "calls is given twice"),
    ],
)
def test_a_wrong_budget_says_what_is_wrong(text, words):
    with pytest.raises(SettingsError, match=words):
        Budget.parse(text)


def test_spaces_and_underscores_do_not_matter():
    assert Budget.parse(" calls = 500 , tokens=2_000_000,") == Budget(calls=500, tokens=2_000_000)


def test_time_runs_out():
    now = [0.0]
    meter = Meter(Budget(minutes=2), clock=lambda: now[0])
    with meter.call(10, None) as bill:
        bill.pay(30, None)
    now[0] = 120.0
    with (
        pytest.raises(BudgetError, match=r"minutes=2 are over; spent so far: 1 calls, 30 tokens"),
        meter.call(10, None),
    ):
        raise AssertionError("must not start")


def test_a_prompt_that_alone_is_too_long_for_the_tokens_left_is_not_sent():
    meter = Meter(Budget(tokens=100))
    with meter.call(40, None) as bill:
        bill.pay(70, None)
    with pytest.raises(BudgetError, match="tokens=100"), meter.call(40, None):
        raise AssertionError("must not start")
    with meter.call(30, None) as bill:
        bill.pay(30, None)


def test_calls_under_way_are_held_and_given_back_when_they_fail():
    meter = Meter(Budget(calls=2, usd=1.0))
    with meter.call(10, 0.4), pytest.raises(BudgetError, match="usd"), meter.call(10, 0.7):
        raise AssertionError("must not start")
    assert meter.spent.model_dump(exclude={"minutes"}) == Spent().model_dump(exclude={"minutes"})
    with pytest.raises(ZeroDivisionError), meter.call(10, 0.4):
        raise ZeroDivisionError
    with meter.call(10, 0.4) as bill:
        bill.pay(25, 0.6)
    assert (meter.spent.calls, meter.spent.tokens, meter.spent.usd) == (1, 25, pytest.approx(0.6))
