"""Published figures, measured again with optwright's own tasks: drivers and scorers as every search uses them.

    python benchmarks/reproductions.py [--data DIR] [--write docs/reproductions.md | --verify PROGRAM.py]

Online bin packing: First Fit and Best Fit, written here as the task's candidates, beside the excess over the lower
bound that FunSearch (Romera-Paredes et al., Nature 625, 2024, Table 1) and EoH (Liu et al., ICML 2024, Table 1)
published. Travelling salesman: nearest neighbour on the tours of ReEvo (Ye et al., NeurIPS 2024). `--verify` runs a
program, as `optwright runs export RUN PROGRAM.py` writes it, on the same sets of instances, in the sandbox.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from optwright.agent.evolve.champion import unlike
from optwright.datasets import packing
from optwright.errors import DataError, OptwrightError, UsageError
from optwright.evaluators import task
from optwright.evaluators.evaluation import Evaluation, evaluate, preload
from optwright.evaluators.task import Instance, Task
from optwright.sandbox.pool import Pool

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SOURCES = (
    "get binpack1.txt to binpack4.txt from OR-Library, the others from the repositories of FunSearch and EoH as "
    "docs/reproductions.md says, put them into one folder, and name it with --data"
)
RULES: dict[str, Callable[[float, np.ndarray], np.ndarray]] = {
    "First Fit": lambda item, bins: -np.arange(len(bins)),
    "Best Fit": lambda item, bins: item - bins,
}
ONE_OF_FIVE = (500, 100, 100, 100, 100)
"""Capacities in EoH's evaluation where it says 500 (see docs/reproductions.md)."""


@dataclass(frozen=True)
class Benchmark:
    """A set of bin-packing instances, and what was published on it."""

    name: str
    file: str
    key: str
    """Of the set within the file."""
    capacities: tuple[int, ...]
    """Of each instance; empty where the file says them."""
    bound: float | None
    """Mean L1 lower bound."""
    excess: dict[str, float]
    """(mean bins - mean lower bound) / mean lower bound in percent, by heuristic."""


HEURISTICS = ("First Fit", "Best Fit", "FunSearch", "EoH")
FUNSEARCH = "funsearch_or3_weibull5k.json"


def _funsearch(name: str, file: str, key: str, bound: float, *excess: float) -> Benchmark:
    return Benchmark(name, file, key, (), bound, dict(zip(HEURISTICS, excess, strict=False)))


def _eoh(thousands: int, capacity: str, capacities: tuple[int, ...], *excess: float) -> Benchmark:
    name, file = f"Weibull {thousands}k (EoH's), {capacity}", f"eoh_weibull_{thousands}k.json"
    return Benchmark(name, file, f"{thousands}000", capacities, None, dict(zip(HEURISTICS, excess, strict=False)))


BENCHMARKS = (
    _funsearch("OR1", "binpack1.txt", "binpack1", 49.05, 6.42, 5.81, 5.30),
    _funsearch("OR2", "binpack2.txt", "binpack2", 101.55, 6.45, 6.06, 4.19),
    _funsearch("OR3", "binpack3.txt", "binpack3", 201.2, 5.74, 5.37, 3.11),
    _funsearch("OR4", "binpack4.txt", "binpack4", 400.55, 5.23, 4.94, 2.47),
    _funsearch("OR3 (FunSearch's file)", FUNSEARCH, "OR3", 201.2, 5.74, 5.37, 3.11),
    _funsearch("Weibull 5k (FunSearch's)", FUNSEARCH, "Weibull 5k", 1987.8, 4.23, 3.98, 0.68),
    _eoh(1, "C = 100", (100,) * 5, 5.32, 4.87, 3.78, 2.24),
    _eoh(5, "C = 100", (100,) * 5, 4.40, 4.08, 0.80, 0.80),
    _eoh(10, "C = 100", (100,) * 5, 4.44, 4.09, 0.33, 0.61),
    _eoh(1, "C = 500 as published", ONE_OF_FIVE, 4.97, 4.50, 6.75, 2.13),
    _eoh(5, "C = 500 as published", ONE_OF_FIVE, 4.27, 3.91, 1.47, 0.78),
    _eoh(10, "C = 500 as published", ONE_OF_FIVE, 4.28, 3.95, 0.74, 0.61),
    _eoh(1, "C = 500", (500,) * 5),
    _eoh(5, "C = 500", (500,) * 5),
    _eoh(10, "C = 500", (500,) * 5),
)
HEAD = (
    "| set | instances | lower bound | First Fit | published | Best Fit | published | FunSearch | EoH |",
    "|---|---|---|---|---|---|---|---|---|",
)
NEAREST_NEIGHBOUR = {
    20: 4.446566634076893,
    50: 6.891886602053466,
    100: 9.650788327301203,
    200: 13.424787407459862,
    500: 20.65273146870541,
    1000: 29.178004049667557,
}
"""Mean lengths of 64 tours by number of cities, as ReEvo's evaluation prints them."""


