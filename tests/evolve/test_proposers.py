"""What a language model is asked, by every operator, and what is made of its replies."""

import pytest
from guessing import LINE
from optwright.agent.evolve.operators import OPERATORS
from optwright.agent.evolve.proposers import Model
from optwright.agent.evolve.records import Candidate, Plan
from optwright.agent.llm import FakeLLM
from optwright.errors import BudgetError, ReplyError
from optwright.evaluators.task import load

TASK = load(LINE)
TOUR = load("tsp_solution")
MODEL_OPERATORS = [name for name, row in OPERATORS.items() if row.by == "model"]
PROGRAM = "def guess(x):\n    return {0} * x\n"
REPLY = f"Thought: steeper.\n```python\n{PROGRAM.format(7)}```"


def candidate(number: int, score: float | None = None, reason: str = "", text: str = "") -> Candidate:
    return Candidate(
        number=number,
        text=text or PROGRAM.format(number),
        key=str(number),
        operator="m1",
        status="error" if reason else "ok",
        reason=reason,
        thought=f"thought {number}",
        scores=(score, score) if score else (),
        score=score,
    )


PARENTS = (candidate(3, 2.5), candidate(1, 0.5), candidate(2, 1.5))


def plan(operator: str, **more) -> Plan:
    row = OPERATORS[operator]
    parents = (candidate(9, reason="line 2: ZeroDivisionError"),) if row.on == "failure" else PARENTS[: row.parents]
    values = {"examples": PARENTS[::-1], "leaders": PARENTS, "notes": ("an old hint",), **more}
    return Plan(10, operator, parents, seed=4711, **values)


async def asked(operator: str, *replies, task=TASK, **more):
    llm = FakeLLM(replies)
    proposal = await Model(task, [llm], 0.8).propose(plan(operator, **more))
    return proposal, llm.requests


@pytest.mark.parametrize("operator", MODEL_OPERATORS)
async def test_every_operator_asks_for_a_program_and_says_what_is_known(operator):
    row = OPERATORS[operator]
    proposal, requests = await asked(operator, *(["a hint"] if row.reflect else []), REPLY)
    assert (proposal.text, proposal.thought, proposal.status) == (PROGRAM.format(7), "steeper.", "ok")
    assert proposal.calls == len(requests) == 1 + bool(row.reflect)
    for request in requests:
        assert [message["role"] for message in request.messages] == ["system", "user"]
        assert request.temperature == 0.8 and request.sample == 4711
        text = request.messages[1]["content"]
        assert "{{" not in text and TASK.words in text and "The lower the score" in text and "thought 1" in text
    last = requests[-1].messages[1]["content"]
    assert "Thought:" in last and "`guess`" in last and "math, numpy" in last
    if row.reflect:
        assert proposal.note == "a hint" and "a hint" in last
    if row.on == "failure":
        assert "ZeroDivisionError" in last
    for parent in PARENTS[: row.parents] if row.on == "archive" and operator != "trajectory" else ():
        assert parent.text.strip() in last and f"score {parent.score:g}" in last


@pytest.mark.parametrize("operator", MODEL_OPERATORS)
async def test_the_static_part_of_all_prompts_is_the_same_and_first(operator):
    _, requests = await asked(operator, *(["a hint"] if OPERATORS[operator].reflect else []), REPLY)
    _, others = await asked("init", REPLY)
    start = others[0].messages[1]["content"].index("## The best scores so far")
    assert {r.messages[0]["content"] for r in requests} == {others[0].messages[0]["content"]}
    assert all(r.messages[1]["content"][:start] == others[0].messages[1]["content"][:start] for r in requests)


async def test_parents_are_shown_the_best_first_and_versions_last():
    _, (request,) = await asked("e1", REPLY)
    text = request.messages[1]["content"]
    assert text.index("Candidate 1 (") < text.index("Candidate 2 (") < text.index("Candidate 3 (")
    _, (request,) = await asked("versions", REPLY)
    text = request.messages[1]["content"]
    assert text.index("Candidate 3 (") < text.index("Candidate 1 (")


async def test_edits_change_the_parent():
    edit = "Thought: down.\n<<<<<<< SEARCH\n    return 3 * x\n=======\n    return -3 * x\n>>>>>>> REPLACE"
    proposal, _ = await asked("edit", edit)
    assert proposal.text == PROGRAM.format(-3)


async def test_a_solution_is_asked_for_as_json():
    shown = tuple(candidate(number, number + 1.0, text="[0, 1, 2]") for number in range(3))
    proposal, (request,) = await asked(
        "trajectory", "Thought: shorter.\n```json\n[2, 1, 0]\n```", task=TOUR, examples=shown
    )
    assert proposal.text == "[2, 1, 0]"
    assert "```json\n[0, 1, 2]\n```" in request.messages[1]["content"]
    assert TOUR.module.show(TOUR.instances("train")[0]) in request.messages[1]["content"]


@pytest.mark.parametrize(
    ("reply", "status", "said"),
    [
        ("No.", "no_code", "prose"),
        ("```python\ndef other(x):\n    return x\n```", "no_code", "'guess', but other"),
        (ReplyError("nothing but thinking"), "no_reply", "nothing but thinking"),
    ],
)
async def test_a_reply_that_cannot_be_used_is_a_proposal_that_says_why(reply, status, said):
    proposal, _ = await asked("m1", reply)
    assert (proposal.status, proposal.text) == (status, "") and said in proposal.reason


async def test_a_budget_that_is_spent_ends_the_search():
    with pytest.raises(BudgetError):
        await asked("m1", BudgetError("spent"))


async def test_the_plan_says_which_model_is_asked():
    llms = [FakeLLM([REPLY]), FakeLLM([REPLY])]
    await Model(TASK, llms, 1.0).propose(plan("m1", model=1))
    assert not llms[0].requests and len(llms[1].requests) == 1
