"""What the platform adds to a solved problem, with replayed completions: everything but the model is real.

    python benchmarks/solve.py [--problems 1000]

Prints, beside the bar of each figure: the overhead per solved problem beyond the time in solvers (warm, one at a time),
problems per second through `asolve` with concurrency, the memory of this process at the beginning and the end, and the
start-up times of the command line and of `import optwright`. At `standard` a problem is a MIP solved some forty times:
for itself, for the second opinion, and with each datum moved up and down.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from optwright import Engine, Settings, asolve
from optwright.datasets.bundled import problem

NAME = "cider_presses"
"""The bundled MIP that is solved: 9 variables, 3 of them integer and 3 binary."""
CONCURRENCY = 16


def megabytes(pid: str) -> float:
    """Memory of a process that it shares with no other, in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


async def overhead(effort: str, home: str, times: int = 30) -> None:
    given = problem(NAME)
    async with Engine(Settings(model="replay", effort=effort, home=home)) as engine:  # type: ignore[arg-type]
        beyond, solver = [], []
        for _ in range(times + 3):
            begun = time.perf_counter()
            solution = await engine.solve(given.text, given.data)
            own = solution.solve_seconds
            beyond.append((time.perf_counter() - begun - own) * 1e3)
            solver.append(own * 1e3)
    print(
        f"overhead, {effort:8}  median {statistics.median(beyond[3:]):6.1f} ms  "
        f"(bar 150; solver's own time {statistics.median(solver[3:]):.1f} ms)"
    )


async def throughput(count: int, effort: str, home: str) -> None:
    given, gate = problem(NAME), asyncio.Semaphore(CONCURRENCY)

    async def one() -> None:
        async with gate:
            await asolve(given.text, given.data, model="replay", effort=effort, home=home)

    await asyncio.gather(*(one() for _ in range(50)))
    before, begun = megabytes("self"), time.perf_counter()
    await asyncio.gather(*(one() for _ in range(count)))
    seconds = time.perf_counter() - begun
    print(f"throughput, {effort:8}  {count / seconds:.1f} problems/s, {count} at concurrency {CONCURRENCY} (bar 20)")
    print(f"  memory of this process: {before:.0f} MiB after 50, {megabytes('self'):.0f} MiB after {count + 50}")


def startup(what: list[str], label: str, bar: float) -> None:
    def once() -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, *what], check=True, capture_output=True)
        return time.perf_counter() - begun

    print(f"{label:28} median {statistics.median(once() for _ in range(10)):.2f} s (bar {bar})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=1000)
    count = parser.parse_args().problems
    with tempfile.TemporaryDirectory() as home:
        for effort in ("quick", "standard"):
            asyncio.run(overhead(effort, home))
            asyncio.run(throughput(count, effort, home))
    startup(["-c", ""], "bare python", 0.0)
    startup(["-c", "import optwright"], "import optwright", 0.3)
    startup(["-m", "optwright", "--help"], "optwright --help", 0.4)


if __name__ == "__main__":
    main()
