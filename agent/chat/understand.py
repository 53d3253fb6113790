"""Messages that plainly edit data, understood without a language model; of every other message nothing is understood.

A wrong edit is worse than none: a message counts only where every word of it is accounted for, by the one datum that
it calls, by a number with its unit, or by a closed list of words that carry nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ...errors import UsageError
from ...evaluators.datum import READINGS, is_number
from ..changes import Edit, edited
from ..finished import Finished
from ..formulate.formulation import Value
from ..formulate.nodes import bare
from . import lexicon as lex
from .called import Called, Column, called, decided, score

_LONGEST = 400
"""Characters of a message that may be an edit; what is longer tells more than new values."""
_MOST = 8
"""Edits of one message."""
_CLEAR = 0.45
_MARGIN = 0.099
"""How well a datum must be called, and by how much better than any other."""

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_TOKEN = re.compile(
    rf"(?P<number>(?<![\w.,:/-])(?:{_NUMBER})(?![.,:/-]?\d))|(?P<word>points%|[^\W\d_]\w*|[%€$£¥₹=+/:-])|(?P<skip>[\s,.!?'\"“”]+)|(?P<odd>.)"
)
_LEAD = re.compile(
    r"^\s*(?:(?:hi|ok|okay|so|and|now|well|please|then|but)\b[\s,]*)*(?:(?P<what>what (?:if|about)|what (?:would )?"
    r"happens? if|suppose(?: that)?|assume(?: that)?|imagine(?: that)?|say)\b|(?P<asks>(?:can|could|would) you\b)?\s*"
    r"(?:please\b\s*)?(?:(?:set|change|put|let|try)\b)?)",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^(?:is|are|was|were|can|could|would|will|may|if)\b|\bwhat\b", re.IGNORECASE)
_OPERATOR = re.compile(r"\s*(?::=|=|:(?=[\s\d]))\s*|\s+(?:to|is|becomes|equals)\s+", re.IGNORECASE)
_BREAK = re.compile(r"\s*(?:;|\n|,\s+and\b|,(?=\s)|\band\b)\s*", re.IGNORECASE)


def edits_in(text: str, run: Finished) -> tuple[Edit, ...] | None:
    """The edits that a message asks for, as `changes.edited` takes them; None where it is not plainly edits alone."""
    message = text.strip()
    if not message or len(message) > _LONGEST:
        return None
    found = _one(message, run) or _several(message, run)
    return found if found and _accepted(run, found) else None


def _one(clause: str, run: Finished) -> tuple[Edit, ...] | None:
    edit = _stated(clause, run) or _told(clause, run)
    return (edit,) if edit else None


def _several(message: str, run: Finished) -> tuple[Edit, ...] | None:
    """Every clause for itself; each must be an edit, and none may change what another does."""
    what = (found := _LEAD.match(message)) and found["what"]
    clauses = [clause for clause in _BREAK.split(message) if clause.strip(" .?!")]
    if not 1 < len(clauses) <= _MOST:
        return None
    # `What if a is 2 and b is 3?`: the second clause is supposed too.
    edits = [_one(f"what if {clause}" if what and at else clause, run) for at, clause in enumerate(clauses)]
    flat = [edit for each in edits if each for edit in each]
    return tuple(flat) if len(flat) == len(clauses) == len({edit.name for edit in flat}) else None


def _accepted(run: Finished, edits: Sequence[Edit]) -> bool:
    try:
        edited(run, edits)
    except (UsageError, OverflowError):  # a whole number beyond all floats
        return False
    return True


# ---- `name = value`, the name as data have it


def _stated(clause: str, run: Finished) -> Edit | None:
    """`oven_hours = 10`, `set demand['north'].units to 40`, `readings.units: whole`."""
    lead = _LEAD.match(clause)
    for rest in dict.fromkeys((clause, clause[lead.end() :] if lead else clause)):
        for operator in reversed(list(_OPERATOR.finditer(rest))):
            name, value = rest[: operator.start()].strip(), rest[operator.end() :].strip()
            if _known(run, name, operator[0].strip()):
                edits = (Edit(name=name, value=each) for each in _values(run, name, value))
                if found := next((edit for edit in edits if _accepted(run, (edit,))), None):
                    return found
    return None


def _known(run: Finished, name: str, operator: str) -> bool:
    """Whether the name is one of the data's by its first part; before a word such as `is` it must be no plain word."""
    if name == READINGS:
        return False
    readings = {each.name for each in run.formulation.readings if each.other}
    root = (re.match(r"[^.\[]+", name) or [""])[0]
    if operator not in (":=", "=", ":") and not re.search(r"[_.\[]", name):
        return name in readings
    own = {each.name for each in run.formulation.parameters}
    return name in run.data or root in run.data or name in own | readings


