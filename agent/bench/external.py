"""Answers that something else produced: read from a file, and scored like those of a run."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...datasets.items import Item
from ...datasets.labels import read_label
from ...datasets.library import Library
from ...datasets.loaders import IDS, TEXTS, rows
from ...datasets.overlap import normalised
from ...errors import DataError
from ...evaluators.answers import read_answer
from ..settings import Settings
from ..store import Store
from .records import Attempt, Given, SetGiven
from .runner import ATTEMPT, KIND
from .view import RunView, view

NAMED = ("id", "item", *IDS)  # `item` names one where `index` may count the rows
ANSWERS = ("answer", "prediction", "pred", "output", "objective", "execution_best_solution")
LABELS = ("label", "ground_truth", "en_answer", "gold")


def score(settings: Settings, file: Path, set: str) -> str:
    """A run made of the answers in `file`, each found by the item's id or text; its id.

    Several rows for one item are samples of it, in their order. Raises DataError where a row has no answer, two that
    differ, or is of no item of the set, and as `loaders.rows`.
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
        answers_only=True,
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

    Rows with one id are samples of one item, in their order. Raises DataError where a row has no label or no
    answer, two that differ, or another label than a row with its id, and as `loaders.rows`.
    """
    items, attempts, set = dict[str, Item](), list[Attempt](), file.stem
    samples = Counter[str]()
    for number, row in enumerate(rows(file), start=1):
        where = f"{file.name}, row {number}"
        id = _first(row, NAMED)
        name = str(number if id is None else id)
        label = read_label("original", _needed(row, LABELS, where, "label; name the set with --set"))
        item = Item(id=name, set=set, text="", labels=(label,), cluster=f"{set}/{name}")
        if items.setdefault(name, item) != item:
            raise DataError(f"{where}: has another label than an earlier row with the id {name!r}; number them apart")
        attempts.append(_attempt(set, name, samples[name], _needed(row, ANSWERS, where, "answer")))
        samples[name] += 1
    given = Given(
        sets=(SetGiven(name=set, checksum="", items=tuple(items)),),
        method=f"answers of {file.name}",
        answers_only=True,
        samples=max(samples.values()),
    )
    return view(given, "(not stored)", datetime.now(UTC), "finished", items.values(), attempts)


def _attempts(file: Path, answers: Sequence[Mapping[str, Any]], items: Sequence[Item]) -> list[Attempt]:
    by_id = {item.id: item for item in items}
    by_text = {normalised(item.text): item for item in items}
    made, samples = list[Attempt](), Counter[str]()
    for number, row in enumerate(answers, start=1):
        where = f"{file.name}, row {number}"
        named = by_id.get(str(_first(row, NAMED)))
        told = by_text.get(normalised(str(_first(row, TEXTS) or "")))
        if named and told and normalised(named.text) != normalised(told.text):
            raise DataError(f"{where}: its id is {named.id!r}, but its text is that of {told.id!r}; leave one out")
        item = named or told
        if item is None:
            raise DataError(f"{where}: no item of {items[0].set} has its id or text; give `id` or `question`")
        made.append(_attempt(item.set, item.id, samples[item.id], _needed(row, ANSWERS, where, "answer")))
        samples[item.id] += 1
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
    """The one value under any of `names`: a file may hold the label as `answer`, and the answer as `prediction`."""
    found = {name: row[name] for name in names if name in row}
    if not found:
        raise DataError(f"{where}: has no {what} ({', '.join(names)} are looked for)")
    first, *others = found.values()
    if any(value != first for value in others):
        raise DataError(f"{where}: {' and '.join(found)} differ, and either may be meant; leave one of them out")
    return first


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first of the fields that holds something; None where none does."""
    return next((row[name] for name in names if row.get(name) is not None), None)
