"""The offline proposer: whatever program it is given, what comes out parses, keeps its form, runs and is new."""

import ast
import asyncio
import contextlib
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.agent.evolve.genetic import GENETIC, SIZE, Genetic
from optwright.agent.evolve.records import Candidate, Plan
from optwright.evaluators import source
from optwright.evaluators.task import load

TASK = load("online_bin_packing")
HEAD = '''import numpy as np

def priority(item: float, bins: np.ndarray) -> np.ndarray:
    """Rates bins.

    bins: array of shape (k,) with the room that is left.
    """
'''
WRITTEN = [
    TASK.seeds[0],
    HEAD
    + """    scores = np.zeros(len(bins))
    best = bins.max()
    for i, room in enumerate(bins):
        gap = room - item
        if gap < 1e-6:
            scores[i] = 100.0
        elif room == best:
            scores[i] = -1e3
        else:
            scores[i] = -gap**2 + 0.5 * room
    return scores
""",
    HEAD
    + """    gap = bins - item
    scores = np.exp(-gap / 5.0)
    scores[gap > 20] -= 0.1
    scores *= 2
    order = np.argsort(gap, kind="stable")
    if len(bins) > 3 and item > 0.5:
        scores[order[0]] += 1
    return np.where((gap < 2) | (gap > 30), scores, np.clip(scores, 0.0, 0.5))
""",
    """import math
import numpy
from itertools import chain

WEIGHT = 0.25

def softened(x):
    return math.tanh(x)

def priority(item: float, bins: numpy.ndarray) -> numpy.ndarray:
    total = 0.0
    while total < item:
        total += 1.5
    fresh = sorted([softened(b - item) for b in bins])
    with numpy.errstate(all="ignore"):
        share = WEIGHT * bins / (1 + total)
    return numpy.asarray([share[i] - len(fresh) for i in range(len(bins))])
""",
]
TEXTS = st.lists(st.sampled_from(WRITTEN), min_size=1, max_size=2)
NAMES = st.sampled_from(sorted(GENETIC))


def candidate(text: str, number: int = 0) -> Candidate:
    return Candidate(
        number=number, text=text, key=source.key(text), operator="seed", status="ok", scores=(1.0,), score=1.0
    )


def propose(texts: list[str], operator: str, seed: int, task=TASK):
    plan = Plan(1, operator, tuple(candidate(text, number) for number, text in enumerate(texts)), seed)
    return asyncio.run(Genetic(task).propose(plan))


def head(text: str) -> tuple[str, str | None, str]:
    function = next(
        node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == TASK.function
    )
    return ast.dump(function.args), ast.get_docstring(function), ast.dump(function.returns or ast.Constant(None))


def run(text: str, item: float, bins: np.ndarray):
    """What the program returns; None where numbers became too large or were divided by zero."""
    namespace = {}
    exec(text, namespace)
    try:
        with np.errstate(all="ignore"):
            return namespace["priority"](item, bins.copy())
    except ArithmeticError:
        return None


def walk(texts: list[str], operators: list[str], seed: int) -> list[str]:
    """A chain of programs, each made from the one before and the last of the parents."""
    chain = [texts[0]]
    for step, operator in enumerate(operators):
        proposal = propose([chain[-1], texts[-1]], operator, seed + step)
        if proposal.status == "ok":
            chain.append(proposal.text)
    return chain


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.lists(NAMES, min_size=1, max_size=12), st.integers(0, 2**32))
def test_what_comes_out_is_new_keeps_its_form_and_is_no_larger_than_it_may_be(texts, operators, seed):
    before = texts[0]
    largest = max(SIZE, *(expressions(text) for text in texts))
    for text in walk(texts, operators, seed)[1:]:
        assert source.flaw(text, TASK.function, (*TASK.imports, "itertools")) == ""
        assert head(text) == head(texts[0])
        assert source.key(text) not in (source.key(before), source.key(texts[-1]))
        assert expressions(text) <= largest
        before = text


def expressions(text: str) -> int:
    function = next(n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef) and n.name == TASK.function)
    return sum(isinstance(node, ast.expr) for statement in function.body for node in ast.walk(statement))


@settings(max_examples=80, deadline=None)
@given(TEXTS, st.lists(NAMES, min_size=1, max_size=12), st.integers(0, 2**32), st.integers(1, 6))
def test_what_comes_out_runs_and_returns_a_number_for_each_bin(texts, operators, seed, count):
    draw = np.random.default_rng(seed)
    item, bins = float(draw.integers(1, 50)), draw.integers(50, 101, size=count).astype(float)
    for text in walk(texts, operators, seed):
        rated = run(text, item, bins)
        if rated is not None:
            assert np.shape(rated) == bins.shape, text
            assert np.asarray(rated).dtype.kind in "fiub", text


