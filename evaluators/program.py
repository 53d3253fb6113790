"""Trusted side: send a program and its data into the sandbox, get a verdict back.

A program is Python source that defines two functions:

    build_model(data: dict) -> pyomo.environ.ConcreteModel
    report(model) -> dict[str, float | int | str | list | dict]

`data` holds the problem's parameters by name (numbers, text, lists, dicts), each data table as a list of row dicts
under the table's name, and under `"readings"` a dict {name: option} of the switches that the formulation left open.
The model has exactly one active objective and is built from Var, Constraint, Expression, Param, Set, Block,
SOSConstraint or Disjunction; the program does not solve it. `report` is called with the solved model and returns the
quantities that the question asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ..sandbox.outcome import CandidateError, Limits, Outcome
from .run import DIAGNOSIS_SECONDS
from .verdict import Exported, Failure, FailureKind, Progress, Record, SolveOptions, Verdict

if TYPE_CHECKING:
    from ..sandbox.contract import Sandbox

PRELOAD: tuple[str, ...] = (
    "numpy",
    "pyomo.environ",
    "highspy",
    "pyscipopt",
    "optwright.evaluators.driver",
    "optwright.evaluators.export",
    "optwright.evaluators.forced",
    "optwright.evaluators.probe",
    "optwright.evaluators.reach",
    "optwright.evaluators.gurobi",
)
"""What the pool must preload: importing it costs a second, once per server instead of once per program."""

DEFAULTS = SolveOptions()

PROBE_SECONDS = 10.0
"""What the cross-check may take, about."""

MARGIN_SECONDS = 15.0
"""Beyond all limits of the phases: a solver may overrun its time limit a little."""


OnProgress = Callable[[Progress], None]
"""What is told how a solver is getting on, a few times a second at most."""


async def judge(
    pool: Sandbox,
    program: str,
    data: dict[str, Any],
    options: SolveOptions = DEFAULTS,
    on_progress: OnProgress | None = None,
) -> Verdict:
    """Build the program's model on `data`, solve it, check the point, call `report`, and diagnose where there is none.

    `on_progress` is called in this event loop while a solver runs, where the pool can carry that; never for solves of
    less than a quarter of a second. A bad program is a verdict with its `failure` in it. Raises `SandboxError` when the
    sandbox itself is broken. Cancelling the task that waits here stops the solver at once.
    """
    return await _judged(pool, program, "optwright.evaluators.driver:drive", [data], options, on_progress)


async def judge_forced(
    pool: Sandbox,
    program: str,
    data: dict[str, Any],
    variable: str,
    lower: float | None = None,
    upper: float | None = None,
    options: SolveOptions = DEFAULTS,
) -> Verdict:
    """`judge`, with the variable of that name (as a verdict has it) kept between `lower` and `upper`; None is no bound.

    A name that the model does not have is a verdict with a failure, as every other defect.
    """
    return await _judged(pool, program, "optwright.evaluators.forced:force", [data, variable, lower, upper], options)


async def _judged(
    pool: Sandbox,
    program: str,
    entry: str,
    arguments: list[Any],
    options: SolveOptions,
    on_progress: OnProgress | None = None,
) -> Verdict:
    limits = Limits(seconds=judging_seconds(options), memory_mb=options.memory_mb)
    outcome = await pool.run(program, entry, [*arguments, options.model_dump()], limits, reading(on_progress))
    verdict = read(outcome, Verdict, limits)
    if isinstance(verdict, Failure):
        return Verdict(status="failed", failure=verdict, stdout=outcome.stdout)
    return verdict.model_copy(update={"stdout": outcome.stdout})


def reading(on_progress: OnProgress | None) -> Callable[[object], None] | None:
    """What the pool calls with whatever the program's process tells: only what is `Progress` gets through."""
    if on_progress is None:
        return None

    def hear(value: object) -> None:
        try:
            progress = Progress.model_validate(value)
        except ValidationError:
            return
        on_progress(progress)

    return hear


def judging_seconds(options: SolveOptions) -> float:
    """The most that judging one program may take, all phases together.

    It is the same with the cross-check and without: the sandbox keeps a process ready for limits that it has seen.
    """
    phases = 2 * options.build_limit + options.time_limit + DIAGNOSIS_SECONDS + 2 * PROBE_SECONDS
    return phases + MARGIN_SECONDS


async def export_model(pool: Sandbox, program: str, data: dict[str, Any], options: SolveOptions = DEFAULTS) -> Exported:
    """The program's model as LP, MPS and LaTeX text, without solving it; each None where the form cannot hold it.

    All three are None for a program that builds no model: `judge` says why.
    """
    limits = Limits(seconds=3 * options.build_limit + MARGIN_SECONDS, memory_mb=options.memory_mb)
    outcome = await pool.run(program, "optwright.evaluators.export:export", [data, options.model_dump()], limits)
    found = read(outcome, Exported, limits)
    return Exported(lp=None, mps=None, latex=None) if isinstance(found, Failure) else found


R = TypeVar("R", bound=Record)


def read(outcome: Outcome, record: type[R], limits: Limits) -> R | Failure:
    """The record that the driver returned, or why there is none."""
    if outcome.status != "ok":
        return failure_of(outcome, limits)
    try:
        return record.model_validate(outcome.value)
    except ValidationError:
        return Failure(kind="crashed", message="the program tampered with its own evaluation; only build and report")


def failure_of(outcome: Outcome, limits: Limits) -> Failure:
    """A sandbox's outcome as a failure of the program, with what to do about it."""
    if outcome.status == "error" and outcome.error is not None:
        return _raised(outcome.error)
    messages = {
        "timeout": f"the program did not finish in {limits.seconds:g} s; build a smaller model",
        "memory": f"the program used more than {limits.memory_mb} MiB; leave out combinations that cannot occur",
        "output": f"the verdict is larger than {limits.result_bytes:,} bytes; report only what the question asks for",
        "crashed": "the program's process died; use only plain Python, numpy and Pyomo",
    }
    kinds: dict[str, FailureKind] = {"timeout": "timeout", "memory": "memory", "output": "output", "crashed": "crashed"}
    said = outcome.error.message if outcome.error else "the program cannot be run"
    return Failure(kind=kinds.get(outcome.status, "refused"), message=messages.get(outcome.status, said))


def _raised(error: CandidateError) -> Failure:
    """An exception outside `build_model` and `report`, which have their own: while the source itself was run."""
    if error.type in ("SyntaxError", "IndentationError", "TabError"):
        return Failure(kind="syntax", message=f"{error.type}: {error.message}", line=error.line)
    hint = {
        "ModuleNotFoundError": "; use only the standard library, numpy and pyomo",
        "SystemExit": "; a program only defines its functions",
    }.get(error.type, "")
    message = f"the program raised {error.type}: {' '.join(error.message.split())}{hint}"
    return Failure(kind="exception", message=message, line=error.line, traceback=error.traceback)
