"""Bayesian optimization: a costly function is to be minimized with few evaluations. A Gaussian process is fitted to
what is known of it, an acquisition function rates the points that may be evaluated next, and the one with the highest
rating is. The score is the simple regret (how far the best value so far is above the lowest one), averaged over the
evaluations, in percent of the regret that five random points leave on average. The lower, the better.

The setting of FunBO (Aglietti et al., arXiv:2406.04824): the candidate is the acquisition function, it is trained on
some test functions and held out on others, and on others in more dimensions. (CAKE, Suwandi et al., arXiv:2509.17998,
evolves the kernel instead.) Points are drawn at random from the function's domain; the process has a Matérn 5/2
kernel, whose length scale is the most likely one of a few, and is fitted to values with mean 0 and standard deviation
1.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve

direction = "minimize"
imports = ("numpy", "math")
cheap = 3
# Measured by us, with this file; lower confidence bound: of one standard deviation.
baselines = {
    "train": {
        "expected improvement, measured": 31.10,
        "probability of improvement, measured": 43.10,
        "lower confidence bound, measured": 31.55,
    },
    "test": {
        "expected improvement, measured": 21.95,
        "probability of improvement, measured": 25.28,
        "lower confidence bound, measured": 23.61,
    },
}

_POINTS, _FIRST = 1000, 5
_FUNCTIONS = {
    "train": ("branin", "hartmann3", "ackley2"),
    "dev": ("six_hump_camel", "rosenbrock3"),
    "test": ("goldstein_price", "levy3", "griewank2"),
    "ood": ("hartmann6", "ackley5"),
}
_EVALUATIONS = {"train": 20, "dev": 20, "test": 20, "ood": 40}
_SEEDS = {"train": 100, "dev": 200, "test": 300, "ood": 400}


@evolve
def acquisition(mean: np.ndarray, std: np.ndarray, best: float) -> np.ndarray:
    """Rates the points that may be evaluated next; the one with the highest rating is, the first where several are.

    mean: array of shape (k,) with the values that are expected at k points. All values are scaled such that those known
        have mean 0 and standard deviation 1; low values are sought.
    std: array of shape (k,) with the standard deviations of these expectations, from 0 (certain) to about 1.
    best: the lowest value known.
    Returns an array of shape (k,).
    """
    return std - mean


def instances(split):
    for number in range(5):
        for name in _FUNCTIONS[split]:
            function, dimensions = FUNCTIONS[name]
            points = np.random.default_rng(_SEEDS[split] + number).random((_POINTS, dimensions))
            yield {"points": points, "values": function(points), "evaluations": _EVALUATIONS[split]}


def drive(acquisition, instance):
    """The points that were evaluated, in order, as an array of indices; the first five are always the same."""
    points, values = instance["points"], instance["values"]
    chosen = list(range(_FIRST))
    for _ in range(instance["evaluations"]):
        known = values[chosen]
        scaled = (known - known.mean()) / (known.std() or 1.0)
        rest = np.delete(np.arange(len(points)), chosen)
        mean, std = _posterior(points[chosen], scaled, points[rest])
        chosen.append(int(rest[np.argmax(acquisition(mean, std, float(scaled.min())))]))
    return np.array(chosen)


def _posterior(known, values, points):
    """Means and standard deviations of a Gaussian process at points, given its values at others."""
    fits = [_fit(known, values, scale) for scale in (0.1, 0.2, 0.4, 0.8, 1.6)]
    _, scale, root, white = max(fits, key=lambda fit: fit[0])
    across = np.linalg.solve(root, _matern(known, points, scale))
    return across.T @ white, np.sqrt(np.maximum(1 - (across**2).sum(axis=0), 0))


def _fit(known, values, scale):
    """The likelihood's logarithm (but for a constant) of a length scale, and what a posterior takes."""
    root = np.linalg.cholesky(_matern(known, known, scale) + 1e-6 * np.eye(len(known)))
    white = np.linalg.solve(root, values)
    return -white @ white / 2 - np.log(np.diag(root)).sum(), scale, root, white


