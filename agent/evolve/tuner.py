"""Tuner: better constants for a program that somebody else wrote, for no tokens.

CMA-ES (Hansen, The CMA Evolution Strategy: A Tutorial, arXiv:1604.00772) from the library `cmaes`, in generations that
are evaluated at once.
"""

from __future__ import annotations

import ast
import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np

from ...evaluators.evaluation import Evaluation
from ...evaluators.task import Task
from . import solutions
from .grammar import number, value_of
from .inference import function
from .records import Plan, Proposal
from .simplify import simplify
from .slots import slots

Evaluate = Callable[[str], Awaitable[Evaluation]]

EVALUATIONS = 48
CONSTANTS = 8
"""So many are tuned at once; of more, the plan's seed decides which."""
_STEPS = (0.1, 0.3, 0.6)
"""First standard deviations, as shares of the constants; each plan takes one of them."""
_SMALLEST = 0.1  # what a constant of 0 is thought to be the size of


class Tuner:
    """Proposes the first parent with other constants, where that scores better; else says so.

    `evaluate` scores a text, the parent's too: on whatever instances, but always the same. At most `evaluations` of
    them are asked for, a generation at once. The same plan and scores give the same proposal, whatever finishes first.
    """

    def __init__(
        self, task: Task, evaluate: Evaluate, *, evaluations: int = EVALUATIONS, constants: int = CONSTANTS
    ) -> None:
        self._task, self._evaluate = task, evaluate
        self._evaluations, self._constants = evaluations, constants

    async def propose(self, plan: Plan) -> Proposal:
        if not plan.parents:
            return Proposal(status="no_code", reason="there is no program to tune")
        text, rng = plan.parents[0].text, plan.rng
        all_of_it = _values(text, self._task)
        if not all_of_it:
            return Proposal(status="no_code", reason="it has no constants to tune")
        chosen = sorted(rng.sample(range(len(all_of_it)), min(self._constants, len(all_of_it))))
        return await self._tuned(text, {index: all_of_it[index] for index in chosen}, rng)

    async def _tuned(self, text: str, start: dict[int, float], rng: random.Random) -> Proposal:
        first = await self._evaluate(text)
        best, best_merit, used = start, self._merit(first), 1
        steps = _Steps(list(start.values()), rng)
        while used + steps.size <= self._evaluations and not steps.over:
            values = [dict(zip(start, point, strict=True)) for point in steps.ask()]
            evaluations = await asyncio.gather(*(self._evaluate(_with(text, some, self._task)) for some in values))
            merits = [self._merit(evaluation) for evaluation in evaluations]
            used += len(values)
            steps.tell([-merit for merit in merits])
            if max(merits) > best_merit:
                best_merit, best = max(merits), values[merits.index(max(merits))]
        if best is start:
            return Proposal(status="no_code", reason=f"none of {used} evaluations was better", evaluations=used)
        thought = f"{len(start)} constants tuned: {', '.join(_changes(start, best))}"
        return Proposal(text=_with(text, best, self._task), thought=thought, evaluations=used)

    def _merit(self, evaluation: Evaluation) -> float:
        """Failed candidates are worse than all others."""
        return -np.inf if evaluation.score is None else self._task.merit(evaluation.score)


class _Steps:
    """CMA-ES around some numbers, in units of their sizes."""

    def __init__(self, start: Sequence[float], rng: random.Random) -> None:
        from cmaes import CMA

        self._start = np.array(start)
        self._scale = np.maximum(np.abs(self._start), _SMALLEST)
        dimensions = max(2, len(start))  # the library has no use for one; a second one that nothing depends on does
        self._cma = CMA(mean=np.zeros(dimensions), sigma=rng.choice(_STEPS), seed=rng.getrandbits(31))
        self._asked: list[Any] = []

    @property
    def size(self) -> int:
        return self._cma.population_size

    @property
    def over(self) -> bool:
        return self._cma.should_stop()

    def ask(self) -> list[list[float]]:
        self._asked = [self._cma.ask() for _ in range(self.size)]
        points = [self._start + self._scale * step[: len(self._start)] for step in self._asked]
        return [[float(f"{value:.6g}") for value in point] for point in points]

    def tell(self, losses: list[float]) -> None:
        """Only the order of losses counts; infinite ones come last."""
        finite = [loss for loss in losses if np.isfinite(loss)]
        worst = max(finite, default=0.0) + 1.0
        known = [loss if np.isfinite(loss) else worst for loss in losses]
        self._cma.tell(list(zip(self._asked, known, strict=True)))


def _changes(before: dict[int, float], after: dict[int, float]) -> list[str]:
    return [f"{before[index]:.4g} → {after[index]:.4g}" for index in before if before[index] != after[index]][:4]


def _values(text: str, task: Task) -> list[float]:
    """The constants that can be tuned, in order."""
    if task.kind == "solution":
        return [container[key] for container, key in _floats([json.loads(text)])]
    return [float(value_of(node) or 0) for node in _literals(ast.parse(text), task.function)]


def _with(text: str, values: dict[int, float], task: Task) -> str:
    """The text with these in the places of the constants with these indices."""
    if task.kind == "solution":
        holder = [json.loads(text)]
        for index, (container, key) in enumerate(_floats(holder)):
            container[key] = values.get(index, container[key])
        return json.dumps(holder[0])
    tree = ast.parse(text)
    nodes = _literals(tree, task.function)
    _Replaced({id(nodes[index]): value for index, value in values.items()}).visit(tree)
    return ast.unparse(simplify(tree, {})) + "\n"


def _floats(holder: list[Any]) -> list[tuple[Any, Any]]:
    return [(container, key) for container, key in solutions.numbers(holder) if isinstance(container[key], float)]


def _literals(tree: ast.Module, name: str) -> list[ast.Constant]:
    """What may be tuned: all floats in the function and in the module's own variables, and integers where a float would
    do as well. Exponents, keyword arguments and indices are left alone."""
    found = function(tree, name)
    if found is None:
        return []
    ints = {id(slot.node) for slot in slots(found) if slot.type.element == "float" and not slot.exponent}
    variables = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    return [
        node
        for statement in [*variables, *found.body]
        for node in _outside_of_calls_options(statement)
        if isinstance(node, ast.Constant) and (isinstance(node.value, float) or id(node) in ints)
    ]


def _outside_of_calls_options(node: ast.AST) -> list[ast.AST]:
    """A node and all below it, without exponents and keyword arguments."""
    if isinstance(node, ast.keyword):
        return []
    below = [node.left] if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) else ast.iter_child_nodes(node)
    return [node, *(found for child in below for found in _outside_of_calls_options(child))]


class _Replaced(ast.NodeTransformer):
    def __init__(self, values: dict[int, float]) -> None:
        self._values = values

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return number(self._values[id(node)]) if id(node) in self._values else node
