"""Fit a line: the nearer the candidate's values are to those of the instance, the better."""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve

direction = "minimize"
imports = ("math", "numpy")
seconds = 2.0
memory_mb = 256
cheap = 1
baselines = {"test": {"the line itself": 0.0}}


@evolve
def guess(x: float) -> float:
    """The value at x, both without a unit."""
    return 0.5 * x + 3.0


def instances(split):
    first = {"train": 0, "dev": 10, "test": 20, "ood": 100}[split]
    for number in range(3):
        x = np.arange(4.0) + first + number / 10
        yield {"x": x, "y": 2.0 * x - 1.0}


def drive(guess, instance):
    return [guess(float(x)) for x in instance["x"]]


def score(instance, solution):
    if not isinstance(solution, list) or len(solution) != len(instance["x"]):
        raise Infeasible(f"a solution is a list of {len(instance['x'])} numbers")
    if not all(isinstance(value, int | float) and abs(value) < 1e9 for value in solution):
        raise Infeasible("a solution is a list of numbers below a billion")
    return float(np.abs(np.array(solution) - instance["y"]).mean())
