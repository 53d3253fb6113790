"""The sets that are here: the authors' own files, as the user added them, read into items."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ..errors import DataError, UsageError
from .bundled import BundledProblem, problems
from .catalog import OWN, Manifest, Release, look_alike, manifests, nearest, user_manifest
from .fetch import fetched
from .items import Entry, Gold, Item, Label, Record
from .labels import read_label
from .loaders import blank, entries
from .overlap import clusters, digest

_CLUSTERS = "clusters.json"
_NAME = re.compile(r"\w[\w-]{0,39}")


class Added(Record):
    """What came of adding a release."""

    set: str
    release: str
    items: int
    """Of the file."""
    known: int
    """Of those, how many texts another release of the set has as well."""
    disagreeing: tuple[str, ...]
    """Ids of items whose label another release contradicts."""
    unreadable: int
    """Items without an answer that can be read."""
    blank: int
    """Rows that are empty, and left out."""
    near: dict[str, int]
    """Other sets that are here, and how many of the set's items have a near-duplicate there."""
    sha256: str
    """Of the file; of a folder's files in their order."""


class ReleaseState(Record):
    release: Release
    here: int
    """Items; 0 where it was not added."""


class SetState(Record):
    """One set for a listing."""

    manifest: Manifest
    items: int
    """That are here, of all releases together."""
    releases: tuple[ReleaseState, ...]


