"""Hostile programs: each gets the Outcome that it deserves, and nothing of it gets out or stays behind."""

import re
from pathlib import Path

import pytest
import pytest_asyncio
from attack_book import LIMITS, GuardedPool, book, strike
from bare import Bare
from canaries import Canaries

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOK = book()
NAMED = {attack.name: attack for attack in BOOK}
DOCS = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.fixture(scope="module")
def canaries():
    with Canaries() as canaries:
        yield canaries


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def attacked(canaries):
    """One pool for all attacks: each is also a test of whether the others left something behind."""
    async with GuardedPool() as pool:
        yield pool


@pytest.mark.parametrize("attack", BOOK, ids=lambda attack: f"{attack.family}/{attack.name}")
async def test_an_attack_gets_nothing(attack, attacked, canaries):
    outcome, leaks = await strike(attacked, attack, canaries)
    assert not leaks, outcome


# What each kind of canary says when nothing stands before it: an alarm that never rings would prove nothing.
ALARMS = {
    "read_environment": "secret told",
    "write_outside": "secret file or its folder changed",
    "connect_to_loopback": "TCP heard",
    "send_datagrams": "UDP heard",
    "connect_to_unix_socket": "Unix datagrams heard",
    "connect_to_abstract_socket": "an abstract socket heard",
    "stop_others": "victim harmed",
    "become_daemon": "processes left behind",
    "leave_shared_memory": "kernel objects left behind",
    "leave_something_behind": "found by the next candidate",
    "kill_a_neighbour": "a neighbour harmed",
    "patch_time": "time not measured",
    "flood_stdout": "more output than allowed",
    "not_a_number": "scored as it likes",
    "exit_zero": "ends the run",
}


@pytest.mark.parametrize(("name", "alarm"), ALARMS.items())
async def test_without_a_sandbox_the_alarm_rings(name, alarm, canaries):
    bare = Bare(canaries.folder)
    try:
        _, leaks = await strike(bare, NAMED[name], canaries)
    finally:
        await bare.close()
    assert alarm in leaks


async def test_an_honest_frame_that_was_forged_is_worth_what_a_return_is(attacked):
    source = NAMED["forge_second_frame"].source.replace('return "honest"', "os._exit(0)")
    outcome = await attacked.run(source, "attack", [{}], LIMITS)
    assert (outcome.status, outcome.value) == ("ok", "forged")
    assert outcome.seconds > 0 and outcome.cpu_seconds > 0 and outcome.peak_mb > 1


async def test_each_attack_says_in_a_line_what_it_tries():
    assert len(NAMED) == len(BOOK) >= 70
    for attack in BOOK:
        assert re.fullmatch(r"[A-Z].{20,}\.", attack.says), attack.name
        assert {"attack", "solve"} & attack.functions, attack.name


async def test_the_documented_table_lists_exactly_these_attacks():
    listed = re.findall(r"^\| `(\w+)/(\w+)` \|", DOCS.read_text(), re.MULTILINE)
    assert listed == [(attack.family, attack.name) for attack in BOOK]
