"""Proposers turn a plan into a text: a language model here, genetic operators and the constant tuner next door."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ... import prompts
from ...errors import ReplyError
from ...evaluators.task import Task
from ...prompts import Message
from ..llm.types import LLM, Completion, OnCall
from . import reply
from .operators import OPERATORS, Operator
from .records import Candidate, Plan, Proposal, Proposer

_PREFIX = "evolve"
_REASON_SHOWN, _IDEA_SHOWN = 1_500, 240


class Seeds:
    """The task's own first candidates."""

    def __init__(self, task: Task) -> None:
        self._task = task

    async def propose(self, plan: Plan) -> Proposal:
        return Proposal(text=self._task.seeds[plan.number], thought="the task's own")


class ByOperator:
    """Sends each plan to whoever makes its operator's candidates."""

    def __init__(self, proposers: Mapping[str, Proposer]) -> None:
        """`proposers` by `Operator.by`, and `seed`."""
        self._proposers = proposers

    async def propose(self, plan: Plan) -> Proposal:
        kind = "seed" if plan.operator == "seed" else OPERATORS[plan.operator].by
        return await self._proposers[kind].propose(plan)


class Model:
    """Asks a language model. What it writes is data: a reply that cannot be used is a proposal that says why."""

    def __init__(self, task: Task, llms: Sequence[LLM], temperature: float, on_call: OnCall | None = None) -> None:
        self._task, self._llms, self._temperature, self._on_call = task, llms, temperature, on_call

    async def propose(self, plan: Plan) -> Proposal:
        """Raises EndpointError and BudgetError, which end the search."""
        operator, asked = OPERATORS[plan.operator], _Asked()
        reflection = ""
        try:
            if operator.reflect:
                reflection = (await self._ask(plan, asked, self._messages(operator.reflect, plan))).text
            messages = self._messages(operator.name, plan, reflection=reflection)
            completion = await self._ask(plan, asked, _joined([*messages, *self._form(operator)]))
        except ReplyError as error:
            return Proposal(status="no_reply", reason=str(error), note=reflection, **asked.sums)
        return self._read(operator, plan, completion, reflection, asked)

    async def _ask(self, plan: Plan, asked: _Asked, messages: Sequence[Message]) -> Completion:
        completion = await self._llms[plan.model].complete(
            messages,
            sample=plan.seed,  # two candidates with the same prompt, or two runs, are two samples
            temperature=self._temperature,
            name=f"{_PREFIX}_{plan.operator}",
            on_call=self._on_call,
        )
        asked.add(completion)
        return completion

    def _read(self, operator: Operator, plan: Plan, completion: Completion, reflection: str, asked: _Asked) -> Proposal:
        given, thought = completion.text, reply.thought(completion.text)
        try:
            if self._task.kind == "solution":
                text = reply.solution(given)
            elif operator.reply == "edits" and plan.parents:
                text = reply.edited(plan.parents[0].text, given, self._task.function)
            else:
                text = reply.program(given, self._task.function)
        except reply.NoCode as why:
            return Proposal(status="no_code", reason=str(why), thought=thought, note=reflection, **asked.sums)
        return Proposal(text=text, thought=thought, note=reflection, **asked.sums)

    def _messages(self, name: str, plan: Plan, **more: str) -> list[Message]:
        values = {
            "parents": "\n\n".join(map(self._shown, self._ordered(plan))) or "(none yet)",
            "standing": "\n".join(map(self._idea, plan.leaders)) or "- nothing yet but the start",
            "examples": "\n\n".join(map(self._shown, plan.examples)) or "(none yet)",
            "scores": "\n".join(map(self._by_instance, plan.parents)),
            "error": plan.parents[0].reason[:_REASON_SHOWN] if plan.parents else "",
            "notes": "\n\n".join(plan.notes) or "(none yet)",
            **more,
        }
        return _joined([*self._task_words(), *_render("standing", values), *_render(name, values)])

    def _task_words(self) -> list[Message]:
        task = self._task
        goal = {"minimize": "The lower the score, the better.", "maximize": "The higher the score, the better."}
        seconds = f"{task.seconds:g}"
        values = {"task": task.words, "contract": _contract(task), "goal": goal[task.direction], "seconds": seconds}
        return prompts.load(_PREFIX).render(**values)

    def _form(self, operator: Operator) -> list[Message]:
        """What the reply has to look like."""
        form = "solution" if self._task.kind == "solution" else operator.reply
        values = {"function": self._task.function, "imports": ", ".join(self._task.imports)}
        return _render(f"reply_{form}", values)

    def _shown(self, candidate: Candidate) -> str:
        score = f"score {candidate.score:.6g}" if candidate.score is not None else f"failed: {candidate.status}"
        language = "json" if self._task.kind == "solution" else "python"
        idea = f"Thought: {candidate.thought}\n" if candidate.thought else ""
        return f"Candidate {candidate.number} ({score})\n{idea}```{language}\n{candidate.text.strip()}\n```"

    def _ordered(self, plan: Plan) -> Sequence[Candidate]:
        """The best first, but for versions, which come in ascending order."""
        if plan.operator == "versions":
            return plan.parents
        return sorted(plan.parents, key=lambda one: -math.inf if one.score is None else -self._task.merit(one.score))

    def _idea(self, candidate: Candidate) -> str:
        return f"- {candidate.score:.6g}: {candidate.thought[:_IDEA_SHOWN] or 'no words'}"

    def _by_instance(self, candidate: Candidate) -> str:
        scores = ", ".join(f"{score:.6g}" for score in candidate.scores)
        return f"Candidate {candidate.number}, instance by instance: {scores}"


class _Asked:
    """Adds up what a proposal took."""

    def __init__(self) -> None:
        self._completions: list[Completion] = []

    def add(self, completion: Completion) -> None:
        self._completions.append(completion)

    @property
    def sums(self) -> dict:
        costs = [one.cost for one in self._completions if one.cost is not None]
        return {
            "model": self._completions[-1].model if self._completions else "",
            "input_tokens": sum(one.input_tokens for one in self._completions),
            "output_tokens": sum(one.output_tokens for one in self._completions),
            "cost": sum(costs) if costs else None,
            "calls": len(self._completions),
        }


def _contract(task: Task) -> str:
    """What a candidate is: the seed, whose signature and docstring it keeps, or the instance that it solves."""
    if task.kind == "solution":
        return task.module.show(task.instances("train")[0])
    return f"```python\n{task.seeds[0].strip()}\n```"


def _render(name: str, values: Mapping[str, str]) -> list[Message]:
    prompt = prompts.load(f"{_PREFIX}_{name}")
    return prompt.render(**{variable: values[variable] for variable in prompt.variables})


def _joined(messages: Sequence[Message]) -> list[Message]:
    """Neighbours of the same role become one message: some servers refuse two in a row."""
    joined: list[Message] = []
    for message in messages:
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1] = Message(role=message["role"], content=joined[-1]["content"] + "\n\n" + message["content"])
        else:
            joined.append(message)
    return joined