class Library:
    """In `home/sets`: a folder a set, in it a folder a release, in it the authors' own file or folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "sets"
        self._read: dict[str, tuple[Item, ...]] = {}
        self._alone: dict[str, list[Item]] = {}
        """As `_read`, each item in a cluster of its own text."""

    def names(self) -> tuple[str, ...]:
        """Sets that are here, our own first."""
        # What a killed `_keep` leaves behind has a dot in front.
        added = sorted({path.parents[1].name for path in self._folder.glob("[!.]*/[!.]*/*")})
        return (OWN, *added)

    def items(self, name: str) -> tuple[Item, ...]:
        """All items of a set. Raises UsageError where it is not here, and DataError where its files are damaged."""
        if name not in self._read:
            self._read[name] = self._clustered(name, self._merged(name))
        return self._read[name]

    def checksum(self, name: str) -> str:
        """Of the set's texts, answers and data; near-duplicates elsewhere do not matter. Raises as `items`."""
        whole = hashlib.sha256()
        for item in self.items(name):
            whole.update(item.model_dump_json(exclude={"cluster", "data"}).encode())
            for path in item.data:
                whole.update(path.read_bytes())
        return whole.hexdigest()[:16]

    def add(self, name: str, path: Path, release: str | None = None) -> Added:
        """Take in the authors' file or folder, in place of what there was of that release.

        A name that no manifest has makes a set of the user's own. Raises UsageError where it cannot be told whose
        release it is, or it looks like another set's, and DataError where the file cannot be read.
        """
        manifest = self._manifest(name)
        if name == OWN:
            raise UsageError(f"{OWN} comes with optwright; give yours another name")
        if not path.exists():
            raise DataError(f"{path} does not exist; name the file or folder that you downloaded")
        found = entries(path)
        fields = {field for entry in found for field in entry.fields}
        which = manifest.release(release) if release else self._release(manifest, path, fields)
        self._keep(path, self._folder / name / which.name)
        self._read.clear()
        self._alone.pop(name, None)
        (self._folder / _CLUSTERS).unlink(missing_ok=True)
        return self._added(name, which.name, len(found), path, blank(path))

    def download(self, name: str, release: str | None = None) -> Added:
        """Fetch a release from where its authors published it, then `add` it; without a name the first that has a URL.

        Raises UsageError where no URL is known, and DataError where it cannot be fetched.
        """
        manifest = manifests().get(name)
        if manifest is None:
            raise UsageError(f"nothing is known of a set {name!r}; {nearest(name)}")
        which = manifest.release(release) if release else next((r for r in manifest.releases if r.url), None)
        if which is None or which.url is None:
            raise UsageError(f"{name} cannot be fetched; {how_to_get(manifest)}")
        with tempfile.TemporaryDirectory() as folder:
            return self.add(name, fetched(which.url, Path(folder)), which.name)

    def states(self) -> tuple[SetState, ...]:
        """Every set that is known or here."""
        names = dict.fromkeys((*manifests(), *self.names()))
        return tuple(self._state(name) for name in names)

    def _state(self, name: str) -> SetState:
        manifest, here = self._manifest(name), self.items(name) if name in self.names() else ()
        counts = Counter(label.release for item in here for label in item.labels)
        releases = tuple(ReleaseState(release=each, here=counts[each.name]) for each in manifest.releases)
        return SetState(manifest=manifest, items=len(here), releases=releases)

    @staticmethod
    def _release(manifest: Manifest, path: Path, fields: set[str]) -> Release:
        other = look_alike(manifest, path.name, fields)
        if other is None:
            return manifest.release_of(path.name, fields)
        releases = "|".join(release.name for release in manifest.releases)
        raise UsageError(
            f"{path.name} looks like a file of {other}, not of {manifest.name}: add it as {other}, "
            f"or say whose release of {manifest.name} it is with --release {releases}"
        )

    def _manifest(self, name: str) -> Manifest:
        if name in manifests():
            return manifests()[name]
        if not _NAME.fullmatch(name) or name == "all":
            raise UsageError(
                f"a set cannot be named {name!r}: at most 40 letters, digits, - and _, no - in front, and not `all`"
            )
        return user_manifest(name)

    def _added(self, name: str, release: str, count: int, path: Path, blank: int) -> Added:
        items = self.items(name)
        mine = [item for item in items if item.label(release)]
        others = {other: {item.cluster for item in self.items(other)} for other in self.names() if other != name}
        near = {other: sum(item.cluster in known for item in items) for other, known in others.items()}
        return Added(
            set=name,
            release=release,
            items=count,
            known=sum(len(item.labels) > 1 for item in mine),
            disagreeing=tuple(item.id for item in mine if disagree(item.labels)),
            unreadable=sum(label.kind == "none" for item in mine for label in item.labels if label.release == release),
            blank=blank,
            near={other: number for other, number in near.items() if number},
            sha256=_sha256(path),
        )

    @staticmethod
    def _keep(path: Path, place: Path) -> None:
        """The old one goes only once the new one is there whole."""
        new = place.with_name(f".{place.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        if path.is_dir():
            shutil.copytree(path, new / path.name)
        else:
            shutil.copyfile(path, new / path.name)
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)

    def _merged(self, name: str) -> list[Item]:
        if name not in self._alone:
            self._alone[name] = self._union(name)
        return self._alone[name]

    def _union(self, name: str) -> list[Item]:
        if name == OWN:
            return [_own(problem) for problem in problems()]
        manifest = self._manifest(name)
        released = [(release.name, self._file(name, release.name)) for release in manifest.releases]
        found = {release: entries(path) for release, path in released if path}
        if not found:
            if name not in manifests():
                raise UsageError(f"no set is named {name!r}; {nearest(name)}; see `optwright bench list`")
            raise UsageError(f"the set {name} is not here; {how_to_get(manifest)}")
        return merged(name, found)

    def _file(self, name: str, release: str) -> Path | None:
        return next(iter((self._folder / name / release).glob("*")), None)

    def _clustered(self, name: str, items: list[Item]) -> tuple[Item, ...]:
        known = self._clusters() if name != OWN else {}
        return tuple(item.model_copy(update={"cluster": known.get(item.cluster, item.cluster)}) for item in items)

    def _clusters(self) -> dict[str, str]:
        """The cluster of each text of every set, by its digest; kept until a set is added."""
        file, adapter = self._folder / _CLUSTERS, TypeAdapter(dict[str, str])
        try:
            return adapter.validate_json(file.read_bytes())
        except (FileNotFoundError, ValidationError):  # not computed yet, or damaged
            pass
        texts = {item.cluster: item.text for name in self.names() for item in self._merged(name)}
        found = dict(zip(texts, clusters(list(texts.values())), strict=True))
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=f".{_CLUSTERS}.", delete=False) as new:
            new.write(adapter.dump_json(found))
        os.replace(new.name, file)
        return found