def _values(run: Finished, name: str, text: str) -> Iterator[Value]:
    """What the text after the operator can stand for, the likeliest first."""
    plain = text.rstrip("?! ").removesuffix(".")
    if re.fullmatch(rf"-?(?:{_NUMBER})(?:[eE][+-]?\d{{1,3}})?", plain):
        yield _tidy(float(plain.replace(",", "")))
    elif plain[:1] in "[{" and plain:
        try:
            yield json.loads(plain)
        except (ValueError, RecursionError):
            return
    reading = next((each for each in run.formulation.readings if each.name == name.removeprefix(f"{READINGS}.")), None)
    if reading and (name not in run.data or name.startswith(f"{READINGS}.")):
        yield from (option for option in (reading.chosen, reading.other) if option and bare(option) == bare(plain))
    elif isinstance(run.data.get(name), bool) and plain.lower() in ("true", "false", "yes", "no"):
        yield plain.lower() in ("true", "yes")
    elif isinstance(now := run.data.get(name), str) and _shape(plain) == _shape(now):
        yield plain


def _shape(text: str) -> str:
    """Texts of one shape may stand for one another: `9:00` and `10:30`, `red` and `blue`."""
    if any(letter.isdigit() for letter in text):
        return re.sub(r"\d+", "0", text)
    return "word" if text.isalpha() else text


# ---- a sentence


@dataclass(frozen=True)
class Said:
    """A clause taken apart: a change, its unit, and the words that say of what."""

    spoken: tuple[str, ...]
    """The words that are neither the change, its unit, nor fillers."""
    kind: str
    """`value`, `by` or `times`."""
    amount: float
    way: int = 0
    """1 up, -1 down, 0 where it is not said."""
    of: frozenset[str] = frozenset()
    """The number's unit."""
    per: frozenset[str] = frozenset()
    noun: str = ""
    """What is counted: the word right after the number that is no unit."""
    was: float | None = None
    """What it is now, where the clause says so."""
    roots: frozenset[str] = frozenset()
    """Identifiers that stand in it to the letter."""
    can: bool = False
    """Whether it speaks of what can be."""
    limit: bool = False
    """Whether a phrase such as `at most` stands in it."""
    more: bool = False
    """Whether it is `5 kg more of it`."""
    all: bool = False
    """Whether it speaks of all of a collection."""

    @property
    def words(self) -> frozenset[str]:
        """As data are called."""
        return frozenset(map(lex.meant, self.spoken))

    @property
    def forms(self) -> frozenset[str]:
        """As decisions are called."""
        return frozenset(map(lex.form, self.spoken))


def _told(clause: str, run: Finished) -> Edit | None:
    said = _said(clause, run)
    found = said and _meant(said, run)
    if not said or not found or not _fits(said, found):
        return None
    value = _value(said, found.value)
    return None if value is None or found.name is None else Edit(name=found.name, value=value)


def _meant(said: Said, run: Finished) -> Called | None:
    """The one thing that all the words call clearly better than anything else; None where there is none."""
    data = ((score(each, said.words, said.of), each) for each in called(run, said.words))
    decisions = ((score(each, said.forms, said.of), each) for each in decided(run))
    ranked = sorted((*data, *decisions), key=lambda each: -each[0])
    if not ranked or ranked[0][0] < _CLEAR:
        return None
    close = [each for points, each in ranked if points > ranked[0][0] - _MARGIN]
    if len(close) > 1 and said.more:  # more of a thing is more of what there is, not of what it takes per piece
        close = [each for each in close if not each.unit.per]
    return close[0] if len(close) == 1 and _sound(said, close[0]) else None


def _sound(said: Said, found: Called) -> bool:
    """Whether the clause calls the datum by what it is, and a limit as a limit."""
    if found.name is None or (said.roots and found.root not in said.roots):
        return False
    near = found.member & said.words or found.names & said.of
    if not found.named_by(said.words) and not (near and len(said.words) > 1):
        return False
    sides = found.names & {lex.MOST, lex.LEAST}
    if said.limit:
        return bool(sides & said.words) and said.kind == "value" and score(found, said.words) >= 0.9
    return not sides or bool(sides & said.words) or (said.can and lex.MOST in sides) or bool(found.needs & said.words)


