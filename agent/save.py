"""What `--save` writes: a model that runs alone, its data, a report to hand on, and the exchange with the model."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from ..datasets.tables import read_data
from ..errors import UsageError
from ..evaluators.program import export_model
from ..evaluators.verdict import Exported, SolveOptions, Verdict
from ..sandbox.contract import Sandbox
from .formulate.nodes import bind
from .render import inline_markdown, markdown
from .report.mathematics import display_math
from .report.page import page
from .sections import Paragraph, Section, formulation_section, headline, model_section, one_line, title, trouble_section
from .solution import Solution

if TYPE_CHECKING:
    from .engine import Engine

_RUNS_ALONE = """
# ---- what follows loads the data, solves the model and prints the report -------------------------------------------


def _solve_and_print():
    import json
    import pathlib
    import sys

    import pyomo.environ as pyo
    from pyomo.contrib.solver.common.factory import SolverFactory
    from pyomo.gdp import Disjunction

    text = pathlib.Path(__file__).with_name("data.json").read_text(encoding="utf-8")
    model = build_model(json.loads(text))
    if any(True for _ in model.component_data_objects((Disjunction, pyo.LogicalConstraint), active=True)):
        pyo.TransformationFactory("core.logical_to_linear").apply_to(model)
        pyo.TransformationFactory("gdp.bigm").apply_to(model)
@REWRITE@    result = SolverFactory("@SOLVER@").solve(
        model,
        load_solutions=False,
        raise_exception_on_nonoptimal_result=False,
        threads=1,
        time_limit=@TIME_LIMIT@,
        rel_gap=@GAP@,
        solver_options=@SEED@,
    )
    print("status:", result.solution_status.name, "/", result.termination_condition.name)
    if result.solution_status.name not in ("optimal", "feasible"):
        sys.exit("no solution")
    result.solution_loader.load_vars()
@PRICES@    for variable in model.component_data_objects(pyo.Var):
        if variable.value is None:  # it appears in no constraint: anything within its bounds will do
            variable.set_value(max(variable.lb or 0, min(0, variable.ub or 0)), skip_validation=True)
        elif variable.is_integer():
            variable.set_value(round(variable.value), skip_validation=True)
    objective = next(model.component_data_objects(pyo.Objective, active=True))
    print("objective:", pyo.value(objective))
    for name, value in report(model).items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    _solve_and_print()
"""
_REWRITER = '''
def _without_abs(model):
    """Pyomo's interface to SCIP has no abs, sinh or cosh: the same in other words."""
    import pyomo.environ as pyo
    from pyomo.core.expr.numeric_expr import AbsExpression, UnaryFunctionExpression
    from pyomo.core.expr.visitor import ExpressionReplacementVisitor

    class Rewriter(ExpressionReplacementVisitor):
        def exitNode(self, node, data):
            node = super().exitNode(node, data)
            if isinstance(node, AbsExpression):
                return pyo.sqrt(node.args[0] ** 2)
            if isinstance(node, UnaryFunctionExpression) and node.getname() in ("sinh", "cosh"):
                sign = 1 if node.getname() == "cosh" else -1
                return (pyo.exp(node.args[0]) + sign * pyo.exp(-node.args[0])) / 2
            return node

    for row in model.component_data_objects((pyo.Constraint, pyo.Objective), active=True):
        row.set_value(Rewriter().walk_expression(row.expr))

