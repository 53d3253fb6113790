"""Return a generator that never ends and changes its mind after the check."""

import itertools

STATUS = "error"


def solve(weights, values, capacity):
    return itertools.chain([0.0] * (len(weights) + 1), itertools.repeat(1e9))
