"""What the engine of `evolve` costs beside models and evaluations: `python benchmarks/evolve.py` prints three figures.

The model is faked, and the search, the walls and the journal in SQLite are real. `--only latency|throughput|overhead`
prints one of the three; `--windows 12,16,24` shows how many candidates have to be under way for the first of them.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import math
import os
import platform
import random
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from optwright.agent.evolve.genetic import Genetic
from optwright.agent.evolve.judging import Judging
from optwright.agent.evolve.progress import Tally
from optwright.agent.evolve.proposers import ByOperator, Model, Seeds
from optwright.agent.evolve.records import Candidate
from optwright.agent.evolve.run import places
from optwright.agent.evolve.search import Search
from optwright.agent.evolve.strategies import STRATEGIES, Strategy
from optwright.agent.llm.types import Answering, Call, Completion, OnCall, Request
from optwright.agent.store import Store
from optwright.evaluators.evaluation import Evaluation, evaluate, preload
from optwright.evaluators.task import Instance, Task, load
from optwright.sandbox.pool import Pool

Evaluate = Callable[[str, tuple[Instance, ...]], Awaitable[Evaluation]]

CONCURRENCY, LATENCY, JITTER = 8, 2.0, 0.4
"""Calls at a time; mean seconds of one; sigma of the lognormal distribution that they are drawn from."""
ARCHIVE = 10_000
PEERS = {
    "OpenEvolve": "36 with no isolation, 222–268 in a subprocess",
    "LLM4AD": "71 forked, 3,000 by default",
    "GEPA": "62, 330 in a subprocess",
    "inspect_ai": "259",
    "ShinkaEvolve": "340–435 tuned, 5,500 by default",
    "EoH": "484–636",
}
"""CPU milliseconds a candidate beyond its evaluation, on (b)."""
RATES = "3.48, 2.9, 3.23, 0.6 (at zero latency), 1.74, 2.88, 2.27, 1.71"
"""Candidates/s of the ideal 4.0, on (a): of those six in several ways of running them; not said which is whose."""
WAITING = """
direction = "minimize"
@evolve
def guess(x):
    return x
def instances(split):
    yield {"train": 0.5, "dev": 0.25, "test": 0.75}.get(split, 0.6)
def drive(guess, instance):
    time.sleep(0.2)
    return float(guess(instance))
def score(instance, solution):
    return abs(solution - instance)
"""
WAITING = (
    '"""Any number will do, after 0.2 s."""\nimport time\nfrom optwright.evaluators.task import evolve\n' + WAITING
)
GUESS = "def guess(x):\n    return x * {0} + {1}\n"
PRIORITY = """import numpy as np

def priority(item, bins):
    gap = bins - item
    tight = np.exp(-{0} * gap) + {1} * (gap == 0)
    rest = gap * gap / (item + {2}) - {3} * np.sqrt(gap)
    return np.where(gap < {4}, tight - rest / 1e3, -rest)
"""


class Fake(Answering):
    """Answers every request with a program that nobody has seen, after a while that the request's seed decides."""

    def __init__(self, program: str, latency: float = 0.0) -> None:
        self.model = "fake"
        self._program, self._latency = program, latency
        self._gate = asyncio.Semaphore(CONCURRENCY)
        self.seconds = 0.0
        """Of all its answers together."""

    async def answer(self, request: Request, on_call: OnCall) -> Completion:
        rng = random.Random(request.sample)
        if self._latency:
            seconds = self._latency * rng.lognormvariate(-(JITTER**2) / 2, JITTER)
            self.seconds += seconds
            async with self._gate:
                await asyncio.sleep(seconds)
        text = "Thought: numbers\n```python\n" + self._program.format(*(rng.uniform(0.1, 3) for _ in range(5))) + "```"
        completion = Completion(text=text, model=self.model, input_tokens=900, output_tokens=100)
        on_call(request.free_call(completion))
        return completion


