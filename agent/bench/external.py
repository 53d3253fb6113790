"""Answers that something else produced: read from a file, and scored like those of a run."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...datasets.items import Item
from ...datasets.labels import read_label
from ...datasets.library import Library
from ...datasets.loaders import rows
from ...datasets.overlap import normalised
from ...errors import DataError
from ...evaluators.answers import read_answer
from ..settings import Settings
from ..store import Store
from .records import Attempt, Given, SetGiven
from .runner import ATTEMPT, KIND
from .view import RunView, view

IDS = ("id", "item", "index", "task_id", "name")
TEXTS = ("question", "en_question", "Question", "description", "problem", "text")
ANSWERS = ("answer", "prediction", "pred", "output", "objective", "execution_best_solution")
LABELS = ("label", "ground_truth", "en_answer", "gold")


def score(settings: Settings, file: Path, set: str) -> str:
    """A run made of the answers in `file`, each found by the item's id or text; its id.

    Several rows for one item are samples of it, in their order. Raises DataError where a row has no answer or is of
    no item of the set.
    """
    library, answers = Library(settings.home), rows(file)
    items = library.items(set)
    attempts = _attempts(file, answers, items)
    run = secrets.token_hex(4)
    given = Given(
        sets=(
            SetGiven(name=set, checksum=library.checksum(set), items=tuple(dict.fromkeys(a.item for a in attempts))),
        ),
        method=f"answers of {file.name}",
        samples=1 + max(attempt.sample for attempt in attempts),
    )
    with closing(Store.of(settings)) as store:
        store.create_run(run, kind=KIND, title=f"{set}: {given.method}", settings=given)
        for attempt in attempts:
            store.append(run, ATTEMPT, attempt)
        store.finish_run(run, "finished")
    return run


def scored_alone(file: Path) -> RunView:
    """Rows that carry their own label, scored without any set: nothing is stored.

    Raises DataError where a row has no label or no answer.
    """
    items, attempts, set = list[Item](), list[Attempt](), file.stem
    for number, row in enumerate(rows(file), start=1):
        where = f"{file.name}, row {number}"
        name = str(_first(row, IDS) if _key(row, IDS) else number)
        label = read_label("original", _needed(row, LABELS, where, "label; name the set with --set"))
        items.append(Item(id=name, set=set, text="", labels=(label,), cluster=f"{set}/{name}"))
        attempts.append(_attempt(set, name, 0, _needed(row, ANSWERS, where, "answer")))
    ids = tuple(item.id for item in items)
    if len(dict.fromkeys(ids)) < len(ids):
        raise DataError(f"{file.name}: two rows have one id; number them apart")
    given = Given(sets=(SetGiven(name=set, checksum="", items=ids),), method=f"answers of {file.name}", samples=1)
    return view(given, "", datetime.now(UTC), "finished", items, attempts)


def _attempts(file: Path, answers: Sequence[Mapping[str, Any]], items: Sequence[Item]) -> list[Attempt]:
    by_id = {item.id: item for item in items}
    by_text = {normalised(item.text): item for item in items}
    made = list[Attempt]()
    for number, row in enumerate(answers, start=1):
        where = f"{file.name}, row {number}"
        item = by_id.get(str(_first(row, IDS))) or by_text.get(normalised(str(_first(row, TEXTS) or "")))
        if item is None:
            raise DataError(f"{where}: no item of {items[0].set} has its id or text; give `id` or `question`")
        sample = sum(attempt.item == item.id for attempt in made)
        made.append(_attempt(item.set, item.id, sample, _needed(row, ANSWERS, where, "answer")))
    return made


def _attempt(set: str, item: str, sample: int, raw: Any) -> Attempt:
    answer = read_answer(raw)
    return Attempt(
        set=set,
        item=item,
        sample=sample,
        outcome="no program" if answer.status == "none" else "answered",
        answer=answer,
    )


def _needed(row: Mapping[str, Any], names: Sequence[str], where: str, what: str) -> Any:
    key = _key(row, names)
    if key is None:
        raise DataError(f"{where}: has no {what} ({', '.join(names)} are looked for)")
    return row[key]


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    key = _key(row, names)
    return row[key] if key else None


def _key(row: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in row), None)
