"""Strategies: rows of (archive, operators, selection) over shared parts. A new one is a row, not code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import Field

from ...errors import SettingsError
from .archive import Archive, Islands, MapElites, Merit, Pareto, Top, Tree
from .choice import Bandit, Weights
from .operators import OPERATORS
from .records import Record

ARCHIVES: dict[str, Callable[..., Archive]] = {
    "top": Top,
    "islands": Islands,
    "map_elites": MapElites,
    "tree": Tree,
    "pareto": Pareto,
}


class Strategy(Record):
    name: str
    archive: Literal["top", "islands", "map_elites", "tree", "pareto"] = "top"
    options: dict[str, Any] = Field(default_factory=dict)
    """Arguments of the archive's class."""
    first: dict[str, int] = Field(default_factory=dict)
    """Operators of the first candidates, and how many of each."""
    operators: dict[str, float]
    """Operators of all others, with weights."""
    choice: Literal["weights", "ucb"] = "weights"
    window: int = Field(default=24, ge=1)
    """Candidate k is planned after k - window commits; one more than so many are under way at most."""
    staged: bool = True
    """Whether the task's cheap instances come first."""
    tune_every: int = 0
    """Every so many candidates one is the constant tuner's; 0: never."""

    def make_archive(self, merit: Merit) -> Archive:
        return ARCHIVES[self.archive](merit, **self.options)

    def make_choice(self) -> Weights | Bandit:
        return Weights(self.operators) if self.choice == "weights" else Bandit(self.operators)

    @property
    def offline(self) -> bool:
        """Whether no language model takes part."""
        return all(OPERATORS[name].by != "model" for name in (*self.first, *self.operators))


_ROWS = (
    Strategy(name="eoh", first={"init": 8}, operators={"e1": 1, "e2": 1, "m1": 1, "m2": 1, "m3": 0.5, "repair": 0.5}),
    Strategy(
        name="funsearch",
        archive="islands",
        options={"count": 6, "reset": 120},
        operators={"versions": 1},
    ),
    Strategy(
        name="islands",
        archive="islands",
        options={"count": 4, "reset": 150, "migrate": 40},
        first={"init": 4},
        operators={"edit": 2, "rewrite": 1, "e2": 1, "repair": 0.5, "simplify": 0.25},
        choice="ucb",
        tune_every=25,
    ),
    Strategy(name="reevo", first={"init": 8}, operators={"cross_reflected": 2, "mutate_elite": 1}),
    Strategy(
        name="mcts",
        archive="tree",
        first={"init": 4},
        operators={"e1": 1, "e2": 1, "m1": 2, "m2": 2, "m3": 1},
    ),
    Strategy(name="mapelites", archive="map_elites", first={"init": 6}, operators={"rewrite": 1, "edit": 1, "e2": 1}),
    Strategy(name="sfs", archive="tree", first={"init": 2}, operators={"scatter": 3, "repair": 1}),
    Strategy(name="pareto", archive="pareto", first={"init": 4}, operators={"per_instance": 2, "e2": 1, "repair": 0.5}),
    Strategy(name="opro", options={"size": 20}, operators={"trajectory": 1}, window=8),
    Strategy(
        name="offline",
        options={"size": 30},
        first={"random_program": 60},
        operators={
            **{"subtree_mutation": 4, "subtree_crossover": 3, "constant_change": 2, "insert": 2},
            **{"operator_change": 1, "hoist": 1, "local_variable": 0.5},
        },
        window=8,
        tune_every=50,
        staged=False,
    ),
)
STRATEGIES = {row.name: row for row in _ROWS}


def strategy(name: str) -> Strategy:
    """Raises SettingsError where there is none of that name."""
    if name not in STRATEGIES:
        raise SettingsError(f"no strategy is named {name!r}; there are {', '.join(STRATEGIES)}")
    return STRATEGIES[name]