@settings(max_examples=40, deadline=None)
@given(TEXTS, NAMES, st.integers(0, 2**32))
def test_the_same_plan_gives_the_same_proposal(texts, operator, seed):
    assert propose(texts, operator, seed) == propose(texts, operator, seed)


@pytest.mark.parametrize("operator", sorted(GENETIC))
def test_every_operator_makes_something_of_a_program_with_room_for_it(operator):
    proposals = [propose([WRITTEN[2], WRITTEN[1]], operator, seed) for seed in range(10)]
    made = [proposal for proposal in proposals if proposal.status == "ok"]
    assert len({proposal.text for proposal in made}) > 1
    assert all(proposal.thought for proposal in made)


def test_statements_that_cannot_be_typed_stay():
    for seed in range(30):
        text = walk(WRITTEN[3:], ["subtree_mutation", "insert", "constant_change", "operator_change"], seed)[-1]
        assert "while total < item:" in text
        assert "fresh = sorted([softened(b - item) for b in bins])" in text
        assert "def softened(x):\n    return math.tanh(x)" in text


def test_from_the_other_parent_comes_what_its_variables_stand_for():
    donor = HEAD + "    slack = bins - 2 * item\n    return np.sqrt(slack)\n"
    texts = {propose([TASK.seeds[0], donor], "subtree_crossover", seed).text for seed in range(20)}
    assert any("bins - 2 * item" in text for text in texts)
    assert not any("slack" in text for text in texts)


def test_a_program_without_numpy_gets_none():
    seed = "def weigh(x: float, n: int) -> float:\n    return 2.0 * x + n\n"
    task = dataclasses.replace(TASK, imports=("math",), function="weigh", seeds=(seed,))
    texts = [proposal.text for i in range(60) if (proposal := propose([seed], sorted(GENETIC)[i % 8], i, task)).text]
    assert len(texts) > 40
    for text in texts:
        assert source.flaw(text, "weigh", task.imports) == ""
        namespace = {}
        exec(text, namespace)
        with contextlib.suppress(ArithmeticError):
            assert isinstance(namespace["weigh"](1.5, 3), int | float)


def test_redundancies_are_taken_out():
    text = HEAD + "    return -(-(bins * 1 + 0)) * (0.5 * 4) - np.where(bins > 3, item, item) * 1.0\n"
    proposals = [propose([text], "constant_change", seed).text for seed in range(20)]
    assert any(line.startswith("    return bins * ") for text in proposals for line in text.splitlines())
    assert not any("--" in text or "* 1.0" in text for text in proposals)


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("def priority(item, bins:\n", "insert"),
        ("def other():\n    pass\n", "insert"),
        (HEAD + "    return bins\n", "constant_change"),
    ],
)
def test_where_nothing_can_be_made_the_proposal_says_why(text, operator):
    proposal = propose([text], operator, 0)
    assert proposal.status == "no_code"
    assert operator in proposal.reason


SOLUTIONS = dataclasses.replace(TASK, kind="solution", seeds=("[0, 1, 2, 3, 4, 5, 6, 7]",))


@settings(max_examples=80, deadline=None)
@given(st.permutations(range(8)), st.permutations(range(8)), NAMES, st.integers(0, 2**32))
def test_a_permutation_stays_one(one, other, operator, seed):
    proposal = propose([json.dumps(one), json.dumps(other)], operator, seed, SOLUTIONS)
    if proposal.status == "ok":
        assert sorted(json.loads(proposal.text)) == list(range(8))
        assert json.loads(proposal.text) not in (one, other)


VALUES = st.recursive(
    st.floats(-1e3, 1e3) | st.integers(-9, 9) | st.booleans(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(VALUES, VALUES, NAMES, st.integers(0, 2**32))
def test_a_solution_keeps_its_form(one, other, operator, seed):
    proposal = propose([json.dumps(one), json.dumps(other)], operator, seed, SOLUTIONS)
    if proposal.status == "ok":
        assert sorted(form(json.loads(proposal.text))) == sorted(form(one))


def form(value) -> list[str]:
    """The kinds of all parts, whatever their order."""
    parts = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    kind = "number" if isinstance(value, int | float) else type(value).__name__
    return [f"{kind}{len(parts)}", *(found for part in parts for found in form(part))]
