"""Offline changes to candidates that are solutions: numbers are perturbed, elements of lists change places."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

from .records import Plan, Proposal

_ATTEMPTS = 40


class _Unfit(Exception):
    """The operator finds nothing to work on."""


def change(plan: Plan, seeds: tuple[str, ...]) -> Proposal:
    """The first parent after one step: a JSON value of the same form. A permutation stays one, of the same elements."""
    texts = [parent.text for parent in plan.parents] or list(seeds)
    rng = plan.rng
    try:
        known = [json.loads(text) for text in texts]
    except (ValueError, RecursionError) as error:
        return Proposal(status="no_code", reason=f"a parent is not JSON: {error}")
    for _ in range(_ATTEMPTS):
        holder = [json.loads(texts[0])]
        try:
            thought = _STEPS[plan.operator](holder, known[-1], rng)
        except _Unfit:
            continue
        if holder[0] not in known:
            return Proposal(text=json.dumps(holder[0]), thought=thought)
    return Proposal(status="no_code", reason=f"{plan.operator} made nothing new of its parents")


def numbers(value: Any) -> list[tuple[Any, Any]]:
    """The places of numbers, as (container, key); the elements of permutations are none of them."""
    if isinstance(value, list) and _permutation(value):
        return []
    keys = range(len(value)) if isinstance(value, list) else list(value)
    found = []
    for key in keys:
        if isinstance(value[key], list | dict):
            found += numbers(value[key])
        elif isinstance(value[key], bool | int | float):
            found.append((value, key))
    return found


def _lists(value: Any) -> list[list[Any]]:
    """All lists of two elements and more."""
    own = [value] if isinstance(value, list) and len(value) > 1 else []
    parts = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    return own + [found for part in parts for found in _lists(part)]


def _permutation(value: list[Any]) -> bool:
    """Whether only the order says something: three words and more, or the integers from 0 or 1 on, each once."""
    if len(value) < 3 or len(set(map(repr, value))) < len(value):
        return False
    if all(isinstance(element, str) for element in value):
        return True
    integers = all(isinstance(element, int) and not isinstance(element, bool) for element in value)
    return integers and min(value) in (0, 1) and max(value) - min(value) == len(value) - 1


def _perturb(holder: list[Any], other: Any, rng: random.Random) -> str:
    """Changes about a third of the numbers, at least one."""
    places = numbers(holder)
    if not places:
        raise _Unfit
    chosen = [place for place in places if rng.random() < 1 / 3] or [rng.choice(places)]
    scale = 10 ** rng.uniform(-3, 0)
    for container, key in chosen:
        container[key] = _moved(container, container[key], scale, rng)
    return f"{len(chosen)} of {len(places)} numbers changed by about {scale:.1g} of their size"


def _constant(holder: list[Any], other: Any, rng: random.Random) -> str:
    places = numbers(holder)
    if not places:
        raise _Unfit
    container, key = rng.choice(places)
    before = container[key]
    container[key] = _moved(container, before, 10 ** rng.uniform(-3, 0), rng)
    return f"number {before} → {container[key]}"


def _moved(container: Any, value: Any, scale: float, rng: random.Random) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        peers = [peer for peer in (container if isinstance(container, list) else ()) if isinstance(peer, int)]
        if len(peers) > 2 and max(peers) - min(peers) < len(peers):  # choices or counts: only those that occur
            return rng.choice(sorted(set(peers)))
        return value + rng.choice((-1, 1)) * max(1, round(abs(rng.gauss(0, scale * abs(value)))))
    return float(f"{value + rng.gauss(0, scale * max(abs(value), 0.1)):.6g}")


def _swap(values: list[Any], i: int, j: int) -> None:
    values[i], values[j] = values[j], values[i]


def _reverse(values: list[Any], i: int, j: int) -> None:
    values[i : j + 1] = values[i : j + 1][::-1]


def _insert(values: list[Any], i: int, j: int) -> None:
    values.insert(j, values.pop(i))


def _rearranged(
    step: Callable[[list[Any], int, int], None], what: str
) -> Callable[[list[Any], Any, random.Random], str]:
    def rearrange(holder: list[Any], other: Any, rng: random.Random) -> str:
        lists = _lists(holder[0])
        if not lists:
            raise _Unfit
        values = rng.choice([value for value in lists if _permutation(value)] or lists)
        i, j = sorted(rng.sample(range(len(values)), 2))
        step(values, *rng.choice(((i, j), (j, i))) if step is _insert else (i, j))
        return f"{what} {i}, {j}"

    return rearrange


def _any_order(holder: list[Any], other: Any, rng: random.Random) -> str:
    return rng.choice(_ORDERS)(holder, other, rng)


_ORDERS = (_rearranged(_swap, "swapped"), _rearranged(_reverse, "reversed"), _rearranged(_insert, "moved"))


def _either(holder: list[Any], other: Any, rng: random.Random) -> str:
    """Numbers where there are any, else the order."""
    return _perturb(holder, other, rng) if numbers(holder) else _any_order(holder, other, rng)


def _cross(holder: list[Any], other: Any, rng: random.Random) -> str:
    """Permutations: order crossover (Davis, 1985). Numbers: each from one parent, or between both."""
    holder[0] = _crossed(holder[0], other, rng)
    return "from both parents"


def _crossed(one: Any, other: Any, rng: random.Random) -> Any:
    if isinstance(one, list) and isinstance(other, list):
        if _permutation(one) and len(one) == len(other) and set(map(str, one)) == set(map(str, other)):
            i, j = sorted(rng.sample(range(len(one) + 1), 2))
            kept = one[i:j]
            rest = [element for element in other if element not in kept]
            return [*rest[:i], *kept, *rest[i:]]
        return [_crossed(a, b, rng) for a, b in zip(one, other, strict=False)] if len(one) == len(other) else one
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _crossed(value, other[key], rng) if key in other else value for key, value in one.items()}
    if isinstance(one, float) and isinstance(other, int | float) and rng.random() < 0.3:
        return float(f"{one + rng.random() * (other - one):.6g}")
    return other if type(one) is type(other) and rng.random() < 0.5 else one


_STEPS: dict[str, Callable[[list[Any], Any, random.Random], str]] = {
    "random_program": _either,
    "subtree_mutation": _either,
    "subtree_crossover": _cross,
    "operator_change": _any_order,
    "constant_change": _constant,
    "insert": _ORDERS[2],
    "hoist": _ORDERS[1],
    "local_variable": _ORDERS[0],
}
"""The operators of `Genetic`, as far as a solution knows them."""