@dataclass(frozen=True)
class Measured:
    """A benchmark's figures, by the names under which they were published."""

    benchmark: Benchmark
    instances: int
    bound: float
    excess: dict[str, float]

    def differences(self) -> Iterator[str]:
        """Figures that are not the published ones, each in words."""
        if self.benchmark.bound is not None and f"{self.bound:.4f}" != f"{self.benchmark.bound:.4f}":
            yield f"{self.benchmark.name}: lower bound {self.bound:g}, published {self.benchmark.bound:g}"
        for rule, found in self.excess.items():
            known = self.benchmark.excess.get(rule)
            if known is not None and f"{found:.2f}" != f"{known:.2f}":
                yield f"{self.benchmark.name}: {rule} {found:.2f} %, published {known:.2f} %"


def instances(data: Path, benchmark: Benchmark) -> list[Instance]:
    """A benchmark's instances as the task takes them. Raises DataError where a file is missing or malformed."""
    places = [place / benchmark.file for place in (data, data / "bin_packing")]
    path = next(filter(Path.is_file, places), None)
    if path is None:
        raise DataError(f"{benchmark.file} is not in {data}: {SOURCES}")
    found = packing.read(path).get(benchmark.key)
    if found is None:
        raise DataError(f"{path.name}: it has no set {benchmark.key!r}; {SOURCES}")
    capacities = benchmark.capacities or [each.capacity for each in found]
    if len(capacities) != len(found):
        raise DataError(f"{path.name}: {len(found)} instances where {len(capacities)} were published; {SOURCES}")
    return [{"capacity": c, "items": each.items} for c, each in zip(capacities, found, strict=True)]


def excess(bin_packing: Task, given: Sequence[Instance], scores: Sequence[float]) -> float:
    """(mean bins - mean lower bound) / mean lower bound, from each instance's own excess; all in percent."""
    return float(np.average(scores, weights=[bin_packing.module.lower_bound(instance) for instance in given]))


def measure(bin_packing: Task, data: Path, benchmark: Benchmark) -> Measured:
    """First Fit and Best Fit, driven and scored by the task."""
    given = instances(data, benchmark)
    return Measured(
        benchmark,
        len(given),
        float(np.mean([bin_packing.module.lower_bound(instance) for instance in given])),
        {
            rule: excess(bin_packing, given, [bin_packing.score(each, bin_packing.drive(rate, each)) for each in given])
            for rule, rate in RULES.items()
        },
    )


def nearest_neighbour(cities: int) -> float:
    """Mean length of ReEvo's 64 test tours of so many cities."""
    tsp = task.load("tsp_constructive")

    def nearest(current: int, _: int, unvisited: np.ndarray, distances: np.ndarray) -> Any:
        return unvisited[distances[current, unvisited].argmin()]

    tours = tsp.module.drawn("test" if cities <= 200 else "ood", cities)
    return float(np.mean([tsp.score(tour, tsp.drive(nearest, tour)) for tour in tours]))


def row(measured: Measured) -> str:
    """A line of the table, as `HEAD` has its columns."""
    known = {name: _figure(measured.benchmark.excess.get(name)) for name in HEURISTICS}
    own = [cell for rule, found in measured.excess.items() for cell in (_figure(found), known[rule])]
    cells = [measured.benchmark.name, str(measured.instances), f"{measured.bound:g}"]
    return f"| {' | '.join([*cells, *own, known['FunSearch'], known['EoH']])} |"


