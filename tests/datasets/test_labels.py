"""How answers are written, and what they are read as."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.datasets.labels import read_label
from optwright.datasets.numbers import number

TEXT = st.text(st.characters(codec=None)) | st.text(alphabet="{}[]:,'\"-0123456789\\e. ")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
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
    "raw",
    [
        {"o": -99999},
        {"o": "-99999", "plan": "as before"},
        {"o": "Infeasible"},
        "{'o': '-99999'}",
        {"o": 4.08e35},
        "INF_OR_UNBD",
    ],
)
def test_no_solution_by_name_where_nothing_else_can_be_read(raw):
    assert read_label("r", raw).kind == "no solution"


def test_a_number_that_could_mean_no_solution_beside_others_is_a_number():
    label = read_label("r", {"loss": -9999, "x": 0})
    assert [(q.name, q.value) for q in label.quantities] == [("loss", -9999.0), ("x", 0.0)]


@pytest.mark.parametrize("raw", ["{'x': '1', 'y': 2.5}", '{"x": "1", "y": 2.5}', " {'x': 1, 'y': '2.5'}\n"])
def test_the_text_of_a_dict_is_a_dict(raw):
    label = read_label("r", raw)
    assert [(q.name, q.value) for q in label.quantities] == [("x", 1.0), ("y", 2.5)]
    assert label.text == raw


@pytest.mark.parametrize(
    "raw",
    [
        "{'x': 1",
        "{1, 2}",
        "{'x': __import__('os').getpid()}",
        "{'x': '\\d'}",
        "{" * 9_000,
        "{" + "-" * 9_000 + "1: 2}",
        "{'x': 1, 'y': '" + "y" * 10_000 + "'}",
        "{'x': " + "1" * 5_000 + "}",
        "{[]: 1}",
    ],
    ids=lambda raw: raw[:20],
)
def test_a_text_that_is_no_dict_or_too_long_a_one_is_no_answer(raw):
    assert read_label("r", raw).kind == "none"


def nested(depth: int) -> list:
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "raw",
    [10**5000, [10**5000], {"x": 10**5000}, nested(100_000), {"x": nested(100_000)}, "\ud800", {"\ud800": "\ud800"}],
    ids=["integer", "in a list", "in a dict", "nested", "nested in a dict", "surrogate", "in a dict"],
)
def test_no_value_is_too_odd(raw):
    label = read_label("r", raw)
    assert label.kind == "none"
    assert label.model_dump_json()


def test_a_surrogate_in_the_name_of_a_number_is_replaced():
    label = read_label("r", {"\ud800": 1})
    assert label.quantities[0].name == "\ufffd" and label.model_dump_json()


def test_numbers_beyond_all_floats_are_none():
    assert number(10**5000) is None and number(-(10**5000)) is None and number("1" * 5000) is None


@pytest.mark.parametrize(
    "raw",
    [
        "", None, "None", "[]", [], "nan", math.nan, math.inf, "[18.0, 19.0]", "[1,234]", "(1,234)", [1, 2], {}, "x",
        True,
    ],
)  # fmt: skip
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
    assert label.model_dump_json()


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
