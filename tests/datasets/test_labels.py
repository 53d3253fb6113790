"""How answers are written, and what they are read as."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.datasets.labels import read_label
from optwright.datasets.numbers import number

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("18", 18.0),
        (18, 18.0),
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567.0),
        ("[18.0]", 18.0),
        ([18.0], 18.0),
        ("$1,200", 1200.0),
        ("-$3.50", -3.5),
        ("\u221212", -12.0),
        ("1e3", 1000.0),
        (" 42 ", 42.0),
        (0, 0.0),
    ],
)
def test_numbers(raw, value):
    label = read_label("r", raw)
    assert (label.kind, label.value) == ("number", value)


@pytest.mark.parametrize(
    "raw",
    ["No Best Solution", "no best solution.", "-99999", -99999.0, "-9999", "Infeasible", "UNBOUNDED", 4.08e35, "1e100"],
)
def test_ways_of_saying_that_there_is_no_solution(raw):
    assert read_label("r", raw).kind == "no solution"


@pytest.mark.parametrize(
    "raw", ["", None, "None", "[]", [], "nan", math.nan, math.inf, "[18.0, 19.0]", [1, 2], {}, "x", True]
)
def test_what_is_no_answer(raw):
    assert read_label("r", raw).kind == "none"


def test_named_numbers_and_those_among_them_that_are_none():
    label = read_label("r", {"profit": "1,200.50", "plan": "as before", "trucks": 3, "ratio": "0.33"})
    assert label.kind == "quantities"
    assert [(q.name, q.value, q.text) for q in label.quantities] == [
        ("profit", 1200.5, "1,200.50"),
        ("trucks", 3.0, "3"),
        ("ratio", 0.33, "0.33"),
    ]
    assert read_label("r", {"plan": "as before"}).kind == "none"


@given(JSON)
def test_any_value_is_read(raw):
    label = read_label("r", raw)
    assert (label.kind == "number") == (label.value is not None)
    assert (label.kind == "quantities") == bool(label.quantities)


@given(st.floats(-1e29, 1e29), st.sampled_from(["{}", "[{}]", " {} ", "({})"]))
def test_a_number_survives_being_printed(value, form):
    assert number(form.format(repr(value))) == value


@given(st.integers(-(10**12), 10**12))
def test_thousands_in_commas(value):
    assert number(f"{value:,}") == value


@given(st.text())
def test_text_that_is_no_number_gives_none_or_a_finite_number(text):
    value = number(text)
    assert value is None or math.isfinite(value)
