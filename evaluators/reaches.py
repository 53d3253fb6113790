"""Whether a label's quantities are another optimal vertex of a submitted model: trusted side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..datasets.items import Quantity
from ..sandbox.outcome import Limits
from .answers import FLOOR, REL, slack
from .program import DEFAULTS, judging_seconds
from .verdict import SolveOptions

if TYPE_CHECKING:
    from ..sandbox.contract import Sandbox


async def reaches(
    pool: Sandbox,
    program: str,
    data: dict[str, Any],
    objective: float,
    wanted: Sequence[Quantity],
    options: SolveOptions = DEFAULTS,
) -> bool | None:
    """Whether the program's report can give `wanted` at a point of the model whose objective is `objective`.

    None where it cannot be told: see `reach`. Raises `SandboxError` when the sandbox itself is broken.
    """
    margin = max(REL * abs(objective), FLOOR)
    bounds = {each.name: (each.value - slack(each), each.value + slack(each)) for each in wanted}
    limits = Limits(seconds=judging_seconds(options), memory_mb=options.memory_mb)
    arguments = [data, (objective - margin, objective + margin), bounds, options.model_dump()]
    outcome = await pool.run(program, "optwright.evaluators.reach:reach", arguments, limits)
    return outcome.value if outcome.status == "ok" and isinstance(outcome.value, bool) else None
