"""Circle packing: n circles that do not overlap, inside the unit square. The larger the sum of their radii, the
better.

AlphaEvolve's problem (Novikov et al., arXiv:2506.13131, B.12). The candidate places the centres. For given centres,
the radii with the largest sum are the solution of a linear program, which is solved for the candidate. Everything is
then checked exactly, as fractions: two circles may touch, but not overlap by the least amount. A packing that was
found is a result whatever the function does for another n. The function may search as long as it keeps to the time
limit, and is to give the same centres every time.
"""

from fractions import Fraction

import numpy as np
from optwright.evaluators.task import Infeasible, evolve

direction = "maximize"
imports = ("numpy", "math", "random", "itertools", "highspy")
preload = ("highspy",)
seconds = 60.0
# As published by AlphaEvolve (B.12), which names the best sums known before, from Erich Friedman's Packing Center.
baselines = {
    "train": {"AlphaEvolve": 2.635, "best before": 2.634},
    "test": {"AlphaEvolve": 2.937, "best before": 2.936},
}

_CIRCLES = {"train": (26,), "dev": (29,), "test": (32,), "ood": (12, 40)}


@evolve
def centres(n: int) -> np.ndarray:
    """Places the centres of circles in the unit square.

    n: how many circles, from 12 to 40.
    Returns an array of shape (n, 2) with the coordinates of the centres, from 0 to 1 each, in sides of the square.
    """
    columns = int(np.ceil(np.sqrt(n)))
    number = np.arange(n)
    return np.stack([number % columns + 0.5, number // columns + 0.5], axis=1) / columns


def instances(split):
    yield from ({"n": n} for n in _CIRCLES[split])


def drive(centres, instance):
    """The packing, as an array of shape (n, 3): both coordinates of the centre, and the radius."""
    n = instance["n"]
    points = np.asarray(centres(n), float).reshape(n, 2)
    return np.column_stack([points, _radii(points)])


def _radii(points):
    """The largest sum of radii for these centres, less a few parts in 10 ** 15, so that it holds exactly."""
    walls = np.minimum(points, 1 - points).min(axis=1)
    apart = np.hypot(*(points[:, None] - points).T)
    np.fill_diagonal(apart, np.inf)
    radii = _linear_program(np.maximum(np.minimum(walls, apart.min(axis=1)), 0), apart)
    for number in range(1, len(radii)):  # the solver keeps to its bounds within 1e-7 only
        radii[number] = min(radii[number], (apart[number, :number] - radii[:number]).min())
    return np.maximum(radii, 0) * (1 - 2e-15)  # floats are off by less: their relative error is 1e-16


def _linear_program(most, apart):
    """Radii up to `most` with the largest sum; two of them add up to the distance `apart` at most."""
    import highspy

    pairs = np.argwhere(np.triu(most[:, None] + most > apart))
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = len(most), len(pairs)
    program.col_cost_, program.col_lower_, program.col_upper_ = -np.ones(len(most)), np.zeros(len(most)), most
    program.row_lower_, program.row_upper_ = np.full(len(pairs), -np.inf), apart[tuple(pairs.T)]
    matrix = program.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_, matrix.index_, matrix.value_ = np.arange(len(pairs) + 1) * 2, pairs.ravel(), np.ones(pairs.size)
    highs = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off")):
        highs.setOptionValue(option, value)
    highs.passModel(program)
    highs.run()
    return np.clip(highs.getSolution().col_value, 0, most)


def score(instance, solution):
    """In fractions, with no tolerance: floats are fractions."""
    packing = np.asarray(solution)
    if packing.shape != (instance["n"], 3) or packing.dtype.kind not in "iuf" or not np.isfinite(packing).all():
        raise Infeasible(f"a packing is {instance['n']} rows of finite numbers: x, y and radius")
    circles = [[Fraction(number) for number in row] for row in packing.astype(float).tolist()]
    for number, (x, y, radius) in enumerate(circles):
        if radius < 0:
            raise Infeasible(f"circle {number} has the radius {float(radius):g}")
        if not radius <= min(x, y, 1 - x, 1 - y):
            raise Infeasible(f"circle {number} reaches beyond the square")
        for other, (x2, y2, radius2) in enumerate(circles[:number]):
            if (radius + radius2) ** 2 > (x - x2) ** 2 + (y - y2) ** 2:
                raise Infeasible(f"circles {other} and {number} overlap")
    return sum(radius for _, _, radius in circles)
