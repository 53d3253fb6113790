"""What PROBLEM may be: a text, a file, standard input, and what it may not."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.problem import read_problem
from optwright.errors import ProblemError


def test_a_text_is_itself():
    assert read_problem("How many loaves?") == "How many loaves?"


def test_a_file_is_read_without_its_mark(tmp_path):
    path = tmp_path / "plan.md"
    path.write_bytes("\ufeffHow many loaves à 2 €?".encode())
    assert read_problem(str(path)) == "How many loaves à 2 €?"


def test_a_files_front_matter_is_no_part_of_the_problem(tmp_path):
    path = tmp_path / "plan.md"
    path.write_text("---\nanswer: 42\n---\nHow many?\n---\nReally.", encoding="utf-8")
    assert read_problem(str(path)) == "How many?\n---\nReally."


def test_a_dash_is_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"How many loaves?")))
    assert read_problem("-") == "How many loaves?"


@pytest.mark.parametrize("name", ["plan.md", "deep/er/plan.TXT", "/nowhere/plan.md"])
def test_a_missing_file_is_not_a_text(name):
    with pytest.raises(ProblemError, match=f"no file {name}"):
        read_problem(name)


def test_a_text_that_ends_like_a_file_name_is_a_text():
    assert read_problem("Read all of plan.md").startswith("Read")


def test_what_cannot_be_read_is_said(tmp_path):
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    with pytest.raises(ProblemError, match="not UTF-8 text"):
        read_problem(str(tmp_path / "latin.txt"))
    with pytest.raises(ProblemError, match="is a folder"):
        read_problem(str(tmp_path))
    (tmp_path / "huge.txt").write_bytes(b"x" * 4_000_001)
    with pytest.raises(ProblemError, match="4,000,001 bytes"):
        read_problem(str(tmp_path / "huge.txt"))


@given(st.text(min_size=1).map(lambda text: text + " ?"))
def test_any_text_is_taken(text):
    assert read_problem(text) == text


def test_a_very_long_text_is_no_path():
    assert read_problem("loaf " * 200_000) == "loaf " * 200_000
