"""What the words of a message can call: a run's data, and its decisions, which no edit of data changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...evaluators.datum import READINGS, WHOLE, Key, is_number, is_table
from ..finished import Finished
from ..formulate.formulation import Parameter
from ..formulate.nodes import path_of
from . import lexicon as lex

_LISTED = 500
"""Members or rows beyond which a message calls a collection as a whole, or by the letter of its name."""
_ALIKE = 20
"""A word that stands in more rows than this calls none of them."""
_NAMED, _LIKE, _DESCRIBED, _QUOTED = 3.0, 2.0, 2.0, 1.0
"""What a word counts that is the name's or the member's, one of the same sense, the description's, the quote's."""
_NEEDS = frozenset({"need", "requir"})


@dataclass(frozen=True)
class Called:
    """Something that words can mean."""

    name: str | None
    """As `changes.edited` takes it; None for a decision."""
    value: Any
    names: frozenset[str]
    member: frozenset[str] = frozenset()
    described: frozenset[str] = frozenset()
    quoted: frozenset[str] = frozenset()
    unit: lex.Unit = lex.NO_UNIT

    @property
    def root(self) -> str:
        return (self.name or "").split("[")[0].split(".")[0]

    @property
    def explained(self) -> frozenset[str]:
        """Every word that it accounts for."""
        return self.names | self.member | self.described | self.quoted | self.unit.of | self.unit.per

    def named_by(self, words: frozenset[str]) -> bool:
        """Whether the words hold one of its name, or another of the same sense."""
        own = self.names - {lex.MOST, lex.LEAST}
        return bool(own & words) or any(_alike(self, word, words) for word in own)

    @property
    def needs(self) -> frozenset[str]:
        """Words with which its own text says that it is a limit from below."""
        return (self.described | self.quoted) & _NEEDS if lex.LEAST in self.names else frozenset()


def score(each: Called, words: frozenset[str], unit: frozenset[str] = frozenset()) -> float:
    """How well words call it: 1 where they are its name and nothing else, 0 where one of them is not accounted for.

    `unit` are the words of the number's unit, which need not be accounted for but may be in the name.
    """
    points = [_points(each, word) for word in words]
    if not points or not all(points):
        return 0.0
    own = each.names | each.member
    covered = sum(1.0 if word in words | unit else 2 / 3 if _alike(each, word, words) else 0.0 for word in own)
    return 0.6 * sum(points) / (_NAMED * len(points)) + 0.4 * covered / max(1, len(own))


def _points(each: Called, word: str) -> float:
    if word in each.names or word in each.member:
        return _NAMED
    if word in lex.COSTS and lex.COSTS & (each.names | each.described) and _paid(each, word):
        return _LIKE
    if word in each.described or word in each.unit.of:
        return _DESCRIBED
    return _QUOTED if word in each.quoted or word in each.unit.per else 0.0


def _alike(each: Called, word: str, words: frozenset[str]) -> bool:
    """Whether the words hold another of the same sense as this one of its name."""
    return word in lex.COSTS and any(_paid(each, other) for other in words & lex.COSTS)


def _paid(each: Called, word: str) -> bool:
    """Whether what something costs may mean this: what it sells at is a price too, but not a cost."""
    return (
        each.name is not None and word in lex.COST and lex.EARNS.isdisjoint(each.names | each.described | each.quoted)
    )


# ---- what there is to be called


def decided(run: Finished) -> Iterator[Called]:
    """The variables, in the words' `form`s: a message that calls one is about a decision."""
    members = {each.name: each.members or [] for each in run.formulation.sets}
    for each in run.formulation.variables:
        names, described = lex.forms_of(each.name), lex.forms_of(each.description)
        unit = lex.unit_of(each.unit)
        yield Called(None, None, names, described=described, unit=unit)
        for member in (member for index in each.index for member in members.get(index, [])[:_LISTED]):
            yield Called(None, None, names, lex.forms_of(member), described, unit=unit)


def called(run: Finished, words: frozenset[str]) -> Iterator[Called]:
    """The data, those of large collections only where `words` hold a word of theirs.

    What is no number is there too, as nothing that words can change: a message may mean it all the same.
    """
    params = {path_of(each, run.files): each for each in run.formulation.parameters}
    found = set()
    for root, value in run.data.items():
        if root != READINGS:
            for each in _below(value, root, (), params, words):
                found.add(each.name)
                yield each
    for path, param in params.items():
        if path not in found:
            yield replace(_call(path, None, param, ()), name=None)


