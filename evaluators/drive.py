"""Inside the sandbox: runs a candidate on a task's instances, with the task's own driver.

It shares the candidate's process, so nothing here is believed: what comes back are solutions, to be checked and scored
on the other side of the border.
"""

from __future__ import annotations

import random
from types import ModuleType
from typing import Any


def drive(program: ModuleType, driver: str, function: str, instances: list[Any]) -> list[Any]:
    """The candidate's solution of each instance, in order; `driver` is the task's source."""
    task = ModuleType("task")
    exec(compile(driver, "<task>", "exec"), task.__dict__)
    candidate = getattr(program, function)
    solutions = []
    for instance in instances:
        begin(program)
        solutions.append(task.drive(candidate, instance))
    return solutions


def begin(program: ModuleType) -> None:
    """Before each instance: the generators of `random` and numpy start anew, so that luck repeats itself."""
    import numpy as np

    random.seed(0)
    np.random.seed(0)


def step(program: ModuleType, function: str, args: list[Any]) -> Any:
    """One decision, for a driver that runs on the other side."""
    return getattr(program, function)(*args)
