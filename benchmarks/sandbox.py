"""What a candidate costs: `python benchmarks/sandbox.py` prints medians, beside what they are measured against.

With `--soak N`, N candidates run in a row as well, a tenth of them from `tests/sandbox/attacks`, and what is left of
them is counted: processes, descriptors, files, memory.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import numpy as np
from attack_book import book
from canaries import Canaries
from optwright.sandbox.outcome import Limits, Outcome
from optwright.sandbox.pool import Pool

PRELOAD = ("numpy", "pyomo.environ", "highspy", "pyomo.contrib.solver.common.factory")
IMPORTS = f"import {', '.join(PRELOAD)}"
NOTHING = "def f(): pass"
STRICT = Limits(seconds=0.5, memory_mb=256, result_bytes=1_000_000, output_bytes=10_000, scratch_mb=8)
MIP = """
import pyomo.environ as pyo
from pyomo.contrib.solver.common.factory import SolverFactory
def f():
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(10), domain=pyo.Integers, bounds=(0, 5))
    m.o = pyo.Objective(expr=sum((i % 3 + 1) * m.x[i] for i in range(10)), sense=pyo.maximize)
    m.c = pyo.Constraint(expr=sum((i % 4 + 1) * m.x[i] for i in range(10)) <= 17)
    return SolverFactory("highs").solve(m).incumbent_objective
"""
# Both run in an interpreter of their own, and print milliseconds.
FORK = f"""
import os, statistics, time
{IMPORTS}
times = []
for _ in range(100):
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    times.append(time.perf_counter() - start)
print(1000 * statistics.median(times))
"""
SOLVE = f"""
import statistics, time
{MIP}
f()
times = []
for _ in range(30):
    start = time.perf_counter()
    f()
    times.append(time.perf_counter() - start)
print(1000 * statistics.median(times))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="candidates in a row, a tenth of them hostile")
    options = parser.parse_args()
    system = f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(f"{system}, load {os.getloadavg()[0]:.1f} (more than 0.5: something else runs, and the figures are too high)")
    asyncio.run(figures())
    if options.soak:
        asyncio.run(soak(options.soak))


async def figures() -> None:
    fork, solve = await alone(FORK), await alone(SOLVE)
    async with Pool(preload=PRELOAD) as pool:
        print("walls:", ", ".join(f"{name} {state}" for name, state in pool.walls.items()))
        fresh = await median(fresh_interpreter, 5)
        nothing = await median(lambda: pool.run(NOTHING, "f"), 200)
        show("fresh interpreter that imports the same", fresh)
        show("bare fork and wait of a process that has imported the same", fork)
        cheaper = f"{fresh / nothing:.0f} times cheaper than a fresh interpreter (bar: ≤ 8 ms, ≥ 80 times)"
        show("candidate that does nothing", nothing, cheaper)
        each = await throughput(pool, 600)
        show("… many at once", each, f"{1000 / each:.0f} candidates/s (bar: ≥ 200 on 2 cores)")
        mip = await median(lambda: pool.run(MIP, "f"), 50)
        show("10-variable MIP, built and solved in this process", solve)
        show("10-variable MIP, built and solved by a candidate", mip, f"{mip / solve:.1f} times as long (bar: ≤ 3)")
        array = np.random.default_rng(0).random(50_000_000 // 8)
        large = await median(lambda: pool.run("def f(x): return x", "f", [array]), 10)
        show("50 MB array, in and out", large, "(bar: ≤ 250 ms)")


async def median(act: Callable[[], Awaitable[Outcome | None]], repeat: int) -> float:
    """Milliseconds of wall time, one at a time, after a warm-up."""
    times = []
    for _ in range(repeat + 3):
        start = time.perf_counter()
        outcome = await act()
        times.append(time.perf_counter() - start)
        if outcome is not None and outcome.status != "ok":
            raise SystemExit(f"a candidate failed: {outcome}")
    return 1000 * statistics.median(times[3:])


async def throughput(pool: Pool, count: int) -> float:
    """Milliseconds of wall time for each of many candidates that are asked for at once."""
    start = time.perf_counter()
    await asyncio.gather(*(pool.run(NOTHING, "f", limits=Limits()) for _ in range(count)))
    return 1000 * (time.perf_counter() - start) / count


async def soak(count: int) -> None:
    """Candidates one after the other, every tenth hostile, and what is there afterwards that was not before."""
    attacks = itertools.cycle(attack.source for attack in book() if "attack" in attack.functions)
    statuses: Counter[str] = Counter()
    with Canaries() as canaries:
        folder, target = str(canaries.temporary), canaries.target()  # the pool's own folder is made in there
        async with Pool(preload=PRELOAD) as pool:
            before = await left(pool, folder)
            start = time.perf_counter()
            for number in range(count):
                hostile = number % 10 == 9
                source, call, args = (next(attacks), "attack", [target]) if hostile else (NOTHING, "f", [])
                outcome = await pool.run(source, call, args, STRICT)
                statuses[f"{'hostile' if hostile else 'honest'} {outcome.status}"] += 1
            seconds = time.perf_counter() - start
            after = await left(pool, folder)
    print(f"{count} candidates in {seconds:.0f} s: {dict(statuses)}")
    for what, value in after.items():
        bar = "< 20.0" if what.endswith("MB") else "0"
        print(f"  {what:<60}{before[what]:>9.1f} → {value:.1f}, {value - before[what]:+.1f} (bar: {bar})")


async def left(pool: Pool, folder: str) -> dict[str, float]:
    """Counts of what a candidate could leave, while only the pool's own processes live."""
    for _ in range(20):  # the same limits in a row: the process in reserve is there both times
        await pool.run(NOTHING, "f", limits=STRICT)
    processes = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if folder in text(f"/proc/{pid}/cmdline")]
    processes.sort(key=born)  # keeper, server, the process in reserve
    return {
        "processes of this pool": len(processes),
        "descriptors of the parent": len(os.listdir("/proc/self/fd")),
        "descriptors of keeper and server": sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in processes[:2]),
        "files": sum(len(files) + len(folders) for _, folders, files in os.walk(folder)),
        "memory of the parent, MB": resident("self"),
        "memory of keeper and server, MB": sum(map(resident, processes[:2])),
    }


def born(pid: str) -> int:
    """Clock ticks from the system's start to the process's; process numbers start again at some time."""
    return int(text(f"/proc/{pid}/stat").rpartition(") ")[2].split()[19])


def resident(pid: str) -> float:
    return int(text(f"/proc/{pid}/statm").split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:  # it ended meanwhile
        return ""


async def fresh_interpreter() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", IMPORTS)
    await process.wait()


async def alone(script: str) -> float:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
    printed, _ = await process.communicate()
    return float(printed)


def show(what: str, milliseconds: float, note: str = "") -> None:
    print(f"{what:<62}{milliseconds:>9.2f} ms   {note}")


if __name__ == "__main__":
    main()
