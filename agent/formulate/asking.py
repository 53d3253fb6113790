"""The person in the loop: the two steps of the graph at which it stops, asks, and goes on with the answer."""

from __future__ import annotations

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from ..solution import ReadingOutcome
from . import nodes
from .formulation import Formulation, Reading
from .state import Choice, Context, Question, State

Run = Runtime[Context]


async def clarify(state: State, runtime: Run) -> State:
    """Ask for the numbers that are missing; the answer becomes part of the problem, which is formulated anew."""
    question = _missing(state["formulation"])
    answer = str(interrupt(question))
    told = State(problem=with_answer(state["problem"], question.text, answer), asked=state.get("asked", 0) + 1)
    return {**told, "change": f"{state['change']}\n{answer}"} if "change" in state else told


async def choose(state: State, runtime: Run) -> State:
    """Ask which of two readings is meant, where their optima differ. Other words than the options are a new fact."""
    outcome = _open(state)
    assert outcome
    question = _reading(state, outcome)
    answer = str(interrupt(question))
    option = picked(answer, question.choices)
    words = option or answer  # a bare number would tell nobody later what was chosen
    asked, problem = state.get("asked", 0) + 1, with_answer(state["problem"], question.text, words)
    told = State(asked=asked, problem=problem, restated=option is None)
    if option is None:
        return told
    settled = [*state.get("settled", []), outcome.name]
    return {**told, "settled": settled, "formulation": settle(state["formulation"], outcome.name, option)}


def after_choose(state: State, runtime: Run) -> str:
    """Where the answer was no option the words have changed; where it was the other reading, the data have."""
    if state["restated"]:
        return "formalize"
    readings = {each.name: each.chosen for each in state["formulation"].readings}
    solved = {each.name: each.chosen for each in state["readings"]}
    if any(readings.get(name, option) != option for name, option in solved.items()):
        return "run"
    return "choose" if wants_choice(state, runtime) else "opinions"


def wants_clarity(state: State, runtime: Run) -> bool:
    return bool(state["formulation"].missing) and _may_ask(state, runtime)


def wants_choice(state: State, runtime: Run) -> bool:
    return _open(state) is not None and _may_ask(state, runtime)


def _may_ask(state: State, runtime: Run) -> bool:
    return state.get("asked", 0) < runtime.context.questions


def _open(state: State) -> ReadingOutcome | None:
    """The first reading with another optimum that nobody has chosen yet."""
    settled = state.get("settled", [])
    return next((each for each in state.get("readings", []) if each.changes and each.name not in settled), None)


def _missing(formulation: Formulation) -> Question:
    lines = [f"{each.name}: {each.why}" for each in formulation.missing]
    one = len(lines) == 1
    head = f"{'A number is' if one else 'Some numbers are'} missing, and I will not invent {'it' if one else 'them'}."
    tail = "What is it?" if one else "What are they?"
    return Question(kind="missing", text="\n".join([head, *lines, tail]), missing=tuple(formulation.missing))


def _reading(state: State, outcome: ReadingOutcome) -> Question:
    verdict = state["verdict"]
    here = Choice(
        option=outcome.chosen,
        status=verdict.status,
        objective=verdict.objective,
        report=verdict.report if verdict.solved else {},
    )
    there = Choice(
        option=outcome.other, status=outcome.status, objective=outcome.objective, report=outcome.report or {}
    )
    words = f"“{outcome.words}” can be read in two ways. " if outcome.words else ""
    return Question(kind="reading", text=f"{words}{outcome.question}", reading=outcome.name, choices=(here, there))


def picked(answer: str, choices: tuple[Choice, ...]) -> str | None:
    """The option that an answer names: by its words, by its number from 1, or by a beginning that no other has."""
    said = nodes.bare(answer)
    if said.isdigit():
        return choices[int(said) - 1].option if 1 <= int(said) <= len(choices) else None
    begun = [each.option for each in choices if said and nodes.bare(each.option).startswith(said)]
    exact = [each.option for each in choices if nodes.bare(each.option) == said]
    return (exact or [None])[0] if len(begun) != 1 else begun[0]


def settle(formulation: Formulation, name: str, option: str) -> Formulation:
    """The formulation with that option of the reading chosen; the options change places where it was the other."""
    readings = [_swapped(each) if each.name == name and each.other == option else each for each in formulation.readings]
    return formulation.model_copy(update={"readings": readings})


def _swapped(reading: Reading) -> Reading:
    return reading.model_copy(update={"chosen": reading.other, "other": reading.chosen})


def with_answer(problem: str, question: str, answer: str) -> str:
    """The problem, with a question and what was answered as its last words."""
    return f"{problem}\n\nAsked: {question}\nAnswered: {answer.strip()}"
