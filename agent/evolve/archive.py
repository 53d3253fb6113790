"""Archives keep candidates and hand out parents. All of them are deterministic: the same commits, the same parents.

An archive is given every candidate that has a score of its own (no failures, no duplicates), in the order of commits.
"""

from __future__ import annotations

import bisect
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from .features import features
from .records import Candidate

T = TypeVar("T")
Merit = Callable[[float], float]
"""A score, turned such that more is better."""
_TIES = 10  # equally good candidates that stand for one instance


class Archive(Protocol):
    def add(self, candidate: Candidate) -> None: ...

    def parents(self, number: int, count: int, rng: random.Random) -> tuple[Candidate, ...]:
        """At most `count` different ones for the candidate of this number; the first is the one to be changed."""
        ...

    def best(self, count: int) -> tuple[Candidate, ...]:
        """The best that it ever held, the best first."""
        ...


class Ranking:
    """Candidates, the best first; of equal ones the earlier. Keeps `size` of them (None: all)."""

    def __init__(self, merit: Merit, size: int | None = None) -> None:
        self._merit, self._size = merit, size
        self._rows: list[tuple[float, int, Candidate]] = []

    def add(self, candidate: Candidate) -> None:
        bisect.insort(self._rows, (-self.merit(candidate), candidate.number, candidate))
        if self._size is not None:
            del self._rows[self._size :]

    def merit(self, candidate: Candidate) -> float:
        assert candidate.score is not None
        return self._merit(candidate.score)

    def best(self, count: int) -> tuple[Candidate, ...]:
        return tuple(candidate for _, _, candidate in self._rows[:count])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: int) -> Candidate:
        return self._rows[place][2]


class Top(Ranking):
    """The best `size`; a parent's chance falls with its rank r as 1 / (r + size), as in EoH (arXiv:2401.02051)."""

    def __init__(self, merit: Merit, size: int = 10) -> None:
        super().__init__(merit, size)

    def parents(self, number: int, count: int, rng: random.Random) -> tuple[Candidate, ...]:
        weights = [1 / (rank + 1 + len(self)) for rank in range(len(self))]
        return _draw(self.best(len(self)), weights, count, rng)