'''
_NEEDS_REWRITER = re.compile(r"\b(abs|fabs|sinh|cosh)\(")


def prepare(folder: Path) -> None:
    """Makes the folder and proves that it can be written, before anything is paid for.

    Raises UsageError where it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from None


async def save_run(engine: Engine, solution: Solution, folder: Path) -> list[Path]:
    """`save` for a run of `engine`: the data, prompts and replies come from its store and the run's files."""
    from .engine import Given

    given = Given.model_validate_json(engine.store.run(solution.run).settings)
    files = await asyncio.to_thread(read_data, given.data)
    data = bind(solution.formulation, files) if solution.formulation else {}
    calls, options = engine.store.calls(solution.run), engine.settings.solve_options
    return await save(solution, folder, engine.pool, data, calls=calls, options=options)


async def save(
    solution: Solution,
    folder: Path,
    pool: Sandbox,
    data: Mapping[str, object],
    *,
    calls: Iterable[BaseModel] = (),
    options: SolveOptions | None = None,
) -> list[Path]:
    """Writes what the solution has to give and returns the paths, in the order written.

    `data` is what the program was run with; `calls` are the run's exchanges with the language model, as the store
    keeps them. Each file appears whole or not at all. A solution without a program leaves out `model.*` and
    `data.json`; a model that LP or MPS text cannot hold leaves that file out. Raises UsageError where the folder
    cannot be written.
    """
    options = options or SolveOptions()
    exported = Exported(lp=None, mps=None, latex=None)
    if solution.program and solution.verdict and solution.verdict.status != "failed":
        found = await export_model(pool, solution.program, dict(data), options)
        exported = found if isinstance(found, Exported) else exported
    return await asyncio.to_thread(_write_all, folder, _texts(solution, data, exported, calls, options))


def _texts(
    solution: Solution,
    data: Mapping[str, object],
    exported: Exported,
    calls: Iterable[BaseModel],
    options: SolveOptions,
) -> dict[str, str | None]:
    program = solution.program
    return {
        "model.py": standalone(solution, options) if program else None,
        "data.json": json.dumps(data, ensure_ascii=False, indent=1) if program else None,
        "model.lp": exported.lp,
        "model.mps": exported.mps,
        "formulation.md": formulation_markdown(solution, exported.latex) if solution.formulation else None,
        "report.html": page(solution, exported.latex, data),
        "solution.json": to_json(solution),
        "run.jsonl": "".join(f"{call.model_dump_json()}\n" for call in calls),
    }


def _write_all(folder: Path, texts: Mapping[str, str | None]) -> list[Path]:
    prepare(folder)
    written = []
    for name, text in texts.items():
        if text is not None:
            _write(folder / name, text)
            written.append(folder / name)
    return written


def _write(path: Path, text: str) -> None:
    """Through a neighbour and a rename, so that a reader never meets half a file."""
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            errors="replace",
            newline="\n",
            dir=path.parent,
            prefix=f".{path.name}.",
            delete=False,
        ) as file:
            file.write(text)
        os.chmod(file.name, 0o666 & ~_umask())
        os.replace(file.name, path)
    except OSError as error:
        raise _unwritable(path, error) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {path}: {error.strerror or error}; give --save a folder that can be written")


def _has_prices(solution: Solution) -> bool:
    rows = solution.verdict.constraints if solution.verdict else ()
    return any(row.dual is not None for row in rows)


def to_json(solution: Solution) -> str:
    """The solution as strict JSON: infinities and NaN, which JSON does not have, become null."""
    return json.dumps(_finite(solution.model_dump(mode="json")), ensure_ascii=False, indent=2) + "\n"


def _finite(value: object) -> object:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(each) for key, each in value.items()}
        case list():
            return [_finite(each) for each in value]
        case _:
            return value


def standalone(solution: Solution, options: SolveOptions) -> str:
    """The program as it was judged, and a small main that runs it with the same solver; needs pyomo and that solver."""
    solver = _solver(solution.verdict)
    rewrites = solver != "highs" and _NEEDS_REWRITER.search(solution.program) is not None
    filled = {
        "SOLVER": solver,
        "TIME_LIMIT": options.time_limit,
        "GAP": options.gap,
        "SEED": {"random_seed" if solver == "highs" else "randomization/randomseedshift": options.seed},
        "PRICES": "    result.solution_loader.load_import_suffixes()\n" if _has_prices(solution) else "",
        "REWRITE": "    _without_abs(model)\n" if rewrites else "",
    }
    main = re.sub(r"@(\w+)@", lambda blank: str(filled[blank[1]]), _RUNS_ALONE)
    needs = f"pyomo {'highspy' if solver == 'highs' else 'pyscipopt'}"
    about = (title(solution), headline(solution)[0], f"Run with `python model.py`; it needs: pip install {needs}")
    comments = "".join(f"# {one_line(line)}\n" for line in about)
    return f"{comments}\n{solution.program.strip()}\n\n{_REWRITER if rewrites else ''}{main}"


def _solver(verdict: Verdict | None) -> str:
    return "scip_direct" if verdict and "scip" in verdict.solver.lower() else "highs"


def formulation_markdown(solution: Solution, latex: str | None) -> str:
    """The problem, the five elements as tables, and the solved model as LaTeX."""
    problem = Section(title="Problem", blocks=(Paragraph(text=solution.problem),))
    found = (
        problem,
        formulation_section(solution.formulation),
        model_section(solution.verdict),
        trouble_section(solution),
    )
    parts = [f"# {inline_markdown(title(solution))}\n\n{inline_markdown(headline(solution)[0])}\n"]
    parts += [markdown(section) for section in found if section]
    if latex:
        parts.append(f"## The model as it was solved\n\n$$\n{display_math(latex)}\n$$\n")
    return "\n".join(parts)
