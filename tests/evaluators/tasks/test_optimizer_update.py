import numpy as np
import pytest
from evaluating import evaluations
from hypothesis import given
from hypothesis import strategies as st
from optwright.evaluators.task import SPLITS, Infeasible, load

TASK = load("optimizer_update")
HEAD = "import numpy as np\n\ndef update(gradient, first, second, step, steps):\n    "
RULES = {
    "gradient descent 0.002, measured": "return 0.002 * gradient, first, second",
    "momentum 0.001, measured": "first = 0.9 * first + gradient; return 0.001 * first, first, second",
    "Lion 0.02, measured": """sign = np.sign(0.9 * first + 0.1 * gradient)
    return 0.02 * sign, 0.99 * first + 0.01 * gradient, second""",
}
CANDIDATES = {name: HEAD + rule for name, rule in RULES.items()} | {
    "Adam 0.5, measured": TASK.seeds[0].replace("return 0.01 *", "return 0.5 *")
}
FIRST = TASK.instances("train")[0]
KINDS = {instance["kind"]: instance for instance in TASK.instances("ood")}


def descend(rate):
    return lambda gradient, first, second, step, steps: (rate * gradient, first, second)


@pytest.mark.parametrize("split", ["train", "test"])
def test_update_rules_give_the_figures_that_the_task_states(split):
    scores = {name: found.score for name, found in evaluations(TASK, CANDIDATES, split).items()}
    # With a rate of 0.5 Adam's path is sensitive to the last digit, which another linear algebra library may change.
    assert scores == pytest.approx(TASK.baselines[split], abs=0.1)


def test_a_rule_that_diverges_or_returns_the_wrong_thing_is_a_failure_with_a_reason():
    wrong = {
        "diverges": "return 0.1 * gradient, first, second",
        "nan": "return gradient * np.nan, first, second",
        "short": "return gradient[:1].sum() * np.ones(3), first, second",
        "alone": "return gradient",
    }
    found = evaluations(TASK, {name: HEAD + rule for name, rule in wrong.items()}, "train")
    assert {name: evaluation.status for name, evaluation in found.items()} == {
        "diverges": "infeasible",
        "nan": "infeasible",
        "short": "error",
        "alone": "error",
    }
    assert "leave all bounds on the rosenbrock problem" in found["diverges"].reason


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_the_losses(kind):
    instance, (_, loss) = KINDS[kind], TASK.module._PROBLEMS[kind]
    place = instance["start"] + np.random.default_rng(0).normal(size=len(instance["start"])) / 3
    steps = 1e-5 * np.eye(len(place))
    slopes = [(loss(instance, place + step)[0] - loss(instance, place - step)[0]) / 2e-5 for step in steps]
    np.testing.assert_allclose(loss(instance, place)[1], slopes, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_standing_still_scores_zero_and_a_short_step_downhill_less(kind):
    still, downhill = (TASK.score(KINDS[kind], TASK.drive(descend(rate), KINDS[kind])) for rate in (0, 1e-5))
    assert still == 0
    assert downhill < 0


@given(st.floats(1e-3, 1.0), st.floats(1e-3, 1.0))
def test_closer_to_the_minimum_of_a_quadratic_is_better_down_to_the_floor(near, far):
    near, far = sorted((near, far))
    passed = [TASK.score(FIRST, np.tile(FIRST["start"] * part, (200, 1))) for part in (0.0, near, far)]
    assert -8 == passed[0] < passed[1] <= passed[2]
    assert passed[2] == pytest.approx(2 * np.log10(far))


@pytest.mark.parametrize(
    ("tampered", "reason"),
    [
        (np.zeros((199, 10)), "10 parameters after each of 200 steps"),
        (np.zeros((200, 11)), "10 parameters"),
        (np.zeros(200), "10 parameters"),
        (np.zeros((200, 10), complex), "10 parameters"),
        (np.full((200, 10), np.nan), "leave all bounds"),
        (np.full((200, 10), 1e300), "leave all bounds"),
        (-8.0, "10 parameters"),
        ({"loss": 0}, "10 parameters"),
        (None, "10 parameters"),
    ],
)
def test_tampered_solutions_are_refused(tampered, reason):
    with pytest.raises(Infeasible, match=reason):
        TASK.score(FIRST, tampered)


def test_a_rule_gets_copies_and_what_it_returned():
    seen = []

    def spoiling(gradient, first, second, step, steps):
        seen.append((first.tolist(), second.tolist(), step, steps))
        gradient[:], first[:], second[:] = 0, -1, -1
        return gradient, [step] * len(first), np.full(len(second), 2 * step)

    passed = TASK.drive(spoiling, FIRST)
    np.testing.assert_array_equal(passed, np.tile(FIRST["start"], (200, 1)))
    assert seen[0] == ([0] * 10, [0] * 10, 1, 200)
    assert seen[7] == ([7] * 10, [14] * 10, 8, 200)


def test_splits_start_in_places_of_their_own():
    starts = [instance["start"].tobytes() for split in SPLITS for instance in TASK.instances(split)]
    assert len(set(starts)) == len(starts) - 6  # logistic regression always starts at zero, of 10 or 40 parameters
