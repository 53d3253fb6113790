"""Linear regression as a black box: the slope w and the intercept b of a line are sought such that the sum of the
squared errors at 50 points is least. The points are not shown: only the errors of the pairs that were tried tell
where to go. The score is that sum. The lower, the better.

The first motivating example of OPRO (Yang et al., arXiv:2309.03409, section 3.1), where a candidate is a solution and
no program: a JSON array of two numbers, [w, b].
"""

import numpy as np
from optwright.evaluators.task import Infeasible

direction = "minimize"
# Measured by us. The line that the points were drawn from counts as the optimum in the paper, where w and b are whole.
baselines = {
    "train": {"the true line, measured": 47.0377, "least squares, measured": 46.2878},
    "test": {"the true line, measured": 55.1253, "least squares on train, measured": 53.3716},
}

_SLOPE, _INTERCEPT, _POINTS = 15, 14, 50
_SEEDS = {"train": 1, "test": 2}


def seeds():
    """Five pairs of whole numbers between 10 and 20, drawn as in the paper's first repetition."""
    slopes, intercepts = (np.random.RandomState(seed).uniform(10, 20, 5).round() for seed in (10, 100))
    return np.column_stack([slopes, intercepts]).astype(int).tolist()


def instances(split):
    """The points of the paper's first repetition; held out are those of its second one, from the same line."""
    if split in _SEEDS:
        x = np.arange(1.0, _POINTS + 1)
        noise = np.random.RandomState(_SEEDS[split]).randn(_POINTS)
        yield {"x": x, "y": _SLOPE * x + _INTERCEPT + noise}


def show(instance):
    return f"There are {len(instance['x'])} points (x, y), which are not shown. A solution is [w, b], such as [12, 17]."


def score(instance, solution):
    if not isinstance(solution, list) or len(solution) != 2 or not all(type(part) in (int, float) for part in solution):
        raise Infeasible("a solution is two numbers, [w, b]")
    if not all(abs(part) <= 1e9 for part in solution):
        raise Infeasible("w and b are between -1e9 and 1e9")
    w, b = solution
    return ((instance["y"] - (w * instance["x"] + b)) ** 2).sum()