async def searched(
    task: Task, row: Strategy, llm: Answering, evaluated: Evaluate, count: int
) -> tuple[list[float], list[Candidate]]:
    """A search with its journal, as `evolve` makes it: the moments of its begin and of its commits, and these."""
    moments: list[float] = []
    tally = Tally("bench", count, task.better)
    with tempfile.TemporaryDirectory() as home, closing(Store(Path(home) / "runs.sqlite")) as store:
        store.create_run("bench", kind="evolve", title="", settings=row)

        def on_call(call: Call) -> None:
            store.record_call("bench", call)
            tally.call(call)

        def on_commit(candidate: Candidate) -> None:
            store.append("bench", "candidate", candidate)
            tally.commit(candidate)
            moments.append(time.perf_counter())

        model = Model(task, [llm], 1.0, on_call)
        proposer = ByOperator({"seed": Seeds(task), "model": model, "genetic": Genetic(task)})
        search = Search(task, row, proposer, Judging(task, evaluated), on_commit=on_commit)
        moments.append(time.perf_counter())
        await search.run(count)
    return moments, search.candidates


def preset(name: str, **change: object) -> Strategy:
    """As shipped, but for the tuner, which evaluates many programs for one candidate."""
    return STRATEGIES[name].model_copy(update={"tune_every": 0, **change})


def packing() -> Task:
    """Online bin packing as shipped, but always on all five instances: no candidate stops after the cheap ones."""
    return replace(load("online_bin_packing"), cheap=0)


def in_pool(pool: Pool, task: Task) -> Evaluate:
    return lambda text, instances: evaluate(pool, task, text, instances)


