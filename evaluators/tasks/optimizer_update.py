"""Update rules of optimizers: a function is minimized with its gradients, a fixed number of steps long. The rule
turns the gradient into the next step, and has two vectors to remember things in, such as momentum. The score is the
logarithm to base 10 of the loss that is left, as a part of the loss at the start, averaged over the last tenth of the
steps; at least -8. The lower, the better.

The setting of Lion (Chen et al., arXiv:2302.06675), on functions that take milliseconds: ill-conditioned quadratics,
Rosenbrock's function, logistic regression on separable data, and a small network with tanh units that is fitted to a
wave. All but the network can come as close to a loss of 0 as one likes. One rule, with all its constants, serves them
all; a step that makes the loss overflow on one of them is a failure.
"""

import numpy as np
from optwright.evaluators.task import Infeasible, evolve

direction = "minimize"
imports = ("numpy", "math")
cheap = 4
# Measured by us, with this file; the rate of each rule is the best on the train split of 1, 2 and 5 times powers of 10.
baselines = {
    "train": {
        "gradient descent 0.002, measured": -0.760,
        "momentum 0.001, measured": -1.115,
        "Lion 0.02, measured": -1.435,
        "Adam 0.5, measured": -2.802,
    },
    "test": {
        "gradient descent 0.002, measured": -0.771,
        "momentum 0.001, measured": -1.326,
        "Lion 0.02, measured": -1.518,
        "Adam 0.5, measured": -3.034,
    },
}

_SEEDS = {"train": 100, "dev": 200, "test": 300, "ood": 400}
_STEPS = {"train": 200, "dev": 200, "test": 200, "ood": 500}
_SIZE = {"train": 10, "dev": 10, "test": 10, "ood": 40}


@evolve
def update(
    gradient: np.ndarray, first: np.ndarray, second: np.ndarray, step: int, steps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The next step of an optimizer; as it stands, Adam's.

    gradient: array of shape (d,), the gradient of the loss at the present parameters.
    first, second: arrays of shape (d,), as this function returned them a step before; zeros at the first step.
    step: number of this step, from 1 on.
    steps: how many there will be, such as 200.
    Returns three arrays of shape (d,): what is subtracted from the parameters, and the new `first` and `second`.
    """
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient**2
    scale = np.sqrt(second / (1 - 0.999**step)) + 1e-8
    return 0.01 * first / (1 - 0.9**step) / scale, first, second


def instances(split):
    for number in range(2):
        for kind, (make, _) in _PROBLEMS.items():
            draw = np.random.default_rng(_SEEDS[split] + number)
            yield {"kind": kind, "steps": _STEPS[split], **make(draw, _SIZE[split])}


def drive(update, instance):
    """The parameters after each step, as an array of shape (steps, d)."""
    _, loss = _PROBLEMS[instance["kind"]]
    parameters, steps = instance["start"].copy(), instance["steps"]
    first, second = np.zeros((2, len(parameters)))
    passed = np.empty((steps, len(parameters)))
    for step in range(1, steps + 1):
        with np.errstate(all="ignore"):  # a rule that leaves all bounds is refused by the scorer
            _, gradient = loss(instance, parameters)
            change, first, second = update(gradient, np.array(first), np.array(second), step, steps)
            parameters = parameters - change
        passed[step - 1] = parameters
    return passed


def score(instance, solution):
    """The losses are computed here, from the parameters."""
    passed, start = np.asarray(solution), instance["start"]
    if passed.shape != (instance["steps"], len(start)) or passed.dtype.kind not in "iuf":
        raise Infeasible(f"a solution is {len(start)} parameters after each of {instance['steps']} steps")
    _, loss = _PROBLEMS[instance["kind"]]
    with np.errstate(all="ignore"):
        left = [loss(instance, parameters)[0] for parameters in passed[-(len(passed) // 10) :]]
    if not (np.isfinite(passed).all() and np.isfinite(left).all()):
        raise Infeasible(f"the steps leave all bounds on the {instance['kind']} problem")
    return np.log10(np.maximum(np.array(left) / loss(instance, start)[0], 1e-8)).mean()


def _quadratic(draw, size):
    axes = np.linalg.qr(draw.normal(size=(size, size)))[0]
    return {"matrix": axes * np.logspace(-2, 1, size) @ axes.T, "start": draw.normal(size=size)}


def _quadratic_loss(instance, parameters):
    gradient = instance["matrix"] @ parameters
    return parameters @ gradient / 2, gradient


def _rosenbrock(draw, size):
    return {"start": draw.uniform(-1, 1, size)}


def _rosenbrock_loss(instance, parameters):
    rise = parameters[1:] - parameters[:-1] ** 2
    gradient = np.zeros(len(parameters))
    gradient[1:] += 200 * rise
    gradient[:-1] -= 400 * rise * parameters[:-1] + 2 * (1 - parameters[:-1])
    return (100 * rise**2 + (1 - parameters[:-1]) ** 2).sum(), gradient


def _logistic(draw, size):
    inputs, line = draw.normal(size=(10 * size, size)), draw.normal(size=size)
    return {"inputs": inputs * np.logspace(-1, 0.5, size), "signs": np.sign(inputs @ line), "start": np.zeros(size)}


def _logistic_loss(instance, parameters):
    margins = instance["signs"] * (instance["inputs"] @ parameters)
    weights = instance["signs"] / (1 + np.exp(margins))
    return np.logaddexp(0, -margins).mean(), -weights @ instance["inputs"] / len(margins)


def _network(draw, size):
    inputs = draw.uniform(-1, 1, (10 * size, 2))
    wave = np.sin(np.pi * inputs @ draw.normal(size=2))
    return {"inputs": inputs, "targets": wave, "start": draw.normal(size=4 * size) * 0.5}


def _network_loss(instance, parameters):
    """Half the mean squared error of `size` tanh units with two weights, a bias and an output weight each."""
    inputs, out = instance["inputs"], parameters[: len(parameters) // 4]
    weights = parameters[len(out) :].reshape(3, -1)
    units = np.tanh(inputs @ weights[:2] + weights[2])
    wrong = (units @ out - instance["targets"]) / len(inputs)
    back = np.outer(wrong, out) * (1 - units**2)
    gradient = np.concatenate([wrong @ units, (inputs.T @ back).ravel(), back.sum(axis=0)])
    return wrong @ wrong * len(inputs) / 2, gradient


_PROBLEMS = {
    "quadratic": (_quadratic, _quadratic_loss),
    "rosenbrock": (_rosenbrock, _rosenbrock_loss),
    "logistic": (_logistic, _logistic_loss),
    "network": (_network, _network_loss),
}
