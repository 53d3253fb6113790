import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.edits import EditError, apply_edits, extract_code

PROGRAM = "def build_model(data):\n    a = 1\n    b = 2\n    return a + b\n"


def edit(search: str, replace: str) -> str:
    return f"The sign was wrong.\n\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def test_an_edit_replaces_exactly_its_lines():
    assert apply_edits(PROGRAM, edit("    b = 2", "    b = 3")) == PROGRAM.replace("b = 2", "b = 3")


def test_edits_apply_in_order():
    reply = edit("    a = 1", "    a = 5") + edit("    a = 5", "    a = 6\n    c = 0")
    assert "a = 6\n    c = 0\n    b = 2" in apply_edits(PROGRAM, reply)


def test_wrong_indentation_is_forgiven_and_mended():
    assert apply_edits(PROGRAM, edit("b = 2  ", "b = 3\nif b:\n    b = 4")) == PROGRAM.replace(
        "    b = 2\n", "    b = 3\n    if b:\n        b = 4\n"
    )


def test_an_empty_replacement_deletes():
    reply = "<<<<<<< SEARCH\n    b = 2\n=======\n>>>>>>> REPLACE"
    assert apply_edits(PROGRAM, reply) == PROGRAM.replace("    b = 2\n", "")


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("I would change b.", "no edit"),
        (edit("    z = 9", "    z = 1"), "nowhere"),
        (edit("", "x"), "empty SEARCH"),
    ],
)
def test_an_edit_that_cannot_be_applied_says_why(reply, says):
    with pytest.raises(EditError, match=says):
        apply_edits(PROGRAM, reply)


def test_a_search_that_stands_twice_is_refused():
    with pytest.raises(EditError, match="2 times"):
        apply_edits("x = 1\ny = 2\nx = 1\n", edit("x = 1", "x = 3"))


def test_a_whole_program_is_taken_as_one_edit():
    whole = "def build_model(data):\n    return None\n"
    assert apply_edits(PROGRAM, f"Here it is:\n```python\n{whole}```\n") == whole


@given(
    st.lists(st.text("abc +()#:", min_size=1).filter(str.strip), min_size=1, max_size=8, unique_by=str.strip), st.data()
)
def test_replacing_any_line_changes_only_that_line(lines, data):
    program = "\n".join(lines) + "\n"
    i = data.draw(st.integers(0, len(lines) - 1))
    edited = apply_edits(program, edit(lines[i], "NEW"))
    assert edited.splitlines() == [*lines[:i], "NEW", *lines[i + 1 :]]


def test_code_is_found_in_a_fence_among_prose_and_thoughts():
    reply = "<think>\n```python\ndef wrong(): ...\n```\n</think>Sure.\n```python\ndef right():\n    pass\n```\nDone."
    assert extract_code(reply) == "def right():\n    pass\n"


def test_the_longest_block_is_the_program():
    reply = "```\ndef a(): ...\n```\nand\n```py\ndef a():\n    return 1\n\ndef b(): ...\n```"
    assert "def b" in (extract_code(reply) or "")


@pytest.mark.parametrize("reply", ["", "I cannot do that.", "```json\n{}\n```"])
def test_a_reply_without_code_is_none(reply):
    assert extract_code(reply) is None


def test_bare_code_and_a_fence_cut_off_are_code():
    assert extract_code("import math\ndef f(): ...") == "import math\ndef f(): ...\n"
    assert extract_code("```python\nimport math\ndef f(): ...") == "import math\ndef f(): ...\n"


@given(st.text())
def test_any_reply_is_code_or_none_or_an_edit_error(text):
    extract_code(text)
    with contextlib.suppress(EditError):
        apply_edits(PROGRAM, text)
