"""Whether a label's quantities are another optimal vertex of a submitted model: trusted side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..datasets.items import Quantity
from ..sandbox.outcome import Limits
from .answers import FLOOR, REL, slack
from .program import DEFAULTS, judging_seconds
from .verdict import SolveOptions

if TYPE_CHECKING:
    from ..sandbox.contract import Sandbox


OFF = 1e-6
"""Relative: what a point that a solver found may be off."""


async def reaches(
    pool: Sandbox,
    program: str,
    data: dict[str, Any],
    objective: float,
    wanted: Sequence[Quantity],
    options: SolveOptions = DEFAULTS,
) -> bool | None:
    """Whether the program's report can give `wanted` at a point of the model whose objective is `objective`.

    None where it cannot be told: see `outline` and `fits`; and where the report gives other values at the point that
    was found. The label stays out of every process that runs the program. Raises `SandboxError` when the sandbox
    itself is broken.
    """
    margin = max(REL * abs(objective), FLOOR)
    names, given = [each.name for each in wanted], options.model_dump()
    bounds = np.array(
        [
            *((each.value - slack(each), each.value + slack(each)) for each in wanted),
            (objective - margin, objective + margin),
        ]
    )
    limits = Limits(seconds=judging_seconds(options), memory_mb=options.memory_mb)

    async def run(source: str, call: str, *arguments: Any) -> Any:
        outcome = await pool.run(source, f"optwright.evaluators.reach:{call}", [*arguments, given], limits)
        return outcome.value if outcome.status == "ok" else None

    outlined = await run(program, "outline", data, names)
    point = await run("", "fits", outlined, bounds) if outlined is not None else None
    if not isinstance(point, np.ndarray):
        return False if point is False else None
    values = await run(program, "told", data, names, point)
    return True if _within(values, bounds) else None


def _within(values: object, bounds: np.ndarray[Any, Any]) -> bool:
    """Whether these are as many numbers as there are bounds, each within its own, up to what a solver may be off."""
    if not isinstance(values, np.ndarray) or values.shape != (len(bounds),) or values.dtype != float:
        return False
    off = OFF * np.maximum(1.0, np.abs(bounds).max(axis=1))
    return bool(((bounds[:, 0] - off <= values) & (values <= bounds[:, 1] + off)).all())
