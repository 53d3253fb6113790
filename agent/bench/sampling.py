"""Which items of a set a run takes, seeded and stratified by category; and whose labels count."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from ...datasets.items import Item
from ...errors import UsageError


def sample(items: Sequence[Item], limit: int | None, seed: int) -> tuple[Item, ...]:
    """`limit` of the items, each category in proportion, in an order that depends on nothing but ids and seed.

    Samples are nested: a larger limit with the same seed adds items and leaves out none.
    """
    strata: defaultdict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.id):
        strata[item.category].append(item)
    places: list[tuple[float, str, Item]] = []
    for category, members in strata.items():
        draw = random.Random(f"{seed}/{category}")
        draw.shuffle(members)
        offset = draw.random()  # so that small strata do not all come at the same place
        places += [((rank + offset) / len(members), item.id, item) for rank, item in enumerate(members)]
    return tuple(item for _, _, item in sorted(places, key=lambda place: place[:2])[:limit])


def labelled(items: Sequence[Item], release: str | None) -> tuple[Item, ...]:
    """Items that `release` has a label for, that label first; all without one.

    Raises UsageError where it has none for any.
    """
    if release is None:
        return tuple(items)
    found = tuple(
        item.model_copy(update={"labels": (label, *(other for other in item.labels if other != label))})
        for item in items
        if (label := item.label(release))
    )
    if not found:
        known = dict.fromkeys(label.release for item in items for label in item.labels)
        raise UsageError(f"no item of the run has a label by {release!r}; there are {', '.join(known)}")
    return found