def tour_row(cities: int, length: float) -> str:
    known = NEAREST_NEIGHBOUR[cities]
    return f"| {cities} | {length!r} | {known!r} | {'yes' if length == known else f'no: {length - known:+.3g}'} |"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def report(data: Path) -> str:
    """All tables in Markdown, with command, machine and date. Raises DataError."""
    begun = time.perf_counter()
    bin_packing = task.load("online_bin_packing")
    measured = [measure(bin_packing, data, benchmark) for benchmark in BENCHMARKS]
    lengths = {cities: nearest_neighbour(cities) for cities in NEAREST_NEIGHBOUR}
    differing = [f"- {words}" for each in measured for words in each.differences()]
    compared = sum(len(each.excess.keys() & each.benchmark.excess.keys()) for each in measured)
    return "\n".join(
        [
            f"Measured in {time.perf_counter() - begun:.0f} s on {_machine()}, with",
            "`python benchmarks/reproductions.py --write docs/reproductions.md`.",
            "",
            *HEAD,
            *map(row, measured),
            "",
            f"{compared} comparisons with published figures of First Fit and Best Fit: "
            + ("all digits agree, those of the lower bounds too." if not differing else "all agree but these:"),
            *differing,
            "",
            "| cities | nearest neighbour: ours | published | equal to the last bit |",
            "|---|---|---|---|",
            *(tour_row(cities, length) for cities, length in lengths.items()),
        ]
    )


def _machine() -> str:
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, {versions}, {datetime.now(UTC):%Y-%m-%d}"


async def verify(text: str, data: Path, benchmarks: Sequence[Benchmark] = BENCHMARKS) -> dict[str, float | str]:
    """A program's excess in percent by benchmark, or why it has none. Raises DataError, SandboxError.

    Each instance is a run of its own in the sandbox, with the task's limits. It ends with the first set that fails: a
    program that never ends would take that long on every instance.
    """
    bin_packing = task.load("online_bin_packing")
    given = {benchmark.name: instances(data, benchmark) for benchmark in benchmarks}
    found: dict[str, float | str] = {}
    async with Pool(preload=preload(bin_packing)) as pool:
        for name, some in given.items():
            evaluations = [await evaluate(pool, bin_packing, text, some[:1])]
            if evaluations[0].status == "ok":
                evaluations += await asyncio.gather(*(evaluate(pool, bin_packing, text, [each]) for each in some[1:]))
            found[name] = _verdict(bin_packing, some, evaluations)
            if isinstance(found[name], str):
                break
    return found


async def foresight(text: str) -> str:
    """Where a program does otherwise when it is asked one decision at a time, and so cannot see the items to come."""
    bin_packing = task.load("online_bin_packing")
    async with Pool(preload=preload(bin_packing)) as pool:
        return await unlike(pool, bin_packing, text)


def _verdict(bin_packing: Task, given: Sequence[Instance], evaluations: Sequence[Evaluation]) -> float | str:
    for number, evaluation in enumerate(evaluations):
        if evaluation.status != "ok":
            why = " ".join(evaluation.reason.removeprefix("on instance 0: ").split())
            return f"{evaluation.status} on instance {number}: {why[:200]}"
    return excess(bin_packing, given, [score for evaluation in evaluations for score in evaluation.scores])


def show(found: dict[str, float | str], data: Path) -> None:
    """A program's figures on the sets that it ran on, beside those of others, in percent of the lower bound."""
    bin_packing = task.load("online_bin_packing")
    print(f"{'excess in %':<42}" + "".join(f"{head:>11}" for head in ("program", *RULES, "FunSearch", "EoH")))
    for benchmark in (each for each in BENCHMARKS if each.name in found):
        own, measured = found[benchmark.name], measure(bin_packing, data, benchmark)
        known = [_figure(benchmark.excess.get(name)) for name in ("FunSearch", "EoH")]
        cells = ["fails" if isinstance(own, str) else _figure(own), *map(_figure, measured.excess.values()), *known]
        print(f"{benchmark.name:<42}" + "".join(f"{cell:>11}" for cell in cells))
    for name, own in found.items():
        if isinstance(own, str):
            print(f"{name}: {own}")


def write(document: Path, text: Callable[[], str]) -> None:
    """Replace what stands between the markers. Raises UsageError where there are none, before `text` is made."""
    head, _, rest = _read(document).partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise UsageError(f"{document} lacks the lines {BEGIN} and {END}: add them where the tables shall stand")
    document.write_text(f"{head}{BEGIN}\n{text()}\n{END}{tail}", encoding="utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"cannot read {path}: {why}") from None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="the folder with the instances")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", type=Path, metavar="FILE", help="put the tables there, between its markers")
    what.add_argument("--verify", type=Path, metavar="PROGRAM.py", help="run a program on the bin-packing sets instead")
    options = parser.parse_args()
    try:
        if options.verify:
            text = _read(options.verify)
            found = asyncio.run(verify(text, options.data))
            show(found, options.data)
            if len(found) == len(BENCHMARKS):
                print(asyncio.run(foresight(text)) or "asked one decision at a time, it decides the same")
        elif options.write:
            write(options.write, lambda: report(options.data))
        else:
            print(report(options.data))
    except OptwrightError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