def _fits(said: Said, found: Called) -> bool:
    """Whether the unit of the number is the datum's, and what it counts is what the datum counts."""
    unit = found.unit
    if said.all and is_number(found.value):
        return False
    if said.kind == "times" and said.of and "%" in unit.of:
        return False  # 10 % more of 20 %: 22 or 30?
    if said.kind == "times":
        return _was(said, found)
    if said.of == {"%"} and said.kind == "value":
        return "%" in unit.of
    if said.of:
        own = unit.of if unit.of else found.explained & lex.UNITS
        if not said.of <= own or said.of & lex.SCALES != unit.of & lex.SCALES:
            return False
    if said.noun and not said.of and (unit.measured or lex.spelled(said.noun) in unit.per - unit.of):
        return False
    return said.per <= (unit.per or found.explained) and _was(said, found)


def _was(said: Said, found: Called) -> bool:
    """Whether the datum is what the clause says it is by now."""
    return said.was is None or (is_number(found.value) and math.isclose(said.was, found.value))


def _value(said: Said, now: Any) -> Value:
    """The new value; None where it makes no sense."""
    if said.kind == "times":
        now = now.cells() if isinstance(now, Column) else now
        return _scaled(now, said.amount) if _numeric(now) else None
    if not is_number(now):
        return None
    new = said.amount if said.kind == "value" else now + said.way * said.amount
    if said.kind == "value" and said.way * (new - now) < 0:
        return None  # raised to less than it is
    return None if new < 0 <= now else _tidy(new)


def _numeric(now: Any) -> bool:
    """Whether there are numbers and nothing else but empty cells."""
    members = now.values() if isinstance(now, dict) else now if isinstance(now, list) else [now]
    return all(each is None or is_number(each) or (isinstance(each, dict) and _numeric(each)) for each in members)


def _scaled(now: Any, factor: float) -> Value:
    if isinstance(now, dict):
        return {key: _scaled(each, factor) for key, each in now.items()}
    if isinstance(now, list):
        return [_scaled(each, factor) for each in now]
    return _tidy(now * factor) if is_number(now) else now


def _tidy(value: float) -> float | int:
    near = float(f"{value:.12g}") if math.isfinite(value) else value
    return int(near) if near.is_integer() and abs(near) < 1e15 else near


# ---- a clause's tokens


def _said(clause: str, run: Finished) -> Said | None:
    """The clause taken apart; None where it asks, sets a rule, or holds not exactly one change."""
    lead = _LEAD.match(clause)
    rest = clause[lead.end() :] if lead else clause
    asked = clause.rstrip().endswith("?") and not (lead and (lead["what"] or lead["asks"]))
    if asked or _ASKS.search(rest.strip()):
        return None
    tokens = _tokens(re.sub(r"\bthe value of\b", "", lex.normal(rest)))
    if tokens is None or not lex.STRUCTURAL.isdisjoint(tokens) or _decides(tokens):
        return None
    tokens, was = _without_old([token for token in tokens if token != "all"])
    numbers = [at for at, token in enumerate(tokens) if isinstance(token, float)]
    factors = [token for token in tokens if token in lex.FACTORS]
    if len(numbers) + len(factors) != 1:
        return None
    parsed = _factor(tokens, str(factors[0])) if factors else _numbered(tokens, numbers[0])
    if parsed is None:
        return None
    roots = frozenset(re.findall(r"[^\W\d]\w*", rest)) & {each for each in run.data if "_" in each}
    limit = bool(lex.PHRASED.search(rest.casefold()))
    whole = bool(re.search(r"\ball\b", rest, re.IGNORECASE))
    return replace(parsed, was=was, roots=roots, limit=limit, can="can" in tokens, all=whole)


Tokens = list[str | float]


def _tokens(text: str) -> Tokens | None:
    """Words, signs and numbers; None where anything else stands in it."""
    tokens: Tokens = []
    for found in _TOKEN.finditer(text):
        if found["odd"]:
            return None
        if found["number"]:
            tokens.append(float(found["number"].replace(",", "")))
        elif found["word"]:
            tokens.append(lex.NUMBERS.get(found["word"], found["word"]))
    return tokens


def _decides(tokens: Tokens) -> bool:
    """Whether somebody does something: `we rent 4` is a decision, `we have 4` and `we double it` are data."""
    allowed = lex.HANDLES | lex.UPWARD | lex.DOWNWARD | set(lex.FACTORS)
    follows = pairwise([*tokens, ""])
    return any(token in lex.DECIDERS and word not in allowed for token, word in follows)


