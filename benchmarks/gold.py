"""How many of the sets' own gold models agree with the sets' own labels, when open solvers run them.

    python benchmarks/gold.py SHARED_DATA

SHARED_DATA holds the authors' files (see docs/gold.md). Programs for gurobipy run on a stand-in for it. Prints ids and
figures, no texts.
"""

from __future__ import annotations

import ast
import asyncio
import sys
from collections import Counter
from pathlib import Path

from optwright.datasets.items import Entry, Gold, Label
from optwright.datasets.labels import read_label
from optwright.datasets.loaders import entries
from optwright.datasets.overlap import digest
from optwright.evaluators.answers import RIGHT, Answered, judgement, orlm
from optwright.evaluators.gold import judged
from optwright.evaluators.program import PRELOAD
from optwright.evaluators.verdict import SolveOptions, Verdict
from optwright.sandbox.pool import Pool

OPTIONS = SolveOptions(time_limit=30)
GUROBIPY = ("nlp4lp", "logior", "industryor")


def answered(verdict: Verdict) -> Answered:
    return Answered(status="none" if verdict.status == "failed" else verdict.status, objective=verdict.objective)


def solves_several(program: str) -> bool:
    """Whether it optimizes in a loop, or in a function that is called in a loop or from two places."""
    tree = ast.parse(program)
    repeated = _repeated(tree)
    holders = [f.name for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and "optimize" in _called(f)]
    return bool(repeated & {"optimize", *holders})


def _is_several(source: Gold) -> bool:
    return source.kind == "gurobipy" and solves_several(source.source)


def _repeated(tree: ast.AST) -> set[str]:
    loops = (each for each in ast.walk(tree) if isinstance(each, ast.For | ast.While | ast.ListComp | ast.DictComp))
    in_loops = {name for loop in loops for name in _called(loop)}
    return in_loops | {name for name, count in Counter(_called(tree)).items() if count > 1}


def _called(tree: ast.AST) -> list[str]:
    targets = [each.func for each in ast.walk(tree) if isinstance(each, ast.Call)]
    return [each.attr if isinstance(each, ast.Attribute) else getattr(each, "id", "") for each in targets]


async def measure(pool: Pool, name: str, pairs: list[tuple[Entry, Label]]) -> None:
    sources = [entry.gold for entry, _ in pairs if entry.gold]
    verdicts = await asyncio.gather(*(judged(pool, source, {}, OPTIONS) for source in sources))
    whole = await asyncio.gather(*(judged(pool, source, {}, OPTIONS, relax=True) for source in sources))
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
    several = [entry.id for entry, _ in pairs if entry.gold and _is_several(entry.gold)]
    print(f"  programs that solve several models, of which only the first is run: {', '.join(several) or 'none'}")
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
