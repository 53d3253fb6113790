"""What `import optwright` gives: these names, at no cost until they are used."""

import asyncio
import subprocess
import sys

import optwright
import pytest
from optwright.datasets.bundled import problem
from optwright.errors import NoModelError, SettingsError

BAKERY = problem("bakery")


def test_the_public_names():
    assert sorted(optwright.__all__) == [
        "Engine",
        "OptwrightError",
        "Settings",
        "Solution",
        "Verdict",
        "abench",
        "aevolve",
        "asolve",
        "bench",
        "evolve",
        "solve",
    ]
    for name in optwright.__all__:
        assert getattr(optwright, name).__name__ == name
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = optwright.nonesuch


def test_importing_costs_nothing():
    heavy = "('pydantic', 'numpy', 'pyomo', 'openai', 'langgraph', 'polars', 'asyncio')"
    code = f"import sys, optwright; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_solve_waits_and_prints_itself(tmp_path):
    solution = optwright.solve(BAKERY.text, model="replay", home=tmp_path)
    assert solution.objective == pytest.approx(BAKERY.expected_objective)
    assert "477.818" in repr(solution) and "<table" in solution._repr_html_()


async def test_solve_works_where_a_loop_is_running_as_in_a_notebook(tmp_path):
    assert optwright.solve(BAKERY.text, model="replay", home=tmp_path).status == "optimal"


async def test_many_problems_at_once_share_one_warm_engine(tmp_path):
    solutions = await asyncio.gather(
        *(optwright.asolve(BAKERY.text, model="replay", effort="quick", home=tmp_path) for _ in range(8))
    )
    assert {solution.status for solution in solutions} == {"optimal"}
    assert len({solution.run for solution in solutions}) == 8


def test_a_script_ends_cleanly_with_nothing_left_open(tmp_path):
    script = f"""
import asyncio
from optwright import asolve
from optwright.datasets.bundled import problem

async def main():
    text = problem("bakery").text
    await asyncio.gather(*(asolve(text, model="replay", home={str(tmp_path)!r}) for _ in range(3)))
    print("solved")

asyncio.run(main(), debug=False)
"""
    command = [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stdout == "solved\n"
    assert done.stderr == ""


def test_errors_come_before_anything_is_started(tmp_path):
    with pytest.raises(NoModelError, match="--model openai"):
        optwright.solve("How many?", home=tmp_path)
    with pytest.raises(SettingsError, match="efort"):
        optwright.solve("How many?", efort="quick")