def how_to_get(manifest: Manifest) -> str:
    """The command that adds a set."""
    fetch = f"optwright bench add {manifest.name} --download" if any(r.url for r in manifest.releases) else ""
    first = manifest.releases[0]
    take = f"optwright bench add {manifest.name} PATH, with a file from {first.where}"
    note = f" ({first.note})" if first.note else ""
    return f"get it with: {f'{fetch}, or ' if fetch else ''}{take}{note}"


def merged(name: str, releases: dict[str, tuple[Entry, ...]]) -> list[Item]:
    """The union of the releases' items, matched by their normalised texts.

    A text that one release has several times is as many items: the first there is the first elsewhere. Ids are those
    of the first release that has an item; where a later one's is taken, its release stands before it.
    """
    found: dict[tuple[str, int], Item] = {}
    taken = set[str]()
    for release, rows in releases.items():
        times = Counter[str]()
        for entry in rows:
            text = digest(entry.text)
            key = (text, times[text])
            times[text] += 1
            label = read_label(release, entry.answer)
            if key in found:
                found[key] = _joined(found[key], entry, label)
            else:
                id = entry.id if entry.id not in taken else f"{release}:{entry.id}"
                taken.add(id)
                found[key] = Item(
                    id=id,
                    set=name,
                    text=entry.text,
                    data=entry.data,
                    category=entry.category,
                    labels=(label,),
                    cluster=text,
                    gold=entry.gold,
                )
    return list(found.values())


def _joined(item: Item, entry: Entry, label: Label) -> Item:
    labels = sorted((*item.labels, label), key=lambda each: each.kind == "none")
    return item.model_copy(
        update={"labels": tuple(labels), "gold": item.gold or entry.gold, "category": item.category or entry.category}
    )


def disagree(labels: Iterable[Label]) -> bool:
    """Whether two labels contradict each other: a single number agrees with named ones where it is among them."""
    known = [label for label in labels if label.kind != "none"]
    return any(not _agree(one, other) for at, one in enumerate(known) for other in known[at + 1 :])


def _agree(one: Label, other: Label) -> bool:
    if "no solution" in (one.kind, other.kind):
        return one.kind == other.kind
    if one.kind == other.kind == "quantities":
        mine, theirs = ({q.name: q.value for q in label.quantities} for label in (one, other))
        return mine.keys() == theirs.keys() and all(_close(mine[name], theirs[name]) for name in mine)
    return any(_close(a, b) for a in _values(one) for b in _values(other))


def _values(label: Label) -> list[float]:
    return [label.value] if label.value is not None else [quantity.value for quantity in label.quantities]


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))


def _own(problem: BundledProblem) -> Item:
    """A bundled problem; an incomplete one has no answer."""
    if problem.expected_status in ("infeasible", "unbounded"):
        label = Label(release="original", text=problem.expected_status, kind="no solution")
    elif problem.expected_objective is not None:
        value = problem.expected_objective
        label = Label(release="original", text=repr(value), kind="number", value=value)
    else:
        label = Label(release="original", text="", kind="none")
    return Item(
        id=problem.name,
        set=OWN,
        text=problem.text,
        data=problem.data,
        category=problem.kind,
        labels=(label,),
        cluster=digest(problem.text),
        gold=Gold(kind="pyomo", source=problem.reference) if problem.reference else None,
    )


def _sha256(path: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            whole.update(file.read_bytes())
    return whole.hexdigest()
