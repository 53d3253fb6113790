"""Which items of a set a run takes: seeded, and stratified by category."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from ...datasets.items import Item


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