def _matern(one, other, scale):
    far = np.sqrt(5 * ((one[:, None] - other) ** 2).sum(axis=2)) / scale
    return (1 + far + far**2 / 3) * np.exp(-far)


def score(instance, solution):
    """Values are looked up here; the solution says only where."""
    values, chosen = instance["values"], np.asarray(solution)
    if chosen.shape != (_FIRST + instance["evaluations"],) or chosen.dtype.kind not in "iu":
        raise Infeasible(f"a solution names {_FIRST + instance['evaluations']} points by their indices")
    if (chosen < 0).any() or (chosen >= len(values)).any() or len(np.unique(chosen)) != len(chosen):
        raise Infeasible(f"indices are from 0 to {len(values) - 1}, none of them twice")
    if (chosen[:_FIRST] != np.arange(_FIRST)).any():
        raise Infeasible(f"the first {_FIRST} points are always the same")
    regret = np.minimum.accumulate(values[chosen])[_FIRST:] - values.min()
    return 100 * regret.mean() / _random_regret(values)


def _random_regret(values):
    """What five random points leave on average: all five are among those from a rank on with probability rest ** 5."""
    rest = np.linspace(1, 0, len(values) + 1) ** _FIRST
    return np.sort(values - values.min()) @ (rest[:-1] - rest[1:])


def _branin(points):
    x, y = (points * 15 - [5, 0]).T
    return (y - 5.1 / (4 * np.pi**2) * x**2 + 5 / np.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(x) + 10


def _hartmann(weights, centres):
    heights = np.array([1.0, 1.2, 3.0, 3.2])
    return lambda points: -np.exp(-(weights * (points[:, None] - centres) ** 2).sum(axis=2)) @ heights


def _ackley(points):
    x = points * 65.536 - 32.768
    waves = np.exp(np.cos(2 * np.pi * x).mean(axis=1))
    return 20 + np.e - 20 * np.exp(-0.2 * np.sqrt((x**2).mean(axis=1))) - waves


def _camel(points):
    x, y = (points * [6, 4] - [3, 2]).T
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def _rosenbrock(points):
    x = points * 15 - 5
    return (100 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1 - x[:, :-1]) ** 2).sum(axis=1)


def _goldstein_price(points):
    x, y = (points * 4 - 2).T
    one = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    return one * (30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2))


def _levy(points):
    w = 1 + (points * 20 - 11) / 4
    inner = ((w[:, :-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:, :-1] + 1) ** 2)).sum(axis=1)
    end = w[:, -1]
    return np.sin(np.pi * w[:, 0]) ** 2 + inner + (end - 1) ** 2 * (1 + np.sin(2 * np.pi * end) ** 2)


def _griewank(points):
    x = points * 20 - 10
    return 1 + (x**2).sum(axis=1) / 4000 - np.cos(x / np.sqrt(np.arange(1, x.shape[1] + 1))).prod(axis=1)


_HARTMANN3 = (
    np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]),
    np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]) / 1e4,
)
_HARTMANN6 = (
    np.array(
        [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    ),
    np.array(
        [
            [1312, 1696, 5569, 124, 8283, 5886],
            [2329, 4135, 8307, 3736, 1004, 9991],
            [2348, 1451, 3522, 2883, 3047, 6650],
            [4047, 8828, 8732, 5743, 1091, 381],
        ]
    )
    / 1e4,
)
# As Surjanovic and Bingham's Virtual Library of Simulation Experiments has them, on the unit cube; their dimensions.
FUNCTIONS = {
    "branin": (_branin, 2),
    "hartmann3": (_hartmann(*_HARTMANN3), 3),
    "ackley2": (_ackley, 2),
    "six_hump_camel": (_camel, 2),
    "rosenbrock3": (_rosenbrock, 3),
    "goldstein_price": (_goldstein_price, 2),
    "levy3": (_levy, 3),
    "griewank2": (_griewank, 2),
    "hartmann6": (_hartmann(*_HARTMANN6), 6),
    "ackley5": (_ackley, 5),
}
