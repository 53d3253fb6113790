"""The held-out gate: who looked at what it was not shown, or does well on train alone, is no champion."""

from dataclasses import replace
from pathlib import Path

import guessing
import pytest
import pytest_asyncio
from optwright.agent.evolve.champion import crown, unlike
from optwright.agent.evolve.records import Candidate
from optwright.evaluators.evaluation import evaluate, preload
from optwright.evaluators.task import load
from optwright.sandbox.pool import Pool

pytestmark = pytest.mark.asyncio(loop_scope="package")

SECRETARY = load(str(Path(guessing.LINE).parent / "secretary.py"))
HONEST = SECRETARY.seeds[0]
CARELESS = replace(SECRETARY, imports=("numpy", "sys", "gc"))
FRAMES = """
import sys
def take(offer, seen, left):
    frame = sys._getframe(1)
    while frame and "instance" not in frame.f_locals:
        frame = frame.f_back
    return frame is None or offer == frame.f_locals["instance"]["offers"].max()
"""
GARBAGE = """
import gc
def take(offer, seen, left):
    lists = [x for x in gc.get_objects() if type(x) is list and x and type(x[0]) is dict and "offers" in x[0]]
    offers = [i["offers"] for x in lists for i in x if i["offers"][len(seen)] == offer]
    return not offers or offer == offers[0].max()
"""
VIEW = """
def take(offer, seen, left):
    base = seen if seen.base is None else seen.base
    return left == 0 or offer > 0.8
"""
KNOWING = """
known = {known}
def take(offer, seen, left):
    return known.get(float(seen[0]) if len(seen) else offer) == offer
"""
COUNTING = """
calls = 0
def take(offer, seen, left):
    global calls
    calls += 1
    return left == 0 or offer > 0.7 + calls % 7 / 30
"""


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def pool():
    async with Pool(preload=preload(SECRETARY)) as pool:
        yield pool


async def scored(pool, task, *texts):
    found = [await evaluate(pool, task, text, task.instances("train")) for text in texts]
    made = [
        Candidate(
            number=number, text=text, key=str(number), operator="m1", status="ok", scores=each.scores, score=each.score
        )
        for number, (text, each) in enumerate(zip(texts, found, strict=True))
    ]
    return sorted(made, key=lambda candidate: -(candidate.score or 0))


@pytest.mark.parametrize("text", [HONEST, VIEW, COUNTING])
async def test_an_honest_candidate_does_the_same_when_it_is_stepped(pool, text):
    assert await unlike(pool, SECRETARY, text) == ""


@pytest.mark.parametrize("text", [FRAMES, GARBAGE])
async def test_a_candidate_that_read_the_future_is_found_out(pool, text):
    test = SECRETARY.instances("test")
    cheated = await evaluate(pool, CARELESS, text, test)
    assert cheated.scores == tuple(float(instance["offers"].max()) for instance in test)  # it did read it
    assert "stepped on test instance 0" in await unlike(pool, CARELESS, text)


async def test_the_champion_is_the_best_that_stands_up(pool):
    contenders = await scored(pool, CARELESS, HONEST, FRAMES)
    champion = await crown(pool, CARELESS, contenders)
    assert [contender.text for contender in contenders] == [FRAMES, HONEST]
    assert champion.number == 0 and champion.verified and "stepped" in champion.disqualified[1]
    assert champion.scores.keys() == {"train", "dev", "test", "ood"}
    held_out = await evaluate(pool, CARELESS, HONEST, SECRETARY.instances("test"))
    assert champion.scores["test"] == held_out.scores


async def test_who_knows_the_train_instances_alone_falls(pool):
    train = SECRETARY.instances("train")
    knowing = KNOWING.format(known={float(i["offers"][0]): float(i["offers"].max()) for i in train})
    contenders = await scored(pool, SECRETARY, knowing, HONEST)
    champion = await crown(pool, SECRETARY, contenders)
    assert contenders[0].text == knowing and champion.number == 1
    assert "infeasible" in champion.disqualified[0]


async def test_there_is_no_champion_where_all_fall(pool):
    assert await crown(pool, CARELESS, await scored(pool, CARELESS, FRAMES)) is None
    assert await crown(pool, SECRETARY, []) is None
