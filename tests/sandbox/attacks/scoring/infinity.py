"""Return plus and minus infinity, and numbers too large for a float."""


def solve(weights, values, capacity):
    return [-1e308, 1e308, 1e308 * -weights[1] / weights[2] / 2]
