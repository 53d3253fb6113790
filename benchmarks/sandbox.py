"""What a candidate costs: `python benchmarks/sandbox.py` prints medians, beside what they are measured against."""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import numpy as np
from optwright.sandbox.outcome import Limits, Outcome
from optwright.sandbox.pool import Pool

PRELOAD = ("numpy", "pyomo.environ", "highspy", "pyomo.contrib.solver.common.factory")
IMPORTS = f"import {', '.join(PRELOAD)}"
NOTHING = "def f(): pass"
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
    system = f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    print(f"{system}, load {os.getloadavg()[0]:.1f} (more than 0.5: something else runs, and the figures are too high)")
    asyncio.run(figures())


async def figures() -> None:
    fork, solve = await alone(FORK), await alone(SOLVE)
    async with Pool(preload=PRELOAD) as pool:
        print("walls:", ", ".join(f"{name} {state}" for name, state in pool.walls.items()))
        fresh = await median(fresh_interpreter, 5)
        nothing = await median(lambda: pool.run(NOTHING, "f"), 200)
        show("fresh interpreter that imports the same", fresh)
        show("bare fork and wait of a process that has imported the same", fork)
        show("candidate that does nothing", nothing, f"{fresh / nothing:.0f} times cheaper than a fresh interpreter")
        each = await throughput(pool, 600)
        show("… many at once", each, f"{1000 / each:.0f} candidates/s")
        mip = await median(lambda: pool.run(MIP, "f"), 50)
        show("10-variable MIP, built and solved in this process", solve)
        show("10-variable MIP, built and solved by a candidate", mip, f"{mip / solve:.1f} times as long")
        array = np.random.default_rng(0).random(50_000_000 // 8)
        large = await median(lambda: pool.run("def f(x): return x", "f", [array]), 10)
        show("50 MB array, in and out", large)


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