async def latency(count: int, windows: Sequence[int]) -> None:
    """(a) Does the pipeline keep 8 calls of 2 s under way?"""
    ideal = CONCURRENCY / LATENCY
    print(
        f"\n(a) candidates/s: calls of {LATENCY:g} s (lognormal, sigma {JITTER}), {CONCURRENCY} at a time, evaluations"
    )
    print(f"    that sleep 0.2 s, {count} candidates, strategy eoh; ideal {ideal:.1f}, bar ≥ {0.95 * ideal:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "waiting.py"
        file.write_text(WAITING)
        task = load(str(file))
    for window in windows:
        async with Pool(preload=preload(task), size=places()) as pool:
            await pool.run("", "f")  # the server has started
            llm, row = Fake(GUESS, LATENCY), preset("eoh", window=window)
            moments, _ = await searched(task, row, llm, in_pool(pool, task), count)
        drawn = CONCURRENCY * count / llm.seconds
        whole, middle = count / (moments[-1] - moments[0]), moments[count // 8 : -count // 8]
        steady = (len(middle) - 1) / (middle[-1] - middle[0])
        of_drawn = f"{whole / drawn:.1%} of {drawn:.2f}, the ideal for the latencies drawn"
        print(f"    window {window:<3} {whole:.2f} ({whole / ideal:.1%}; {of_drawn}); {steady:.2f} without its ends")


async def throughput(count: int) -> None:
    """(b) Does the engine keep all cores evaluating, and what else does it use?"""
    cores = len(os.sched_getaffinity(0))
    task = packing()
    alone, together = bare(1), bare(cores)
    await used(task, 1)  # everything is imported
    idle = await used(task, 1)
    wall, cpu, statuses = await used(task, count)
    wall, cpu = wall / count, (cpu - idle[1]) / count
    print(f"\n(b) online bin packing, 5 × 1,000 items, no latency, {count} candidates: {dict(statuses)}")
    print(f"    pure evaluation in a bare process: {alone:.1f} ms; {together:.1f} ms with {cores} of them at a time")
    print(f"    candidates/s {1 / wall:.1f}; efficiency {alone / 1e3 / cores / wall:.0%} (bar ≥ 85 %), ", end="")
    print(f"{together / 1e3 / cores / wall:.0%} of what {cores} bare processes at a time do")
    print(f"    CPU beyond pure evaluation: {1e3 * cpu - alone:.1f} ms a candidate (bar ≤ 15), ", end="")
    print(f"{1e3 * cpu - together:.1f} ms beyond that of bare processes at a time")


async def used(task: Task, count: int) -> tuple[float, float, Counter[str]]:
    """Wall and CPU seconds (of this process, the sandbox's server and all candidates), and how candidates ended."""
    before = processor()
    async with Pool(preload=preload(task), size=places()) as pool:
        await pool.run("", "f")
        moments, candidates = await searched(task, preset("eoh"), Fake(PRIORITY), in_pool(pool, task), count)
    # A search of one candidate, the seed, is what the start and the end of all this cost.
    statuses = Counter(candidate.status for candidate in candidates)
    return moments[-1] - moments[0], processor() - before, statuses


def processor() -> float:
    """CPU seconds so far, of this process and of those that have ended below it."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def bare(processes: int) -> float:
    """Median CPU milliseconds of one program on all instances, in processes that do nothing else."""
    with ProcessPoolExecutor(processes) as executor:
        return statistics.median(itertools.chain(*executor.map(_bare, [50] * processes)))


def _bare(repeat: int) -> list[float]:
    task = packing()
    instances, times = task.instances("train"), []
    for number in range(repeat + 3):
        rng, program = random.Random(number), {}
        exec(PRIORITY.format(*(rng.uniform(0.1, 3) for _ in range(5))), program)
        begun = time.process_time()
        for instance in instances:
            task.drive(program["priority"], instance)
        times.append(1e3 * (time.process_time() - begun))
    return times[3:]


async def overhead(size: int, names: Sequence[str]) -> None:
    """(c) What does the engine itself do for a candidate, once there are many?"""
    print("\n(c) the engine's own milliseconds a candidate (plan, prompt, reply, archive, commit, journal, progress;")
    print(f"    neither model nor evaluation), the last 500 of {size} candidates, one at a time; bar ≤ 3.0")
    task = packing()
    for name in names:
        before = resident()
        moments, candidates = await searched(task, preset(name, window=1), Fake(PRIORITY), Improving(task), size)
        gaps = [1e3 * (after - at) for at, after in itertools.pairwise(moments)]
        first, last = gaps[100:600], gaps[-500:]
        okay = sum(candidate.ok for candidate in candidates)
        print(
            f"    {name:<10} median {statistics.median(last):.2f}, p95 {statistics.quantiles(last, n=20)[-1]:.2f}, "
            f"mean {statistics.mean(last):.2f}   (first 500: mean {statistics.mean(first):.2f}; {okay} in the archive; "
            f"{(resident() - before) / size * 1e3:.1f} kB of memory a candidate)"
        )


class Improving:
    """Scores that get better with time, with noise; nothing is run."""

    def __init__(self, task: Task) -> None:
        self._asked, self._sign = 0, task.merit(1.0)

    async def __call__(self, text: str, instances: tuple[Instance, ...]) -> Evaluation:
        self._asked += 1
        rng, trend = random.Random(self._asked), 5 * math.exp(-self._asked / 3000)
        scores = (-self._sign * (trend + rng.gauss(10, 0.3)) for _ in instances)
        return Evaluation(status="ok", scores=tuple(scores))


def resident() -> float:
    """MB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def peers() -> None:
    print("\npeers, measured earlier on a similar machine, on (b) and (a)")
    for name, milliseconds in PEERS.items():
        print(f"    {name:<14} {milliseconds} ms CPU")
    print(f"    all of them    {RATES} candidates/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("latency", "throughput", "overhead"))
    parser.add_argument("--windows", default="24", help="of the first figure")
    parser.add_argument("--candidates", type=int, default=400, help="of the first two figures")
    parser.add_argument("--size", type=int, default=ARCHIVE, help="candidates in the archive of the third figure")
    parser.add_argument("--strategies", default=",".join(STRATEGIES), help="of the third figure")
    options = parser.parse_args()
    system = f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(f"{system}, load {os.getloadavg()[0]:.1f} (more than 0.5: something else runs, and the figures are too high)")
    windows, names = list(map(int, options.windows.split(","))), options.strategies.split(",")
    figures = {
        "latency": lambda: latency(options.candidates, windows),
        "throughput": lambda: throughput(options.candidates),
        "overhead": lambda: overhead(options.size, names),
    }
    for name, figure in figures.items():
        if options.only in (None, name):
            asyncio.run(figure())
    peers()


if __name__ == "__main__":
    sys.exit(main())
