"""Runs inside the sandbox, with the candidate's module: builds, solves, checks, reports, diagnoses.

Trusted code calls `drive` by name through the pool; what it returns is a `Verdict` as JSON.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pyomo.environ as pyo
from pyomo.core.base.label import LPFileLabeler
from pyomo.repn.plugins.lp_writer import LPWriter

from ..sandbox import progress
from . import diagnose
from .compiled import Compiled, compile_model, fingerprint, statistics
from .contract import ProgramFailure, alarm, broken, constant_false, describe, function
from .point import bodies, check, evaluate, list_constraints, list_variables, load, load_prices
from .report import plain
from .run import DIAGNOSIS_SECONDS, Clock, Run
from .solve import solve
from .verdict import Diagnosis, Failure, ReportValue, SolveOptions, Timings, Verdict
from .watch import Watch

LP_TEXT = 256 * 1024
"""Longest LP text in a verdict, in characters."""
_BUILD = "build_model(data) -> pyo.ConcreteModel"
_LP_ENTRIES = 20_000
"""Models with more columns and terms than this are beyond `LP_TEXT` anyway and are not written."""


def drive(candidate: ModuleType, data: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
    """Judge the candidate's model on `data`; `options` is a `SolveOptions` and the result a `Verdict`, both as JSON."""
    return judge_module(candidate, data, SolveOptions.model_validate(options)).model_dump()


def judge_module(candidate: ModuleType, data: Mapping[str, Any], options: SolveOptions) -> Verdict:
    """`drive` on records."""
    try:
        return _judge(candidate, data, options)
    except ProgramFailure as failed:
        return Verdict(status="failed", failure=failed.failure)
    except ConstantFalse as found:
        return found.verdict()


def _judge(candidate: ModuleType, data: Mapping[str, Any], options: SolveOptions) -> Verdict:
    started = time.perf_counter()
    function(candidate, "build_model", _BUILD)
    report = function(candidate, "report", "report(model) -> dict")
    model, c = build(candidate, data, options)
    built = time.perf_counter()
    watch = Watch(progress.tell) if progress.wanted() else None
    run = solve(c, options, Clock(options.time_limit), watch)
    solved = time.perf_counter()
    verdict = _judged(c, run, model, report, options)
    timings = Timings(build=built - started, solve=solved - built, total=time.perf_counter() - started)
    return verdict.model_copy(update={"timings": timings})


class ConstantFalse(Exception):
    """Pyomo refused to build a constraint that is the constant False: with these data the model is infeasible."""

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name

    def verdict(self) -> Verdict:
        note = f"{self.name} has no variables and is false with these data"
        diagnosis = Diagnosis(kind="infeasible", conflict=(self.name,), note=note)
        return Verdict(status="infeasible", termination="constant constraint", diagnosis=diagnosis)


def build(candidate: ModuleType, data: Mapping[str, Any], options: SolveOptions) -> tuple[pyo.ConcreteModel, Compiled]:
    """Call `build_model` and compile what it returns.

    Raises `ProgramFailure` when the program breaks its contract, raises or takes too long, and `ConstantFalse`.
    """
    build_model = function(candidate, "build_model", _BUILD)
    with alarm(options.build_limit, "build_model"):
        try:
            model = build_model(data)
        except (MemoryError, ProgramFailure):
            raise  # the sandbox knows what to make of the one, the caller of the other
        except Exception as error:  # the program is not ours and may raise anything
            name = constant_false(error)
            raise ConstantFalse(name) if name else ProgramFailure(describe(error, "build_model", data)) from None
        if not isinstance(model, pyo.ConcreteModel):
            kind = "None; end it with `return model`" if model is None else f"{type(model).__name__}"
            raise broken(f"build_model must return a pyomo.environ.ConcreteModel, but returned {kind}")
        return model, compile_model(model)


def _judged(c: Compiled, run: Run, model: pyo.ConcreteModel, report: Any, options: SolveOptions) -> Verdict:
    verdict = Verdict(
        status="limit" if run.status == "infeasible or unbounded" else run.status,
        termination=run.termination,
        solver=run.solver,
        sense="maximize" if c.maximize else "minimize",
        bound=run.bound,
        statistics=statistics(c),
        failure=Failure(kind="solver", message=run.complaint) if run.status == "failed" else None,
        lp=lp_text(c, model),
        fingerprint=fingerprint(c),
    )
    if run.x is None:
        return verdict.model_copy(update={"diagnosis": _diagnosis(c, run, options)})
    return verdict.model_copy(update=_at_point(c, run, run.x, model, report, options))


def _at_point(
    c: Compiled, run: Run, x: Any, model: pyo.ConcreteModel, report: Any, options: SolveOptions
) -> dict[str, Any]:
    load(c, x)
    load_prices(c, run, model)
    body = bodies(c)
    objective = evaluate(next(model.component_data_objects(pyo.Objective, active=True)).expr)
    # At a limit SCIP's stand-in column for a nonlinear objective may trail its own point: only an optimum is claimed.
    claimed = run.objective if run.status == "optimal" else None
    feasibility = check(c, body, claimed, objective)
    variables, left_out = list_variables(c, run)
    constraints, more = list_constraints(c, run, body)
    reported, failure = _report(report, model, options)
    return {
        "objective": objective,
        "gap": None if run.bound is None else abs(objective - run.bound) / max(1e-10, abs(objective)),
        "report": reported,
        "variables": variables,
        "constraints": constraints,
        "omitted": left_out + more,
        "feasibility": feasibility,
        "diagnosis": diagnose.numerics(c, feasibility),
        "failure": failure,
    }


def _report(
    report: Any, model: pyo.ConcreteModel, options: SolveOptions
) -> tuple[dict[str, ReportValue], Failure | None]:
    try:
        with alarm(options.build_limit, "report"):
            return plain(report(model)), None
    except ProgramFailure as failed:
        return {}, failed.failure.model_copy(update={"kind": "report"})
    except MemoryError:
        raise
    except Exception as error:  # the program is not ours and may raise anything
        return {}, describe(error, "report")


def _diagnosis(c: Compiled, run: Run, options: SolveOptions) -> Diagnosis | None:
    clock = Clock(DIAGNOSIS_SECONDS)
    if run.status == "infeasible":
        found = diagnose.infeasible(c, options, clock)
    elif run.status == "unbounded":
        found = diagnose.unbounded(c, options, clock)
    else:
        return diagnose.numerics(c, None)
    numbers = diagnose.numerics(c, None)
    if numbers is None:
        return found
    return found.model_copy(update={"note": "; ".join(filter(None, (found.note, numbers.note)))})


def lp_text(c: Compiled, model: pyo.ConcreteModel, longest: int = LP_TEXT) -> str | None:
    """The model as LP text; None where it is too long, or not linear or quadratic."""
    entries = len(c.cost) + len(c.value) + len(c.hessian) + sum(map(len, c.quadratic.values()))
    if c.general or c.objective_general is not None or entries > longest * _LP_ENTRIES // LP_TEXT:
        return None
    text = io.StringIO()
    try:
        LPWriter().write(model, text, labeler=_Labels())
    except ValueError:  # a component that the format does not know
        return None
    return text.getvalue() if text.tell() <= longest else None


class _Labels:
    """Names that LP readers take, made unique: `x[a b]` and `x[a_b]` would become the same."""

    def __init__(self) -> None:
        self.plain = LPFileLabeler()
        self.taken: set[str] = set()

    def __call__(self, component: Any) -> str:
        name = base = self.plain(component)
        while name in self.taken:
            name = f"{base}_{len(self.taken)}"
        self.taken.add(name)
        return name
