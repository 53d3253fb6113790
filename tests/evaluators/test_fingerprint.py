"""Equal fingerprints mean the same model: names play no part, every number does."""

import pytest

BASE = """
m.{x}, m.{n} = pyo.Var(bounds=(0, 9)), pyo.Var(domain=pyo.Integers, bounds=(0, 4))
m.{c} = pyo.Constraint(expr=2 * m.{x} + m.{n} <= 7)
m.{d} = pyo.Constraint(expr=pyo.exp(m.{x}) * m.{n} + m.{x}**2 <= 50)
m.{o} = pyo.Objective(expr=m.{x} + 3 * m.{n}, sense=pyo.maximize)
"""
NAMES = {"x": "x", "n": "n", "c": "c", "d": "d", "o": "o"}


def test_names_play_no_part(inside):
    renamed = {"x": "hours", "n": "trucks", "c": "limit", "d": "heat", "o": "profit"}
    assert inside(BASE.format(**NAMES)).fingerprint == inside(BASE.format(**renamed)).fingerprint != ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(0, 9)", "(0, 8)"),
        ("domain=pyo.Integers, ", ""),
        ("2 * m.x", "3 * m.x"),
        ("<= 7", "<= 7.0001"),
        ("<= 7", ">= 7"),
        ("pyo.exp", "pyo.cosh"),
        ("m.x**2", "2 * m.x**2"),
        ("m.x**2 <= 50", "m.x**2 <= 51"),
        ("m.x + 3 * m.n", "m.x + 3 * m.n + 1"),
        ("pyo.maximize", "pyo.minimize"),
    ],
)
def test_every_number_does(inside, old, new):
    text = BASE.format(**NAMES)
    assert old in text
    assert inside(text).fingerprint != inside(text.replace(old, new)).fingerprint
