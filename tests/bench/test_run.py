"""Benchmark runs from sets to the store: methods, samples, budgets, kills, sets that change under a run."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest
from bakery_set import LOAVES, MIX, REPLIES, ROWS, program, reply, written
from endpoint import completion, refusal
from optwright.agent.bench import runner
from optwright.agent.bench.methods import Program
from optwright.agent.bench.questions import question
from optwright.agent.bench.runner import Bench, attempts, given
from optwright.agent.bench.sampling import sample
from optwright.agent.settings import Settings
from optwright.agent.store import Store
from optwright.datasets.bundled import problem, problems
from optwright.datasets.items import Item, Label
from optwright.datasets.library import Library
from optwright.errors import BudgetError, EndpointError, NoModelError, UsageError
from optwright.evaluators.answers import judgement


@pytest.fixture
def home(tmp_path):
    Library(tmp_path / "home").add("bakery", written(tmp_path))
    return tmp_path / "home"


def settings_of(home, server=None, **more) -> Settings:
    at = {"model": "served", "base_url": server.url} if server else {}
    return Settings(home=home, retries=0, **at, **more)


async def run(settings: Settings, method: str = "direct", sets=("bakery",), **more) -> str:
    async with Bench(settings) as bench:
        return await bench.start(given(settings, sets, method, **more))


def made(home, run: str) -> dict[tuple[str, int], object]:
    with closing(Store(home / "runs.sqlite")) as store:
        return {(attempt.item, attempt.sample): attempt for attempt in attempts(store, run)}


def judged(home, run: str) -> dict[str, str]:
    labels = {item.id: item.labels[0] for item in Library(home).items("bakery")}
    return {id: judgement(labels[id], attempt.answer) for (id, _), attempt in made(home, run).items()}


async def test_direct_prompting_is_run_judged_and_kept(home, server):
    server.will(reply)
    found = made(home, ran := await run(settings_of(home, server)))
    assert judged(home, ran) == {
        "loaves": "right",
        "rolls": "wrong value",
        "mix": "right, at another vertex",
        "never": "right",
    }
    loaves = found["loaves", 0]
    assert loaves.outcome == "answered" and loaves.verdict.objective == 120 and loaves.verdict.lp is None
    assert (loaves.calls, loaves.input_tokens, loaves.output_tokens) == (1, 100, 10) and loaves.seconds > 0
    assert "build_model" in loaves.program
    with closing(Store(home / "runs.sqlite")) as store:
        assert store.run(ran).status == "finished"
        [call] = store.calls(ran, loaves.part)
        assert LOAVES in call.messages[-1]["content"] and len(store.calls(ran)) == len(ROWS)


async def test_no_prompt_holds_an_answer(home, server):
    server.will(reply)
    await run(settings_of(home, server))
    asked = [asked["messages"][-1]["content"] for asked in server.asked]
    assert all("120" not in prompt and "infeasible" not in prompt for prompt in asked)
    [mix] = [prompt for prompt in asked if MIX in prompt]
    assert "- boxes\n- crates\n- profit" in mix


@pytest.mark.parametrize(
    ("text", "outcome", "failure"),
    [
        ("I cannot do that.", "no program", None),
        ("```python\ndef build_model(data): return 1\ndef report(m): return {}\n```", "crash", "contract"),
        (REPLIES[LOAVES].replace("    m = ", "    import os; os.abort()\n    m = "), "crash", "crashed"),
        (REPLIES[LOAVES].replace("    m = ", "    import pandas\n    m = "), "crash", "exception"),
        (program("m.x", "m.y <= 1"), "answered", None),
    ],
    ids=["words", "no model", "abort", "import", "unbounded"],
)
async def test_what_becomes_of_bad_replies(home, server, text, outcome, failure):
    server.will(completion(text))
    found = made(home, await run(settings_of(home, server), limit=1))
    [attempt] = found.values()
    assert (attempt.outcome, attempt.answer.failure) == (outcome, failure)
    assert attempt.error or outcome == "answered"


async def test_a_reply_that_cannot_be_used_is_refused_and_the_run_goes_on(home, server):
    server.will(*[completion("")] * 3, reply)
    outcomes = [attempt.outcome for attempt in made(home, await run(settings_of(home, server, concurrency=1))).values()]
    assert sorted(outcomes) == ["answered", "answered", "answered", "refused"]


async def test_an_endpoint_that_fails_stops_the_run_which_goes_on_later(home, server):
    server.will(reply, reply, refusal(500, "down"))
    settings = settings_of(home, server, concurrency=1)
    async with Bench(settings) as bench:
        with pytest.raises(EndpointError):
            await bench.start(given(settings, ["bakery"], "direct"))
        [record] = bench.store.runs("bench")
        assert record.status == "failed" and len(made(home, record.id)) == 2
        server.will(reply)
        await bench.resume(record.id)
        assert bench.store.run(record.id).status == "finished" and len(made(home, record.id)) == 4
    assert len(server.asked) == 5  # what was answered is not asked again


async def test_a_budget_stops_the_run_and_a_larger_one_goes_on(home, server):
    server.will(reply)
    settings = settings_of(home, server, concurrency=1, budget="calls=3")
    async with Bench(settings) as bench:
        with pytest.raises(BudgetError):
            await bench.start(given(settings, ["bakery"], "direct"))
        [record] = bench.store.runs("bench")
        assert record.status == "budget spent" and len(made(home, record.id)) == 3
        with pytest.raises(BudgetError):
            await bench.resume(record.id)
        await bench.resume(record.id, "calls=4")
        assert len(made(home, record.id)) == 4
    assert len(server.asked) == 4


async def test_a_spent_budget_throws_no_reply_away_that_is_on_its_way(home, server):
    def slow(asked: dict):
        time.sleep(0.3)
        return reply(asked)

    server.will(slow)
    settings = settings_of(home, server, concurrency=4, budget="calls=3")
    async with Bench(settings) as bench:
        with pytest.raises(BudgetError):  # of the fourth attempt, at once
            await bench.start(given(settings, ["bakery"], "direct"))
        [record] = bench.store.runs("bench")
        assert record.status == "budget spent"
        assert len(made(home, record.id)) == len(server.asked) == 3


async def test_while_somebody_works_on_a_run_nobody_else_touches_it(home, server):
    server.will(reply)
    settings = settings_of(home, server, concurrency=1, budget="calls=3")
    async with Bench(settings) as bench, Bench(settings) as other:
        with pytest.raises(BudgetError):
            await bench.start(given(settings, ["bakery"], "direct"))
        [record] = bench.store.runs("bench")
        with bench.store.claim(record.id), pytest.raises(UsageError, match="another process is working on run"):
            await other.resume(record.id, "calls=4")
        assert bench.store.run(record.id) == record
        assert runner.given_to(bench.store, record.id).budget == "calls=3"


async def test_samples_ask_apart_and_the_first_ones_come_first(home, server):
    server.will(reply)
    ran = await run(settings_of(home, server, concurrency=1), samples=3)
    assert len(server.asked) == 12 and len(made(home, ran)) == 12
    assert [asked["temperature"] for asked in server.asked] == [0.0] * 4 + [0.7] * 8
    assert [sample for _, sample in made(home, ran)] == [0] * 4 + [1] * 4 + [2] * 4


async def test_the_reply_cache_serves_a_second_run_unless_told_not_to(home, server):
    server.will(reply)
    await run(settings_of(home, server))
    second = made(home, await run(settings_of(home, server)))
    assert len(server.asked) == 4 and {attempt.cost for attempt in second.values()} == {0.0}
    await run(settings_of(home, server, cache=False))
    assert len(server.asked) == 8


async def test_the_agent_runs_with_its_flags_and_opinions(home, tmp_path):
    names = [each.name for each in problems() if each.demo and not each.data]
    rows = [{"id": name, "question": problem(name).text, "answer": problem(name).expected_objective} for name in names]
    Library(home).add("recorded", written(tmp_path, tuple(rows)))
    found = made(home, await run(settings_of(home, model="replay"), "agent", ["recorded"]))
    assert len(found) == len(names) >= 5
    assert all(attempt.formulation and attempt.verdict and attempt.opinions for attempt in found.values())
    for (name, _), attempt in found.items():
        assert attempt.answer.objective == pytest.approx(problem(name).expected_objective)


WAYS = """
import asyncio
import threading
from optwright.agent.bench.methods import Program

