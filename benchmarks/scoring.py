"""What it costs to score stored answers again: `python benchmarks/scoring.py [--answers 100000]`.

Prints the seconds that one core takes for all rules alone, and for all that `optwright bench rescore` does: reading the
answers from the store, scoring them under every rule, adding up. Bar: 100,000 answers in 10 s.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
import time
from contextlib import closing
from pathlib import Path

from optwright.agent.bench.external import score
from optwright.agent.bench.reports import rescored
from optwright.agent.bench.runner import attempts
from optwright.agent.settings import Settings
from optwright.agent.store import Store
from optwright.datasets.library import Library
from optwright.evaluators.answers import RULES, scorable, scores

SET = "made_up"
BAR = 10.0


def made_up(folder: Path, count: int) -> Path:
    """A set of `count` items and a file with an answer to each; labels of every kind, half of the answers right."""
    draw = random.Random(0)
    rows, answers = [], []
    for number in range(count):
        value = draw.choice([draw.randrange(10_000), round(draw.uniform(0, 1000), 2)])
        label = draw.choice([value, value, value, {"a": number, "profit": value}, "No Best Solution"])
        right = draw.random() < 0.5
        rows.append({"id": str(number), "question": f"{draw.getrandbits(64):x} {number}", "answer": label})
        answers.append({"id": str(number), "answer": label if right else value * draw.uniform(0.9, 1.1)})
    (folder / f"{SET}.json").write_text(json.dumps(rows))
    (file := folder / "answers.json").write_text(json.dumps(answers))
    return file


def main(count: int) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name))
        file = made_up(settings.home, count)
        Library(settings.home).add(SET, settings.home / f"{SET}.json")
        run = score(settings, file, SET)
        print(f"{count:,} stored answers, {len(RULES)} rules, one core")
        print(f"  rules alone:    {rules_alone(settings, run):6.2f} s   (bar {BAR * count / 100_000:g} s)")
        begun = time.perf_counter()
        found = rescored(settings, run, (), None)
        print(f"  bench rescore:  {time.perf_counter() - begun:6.2f} s")
        for rule in found:
            print(f"    {rule.rule:20} {rule.share.count:7,} right")


def rules_alone(settings: Settings, run: str) -> float:
    items = {item.id: item.labels[0] for item in Library(settings.home).items(SET)}
    with closing(Store.of(settings)) as store:
        pairs = [(items[attempt.item], attempt.answer) for attempt in attempts(store, run)]
    begun = time.perf_counter()
    for label, answered in pairs:
        if scorable(label):
            scores(label, answered)
    return time.perf_counter() - begun


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=100_000)
    main(parser.parse_args().answers)
