"""Where the best candidates come from: the champion's line, and the families of others, as a graph in lanes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..records import Candidate
from .view import RunView

FAMILIES = 5
"""Candidates whose lines are shown beside the champion's."""
_FIRST, _LAST = 2, 5
"""Of a long stretch without a branch, the candidates that are shown."""
ROW, LANE = 28, 16
"""Pixels."""


@dataclass(frozen=True)
class Node:
    candidate: Candidate
    row: int
    lane: int
    skipped: int
    """Candidates between the one above in its line and this one that are not shown."""
    gain: float | None
    trunk: bool
    """An ancestor of the champion, or itself."""
    x: float
    y: float


@dataclass(frozen=True)
class Edge:
    path: str
    trunk: bool
    dotted: bool
    """Candidates between its ends are not shown."""


@dataclass(frozen=True)
class Lineage:
    nodes: tuple[Node, ...]
    """The seed first, by number."""
    edges: tuple[Edge, ...]
    width: int
    height: int


Lines = list[list[Candidate]]
"""Each from a branch to its last; the first candidate of each but the first is in an earlier one."""


def lineage(view: RunView) -> Lineage:
    """Of the champion and some of the other best; without nodes where no candidate is ok."""
    branches = _branches(view)
    forks = {line[0].number for line in branches}
    lines = [_shortened(line, forks) for line in branches]
    rows = {each.number: at for at, each in enumerate(_ordered(lines))}
    lanes = _lanes(lines, rows)
    above = {child.number: parent for line in lines for parent, child in pairwise(line)}
    trunk = {each.number for each in lines[0]} if lines else set()
    nodes = {
        each.number: _node(
            view, each, above.get(each.number), rows[each.number], lanes[each.number], each.number in trunk
        )
        for each in _ordered(lines)
    }
    edges = (_edge(nodes[parent.number], nodes[child]) for child, parent in above.items())
    width = LANE * (max(lanes.values(), default=0) + 1)
    return Lineage(tuple(nodes.values()), tuple(edges), width, ROW * len(nodes))


def _branches(view: RunView) -> Lines:
    """The champion's whole line, and of each other one what is not in earlier ones, with where it branches off."""
    lines: Lines = []
    known: set[int] = set()
    for head in _heads(view):
        if head.number not in known:
            line = list(view.chain(head))
            shared = sum(each.number in known for each in line)
            lines.append(line[max(0, shared - 1) :])
            known |= {each.number for each in line}
    return lines


def _heads(view: RunView) -> list[Candidate]:
    """The champion, and the first candidates with each of the best scores."""
    firsts: dict[float | None, Candidate] = {}
    for each in view.ranked:
        firsts.setdefault(each.score, each)
    return [view.best, *list(firsts.values())[:FAMILIES]] if view.best else []


def _shortened(line: list[Candidate], forks: set[int]) -> list[Candidate]:
    """Its ends, and all from which others branch off."""
    last = len(line) - 1
    return [c for at, c in enumerate(line) if at < _FIRST or at > last - _LAST or c.number in forks]


def _ordered(lines: Lines) -> list[Candidate]:
    unique = {each.number: each for line in lines for each in line}
    return [unique[at] for at in sorted(unique)]


def _lanes(lines: Lines, rows: dict[int, int]) -> dict[int, int]:
    """The lane of each candidate; a lane is used again below the end of its line."""
    lanes: dict[int, int] = {}
    ends: list[int] = []
    for line in sorted(lines, key=lambda each: (each is not lines[0], rows[each[0].number])):
        start, end = rows[line[0].number], rows[line[-1].number]
        free = next((at for at, until in enumerate(ends) if at and until < start), len(ends))
        ends[free : free + 1] = [end]
        lanes.update({each.number: free for each in line if each.number not in lanes})
    return lanes


def _node(view: RunView, each: Candidate, above: Candidate | None, row: int, lane: int, trunk: bool) -> Node:
    full = view.chain(each)
    skipped = len(full) - 2 - [c.number for c in full].index(above.number) if above else 0
    return Node(each, row, lane, skipped, view.gain(each), trunk, LANE * (lane + 0.5), ROW * (row + 0.5))


def _edge(parent: Node, child: Node) -> Edge:
    half = parent.y + ROW / 2
    bend = f"C{parent.x} {half} {child.x} {half} {child.x} {parent.y + ROW}" if parent.lane != child.lane else ""
    return Edge(f"M{parent.x} {parent.y}{bend}V{child.y}", parent.trunk and child.trunk, child.skipped > 0)
