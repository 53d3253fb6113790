"""What a benchmark run costs beside its models and solvers, with replayed completions: all else is real.

    python benchmarks/bench.py [--items 605]

A set as large as OptiBench, of this project's own problems of its size over and over, run by each method; then the
memory of runs of different lengths, the resume of a finished run, and its report. Bars: 605 items in 60 s on 2 CPUs at
concurrency 16, a finished run resumed in 1 s, memory flat in the number of items.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from optwright.agent.bench.runner import Bench, given
from optwright.agent.settings import Settings
from optwright.datasets.bundled import problem
from optwright.datasets.library import Library

CONCURRENCY = 16
NAMES = ("bakery", "cider_presses", "compost", "endowment", "gin", "kayaks", "muesli", "night_desk")
"""LP, MIP, QP and NLP with 2 to 30 variables, one of them infeasible and one unbounded."""


def megabytes() -> float:
    """Memory of this process that it shares with no other, in MiB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def add(home: Path, name: str, count: int) -> None:
    own = [problem(name) for name in NAMES]
    rows = [
        {"id": str(number), "question": each.text, "answer": each.expected_objective, "type": each.kind}
        for number, each in ((number, own[number % len(own)]) for number in range(count))
    ]
    (file := home / f"{name}.json").write_text(json.dumps(rows))
    Library(home).add(name, file)


async def run(home: Path, name: str, method: str, effort: str = "standard") -> tuple[str, float]:
    settings = Settings(model="replay", home=home, concurrency=CONCURRENCY, effort=effort)  # type: ignore[arg-type]
    async with Bench(settings) as bench:
        begun = time.perf_counter()
        found = await bench.start(given(settings, [name], method))
        return found, time.perf_counter() - begun


def seconds(home: Path, *command: str) -> float:
    begun = time.perf_counter()
    arguments = [sys.executable, "-m", "optwright", "bench", *command]
    subprocess.run(arguments, env={"OPTWRIGHT_HOME": str(home)}, cwd=home, capture_output=True, check=True)
    return time.perf_counter() - begun


async def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, size in (("small", count // 6), ("whole", count)):
            add(home, name, size)
        memory = []
        for name in ("small", "small", "whole", "whole"):
            finished, took = await run(home, name, "direct")
            memory.append(f"{megabytes():.1f}")
        print(f"{count} items, direct            {took:6.1f} s  {count / took:5.1f}/s  (bar 60 s)")
        sizes = f"{count // 6}, {count // 6}, {count}, {count}"
        print(f"memory after runs of {sizes} items: {', '.join(memory)} MiB (bar: flat)")
        for effort in ("quick", "standard"):
            _, took = await run(home, "whole", "agent", effort)
            print(f"{count} items, agent {effort:8}    {took:6.1f} s  {count / took:5.1f}/s  (bar 60 s)")
        print(
            f"resume of a finished run     {seconds(home, 'resume', finished):6.2f} s  (bar 1 s, with Python's start)"
        )
        print(f"report as JSON               {seconds(home, 'report', finished, '--json'):6.2f} s")
        print(f"report as a page             {seconds(home, 'report', finished, '--html'):6.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=605)
    asyncio.run(main(parser.parse_args().items))
