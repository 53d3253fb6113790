"""Finding what was asked for in what came back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optwright.agent.llm.reply import (
    UnusableReplyError,
    asking_again,
    json_objects,
    parse,
    with_schema,
    without_thinking,
)
from pydantic import BaseModel

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), values, max_size=4)
chatter = st.text(st.characters(exclude_characters="{}"))


class Plan(BaseModel):
    cakes: int


@given(objects, chatter, chatter, st.sampled_from([None, 2]), st.booleans())
def test_an_object_is_found_whatever_stands_around_it(value, before, after, indent, ascii):
    text = before + json.dumps(value, indent=indent, ensure_ascii=ascii) + after
    assert json_objects(text) == [value]


@settings(max_examples=50)
@given(st.lists(objects, min_size=1, max_size=4), chatter)
def test_the_longest_object_comes_first(several, between):
    found = json_objects(between.join(map(json.dumps, several)))
    lengths = [len(json.dumps(value)) for value in found]
    assert len(found) == len(several) and lengths == sorted(lengths, reverse=True)


@given(st.text(st.sampled_from('{}[]":,a1 \\<think>/`\n')) | st.text())
def test_any_text_is_either_a_plan_or_unusable(text):
    try:
        assert isinstance(parse(without_thinking(text), Plan), Plan)
    except UnusableReplyError as error:
        assert "Plan" in str(error)


@given(objects, chatter.filter(lambda text: "</think>" not in text))
def test_thinking_is_left_out(value, thought):
    text = json.dumps(value)
    assert without_thinking(f" <think>{thought}</think>\n{text} ") == text
    assert without_thinking(text) == text


def test_a_closing_tag_inside_the_answer_stays():
    assert without_thinking('{"a": "</think>"}') == '{"a": "</think>"}'
    assert without_thinking("```\n</think>\n```") == "```\n</think>\n```"


def test_the_object_that_fits_is_taken_where_several_stand():
    assert parse('An example: {"pies": 1, "tarts": 2, "rolls": 3}. The answer: {"cakes": 4}', Plan) == Plan(cakes=4)


@pytest.mark.parametrize("text", ["{" * 1_000_000, '{"a":' * 1_000_000, '{"a":1,' * 500_000])
def test_a_broken_text_costs_little(text):
    """Without a limit these would take from minutes to hours."""
    with pytest.raises(UnusableReplyError, match="no complete JSON object"):
        parse(text, Plan)


def test_the_problem_names_the_fields_and_stays_short():
    class Many(BaseModel):
        rows: list[Plan]

    with pytest.raises(UnusableReplyError) as raised:
        parse(json.dumps({"rows": [{"cakes": "x" * 1000}] * 20}), Many)
    assert "rows.0.cakes" in str(raised.value) and "and 15 more" in str(raised.value) and len(str(raised.value)) < 800


def test_asking_again_keeps_the_roles_alternating():
    ask = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    assert [m["role"] for m in asking_again(ask, "R", "why")] == ["system", "user", "assistant", "user"]
    assert [m["role"] for m in asking_again(ask, "", "why")] == ["system", "user"]
    assert ask[1]["content"] == "U"


def test_the_schema_stands_at_the_end_so_that_the_prompts_beginning_stays_the_same():
    ask = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    first, last = with_schema(ask, Plan)
    assert first == ask[0] and last["content"].startswith("U\n") and '"cakes"' in last["content"]
