"""How a task is asked of a candidate inside the sandbox, and two ways to score what it answers: with care and without.

The task is a knapsack that may be filled with fractions: amounts between 0 and 1 of each item, as much value as fits.
"""

import numpy

TASK = {"weights": [3, 4, 5], "values": [4, 5, 6], "capacity": 7}
OPTIMUM = 9.0


def drive(program, task):
    """What a sandbox is asked for: a solution, and no word on what it is worth."""
    return program.solve(task["weights"], task["values"], task["capacity"])


def score(amounts: object) -> float | None:
    """The trusted side's word on a solution, which came back as data; None where it is not one."""
    if not isinstance(amounts, list) or len(amounts) != len(TASK["weights"]):
        return None
    if not all(type(amount) is float and 0 <= amount <= 1 for amount in amounts):
        return None
    if _total(TASK["weights"], amounts) > TASK["capacity"]:
        return None
    return _total(TASK["values"], amounts)


def _total(worth: list[int], amounts: list[float]) -> float:
    return sum(each * amount for each, amount in zip(worth, amounts, strict=True))


def careless(task, amounts):
    """What is often written instead, to be called in the candidate's own process."""
    if sum(weight * amount for weight, amount in zip(task["weights"], amounts, strict=False)) > task["capacity"]:
        return None
    return float(numpy.sum([value * amount for value, amount in zip(task["values"], amounts, strict=False)]))


def drive_and_score(program, task, known_answer):
    """A scorer in the candidate's process: what most published harnesses do."""
    amounts = drive(program, task)
    return careless(task, amounts)
