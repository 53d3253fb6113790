"""optwright: decision problems in plain words become solved, checked, explained models.

    from optwright import solve
    solution = solve("A bakery makes …", model="openai/…")

    from optwright import evolve
    run = evolve("online_bin_packing", budget="400")

    from optwright import bench
    run = bench("optibench", "agent", model="openai/…", limit=100)

Everything else is imported when it is first asked for: `import optwright` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .agent.bench.runner import abench, bench
    from .agent.engine import Engine, asolve, solve
    from .agent.evolve.run import aevolve, evolve
    from .agent.settings import Settings
    from .agent.solution import Solution
    from .errors import OptwrightError
    from .evaluators.verdict import Verdict

__version__ = "0.1.0"

__all__ = [
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

_HOMES = {
    "Engine": ".agent.engine",
    "OptwrightError": ".errors",
    "Settings": ".agent.settings",
    "Solution": ".agent.solution",
    "Verdict": ".evaluators.verdict",
    "abench": ".agent.bench.runner",
    "aevolve": ".agent.evolve.run",
    "asolve": ".agent.engine",
    "bench": ".agent.bench.runner",
    "evolve": ".agent.evolve.run",
    "solve": ".agent.engine",
}


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