def _below(
    value: Any, path: str, keys: tuple[Key, ...], params: Mapping[str, Parameter], words: frozenset[str]
) -> Iterator[Called]:
    if is_number(value):
        yield _call(path, value, params.get(path), ())
    elif is_table(value):
        yield from _table(value, path, params, words)
    elif isinstance(value, list):
        yield from _collection(value, path, params.get(path), words)
    elif isinstance(value, dict) and path not in params and any(key.startswith(f"{path}[") for key in params):
        for key, member in value.items():
            yield from _below(member, f"{path}[{key!r}]", (*keys, key), params, words)
    elif isinstance(value, dict):
        yield from _collection(value, path, params.get(path), words)


def _collection(value: Any, path: str, param: Parameter | None, words: frozenset[str]) -> Iterator[Called]:
    leaves = list(_leaves(value, ())) if isinstance(value, dict) and len(value) <= _LISTED else []
    texts = frozenset().union(*(lex.words_of(str(key)) for keys, _ in leaves for key in keys))
    if not any(_silent(key) for keys, _ in leaves for key in keys):
        yield _call(path, value, param, (), texts)
    for keys, leaf in leaves[:_LISTED]:
        member = frozenset().union(*(lex.words_of(str(key)) for key in keys))
        if member and (len(leaves) <= WHOLE or member & words):
            yield _call(path + "".join(f"[{key!r}]" for key in keys), leaf, param, keys, texts)


def _silent(key: Any) -> bool:
    """Whether a member goes by a word that messages are full of: `A` does, and `a` says nothing."""
    return isinstance(key, str) and key.casefold() in lex.FILLERS


def _leaves(value: Any, keys: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], float]]:
    if is_number(value):
        yield keys, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, (*keys, key))


def _table(rows: list[dict], path: str, params: Mapping[str, Parameter], words: frozenset[str]) -> Iterator[Called]:
    """Columns, and in a small table the cells of the rows whose text stands in the message."""
    few = rows[:_LISTED]
    columns = {name: None for row in few for name, cell in row.items() if is_number(cell)}
    named = _rows_named(few, words) if len(rows) <= _LISTED else []
    texts = frozenset().union(*(lex.words_of(label) for _, label in named))
    for column in columns:
        param = params.get(f"{path}.{column}")
        if not any(_silent(cell) for row in few for cell in row.values()):
            yield _call(f"{path}.{column}", Column(rows, column), param, (), texts)
        for at, label in named:
            if is_number(few[at].get(column)):
                yield _call(f"{path}[{_key(few, at, label)!r}].{column}", few[at][column], param, (label,), texts)


@dataclass(frozen=True, eq=False)
class Column:
    """A table's column, whose cells are read where they are needed."""

    rows: Sequence[Mapping[str, Any]]
    column: str

    def cells(self) -> list[Any]:
        return [row.get(self.column) for row in self.rows]


def _rows_named(rows: Sequence[Mapping[str, Any]], words: frozenset[str]) -> list[tuple[int, str]]:
    """The rows by their label, the first text in them, where the message holds a word of it."""
    labels = (next((cell for cell in row.values() if isinstance(cell, str)), "") for row in rows)
    found = [(at, label) for at, label in enumerate(labels) if words & lex.words_of(label)]
    return found if len(found) <= _ALIKE else []


def _key(rows: Sequence[Mapping[str, Any]], at: int, label: str) -> Key:
    """What calls the row in a name: its label where that stands in no other row."""
    plain = not any(mark in label for mark in "'\"\\\n")
    return label if plain and sum(label in row.values() for row in rows) == 1 else at


def _call(
    path: str, value: Any, param: Parameter | None, keys: Sequence[Key], texts: frozenset[str] = frozenset()
) -> Called:
    """`texts` are the words of all members: another member's word does not stand for this one."""
    member = frozenset().union(*(lex.words_of(str(key)) for key in keys))
    others = texts - member
    if param is None:
        return Called(path, value, lex.words_of(path) - texts, member)
    return Called(
        name=path,
        value=value,
        names=lex.words_of(param.name),
        member=member,
        described=lex.words_of(f"{param.description} {param.column or ''}") - others,
        quoted=lex.words_of(param.quote) - others,
        unit=lex.unit_of(param.unit),
    )
