"""The cross-check of a model against its own data: trusted side.

Every datum is moved down and up, the model rebuilt and solved again. A datum that never changes the model, or an
optimum that moves the impossible way, gives a wrong formulation away without any known answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..sandbox.outcome import Limits
from .datum import data_of
from .program import DEFAULTS, MARGIN_SECONDS, PROBE_SECONDS, OnProgress, judge, judging_seconds, read, reading
from .verdict import Effect, Failure, Perturbation, Probed, SolveOptions, Verdict

if TYPE_CHECKING:
    from ..sandbox.contract import Sandbox


async def perturb(
    pool: Sandbox,
    program: str,
    data: dict[str, Any],
    verdict: Verdict,
    expectations: Mapping[str, Effect] = {},
    options: SolveOptions = DEFAULTS,
    seconds: float = PROBE_SECONDS,
) -> Perturbation:
    """Move each datum of `data` and compare with `verdict`, the program's own on the unmoved data.

    `expectations` says what more of a datum does to the optimum, by its path, or by its key in `data` for all below it:
    `helps` and `hurts` are in the sense of the objective. Numbers move by 10 %, whole ones by at least 1, and 0 by 1;
    longer lists and table columns move as a whole. All of it is one run of at most about `seconds`: models that take
    long are built, to see what they use, but `not solved`, and data that were not reached count as `skipped`. Raises
    `SandboxError` when the sandbox itself is broken.
    """
    if verdict.status in ("failed", "limit"):
        return Perturbation(skipped=len(data_of(data)))
    base = verdict.model_copy(update={"variables": (), "constraints": (), "lp": None, "stdout": ""})
    arguments = [data, base.model_dump(), dict(expectations), options.model_dump(), seconds]
    limits = Limits(seconds=2 * seconds + MARGIN_SECONDS, memory_mb=options.memory_mb)
    outcome = await pool.run(program, "optwright.evaluators.probe:probe", arguments, limits)
    found = read(outcome, Perturbation, limits)
    return Perturbation(skipped=len(data_of(data))) if isinstance(found, Failure) else found


async def judge_and_perturb(
    pool: Sandbox,
    program: str,
    data: dict[str, Any],
    expectations: Mapping[str, Effect] = {},
    options: SolveOptions = DEFAULTS,
    on_progress: OnProgress | None = None,
) -> Probed:
    """`judge`, and where there is a sound optimum `perturb`, in one process: half the cost of one after the other.

    Where moving the data breaks the process, the verdict is still the program's own. Raises as they do.
    `on_progress` is told of the program's own solve, as in `judge`, and not of those on moved data.
    """
    limits = Limits(seconds=judging_seconds(options), memory_mb=options.memory_mb)
    arguments = [data, dict(expectations), options.model_dump(), PROBE_SECONDS]
    outcome = await pool.run(
        program, "optwright.evaluators.probe:judge_and_probe", arguments, limits, reading(on_progress)
    )
    found = read(outcome, Probed, limits)
    if isinstance(found, Failure):
        return Probed(verdict=await judge(pool, program, data, options, on_progress))
    return found.model_copy(update={"verdict": found.verdict.model_copy(update={"stdout": outcome.stdout})})
