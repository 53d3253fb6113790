"""Operators by what they bring for their tokens."""

import random
from collections import Counter

from optwright.agent.evolve.choice import Bandit, Weights


def play(chooser, gains, tokens, times=600):
    rng, counts = random.Random(0), Counter()
    for _ in range(times):
        arm = chooser.choose(rng)
        counts[arm] += 1
        chooser.learn(arm, gains[arm] if rng.random() < 0.5 else 0.0, tokens[arm])
    return counts


def test_weights_are_kept_to():
    counts = play(Weights({"a": 3, "b": 1}), {"a": 0, "b": 1}, {"a": 1, "b": 1}, 4000)
    assert 2.6 < counts["a"] / counts["b"] < 3.4


def test_the_bandit_goes_to_what_improves_and_forgets_nobody():
    counts = play(Bandit({"a": 1, "b": 1, "c": 1}), {"a": 0.0, "b": 1.0, "c": 0.2}, dict.fromkeys("abc", 100))
    assert counts["b"] > 2 * max(counts["a"], counts["c"]) and min(counts.values()) > 5


def test_tokens_count_against_an_arm():
    counts = play(Bandit({"dear": 1, "cheap": 1}), {"dear": 1.0, "cheap": 1.0}, {"dear": 4000, "cheap": 400})
    assert counts["cheap"] > 1.5 * counts["dear"]


def test_arms_under_way_count_as_tried():
    bandit = Bandit({"a": 1, "b": 1, "c": 1})
    assert {bandit.choose(random.Random(seed)) for seed in range(3)} == {"a", "b", "c"}
