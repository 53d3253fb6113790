"""From replies to candidates: what a model writes around its program does no harm, and what is no program says so."""

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.evolve import reply

PROGRAM = "import numpy as np\n\n\ndef priority(item, bins):\n    return -bins\n"


def fence(code: str, language: str = "python") -> str:
    return f"```{language}\n{code.rstrip()}\n```"


@pytest.mark.parametrize(
    "text",
    [
        f"Thought: best fit.\n\n{fence(PROGRAM)}",
        f"{fence(PROGRAM)}\nThis is best fit.",
        f"<think>def priority(x): no\n```python\ndef priority(): pass\n```</think>{fence(PROGRAM, 'py')}",
        f"Run it so:\n{fence('pip install numpy', 'bash')}\n{fence(PROGRAM)}",
        f"{fence(PROGRAM)}\nOnce more, with a comment:\n{fence('# the same' + chr(10) + PROGRAM)}",
        f"{fence('print(1)')}\n{fence(PROGRAM)}",
        fence(PROGRAM).replace("\n", "\r\n"),
    ],
)
def test_the_program_is_found(text):
    assert ast.dump(ast.parse(reply.program(text, "priority"))) == ast.dump(ast.parse(PROGRAM))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I would rate full bins higher.", "prose"),
        ("", "prose"),
        (fence("def prio(item, bins):\n    return bins\n"), "'priority', but prio"),
        (fence("x = 1\n"), "'priority', but nothing"),
        (fence(PROGRAM) + "\n" + fence(PROGRAM.replace("-bins", "bins")), "2 different code blocks"),
    ],
)
def test_what_is_no_program_says_why(text, said):
    with pytest.raises(reply.NoCode, match=said):
        reply.program(text, "priority")


@pytest.mark.parametrize(
    ("text", "thought"),
    [
        (f"Thought: fill bins up.\nThen stop.\n\n{fence(PROGRAM)}", "fill bins up. Then stop."),
        (f"**Thought:** fill bins up.\n{fence(PROGRAM)}", "fill bins up."),
        (f"I fill bins up.\n{fence(PROGRAM)}", "I fill bins up."),
        (fence(PROGRAM), ""),
    ],
)
def test_the_thought_is_what_stands_before_the_code(text, thought):
    assert reply.thought(text) == thought


def test_edits_are_applied_to_the_parent():
    text = "Thought: turn it.\n<<<<<<< SEARCH\n    return -bins\n=======\n    return bins - item\n>>>>>>> REPLACE"
    assert reply.edited(PROGRAM, text, "priority") == PROGRAM.replace("-bins", "bins - item")
    assert reply.thought(text) == "turn it."
    assert reply.edited(PROGRAM, fence(PROGRAM.replace("-", "+")), "priority") == PROGRAM.replace("-", "+")
    with pytest.raises(reply.NoCode, match="nowhere"):
        reply.edited(PROGRAM, text.replace("-bins", "-boxes"), "priority")


@given(
    st.recursive(st.integers() | st.floats(allow_nan=False, allow_infinity=False), lambda v: st.lists(v, max_size=4))
)
def test_a_solution_is_the_last_json_value(value):
    text = json.dumps(value)
    assert json.loads(reply.solution(f"Thought: shorter.\n```json\n[0]\n```\n```json\n{text}\n```")) == value
    assert json.loads(reply.solution(f"Thought: shorter.\n{text}")) == value


@pytest.mark.parametrize("text", ["", "none better", "```json\n[1, 2\n```", "```json\n" + "[" * 5000 + "\n```"])
def test_what_is_no_solution_says_why(text):
    with pytest.raises(reply.NoCode, match="no JSON"):
        reply.solution(text)


@given(st.text(max_size=300), st.text("`\npython def priority():<>=SEARCHREPLACE", max_size=300))
def test_no_reply_does_harm(one, other):
    for read in (
        lambda text: reply.program(text, "priority"),
        lambda text: reply.edited(PROGRAM, text, "priority"),
        reply.solution,
        reply.thought,
    ):
        for text in (one, other):
            try:
                assert isinstance(read(text), str)
            except reply.NoCode as why:
                assert str(why)
