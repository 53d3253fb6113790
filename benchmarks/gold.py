"""How many of the sets' own gold models agree with the sets' own labels, when open solvers run them.

    python benchmarks/gold.py SHARED_DATA

SHARED_DATA holds the authors' files (see docs/bench.md). Programs for gurobipy run on a stand-in for it. Prints ids and
figures, no texts.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from pathlib import Path

from optwright.datasets.items import Entry, Gold, Label
from optwright.datasets.labels import read_label
from optwright.datasets.loaders import entries
from optwright.datasets.overlap import digest
from optwright.evaluators import gold
from optwright.evaluators.answers import RIGHT, Answered, judgement, orlm
from optwright.evaluators.program import PRELOAD, judge
from optwright.evaluators.verdict import Failure, SolveOptions, Verdict
from optwright.sandbox.pool import Pool

OPTIONS = SolveOptions(time_limit=30)
GUROBIPY = ("nlp4lp", "logior", "industryor")


async def verdict_of(pool: Pool, source: Gold, relaxed: bool = False) -> Verdict:
    try:
        program = gold.program(source)
    except gold.GoldError as error:
        return Verdict(status="failed", failure=Failure(kind="contract", message=str(error)))
    return await judge(pool, gold.relaxed(program) if relaxed else program, {}, OPTIONS)


def answered(verdict: Verdict) -> Answered:
    return Answered(status="none" if verdict.status == "failed" else verdict.status, objective=verdict.objective)


async def measure(pool: Pool, name: str, pairs: list[tuple[Entry, Label]]) -> None:
    sources = [entry.gold for entry, _ in pairs if entry.gold]
    verdicts = await asyncio.gather(*(verdict_of(pool, source) for source in sources))
    whole = await asyncio.gather(*(verdict_of(pool, source, relaxed=True) for source in sources))
    ran = sum(verdict.status != "failed" for verdict in verdicts)
    right = [judgement(label, answered(v)) in RIGHT for (_, label), v in zip(pairs, verdicts, strict=True)]
    differ = accepted = 0
    for verdict, loose in zip(verdicts, whole, strict=True):
        if verdict.objective is None or loose.objective is None:
            continue
        if abs(verdict.objective - loose.objective) > 1e-6 * max(1.0, abs(verdict.objective)):
            differ += 1
            label = Label(release="", text="", kind="number", value=verdict.objective)
            accepted += orlm(label, Answered(status="optimal", objective=loose.objective))
    print(f"\n{name}: {len(pairs)} gold models with a label, {ran} run, {sum(right)} agree with it")
    print(f"  LP and integer optimum differ for {differ}; the 5 % rule accepts the LP's for {accepted}")
    reasons = Counter(" ".join(v.failure.message.split())[:110] for v in verdicts if v.failure)
    for reason, count in reasons.most_common():
        print(f"  failed, {count}: {reason}")
    for (entry, label), verdict, ok in zip(pairs, verdicts, right, strict=True):
        if not ok and verdict.status != "failed":
            print(f"  {entry.id}: label {label.value if label.value is not None else label.text}, ", end="")
            print(f"model {verdict.status} {verdict.objective}")


async def main(data: Path) -> None:
    async with Pool(preload=PRELOAD) as pool:
        known = {digest(entry.text): read_label("", entry.answer) for entry in entries(data / "optmath/NL4OPT.json")}
        declared = entries(data / "nl4opt_competition/test.jsonl")
        pairs = [(entry, known[digest(entry.text)]) for entry in declared if digest(entry.text) in known]
        await measure(pool, "nl4opt (declarations)", pairs)
        for name in GUROBIPY:
            found = entries(data / f"alphaopt_clean/{name}.json")
            await measure(pool, f"{name} (gurobipy)", [(e, read_label("", e.answer)) for e in found if e.gold])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    asyncio.run(main(Path(sys.argv[1])))
