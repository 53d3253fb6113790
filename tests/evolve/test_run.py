"""Runs in the store: killed and gone on with, stopped by budgets, refused where they cannot be trusted any more."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import evolving
import pytest
from guessing import LINE, Guesser
from optwright.agent.evolve.run import Evolution, aevolve, given, view
from optwright.agent.settings import Settings
from optwright.errors import EndpointError, NoModelError, OptwrightError, SettingsError, TaskError, UsageError
from pydantic import SecretStr

SCRIPT = Path(evolving.__file__)


def settings(home: Path, **more) -> Settings:
    return Settings(home=home, model="guesser", **more)


async def evolved(home: Path, budget: str = "30", llm=None, task: str = LINE, seed: int = 0, **more):
    chosen = settings(home, **more)
    async with Evolution(chosen, [llm or Guesser()]) as evolution:
        return await evolution.start(given(chosen, task, "eoh", (), budget, seed))


async def resumed(home: Path, run: str, budget: str | None = None, llm=None):
    async with Evolution(settings(home), [llm or Guesser()]) as evolution:
        return await evolution.resume(run, budget)


def started(home: Path, candidates: int, run: str = "") -> subprocess.Popen:
    command = [sys.executable, str(SCRIPT), str(home), str(candidates), *([run] if run else [])]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_a_run_ends_with_a_champion_and_is_all_in_the_store(tmp_path):
    found = await evolved(tmp_path)
    assert found.status == "finished" and len(found.candidates) == 30 and found.champion.verified
    assert found.champion.scores.keys() == {"train", "dev", "test", "ood"}
    assert found.champion.number in {candidate.number for candidate in found.ranked[:5]}
    async with Evolution(settings(tmp_path)) as evolution:
        assert view(evolution.store, found.id) == found


async def test_a_run_is_the_same_in_either_database(tmp_path, place):
    at = {} if isinstance(place, Path) else {"store": SecretStr(place)}
    first = await evolved(tmp_path, "20", **at)
    async with Evolution(settings(tmp_path, **at), [Guesser()]) as evolution:
        with evolution.store.claim(first.id), pytest.raises(UsageError, match="another process"):
            await evolution.resume(first.id, "25")
        more = await evolution.resume(first.id, "30")
    assert more.candidates == (await evolved(tmp_path / "other", "30")).candidates


@pytest.mark.slow
async def test_twenty_kills_change_nothing(tmp_path):
    whole = await evolved(tmp_path / "whole", "60")
    rng, run, kills, home = random.Random(5), "", 0, tmp_path / "killed"
    while kills < 20:
        with started(home, 60, run) as process:
            run = process.stdout.readline().split()[0]
            for _ in range(rng.randrange(4)):
                process.stdout.readline()
            await asyncio.sleep(rng.random() * 0.05)
            process.send_signal(signal.SIGKILL)
        kills += 1
    ended = await resumed(home, run)
    assert ended.candidates == whole.candidates and ended.champion == whole.champion


async def test_a_larger_budget_goes_on_as_if_it_had_been_given_at_once(tmp_path):
    whole = await evolved(tmp_path / "whole", "40")
    part = await evolved(tmp_path / "part", "15")
    again = await resumed(tmp_path / "part", part.id, "40")
    assert again.candidates[:15] == part.candidates and again.candidates == whole.candidates
    assert again.given.budget == "candidates=40" and again.champion == whole.champion


async def test_a_run_that_is_finished_is_shown_as_it_is(tmp_path):
    found, llm = await evolved(tmp_path), Guesser()
    assert (await resumed(tmp_path, found.id, llm=llm)).candidates == found.candidates and not llm.asked


async def test_two_processes_do_not_work_on_one_run(tmp_path):
    with started(tmp_path, 2000) as process:
        run = process.stdout.readline().split()[0]
        with pytest.raises(UsageError, match=f"another process is working on run {run}"):
            await resumed(tmp_path, run, "12")
        async with Evolution(settings(tmp_path)) as evolution:
            assert '"candidates=2000"' in evolution.store.run(run).settings  # its budget is what it was
        process.kill()
    assert len((await resumed(tmp_path, run, "12")).candidates) >= 12


async def test_a_task_that_has_changed_is_not_gone_on_with(tmp_path):
    mine = tmp_path / "mine.py"
    shutil.copy(LINE, mine)
    found = await evolved(tmp_path, "5", task=str(mine))
    mine.write_text(mine.read_text().replace("2.0 * x", "3.0 * x"))
    with pytest.raises(TaskError, match="has changed since run"):
        await resumed(tmp_path, found.id, "10")


async def test_an_endpoint_that_fails_stops_the_run_and_loses_nothing(tmp_path):
    class Failing(Guesser):
        async def answer(self, request, on_call):
            if len(self.asked) > 12:
                raise EndpointError("down")
            return await super().answer(request, on_call)

    whole = await evolved(tmp_path / "whole", "30")
    with pytest.raises(EndpointError):
        await evolved(tmp_path, "30", Failing())
    async with Evolution(settings(tmp_path)) as evolution:
        (run,) = evolution.store.runs("evolve")
    assert run.status == "failed"
    assert (await resumed(tmp_path, run.id)).candidates == whole.candidates


async def test_minutes_end_a_run(tmp_path):
    found = await evolved(tmp_path, "minutes=0.01")
    assert found.status == "finished" and 1 <= len(found.candidates) < 1000 and found.champion


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
async def test_a_full_disk_is_one_line_and_what_was_committed_stays(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)], check=True)
    try:
        with pytest.raises(OptwrightError, match="free some space") as failed:
            await evolved(disk, "3000")
        assert "\n" not in str(failed.value)
        async with Evolution(settings(disk)) as evolution:
            (run,) = evolution.store.runs("evolve")
            kept = view(evolution.store, run.id)
        assert len(kept.candidates) > 10
        subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
        more = await resumed(disk, run.id, str(len(kept.candidates) + 10))
        assert more.candidates[: len(kept.candidates)] == kept.candidates
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"strategy": "eho"}, SettingsError, "no strategy is named 'eho'; there are eoh"),
        ({"strategy": "eoh"}, NoModelError, "none is configured"),
        ({"budget": "many"}, SettingsError, "no limit is named 'many'"),
        ({"budget": "candidates=0"}, SettingsError, "1 or more"),
        ({"task": "nothing"}, TaskError, "no task is named"),
    ],
)
async def test_what_cannot_be_started_says_so(tmp_path, changes, error, said):
    with pytest.raises(error, match=said):
        await aevolve(**{"task": LINE, "budget": "5", "home": tmp_path, **changes})


async def test_a_seed_that_fails_stops_the_run_before_anything_is_asked(tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text(Path(LINE).read_text().replace("return 0.5 * x + 3.0", "return 1 / 0"))
    llm = Guesser()
    with pytest.raises(TaskError, match=r"the seed fails on train, error: line \d+: ZeroDivisionError"):
        await evolved(tmp_path, task=str(mine), llm=llm)
    assert not llm.asked


async def test_a_run_of_another_kind_is_none_of_evolve(tmp_path):
    async with Evolution(settings(tmp_path)) as evolution:
        evolution.store.create_run("solved", "solve", "a problem", settings(tmp_path))
        with pytest.raises(UsageError, match="is a run of `solve`"):
            await evolution.resume("solved")
        with pytest.raises(UsageError, match="no run 'none'"):
            await evolution.resume("none")


async def test_an_offline_run_repeats_itself_with_its_seed(tmp_path):
    runs = [await aevolve(LINE, budget="40", seed=seed, home=tmp_path) for seed in (3, 3, 4)]
    assert runs[0].candidates == runs[1].candidates != runs[2].candidates
    assert runs[0].given.strategy == "offline" and runs[0].given.task == LINE
