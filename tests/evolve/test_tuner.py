"""The constant tuner: structure from whoever wrote the program, constants by CMA-ES."""

import ast
import asyncio
import dataclasses
import json
import random
from collections import Counter

import pytest
from optwright.agent.evolve.records import Candidate, Plan
from optwright.agent.evolve.tuner import Tuner
from optwright.evaluators import source
from optwright.evaluators.evaluation import Evaluation, evaluate, preload
from optwright.evaluators.task import load
from optwright.sandbox.pool import Pool

TASK = load("online_bin_packing")
LINE = dataclasses.replace(TASK, function="f", imports=("math",), seeds=("def f(x: float) -> float:\n    return x\n",))
POINTS = [-2.0, -1.0, 0.0, 0.5, 1.0, 3.0]


def plan(text: str, seed: int = 0) -> Plan:
    parent = Candidate(
        number=0, text=text, key=source.key(text), operator="seed", status="ok", scores=(1.0,), score=1.0
    )
    return Plan(1, "tune", (parent,), seed)


class Fit:
    """Mean squared distance from 3.2 x - 0.7; every evaluation takes another while."""

    def __init__(self, delay: float = 0.0) -> None:
        self.texts: list[str] = []
        self._delay = delay

    async def __call__(self, text: str) -> Evaluation:
        self.texts.append(text)
        await asyncio.sleep(random.random() * self._delay)
        namespace = {}
        exec(text, namespace)
        try:
            distances = [(namespace["f"](x) - (3.2 * x - 0.7)) ** 2 for x in POINTS]
        except ArithmeticError as error:
            return Evaluation(status="error", reason=str(error))
        return Evaluation(status="ok", scores=tuple(distances))


def tune(text: str, seed: int = 0, delay: float = 0.0, **options):
    fit = Fit(delay)
    return asyncio.run(Tuner(LINE, fit, **options).propose(plan(text, seed))), fit


def score(text: str) -> float:
    found = asyncio.run(Fit()(text)).score
    assert found is not None
    return found


SLOPED = "def f(x: float) -> float:\n    slope = 1.0\n    return slope * x + 0.2\n"


@pytest.mark.parametrize("seed", range(5))
def test_constants_of_a_known_function_are_found(seed):
    proposal, fit = tune(SLOPED, seed, evaluations=150)
    assert score(proposal.text) < 0.05 < score(SLOPED)
    assert proposal.evaluations == len(fit.texts) <= 150
    assert proposal.thought.startswith("2 constants tuned: 1 → ")


def test_a_single_constant_is_tuned_too():
    proposal, _ = tune("def f(x: float) -> float:\n    return 2.0 * x\n", evaluations=60)
    assert score(proposal.text) < score("def f(x: float) -> float:\n    return 2.9 * x\n")


def test_what_finishes_first_changes_nothing():
    once, again, slowly = (tune(SLOPED, 7, delay, evaluations=30)[0] for delay in (0.0, 0.01, 0.02))
    assert once == again == slowly
    assert once != tune(SLOPED, 8, evaluations=30)[0]


def test_the_proposal_is_what_was_evaluated():
    proposal, fit = tune("def f(x: float) -> float:\n    return -(-0.5 * x) + -0.1\n", evaluations=40)
    assert proposal.text in fit.texts
    assert "--" not in proposal.text


def test_a_parent_that_nothing_beats_is_kept():
    proposal, fit = tune("def f(x: float) -> float:\n    return 3.2 * x - 0.7\n")
    assert (proposal.status, proposal.evaluations) == ("no_code", len(fit.texts))
    assert "better" in proposal.reason


def test_failures_are_the_worst():
    proposal, _ = tune("def f(x: float) -> float:\n    return x * 2.0 / (2.0 - 2.0)\n", evaluations=60)
    assert score(proposal.text) < 1e9


@pytest.mark.parametrize("body", ["x", "x ** 2", "[1, 2, 3][1] * x", "sum(i for i in range(4)) + x"])
def test_exponents_indices_and_sizes_are_no_constants_to_tune(body):
    proposal, fit = tune(f"def f(x: float) -> float:\n    return {body}\n")
    assert (proposal.status, proposal.reason, fit.texts) == ("no_code", "it has no constants to tune", [])


def test_of_many_constants_only_some_are_tuned_at_once():
    many = "def f(x: float) -> float:\n    return " + " + ".join(f"{i}.5 * x" for i in range(12)) + "\n"
    proposal, _ = tune(many, constants=3)
    before, after = (
        Counter(abs(node.value) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant))
        for text in (many, proposal.text)
    )
    assert 1 <= (before - after).total() <= 3


def test_numbers_of_a_solution_are_tuned():
    target = dataclasses.replace(LINE, kind="solution", function="", seeds=('{"w": 1.0, "b": 0.5}',))

    async def squared(text: str) -> Evaluation:
        found = json.loads(text)
        return Evaluation(status="ok", scores=((found["w"] - 2.5) ** 2 + (found["b"] + 1) ** 2,))

    proposal = asyncio.run(Tuner(target, squared, evaluations=150).propose(plan(target.seeds[0])))
    found = json.loads(proposal.text)
    assert abs(found["w"] - 2.5) < 0.1 and abs(found["b"] + 1) < 0.1


async def test_a_packing_heuristic_gets_better_in_the_sandbox():
    text = """import numpy as np

def priority(item: float, bins: np.ndarray) -> np.ndarray:
    gap = bins - item
    return np.where(gap < 5.0, -gap, np.where(gap > 10.0, -20.0 - gap, -90.0 + gap))
"""
    train = TASK.instances("train")[:1]
    async with Pool(preload=preload(TASK)) as pool:
        tuner = Tuner(TASK, lambda text: evaluate(pool, TASK, text, train), evaluations=30)
        proposal = await tuner.propose(plan(text))
        before, after = [await evaluate(pool, TASK, one, train) for one in (text, proposal.text)]
    assert before.score is not None and after.score is not None
    assert after.score < before.score