def constant(question):
    return {"boxes": 4, "crates": 6, "profit": 30} if question.asked else 120

async def slowly(question):
    await asyncio.sleep(0)
    return "no best solution"

def fails(question):
    raise KeyError("lost\\nit")

def together(question):
    MET.wait(timeout=30)
    return 120

MET = threading.Barrier(40)

def exits(question):
    raise SystemExit("enough")

class Asked:
    async def __call__(self, question):
        return 120

asked = Asked()

def writes(question):
    return Program(source=SOURCE)

number = 3
SOURCE = """ + repr(REPLIES[LOAVES].strip("`").removeprefix("python\n"))


@pytest.fixture
def ways(tmp_path, monkeypatch):
    (tmp_path / "ways_of_mine.py").write_text(WAYS)
    (tmp_path / "broken_ways.py").write_text("raise ValueError('not\\ntoday')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize(
    ("function", "right"),
    [
        ("constant", {"loaves", "mix"}),
        ("slowly", {"never"}),
        ("asked", {"loaves"}),
        ("fails", set()),
        ("exits", set()),
        ("writes", {"loaves"}),
    ],
)
async def test_a_function_of_the_users_own(home, ways, function, right):
    ran = await run(settings_of(home), f"ways_of_mine:{function}")
    assert {id for id, said in judged(home, ran).items() if said.startswith("right")} == right
    raised = {"fails": {"KeyError: 'lost\\nit'"}, "exits": {"SystemExit: enough"}}
    assert {attempt.error for attempt in made(home, ran).values()} == raised.get(function, {""})


async def test_as_many_plain_functions_as_asked_for_run_at_once(home, ways, tmp_path):
    rows = tuple({"id": f"{number}", "question": f"How much is {number}?", "answer": "120"} for number in range(40))
    Library(home).add("many", written(tmp_path, rows))
    ran = await run(settings_of(home, concurrency=40), "ways_of_mine:together", sets=("many",))
    assert {attempt.outcome for attempt in made(home, ran).values()} == {"answered"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("clever", "no method is named 'clever'; there are direct, agent, and module:function"),
        ("nowhere:f", "No module named 'nowhere'"),
        ("ways_of_mine:gone", "has no attribute 'gone'"),
        ("ways_of_mine:number", "number is no function"),
        ("broken_ways:f", "method 'broken_ways:f': ValueError: not today; name it as module:function"),
        (".ways_of_mine:constant", "method '.ways_of_mine:constant': TypeError: "),
    ],
)
async def test_methods_that_there_are_not(home, ways, name, message):
    with pytest.raises(UsageError, match=message):
        await run(settings_of(home), name)
    with closing(Store(home / "runs.sqlite")) as store:
        assert store.runs() == ()


async def test_runs_that_cannot_begin(home):
    with pytest.raises(NoModelError):
        given(settings_of(home), ["bakery"], "direct")
    with pytest.raises(UsageError, match="no set is named 'bakary'"):
        given(settings_of(home, model="replay"), ["bakary"], "direct")
    everything = given(settings_of(home, model="replay"), ["all"], "direct", limit=2)
    assert [(each.name, len(each.items)) for each in everything.sets] == [("own", 2), ("bakery", 2)]


async def test_a_set_that_changed_under_a_run_is_refused(home, server, tmp_path):
    server.will(refusal(500, "down"))
    settings = settings_of(home, server)
    async with Bench(settings) as bench:
        with pytest.raises(EndpointError):
            await bench.start(given(settings, ["bakery"], "direct"))
        [record] = bench.store.runs("bench")
    Library(home).add("bakery", written(tmp_path, ({**ROWS[0], "answer": "121"}, *ROWS[1:])))
    async with Bench(settings) as bench:
        with pytest.raises(UsageError, match=f"the set bakery has changed since run {record.id} began"):
            await bench.resume(record.id)


async def test_a_gold_model_without_a_reading_has_no_relaxation_and_the_run_ends_all_the_same(home, server, tmp_path):
    goal = {"type": "objective", "direction": "balance", "terms": {"loaves": "3"}}
    gold = {"vars": ["loaves"], "var_mention_to_first_var": {}, "obj_declaration": goal, "const_declarations": []}
    Library(home).add("bakery", written(tmp_path, ({**ROWS[0], **gold}, *ROWS[1:])))
    server.will(reply)
    async with Bench(settings := settings_of(home, server)) as bench:
        ran = await bench.start(given(settings, ["bakery"], "direct"))
        assert bench.store.run(ran).status == "finished"
        assert runner.relaxations(bench.store, ran) == {("bakery", "loaves"): None}


async def test_a_run_of_another_kind_is_no_benchmark(home):
    with closing(Store(home / "runs.sqlite")) as store:
        store.create_run("abcd", "solve", "x", Label(release="", text="", kind="none"))
        with pytest.raises(UsageError, match="run abcd is a run of `solve`, not of bench"):
            runner.given_to(store, "abcd")


@pytest.mark.slow
async def test_killed_twice_and_gone_on_with_nothing_is_paid_for_twice(home, server):
    """Every reply takes a while; the process is killed with some in hand, and some attempts made."""

    def slow(asked: dict):
        time.sleep(0.15)
        return reply(asked)

    server.will(slow)
    command = [sys.executable, "-m", "optwright", "bench"]
    options = ["--base-url", server.url, "--concurrency", "1", "--no-cache"]
    env = {**os.environ, "OPTWRIGHT_HOME": str(home)}
    begin = [*command, "run", "bakery", "--samples", "3", "--model", "served", *options]
    run, before = "", 0
    for _ in range(2):
        with subprocess.Popen(begin, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            while len(server.asked) < before + 4:
                time.sleep(0.02)
                assert process.poll() is None, process.stderr.read()
            process.send_signal(signal.SIGKILL)
        before = len(server.asked)
        with closing(Store(home / "runs.sqlite")) as store:
            [record] = store.runs("bench")
        run = record.id
        begin = [*command, "resume", run, *options]
    done = subprocess.run([*begin, "--json"], env=env, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["usage"]["attempts"] == 12
    assert len(server.asked) <= 12 + 2  # at most the one in flight at each kill was asked again
    with closing(Store(home / "runs.sqlite")) as store:
        assert len(list(attempts(store, run))) == 12


def items(**categories: int) -> tuple[Item, ...]:
    label = Label(release="r", text="1", kind="number", value=1.0)
    return tuple(
        Item(
            id=f"{name}{number}",
            set="s",
            text=f"{name} {number}",
            category=name,
            labels=(label,),
            cluster=f"{name}{number}",
        )
        for name, count in categories.items()
        for number in range(count)
    )


def test_samples_are_seeded_stratified_and_nested():
    every = items(easy=60, hard=30, tables=10)
    ten, fifty = sample(every, 10, 3), sample(every, 50, 3)
    assert fifty[:10] == ten and sample(every, 10, 3) == ten != sample(every, 10, 4)
    assert sample(tuple(reversed(every)), 10, 3) == ten
    counts = [sum(item.category == name for item in fifty) for name in ("easy", "hard", "tables")]
    assert all(abs(count - want) <= 1 for count, want in zip(counts, (30, 15, 5), strict=True))
    assert set(sample(every, None, 0)) == set(every)


def test_a_question_holds_no_label():
    [item] = items(easy=1)
    assert question(item).model_dump() == {"id": "s/easy0", "text": "easy 0", "data": (), "asked": ()}
    assert Program(source="x").source == "x"
