"""What it costs to score stored answers again: `python benchmarks/scoring.py [--answers 100000]`.

Prints the processor time that one core takes for all rules alone, and for all that `optwright bench rescore` does:
reading the set and the answers, scoring them under every rule, intervals. They are 1,000 items' samples.
Bar: 100,000 answers in 10 s.
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

SET, ITEMS = "made_up", 1000
BAR = 10.0


def made_up(folder: Path, count: int) -> Path:
    """A set and a file with `count` answers to its items in turn; labels of every kind, half of the answers right."""
    draw = random.Random(0)
    labels = [label(draw, number) for number in range(ITEMS)]
    rows = [
        {"id": str(number), "question": f"{draw.getrandbits(256):x}", "answer": each}
        for number, each in enumerate(labels)
    ]
    answers = [
        {"id": str(at % ITEMS), "answer": labels[at % ITEMS] if draw.random() < 0.5 else draw.uniform(0, 1000)}
        for at in range(count)
    ]
    (folder / f"{SET}.json").write_text(json.dumps(rows))
    (file := folder / "answers.json").write_text(json.dumps(answers))
    return file


def label(draw: random.Random, number: int) -> object:
    value = draw.choice([draw.randrange(10_000), round(draw.uniform(0, 1000), 2)])
    return draw.choice([value, value, value, {"a": number, "profit": value}, "No Best Solution"])


def main(count: int) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name))
        file = made_up(settings.home, count)
        Library(settings.home).add(SET, settings.home / f"{SET}.json")
        run = score(settings, file, SET)
        print(f"{count:,} stored answers, {len(RULES)} rules, one core")
        print(f"  rules alone:    {rules_alone(settings, run):6.2f} s   (bar {BAR * count / 100_000:g} s)")
        begun = time.process_time()
        found = rescored(settings, run, (), None)
        print(f"  bench rescore:  {time.process_time() - begun:6.2f} s")
        print("  right of the first samples: " + ", ".join(f"{each.rule} {each.share.count}" for each in found))


def rules_alone(settings: Settings, run: str) -> float:
    items = {item.id: item.labels[0] for item in Library(settings.home).items(SET)}
    with closing(Store.of(settings)) as store:
        pairs = [(items[attempt.item], attempt.answer) for attempt in attempts(store, run)]
    begun = time.process_time()
    for label, answered in pairs:
        if scorable(label):
            scores(label, answered)
    return time.process_time() - begun


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=100_000)
    main(parser.parse_args().answers)
