"""What `--save` writes: a model that runs alone in a fresh process, and files that other tools read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from optwright.agent.llm import Call
from optwright.agent.report.mathematics import display_math
from optwright.agent.save import prepare, save, to_json
from optwright.agent.solution import Solution
from optwright.errors import UsageError
from optwright.evaluators.program import PRELOAD, judge
from optwright.sandbox.pool import Pool

DATA = {"bread_profit": 2.0, "cake_profit": 4.5, "oven_hours": 40.0, "flour": 90.0, "readings": {"whole": "fractions"}}
CURVED = """
from __future__ import annotations
import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(bounds=(-2, 3))
    m.idle = pyo.Var(bounds=(1, 2))
    m.n = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.cost = pyo.Objective(expr=abs(m.x - data["target"]) + pyo.cosh(m.x) + m.n * m.x)
    m.link = pyo.Constraint(expr=m.x * m.n >= 1)
    return m

def report(m):
    return {"x": pyo.value(m.x), "idle": pyo.value(m.idle)}
"""
CHOICE = """
import pyomo.environ as pyo
from pyomo.gdp import Disjunction

def build_model(data):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(2), bounds=(0, 10))
    m.gain = pyo.Objective(expr=m.x[0] + 2 * m.x[1], sense=pyo.maximize)
    m.either = Disjunction(expr=[[m.x[0] <= data["few"]], [m.x[1] <= data["few"]]])
    return m

def report(m):
    return {"x0": pyo.value(m.x[0])}
"""


async def judged(solution: Solution, pool: Pool, program: str, data: dict) -> Solution:
    verdict = await judge(pool, program, data)
    return solution.model_copy(
        update={"program": program, "verdict": verdict, "objective": verdict.objective, "status": verdict.status}
    )


def run_alone(folder: Path) -> dict[str, str]:
    """`python model.py` with nothing of this project to import: what it printed, by name."""
    command = [sys.executable, "-I", "model.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


PRICED = """
import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.loaves = pyo.Var(bounds=(0, None))
    m.oven = pyo.Constraint(expr=0.5 * m.loaves <= data["oven_hours"])
    m.profit = pyo.Objective(expr=data["bread_profit"] * m.loaves, sense=pyo.maximize)
    m.dual = pyo.Suffix(direction=pyo.Suffix.IMPORT)
    return m

def report(m):
    return {"hour": m.dual[m.oven]}
"""


@pytest.mark.parametrize(
    ("program", "data"),
    [(None, DATA), (CURVED, {"target": 1.5}), (CHOICE, {"few": 3}), (PRICED, DATA)],
    ids=["linear", "nonlinear", "disjunction", "prices"],
)
async def test_the_saved_model_runs_alone_and_agrees(make, tmp_path, program, data):
    async with Pool(preload=PRELOAD, size=1) as pool:
        solution = await judged(make(), pool, program or make().program, data)
        await save(solution, tmp_path, pool, data)
    printed = run_alone(tmp_path)
    assert float(printed["objective"]) == pytest.approx(solution.objective, abs=1e-5)
    assert solution.verdict
    for name, value in solution.verdict.report.items():
        assert float(printed[name]) == pytest.approx(value, abs=1e-3)
    text = (tmp_path / "model.py").read_text(encoding="utf-8")
    assert "optwright" not in text


async def test_every_file_is_there_and_can_be_read(make, tmp_path):
    call = Call(prompt="formalize", sample=0, messages=({"role": "user", "content": "é\n"},), reply="{}", model="m")
    async with Pool(preload=PRELOAD, size=1) as pool:
        solution = await judged(make("optimal"), pool, make().program, DATA)
        written = await save(solution, tmp_path / "a" / "b", pool, DATA, calls=[call])
    names = {path.name for path in written}
    papers = {"formulation.md", "report.html", "solution.json", "run.jsonl"}
    assert names == {"model.py", "data.json", "model.lp", "model.mps", *papers}
    assert names == {path.name for path in (tmp_path / "a" / "b").iterdir()}  # nothing half written beside them
    texts = {path.name: path.read_text(encoding="utf-8") for path in written}
    assert json.loads(texts["data.json"]) == DATA
    assert Solution.model_validate_json(texts["solution.json"]) == solution
    assert Call.model_validate_json(texts["run.jsonl"].strip()) == call
    assert "oven" in texts["model.lp"]
    assert "oven" in texts["model.mps"]
    assert "| oven | 0.5 bread + cake \\<= oven\\_hours |" in texts["formulation.md"]
    assert "$$\n\\begin{aligned}" in texts["formulation.md"]
    assert "\\label" not in texts["formulation.md"]
    assert "<math" in texts["report.html"]
    assert "Bakery: loaves and cakes in a day" in texts["report.html"]


async def test_the_lp_file_gives_the_same_optimum(make, tmp_path):
    import highspy

    async with Pool(preload=PRELOAD, size=1) as pool:
        solution = await judged(make(), pool, make().program, DATA)
        await save(solution, tmp_path, pool, DATA)
    for name in ("model.lp", "model.mps"):
        highs = highspy.Highs()
        highs.silent()
        highs.readModel(str(tmp_path / name))
        highs.run()
        assert abs(highs.getInfo().objective_function_value) == pytest.approx(solution.objective)


@pytest.mark.parametrize("kind", ["failed", "incomplete"])
async def test_without_a_model_the_rest_is_written(make, tmp_path, kind):
    async with Pool(preload=("numpy",), size=1) as pool:
        written = {path.name for path in await save(make(kind), tmp_path, pool, {})}
    assert {"formulation.md", "report.html", "solution.json", "run.jsonl"} <= written
    assert "model.lp" not in written


def test_a_folder_that_cannot_be_written_is_said_before(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot write .*file/out: Not a directory"):
        prepare(tmp_path / "file" / "out")


def test_json_has_no_infinities(make):
    verdict = make().verdict.model_copy(update={"bound": float("inf"), "report": {"x": [1.0, float("nan")]}})
    text = to_json(make(verdict=verdict))
    found = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is not JSON"))
    assert found["verdict"]["bound"] is None
    assert found["verdict"]["report"]["x"] == [1.0, None]


def test_display_math_fits_between_dollars():
    latex = "\\begin{align} \n & \\min \n & & x & \\label{obj:a_b} \\\\ \n\n & & & x \\in \\mathds{R} \n\\end{align} \n"
    assert display_math(latex) == "\\begin{aligned}\n& \\min\n& & x & \\\\\n& & & x \\in \\mathbb{R}\n\\end{aligned}"
