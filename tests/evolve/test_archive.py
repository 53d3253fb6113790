"""Archives: the best stays, parents are handed out as the papers say, and equal commits give equal parents."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.agent.evolve.archive import Islands, MapElites, Pareto, Top, Tree
from optwright.agent.evolve.records import Candidate

KINDS = (Top, Islands, MapElites, Tree, Pareto)


def lower(score: float) -> float:
    return -score


def candidate(number: int, *scores: float, parents: tuple[int, ...] = (), text: str = "x = 1") -> Candidate:
    return Candidate(
        number=number,
        text=text,
        key=str(number),
        operator="m1",
        parents=parents,
        status="ok",
        scores=scores,
        score=sum(scores) / len(scores),
    )


def filled(kind, rows):
    archive = kind(lower)
    for number, row in enumerate(rows):
        archive.add(candidate(number, *row, parents=(number // 2,) if number else ()))
    return archive


ROWS = st.lists(st.lists(st.integers(0, 9).map(float), min_size=3, max_size=3), min_size=1, max_size=30)


@pytest.mark.parametrize("kind", KINDS)
@given(rows=ROWS, count=st.integers(1, 4), seed=st.integers(0, 99))
def test_equal_commits_give_equal_parents_and_the_best_is_kept(kind, rows, count, seed):
    one, other = filled(kind, rows), filled(kind, rows)
    for number in range(len(rows), len(rows) + 5):
        parents = one.parents(number, count, random.Random(seed))
        assert parents == other.parents(number, count, random.Random(seed))
        assert 1 <= len(parents) <= count and len({parent.number for parent in parents}) == len(parents)
    best = one.best(3)
    assert best[0].score == min(sum(row) / 3 for row in rows)
    assert [parent.score for parent in best] == sorted(parent.score for parent in best)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_archive_has_no_parents(kind):
    archive = kind(lower)
    assert archive.parents(0, 2, random.Random(0)) == () and archive.best(3) == ()


def drawn(archive, times=3000, count=1):
    rng = random.Random(0)
    return Counter(archive.parents(number, count, rng)[0].number for number in range(times))


def test_top_prefers_the_better_by_rank():
    archive = filled(lambda merit: Top(merit, 4), [[float(i)] for i in range(8)])
    counts = drawn(archive)
    assert counts.keys() == {0, 1, 2, 3} and counts[0] > counts[1] > counts[2] > counts[3]
    assert counts[0] / counts[3] == pytest.approx((1 / 5) / (1 / 8), rel=0.2)  # 1 / (rank + size)


def test_islands_evolve_apart_until_the_worse_half_starts_anew():
    archive = Islands(lower, count=2, reset=1000)
    archive.add(candidate(0, 9.0))
    for number in range(1, 20):
        archive.add(candidate(number, 9.0 - number % 2, number + 0.0, parents=(0,)))
    odd = {archive.parents(21, 1, random.Random(seed))[0].number for seed in range(50)}
    even = {archive.parents(20, 1, random.Random(seed))[0].number for seed in range(50)}
    assert all(number % 2 or number == 0 for number in odd) and all(number % 2 == 0 for number in even)
    resetting = Islands(lower, count=2, reset=4)
    for number, score in enumerate([9.0, 5.0, 8.0, 4.0]):
        resetting.add(candidate(number, score, parents=(0,) if number else ()))
    assert resetting.parents(4, 1, random.Random(0))[0].number == 3  # the even island was the worse: founded anew


def test_the_best_of_an_island_migrates():
    archive = Islands(lower, count=2, reset=1000, migrate=3)
    for number, score in enumerate([9.0, 1.0, 8.0]):
        archive.add(candidate(number, score, parents=(0,) if number else ()))
    even = {archive.parents(4, 1, random.Random(seed))[0].number for seed in range(100)}
    assert 1 in even


def test_map_elites_keeps_the_best_of_every_cell():
    archive = MapElites(lower, ("branches",))
    straight, branching = "def f(x):\n    return x\n", "def f(x):\n    return 1 if x else 2\n"
    for number, (score, text) in enumerate([(1.0, straight), (5.0, branching), (2.0, straight), (4.0, branching)]):
        archive.add(candidate(number, score, text=text))
    assert drawn(archive).keys() == {0, 3}


def test_the_tree_looks_where_it_has_looked_little():
    archive = Tree(lower, explore=2.0, widen=0.0, horizon=10_000)
    archive.add(candidate(0, 5.0))
    for number, score in ((1, 4.0), (2, 4.5)):
        archive.add(candidate(number, score, parents=(0,)))
    counts = drawn(archive, 200)
    assert counts.keys() == {1, 2} and counts[1] > counts[2] > 10


def test_a_node_of_the_tree_has_room_for_more_children_as_it_is_visited_more():
    archive = Tree(lower, widen=0.5)
    for number in range(60):
        parents = archive.parents(number, 1, random.Random(0))
        archive.add(candidate(number, 5.0 - number / 60, parents=tuple(parent.number for parent in parents)))
    children = Counter(
        parents[0] for _, parents in [(n, c.candidate.parents) for n, c in archive._nodes.items()] if parents
    )
    assert 3 <= children[0] <= 9 and len(children) > 5


def test_pareto_draws_by_how_many_instances_a_candidate_is_best_on():
    archive = Pareto(lower)
    rows = [(1.0, 9.0, 9.0, 9.0), (9.0, 1.0, 1.0, 9.0), (5.0, 5.0, 5.0, 5.0), (6.0, 6.0, 6.0, 6.0)]
    for number, scores in enumerate(rows):
        archive.add(candidate(number, *scores))
    counts = drawn(archive)
    assert counts.keys() == {0, 1, 2} and counts[1] / counts[0] == pytest.approx(2, rel=0.2)


def test_who_is_best_together_with_a_better_one_is_no_parent():
    archive = Pareto(lower)
    archive.add(candidate(0, 1.0, 5.0))
    archive.add(candidate(1, 1.0, 4.0))
    assert drawn(archive).keys() == {1}
