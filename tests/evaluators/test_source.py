"""Programs as text: when two are the same, and whether one is worth running."""

import ast

from hypothesis import given
from hypothesis import strategies as st
from optwright.evaluators import source

NAMES = st.sampled_from(["a", "b", "item"])
LEAVES = NAMES | st.integers(0, 99).map(str)
EXPRESSIONS = st.recursive(LEAVES, lambda e: st.tuples(e, st.sampled_from("+-*/"), e).map(" ".join).map("({})".format))


@given(EXPRESSIONS, EXPRESSIONS)
def test_programs_are_the_same_by_their_meaning_alone(one, other):
    plain = f"def f(a, b, item):\n    return {one}\n"
    dressed = f'# a comment\ndef f(a, b,  item):\n    "words"\n\n    return ({one})  # more\n'
    assert source.key(plain) == source.key(dressed)
    other = f"def f(a, b, item):\n    return {other}\n"
    assert (source.key(plain) == source.key(other)) == (ast.dump(ast.parse(plain)) == ast.dump(ast.parse(other)))


@given(st.text(max_size=200))
def test_no_text_breaks_the_look_at_a_program(text):
    assert source.key(text) and isinstance(source.flaw(text, "f", ("numpy",)), str)