def _without_old(tokens: Tokens) -> tuple[Tokens, float | None]:
    """`from 40 to 50`, `50 instead of 40`: the tokens without the value so far, and that value."""
    for at, token in enumerate(tokens[:-1]):
        number = tokens[at + 1]
        if token == "from" and isinstance(number, float):
            return tokens[:at] + tokens[at + 2 :], number
        if tokens[at : at + 2] == ["instead", "of"] and isinstance(old := (tokens[at + 2 : at + 3] or [""])[0], float):
            return tokens[:at] + tokens[at + 3 :], old
    return tokens, None


def _factor(tokens: Tokens, word: str) -> Said | None:
    return Said(_spoken([token for token in tokens if token != word]), "times", lex.FACTORS[word])


def _spoken(tokens: Sequence[str | float]) -> tuple[str, ...]:
    return tuple(
        token for token in tokens if isinstance(token, str) and token not in lex.FILLERS and token not in (":", "=")
    )


def _numbered(tokens: Tokens, at: int) -> Said | None:
    """A clause with one number: the number with its unit and direction, and the words around it."""
    amount = tokens[at]
    assert isinstance(amount, float)
    before, sign, marks = _before(tokens[:at])
    more, of, per, after = _after(tokens[at + 1 :])
    percent = of == {"%"}
    way, relative, before, after = _direction(before, after, more or sign, percent)
    spoken = _spoken([*before, *after])
    if way is None or not spoken or not {"+", "-", "/"}.isdisjoint(spoken) or (sign and not percent):
        return None
    noun = str(after[0]) if after and after[0] not in lex.FILLERS else ""
    said = Said(spoken, "value", amount, way, of | marks, per, noun, more=bool(more))
    if relative and percent and tokens[at + 1] != "points%":
        return replace(said, kind="times", amount=1 + way * amount / 100)
    return replace(said, kind="by") if relative else said


def _before(tokens: Tokens) -> tuple[Tokens, int, frozenset[str]]:
    """The tokens before the number without its sign and currency, its sign, and its currency."""
    marks: frozenset[str] = frozenset()
    if tokens and tokens[-1] in lex.CURRENCIES:
        marks, tokens = frozenset({lex.spelled(str(tokens[-1]))}), tokens[:-1]
    sign = {"+": 1, "-": -1}.get(str(tokens[-1]), 0) if tokens else 0
    return (tokens[:-1] if sign else tokens), sign, marks


def _after(tokens: Tokens) -> tuple[int, frozenset[str], frozenset[str], Tokens]:
    """Of the tokens after the number: more or less, the unit, the unit that it is per, and the rest."""
    more, of, per = 0, [], []
    while tokens:
        word = str(tokens[0])
        if not more and word in lex.MORE | lex.LESS:
            more = 1 if word in lex.MORE else -1
            # `cheaper` says both that it is less, and what.
            tokens = ["cost", *tokens[1:]] if word == "cheaper" else tokens[1:]
        elif lex.spelled(word) in lex.UNITS:
            of.append(lex.spelled(word))
            tokens = tokens[1:]
        elif of and word in ("per", "/", "a", "an") and tokens[1:] and tokens[1] not in lex.FILLERS:
            per.append(lex.spelled(str(tokens[1])))
            tokens = tokens[2:]
        else:
            break
    return more, frozenset(of), frozenset(per), tokens


def _direction(before: Tokens, after: Tokens, more: int, percent: bool) -> tuple[int | None, bool, Tokens, Tokens]:
    """Which way it goes (None where two are said), whether by the number, and the tokens without those words."""
    ups = [token for token in (*before, *after) if token in lex.UPWARD]
    downs = [token for token in (*before, *after) if token in lex.DOWNWARD]
    last = before[-1] if before else ""
    by, to = last == "by", last == "to"
    if more:
        return (None if ups or downs or by or to else more), True, before, after
    if (ups and downs) or len(ups) + len(downs) > 2:
        return None, False, before, after
    way = 1 if ups else -1 if downs else 0
    if by or (percent and way and not to):
        return (way or None), True, *_without(before, after, {*ups, *downs})
    return (way, False, *_without(before, after, {*ups, *downs})) if to else (0, False, before, after)


def _without(before: Tokens, after: Tokens, words: set[Any]) -> tuple[Tokens, Tokens]:
    return [token for token in before if token not in words], [token for token in after if token not in words]
