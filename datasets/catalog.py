"""The sets that are known: one manifest `sets/NAME.yaml` each. None of their content comes with optwright.

A set has releases: the same items, whole or in part, with labels of their own. The first one that is here and has a
label for an item is the one that is scored, unless another is named.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import yaml

from ..errors import UsageError
from .items import Record

FOLDER = Path(__file__).parent / "sets"
OWN = "own"
"""The set of the problems that come with optwright."""


class Release(Record):
    """One publication of a set's items."""

    name: str
    licence: str
    where: str
    files: tuple[str, ...]
    """Patterns of the names of the files that its authors published, in lower case."""
    keys: tuple[str, ...] = ()
    """Fields that its rows have and those of no other release; empty where only the name tells."""
    count: int | None = None
    """Items; None where it is not established."""
    url: str | None = None
    """Where `--download` finds the file; None where it is not established, or takes more than a file."""
    note: str = ""

    def is_named(self, file: str) -> bool:
        """Whether its authors' files are named like that, in any case of letters."""
        return any(fnmatch(file.lower(), pattern) for pattern in self.files)


class Manifest(Record):
    """What is known of one set."""

    name: str
    title: str
    published: str = ""
    """Year and month: what a model with a later cutoff may have seen."""
    releases: tuple[Release, ...]
    notes: tuple[str, ...] = ()
    """What to know before believing an accuracy."""

    def release(self, name: str) -> Release:
        """Raises UsageError where there is none of that name."""
        for release in self.releases:
            if release.name == name:
                return release
        known = ", ".join(release.name for release in self.releases)
        raise UsageError(f"{self.name} has no release {name!r}; there are {known}")

    def has_file(self, file: str, fields: Collection[str]) -> bool:
        """Whether some release publishes a file of that name, with such rows where its rows can be told."""
        return any(release.is_named(file) and set(release.keys) <= set(fields) for release in self.releases)

    def release_of(self, file: str, fields: Collection[str]) -> Release:
        """The release that publishes a file of that name with such rows. Raises UsageError where none is sure."""
        known = [release for release in self.releases if release.keys and set(release.keys) <= set(fields)]
        named = [release for release in self.releases if not release.keys and release.is_named(file)]
        for found in (known, named, self.releases):
            if len(found) == 1:
                return found[0]
        names = "|".join(release.name for release in self.releases)
        raise UsageError(f"whose release of {self.name} is {file}? Say it with --release {names}")


def user_manifest(name: str) -> Manifest:
    """Of a set that only its user knows."""
    own = Release(name="original", licence="", where="added by you", files=())
    return Manifest(name=name, title="your own set", releases=(own,))


@cache
def manifests() -> dict[str, Manifest]:
    """All known sets by name, our own first."""
    found = sorted(FOLDER.glob("*.yaml"), key=lambda path: (path.stem != OWN, path.stem))
    return {path.stem: Manifest(name=path.stem, **yaml.safe_load(path.read_text(encoding="utf-8"))) for path in found}


def look_alike(manifest: Manifest, file: str, fields: Collection[str]) -> str | None:
    """Another known set that publishes a file of that name with such rows, where a known set itself has none such.

    Users name the files of sets of their own as they like.
    """
    if manifest.name not in manifests() or any(release.is_named(file) for release in manifest.releases):
        return None
    return next((other.name for other in manifests().values() if other.has_file(file, fields)), None)


def nearest(name: str) -> str:
    """Words for who misspelt a set's name."""
    close = get_close_matches(name, manifests(), n=3)
    return f"did you mean {' or '.join(close)}?" if close else f"known are {', '.join(manifests())}"
