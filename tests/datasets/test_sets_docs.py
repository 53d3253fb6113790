"""docs/sets.md holds the manifests as they are. `python tests/datasets/test_sets_docs.py` writes them anew."""

import re
from pathlib import Path

from optwright.datasets.catalog import OWN, Manifest, Release, manifests
from optwright.datasets.loaders import ANSWERS, IDS, TEXTS

DOC = Path(__file__).parents[2] / "docs" / "sets.md"
BLOCK = re.compile(r"<!-- (sets|notes) -->\n.*?\n<!-- end -->", re.DOTALL)


def table() -> list[str]:
    head = ["| set | release | items | licence | from | file or folder |", "|---|---|---|---|---|---|"]
    return head + [row(each, release) for each in manifests().values() for release in each.releases]


def row(manifest: Manifest, release: Release) -> str:
    where = release.where
    if where.startswith("https://"):
        where = f"[{where.split('/', 3)[3].removeprefix('datasets/')}]({where})"
    files = ", ".join(f"`{file}`" for file in release.files) + (" (`--download`)" if release.url else "")
    cells = (f"`{manifest.name}`", release.name, release.count or "", release.licence, where, files)
    note = f"; {release.note}" if release.note else ""
    return f"| {' | '.join(map(str, cells))}{note} |"


def notes() -> list[str]:
    known = {each.name: (f"{each.title}. Published {each.published}.", *each.notes) for each in manifests().values()}
    return [f"- **{name}**: {' '.join(words)}" for name, words in known.items()]


def block(kind: str) -> str:
    return "\n".join([f"<!-- {kind} -->", *(table() if kind == "sets" else notes()), "<!-- end -->"])


def written_anew(text: str) -> str:
    return BLOCK.sub(lambda found: block(found[1]), text)


def test_docs_show_the_manifests_as_they_are():
    text = DOC.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == 2
    assert written_anew(text) == text, "run: python tests/datasets/test_sets_docs.py"
    assert f"`{OWN}`" in text


def test_docs_name_every_field_that_is_looked_for():
    text = DOC.read_text(encoding="utf-8")
    assert not [name for name in (*TEXTS, *ANSWERS, *IDS) if f"`{name}`" not in text]


if __name__ == "__main__":
    DOC.write_text(written_anew(DOC.read_text(encoding="utf-8")), encoding="utf-8")
