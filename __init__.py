"""optwright: decision problems in plain words become solved, checked, explained models.

    from optwright import solve
    solution = solve("A bakery makes …", model="openai/…")

Everything else is imported when it is first asked for: `import optwright` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .agent.engine import Engine, asolve, solve
    from .agent.settings import Settings
    from .agent.solution import Solution
    from .errors import OptwrightError
    from .evaluators.verdict import Verdict

__version__ = "0.1.0"

__all__ = ["Engine", "OptwrightError", "Settings", "Solution", "Verdict", "asolve", "solve"]

_HOMES = {
    "Engine": ".agent.engine",
    "OptwrightError": ".errors",
    "Settings": ".agent.settings",
    "Solution": ".agent.solution",
    "Verdict": ".evaluators.verdict",
    "asolve": ".agent.engine",
    "solve": ".agent.engine",
}


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)
