"""Which operator, and which model: by fixed weights, or by what each has brought for its tokens."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

_CURIOSITY = 1.0


class Weights:
    """Draws an arm by its weight."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)

    def choose(self, rng: random.Random) -> str:
        return rng.choices(list(self._weights), list(self._weights.values()))[0]

    def learn(self, arm: str, gain: float, tokens: int) -> None:
        """Weights stay as they are."""


class Bandit:
    """UCB1 (Auer et al. 2002) on improvement per token; an arm's weight multiplies its bound.

    Arms under way count as tried, so that the candidates that are planned together do not all take the same one.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = dict(weights)
        self._tries = dict.fromkeys(weights, 0)
        self._gains = dict.fromkeys(weights, 0.0)
        self._tokens = dict.fromkeys(weights, 0)

    def choose(self, rng: random.Random) -> str:
        arms = list(self._weights)
        untried = [arm for arm in arms if not self._tries[arm]]
        arm = rng.choice(untried) if untried else max(arms, key=self._bound)
        self._tries[arm] += 1
        return arm

    def learn(self, arm: str, gain: float, tokens: int) -> None:
        """`gain` is the improvement over the parent, as a share of the archive's spread; 0 where there was none."""
        self._gains[arm] += gain
        self._tokens[arm] += tokens

    def _bound(self, arm: str) -> float:
        most = max(self._rate(other) for other in self._weights) or 1.0
        doubt = math.sqrt(2 * math.log(sum(self._tries.values())) / self._tries[arm])
        return self._weights[arm] * (self._rate(arm) / most + _CURIOSITY * doubt)

    def _rate(self, arm: str) -> float:
        return self._gains[arm] / (self._tokens[arm] + 1)