class Islands:
    """FunSearch's islands (Nature 625, 2024, Methods): they evolve apart, and now and then the worse half starts anew.

    Candidate k belongs to island k mod `count`. In an island, candidates with the same scores are one cluster: clusters
    are drawn by a softmax of their merit, a candidate within its cluster by a softmax that prefers short programs.
    Every `reset` commits the worse half of the islands is emptied, each then founded by the best of a better island;
    every `migrate` commits (0: never) each island's best joins the next island.
    """

    def __init__(self, merit: Merit, count: int = 10, reset: int = 200, migrate: int = 0, heat: float = 0.1) -> None:
        self._merit, self._heat, self._reset, self._migrate = merit, heat, reset, migrate
        self._all = Ranking(merit, 100)
        self._islands = [_Island(merit) for _ in range(count)]
        self._added = 0

    def add(self, candidate: Candidate) -> None:
        self._all.add(candidate)
        # What has no parents (a seed, a first candidate) is for all of them to start from.
        for island in self._islands if not candidate.parents else [self._of(candidate.number)]:
            island.add(candidate)
        self._added += 1
        if self._migrate and self._added % self._migrate == 0:
            self._send_on()
        if self._added % self._reset == 0:
            self._start_anew(random.Random(self._added))

    def parents(self, number: int, count: int, rng: random.Random) -> tuple[Candidate, ...]:
        return self._of(number).draw(count, self._heat, rng)

    def best(self, count: int) -> tuple[Candidate, ...]:
        return self._all.best(count)

    def _of(self, number: int) -> _Island:
        return self._islands[number % len(self._islands)]

    def _send_on(self) -> None:
        leaving = [island.ranking.best(1) for island in self._islands]
        for place, best in enumerate(leaving):
            for candidate in best:
                self._islands[(place + 1) % len(self._islands)].add(candidate)

    def _start_anew(self, rng: random.Random) -> None:
        order = sorted(range(len(self._islands)), key=lambda i: self._islands[i].strength, reverse=True)
        kept = order[: -(len(order) // 2) or None]
        for place in order[len(kept) :]:
            founder = self._islands[rng.choice(kept)].ranking.best(1)
            self._islands[place] = _Island(self._merit)
            for candidate in founder:
                self._islands[place].add(candidate)


class _Island:
    def __init__(self, merit: Merit) -> None:
        self.ranking = Ranking(merit)
        self._clusters: dict[tuple[float, ...], list[Candidate]] = defaultdict(list)

    @property
    def strength(self) -> float:
        return self.ranking.merit(self.ranking[0]) if len(self.ranking) else -math.inf

    def add(self, candidate: Candidate) -> None:
        cluster = self._clusters[candidate.scores]
        if all(candidate.number != one.number for one in cluster):
            cluster.append(candidate)
            self.ranking.add(candidate)

    def draw(self, count: int, heat: float, rng: random.Random) -> tuple[Candidate, ...]:
        clusters = list(self._clusters.values())
        merits = [self.ranking.merit(cluster[0]) for cluster in clusters]
        chosen = _draw(clusters, _softmax(merits, heat), count, rng)
        return tuple(rng.choices(c, _softmax([-len(one.text) for one in c], 1.0))[0] for c in chosen)


class MapElites:
    """The best candidate of every cell (Mouret & Clune, arXiv:1504.04909); cells are ranges of the named features.

    The first parent is drawn evenly from all cells, the others from the better half.
    """

    def __init__(self, merit: Merit, names: Sequence[str] = ("size", "branches")) -> None:
        self._names = names
        self._all = Ranking(merit, 100)
        self._cells: dict[tuple[int, ...], Candidate] = {}

    def add(self, candidate: Candidate) -> None:
        self._all.add(candidate)
        values = features(candidate.text)
        # Cells widen with the value: 0, 1, 2-3, 4-7, 8-15 …
        cell = tuple(int(values[name]).bit_length() for name in self._names)
        holder = self._cells.get(cell)
        if holder is None or self._all.merit(candidate) > self._all.merit(holder):
            self._cells[cell] = candidate

    def parents(self, number: int, count: int, rng: random.Random) -> tuple[Candidate, ...]:
        elites = sorted(self._cells.values(), key=lambda c: (-self._all.merit(c), c.number))
        if not elites or not count:
            return ()
        first = rng.choice(elites)
        others = [c for c in elites[: (len(elites) + 1) // 2] if c is not first]
        return (first, *rng.sample(others, min(count - 1, len(others))))

    def best(self, count: int) -> tuple[Candidate, ...]:
        return self._all.best(count)


class Tree:
    """A search tree with UCT and progressive widening, as in MCTS-AHD (Zheng et al., arXiv:2501.08603).

    A candidate hangs below its first parent. A node's value is the best merit below it, scaled to 0…1 over the tree;
    exploration fades from `explore` to nothing over `horizon` candidates. A node with n visits has room for n^`widen`
    children. Handing a parent out counts as a visit at once, so that candidates under way spread over the tree.
    """

    def __init__(self, merit: Merit, explore: float = 0.1, widen: float = 0.5, horizon: int = 1000) -> None:
        self._all = Ranking(merit)
        self._explore, self._widen, self._horizon = explore, widen, horizon
        self._root = _Node(None, None)
        self._nodes: dict[int, _Node] = {}

    def add(self, candidate: Candidate) -> None:
        self._all.add(candidate)
        above = self._nodes.get(candidate.parents[0], self._root) if candidate.parents else self._root
        node = self._nodes[candidate.number] = _Node(candidate, above)
        above.children.append(node)
        node.back_up(self._all.merit(candidate))

    def parents(self, number: int, count: int, rng: random.Random) -> tuple[Candidate, ...]:
        chosen = self._descend(number)
        if chosen is None or not count:
            return ()
        others = [c for c in self._all.best(10 + count) if c is not chosen]
        weights = [1 / (rank + 1 + len(others)) for rank in range(len(others))]
        return (chosen, *_draw(others, weights, count - 1, rng))

    def best(self, count: int) -> tuple[Candidate, ...]:
        return self._all.best(count)

    def _descend(self, number: int) -> Candidate | None:
        node, explore = self._root, self._explore * max(0.0, 1 - number / self._horizon)
        low, span = self._range()
        while node.children and not (node.candidate and len(node.children) < node.visits**self._widen):
            log = math.log(node.visits + 1)
            values = [
                ((child.best - low) / span if span else 1.0) + explore * math.sqrt(log / child.visits)
                for child in node.children
            ]
            node = node.children[values.index(max(values))]  # of equal ones the earlier
        node.visit()
        return node.candidate

    def _range(self) -> tuple[float, float]:
        """The least merit, and how far the best is above it."""
        if not len(self._all):
            return 0.0, 0.0
        low = self._all.merit(self._all[len(self._all) - 1])
        return low, self._all.merit(self._all[0]) - low


class _Node:
    def __init__(self, candidate: Candidate | None, above: _Node | None) -> None:
        self.candidate, self.above = candidate, above
        self.children: list[_Node] = []
        self.visits, self.best = 1, -math.inf

    def up(self) -> Iterable[_Node]:
        node: _Node | None = self
        while node is not None:
            yield node
            node = node.above

    def visit(self) -> None:
        for node in self.up():
            node.visits += 1

    def back_up(self, merit: float) -> None:
        for node in self.up():
            node.best = max(node.best, merit)


class Pareto:
    """Whoever is best on some instance, as in GEPA (arXiv:2507.19457): drawn by how many it is best on."""

    def __init__(self, merit: Merit) -> None:
        self._merit = merit
        self._all = Ranking(merit, 100)
        self._fronts: list[tuple[float, list[Candidate]]] = []

    def add(self, candidate: Candidate) -> None:
        self._all.add(candidate)
        for instance, score in enumerate(candidate.scores):
            merit = self._merit(score)
            if instance == len(self._fronts):
                self._fronts.append((merit, [candidate]))
            elif merit > self._fronts[instance][0]:
                self._fronts[instance] = (merit, [candidate])
            elif merit == self._fronts[instance][0] and len(self._fronts[instance][1]) < _TIES:
                self._fronts[instance][1].append(candidate)

    def parents(self, number: int, count: int, rng: random.Random) -> tuple[Candidate, ...]:
        wins: dict[int, int] = defaultdict(int)
        found: dict[int, Candidate] = {}
        for _, front in self._fronts:
            for candidate in front:
                found[candidate.number] = candidate
                wins[candidate.number] += 1
        numbers = sorted(n for n in found if not any(self._covers(found[o], found[n]) for o in found if o != n))
        return _draw([found[n] for n in numbers], [wins[n] for n in numbers], count, rng)

    def best(self, count: int) -> tuple[Candidate, ...]:
        return self._all.best(count)

    def _covers(self, one: Candidate, other: Candidate) -> bool:
        """Whether `one` is nowhere worse than `other` and somewhere better."""
        pairs = [(self._merit(a), self._merit(b)) for a, b in zip(one.scores, other.scores, strict=True)]
        return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)


def _softmax(values: Sequence[float], heat: float) -> list[float]:
    """Weights that grow with the value, after scaling the values to 0…1."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    span = (high - low) or 1.0
    return [math.exp((value - high) / span / heat) for value in values]


def _draw(things: Sequence[T], weights: Sequence[float], count: int, rng: random.Random) -> tuple[T, ...]:
    """Up to `count` different ones, each drawn by weight from what is left."""
    left, odds, drawn = list(things), list(weights), []
    while left and len(drawn) < count:
        place = rng.choices(range(len(left)), odds)[0]
        drawn.append(left.pop(place))
        odds.pop(place)
    return tuple(drawn)
