"""Which texts are the same, and which are nearly the same.

Near-duplicates are texts whose sets of word 4-grams have a Jaccard index of at least 0.7, and whatever such pairs
chain together: the measure under which the public sets' 3,558 distinct texts are 3,240 clusters (docs/sets.md).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

GRAM, NEAR = 4, 0.7
_ROWS = 500
"""Texts that are compared with all at once: bounds the memory that the comparison takes."""


def normalised(text: str) -> str:
    """Words and numbers alone, in lower case: two releases of a text differ in less than that."""
    plain = unicodedata.normalize("NFKC", text).lower().replace(",", "")
    return " ".join(re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+", plain))


def digest(text: str) -> str:
    """Of a text in its normalised form."""
    return hashlib.sha256(normalised(text).encode()).hexdigest()[:16]


def clusters(texts: Sequence[str]) -> list[str]:
    """The cluster of each text: the least digest of its members, which stays the same whatever else is there."""
    from scipy.sparse import csr_array, vstack
    from scipy.sparse.csgraph import connected_components

    if not texts:
        return []
    incidence = _incidence([normalised(text) for text in texts])
    sizes = incidence.sum(axis=1)
    parts = []
    for start in range(0, len(texts), _ROWS):
        common = (incidence[start : start + _ROWS] @ incidence.T).tocoo()
        rows, columns = common.coords
        union = sizes[rows + start] + sizes[columns] - common.data
        near = common.data >= NEAR * union
        parts.append(csr_array((near[near], (rows[near], columns[near])), shape=(common.shape[0], len(texts))))
    members = connected_components(vstack(parts), directed=False)[1].tolist()
    least: dict[int, str] = {}
    for text, member in zip(texts, members, strict=True):
        least[member] = min(digest(text), least.get(member, "g"))
    return [least[member] for member in members]


def _incidence(texts: Sequence[str]):
    """One row a text, one column a gram; a text of fewer words is one gram."""
    import numpy as np
    from scipy.sparse import csr_array

    columns: dict[str, int] = {}
    rows = [sorted({columns.setdefault(gram, len(columns)) for gram in _grams(text)}) for text in texts]
    starts = np.cumsum([0, *map(len, rows)])
    indices = np.concatenate([np.array(row, dtype=np.int32) for row in rows])
    return csr_array((np.ones(len(indices), dtype=np.int32), indices, starts), shape=(len(rows), len(columns)))


def _grams(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[at : at + GRAM]) for at in range(max(1, len(words) - GRAM + 1))]
