"""Sets that a user adds: their own files, several releases of the same items, what they share."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
from optwright.datasets.bundled import problems
from optwright.datasets.catalog import Manifest, Release, manifests
from optwright.datasets.fetch import fetched
from optwright.datasets.library import Library
from optwright.datasets.overlap import digest
from optwright.errors import DataError, UsageError
from published import FILES, SHARED, needed

LOAVES = "A baker sells loaves at 3 euros each and can bake 40 of them a day. How much can she earn?"
ROLLS = "A baker sells rolls at 1 euro each and can bake 90 of them a day. How much can she earn?"


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path / "home")


def file(folder: Path, rows: list[dict], name: str = "OptMATH_Bench.json") -> Path:
    (path := folder / name).write_text(json.dumps(rows))
    return path


def asked(text: str, answer: object, **more: object) -> dict:
    return {"en_question": text, "en_answer": answer, **more}


def test_our_own_set_is_always_there_with_its_proved_answers(library):
    assert library.names() == ("own",)
    items = {item.id: item for item in library.items("own")}
    assert len(items) == len(problems()) >= 40
    assert items["honey"].labels[0].kind == "no solution"
    assert items["choir_boats"].labels[0].kind == "no solution"
    assert all(item.gold or item.labels[0].kind == "none" for item in items.values())
    assert {"LP", "MIP", "QP", "NLP", "MINLP"} == {item.category for item in items.values()}


def test_a_release_is_added_and_found_again_by_another_library(library, tmp_path):
    added = library.add("optmath", file(tmp_path, [asked(LOAVES, 120), asked(ROLLS, "No Best Solution")]))
    assert (added.release, added.items, added.known, added.disagreeing) == ("original", 2, 0, ())
    again = Library(tmp_path / "home")
    assert [(item.id, item.labels[0].kind) for item in again.items("optmath")] == [
        ("1", "number"),
        ("2", "no solution"),
    ]
    assert again.names() == ("own", "optmath")


def test_a_corrected_release_labels_the_same_items(library, tmp_path):
    library.add("optmath", file(tmp_path, [asked(LOAVES, 120), asked(ROLLS, 80)]))
    corrected = "problem_class,question,answer\n['Mix'],\"" + ROLLS.upper() + '",[90.0]\n"",Another one?,7\n'
    (csv := tmp_path / "optimind_cleaned_classified_optmath.csv").write_text("\ufeff" + corrected)
    added = library.add("optmath", csv)
    assert (added.release, added.items, added.known, added.disagreeing) == ("optimind", 2, 1, ("2",))
    loaves, rolls, another = library.items("optmath")
    assert [(label.release, label.value) for label in rolls.labels] == [("original", 80.0), ("optimind", 90.0)]
    assert rolls.category == "Mix" and len(loaves.labels) == 1
    assert (another.id, another.labels[0].release) == ("optimind:2", "optimind")


def test_a_label_that_cannot_be_read_stands_behind_one_that_can(library, tmp_path):
    library.add("optmath", file(tmp_path, [asked(LOAVES, "")]))
    library.add("optmath", file(tmp_path, [asked(LOAVES, 120)], "OptMATH_Bench_193.jsonl"))
    [item] = library.items("optmath")
    assert [label.release for label in item.labels] == ["extended", "original"]


def test_adding_again_replaces_and_changes_the_checksum(library, tmp_path):
    library.add("optmath", file(tmp_path, [asked(LOAVES, 120)]))
    before = library.checksum("optmath")
    library.add("optmath", file(tmp_path, [asked(LOAVES, 120)]))
    assert library.checksum("optmath") == before
    library.add("optmath", file(tmp_path, [asked(LOAVES, 121)]))
    assert library.checksum("optmath") != before and len(library.items("optmath")) == 1


def test_what_a_killed_addition_leaves_behind_is_no_set(library, tmp_path):
    """A folder with a dot in front, as another addition makes it: the listing works, and adding again does."""
    (left := tmp_path / "home/sets/my_set/.original.new").mkdir(parents=True)
    (left / "mine.json").write_text("[{")
    assert library.names() == ("own",)
    assert "my_set" not in [state.manifest.name for state in library.states()]
    assert library.add("my_set", file(tmp_path, [asked(LOAVES, 120)], "mine.json")).items == 1
    assert library.names() == ("own", "my_set")


def test_a_file_that_cannot_be_read_leaves_what_was_there(library, tmp_path):
    library.add("optmath", file(tmp_path, [asked(LOAVES, 120)]))
    (tmp_path / "OptMATH_Bench.json").write_text("[{")
    with pytest.raises(DataError):
        library.add("optmath", tmp_path / "OptMATH_Bench.json")
    assert [item.text for item in library.items("optmath")] == [LOAVES]


def test_near_duplicates_share_a_cluster_across_sets(library, tmp_path):
    library.add("optmath", file(tmp_path, [asked(LOAVES, 120), asked("Quite another matter altogether, of ships.", 1)]))
    added = library.add("my_set", file(tmp_path, [{"question": LOAVES + " Say it.", "answer": 120}], "mine.json"))
    assert added.near == {"optmath": 1}
    [mine], [loaves, other] = library.items("my_set"), library.items("optmath")
    assert mine.cluster == loaves.cluster != other.cluster


def test_whose_release_it_is_can_be_said_or_must_be(library, tmp_path):
    rows = file(tmp_path, [asked(LOAVES, 120)], "download.json")
    with pytest.raises(UsageError, match=r"whose release of optmath .* --release original\|extended\|optimind"):
        library.add("optmath", rows)
    assert library.add("optmath", rows, "extended").release == "extended"
    with pytest.raises(UsageError, match="no release 'other'; there are original, extended, optimind"):
        library.add("optmath", rows, "other")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("optibench", r"not here; get it with: optwright bench add optibench PATH, with a file from https://github"),
        ("nl4opt", "optwright bench add nl4opt --download"),
        ("logior", r"bench add logior PATH, with a file from .*/ORThought \(the folder datasets/processed/LogiOR\)"),
        ("bwor", "is not established"),
        ("optibanch", "no set is named 'optibanch'; did you mean optibench?"),
    ],
)
def test_a_set_that_is_not_here_says_how_to_get_it(library, name, message):
    with pytest.raises(UsageError, match=message):
        library.items(name)


def test_a_file_of_another_set_is_refused_unless_it_is_said_whose_release_it_is(library, tmp_path):
    rows = file(tmp_path, [{"Question": LOAVES, "Answer": 120, "Type": "x"}], "mamo_complex_lp.jsonl")
    with pytest.raises(UsageError, match=r"looks like a file of mamo_complex, not of mamo_easy: .* --release original"):
        library.add("mamo_easy", rows)
    assert library.names() == ("own",)
    assert library.add("mamo_easy", rows, "original").items == 1
    assert library.add("my_set", rows).items == 1


def test_a_name_that_several_sets_could_have_is_another_sets_only_with_its_rows(library, tmp_path):
    rows = file(tmp_path, [{"Question": LOAVES, "Answer": 120, "Type": "x"}], "test.jsonl")
    assert library.add("mamo_easy", rows).release == "original"


@pytest.mark.parametrize(
    ("name", "release", "files"),
    [
        ("logior", "orthought", {"question.txt": LOAVES, "answer.json": '{"status": "optimal", "obj": 120}'}),
        ("complexor", "original", {"description.txt": LOAVES, "sample.json": '[{"input": {}, "output": [120]}]'}),
        (
            "miplib_nl",
            "original",
            {"instance.json": '{"abstract_problem": "Q", "parameters": {}, "files": {}, "optimal_value": 120}'},
        ),
    ],
)
def test_the_files_of_a_folder_tell_whose_release_it_is(library, tmp_path, name, release, files):
    (folder := tmp_path / "download" / "first").mkdir(parents=True)
    for each, content in files.items():
        (folder / each).write_text(content)
    assert library.add(name, tmp_path / "download").release == release
    [item] = Library(tmp_path / "home").items(name)
    assert (item.id, item.labels[0].value) == ("first", 120.0)


def test_texts_with_characters_that_are_none_are_stored(library, tmp_path):
    (path := tmp_path / "odd.json").write_text(r'[{"question": "Loaves \ud800?", "answer": "1"}]')
    library.add("my_set", path)
    assert library.items("my_set")[0].text == "Loaves \ufffd?" and library.checksum("my_set")


@pytest.mark.parametrize("content", ["{", "", '{"a": 1}', "\ud800"])
def test_damaged_clusters_are_computed_anew(library, tmp_path, content):
    library.add("optmath", file(tmp_path, [asked(LOAVES, 120)]))
    library.add("my_set", file(tmp_path, [{"question": LOAVES + " Say it.", "answer": 120}], "mine.json"))
    [kept] = (tmp_path / "home" / "sets").glob("*.json")
    whole = kept.read_bytes()
    kept.write_bytes(content.encode("utf-8", "surrogatepass"))
    again = Library(tmp_path / "home")
    assert again.items("my_set")[0].cluster == again.items("optmath")[0].cluster
    assert kept.read_bytes() == whole
    assert not [path for path in kept.parent.iterdir() if path.is_file() and path != kept]


@pytest.mark.parametrize("name", ["own", "all", "../x", "a b", "", "-x", "-", "x" * 41])
def test_names_that_no_set_can_have(library, tmp_path, name):
    with pytest.raises(UsageError):
        library.add(name, file(tmp_path, [asked(LOAVES, 120)]))


def test_a_release_is_fetched_from_where_it_is_published(library, tmp_path, monkeypatch):
    (served := tmp_path / "served").mkdir()
    file(served, [asked(LOAVES, 120)], "here.json")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    releases = tuple(Release(name=name, licence="", where="", files=(), url=url + name) for name in ("here.json", "x"))
    known = {"here": Manifest(name="here", title="", releases=releases)}
    monkeypatch.setattr("optwright.datasets.library.manifests", lambda: known)
    try:
        assert library.download("here").items == 1
        with pytest.raises(DataError, match=r"/x cannot be fetched \(File not found\)"):
            library.download("here", "x")
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(DataError, match="cannot be fetched"):
        library.download("here")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
        b"what is HTTP?\r\n",
        b"",
    ],
    ids=["cut short", "cut short in a chunk", "no HTTP", "nothing"],
)
def test_what_arrives_damaged_is_not_taken_in(tmp_path, answer):
    class Broken(StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer + json.dumps(asked(LOAVES, 120)).encode() * bool(answer))

    with ThreadingTCPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with pytest.raises(DataError, match=r"cannot be fetched \(.+\); fetch it in a browser"):
                fetched(f"http://127.0.0.1:{server.server_address[1]}/set.jsonl", tmp_path)
        finally:
            server.shutdown()
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_fetched_says_where_to_get_it(library):
    with pytest.raises(UsageError, match="optibench cannot be fetched; get it with: optwright bench add"):
        library.download("optibench")


def test_manifests_hold_together():
    for name, manifest in manifests().items():
        assert manifest.releases and manifest.title, name
        assert len({release.name for release in manifest.releases}) == len(manifest.releases)
        assert all(release.url is None or release.url.startswith("https://") for release in manifest.releases)


@needed
def test_published_files_are_told_apart_and_matched_by_their_texts(library):
    for name, path, release, count in FILES:
        added = library.add(name, SHARED / path)
        assert (added.release, added.items) == (release, count), path
    items = {name: library.items(name) for name in library.names()}
    assert {name: len(found) for name, found in items.items() if name != "own"} == {
        "complexor": 10, "industryor": 69, "logior": 42, "mamo_complex": 140, "mamo_easy": 337, "miplib_nl": 40,
        "nl4opt": 165, "nl4opt_e": 165, "nlp4lp": 138, "optibench": 331, "optmath": 123,
    }  # fmt: skip
    shared = {item.cluster for item in items["nl4opt"]}
    assert sum(item.cluster in shared for item in items["optibench"]) == 129
    every = [item for found in items.values() for item in found if item.set != "own"]
    assert (len(every), len({digest(item.text) for item in every}), len({item.cluster for item in every})) == (
        1560,
        1160,
        1091,
    )
    assert sum(len(item.labels) > 1 for item in items["mamo_complex"]) > 50
    assert not {item.cluster for item in items["own"]} & {
        i.cluster for n, found in items.items() if n != "own" for i in found
    }


@needed
@pytest.mark.parametrize(
    ("name", "first", "second", "known", "disagreeing"),
    [
        ("mamo_complex", "mamo/mamo_complex_lp.jsonl", "optimind/optimind_cleaned_classified_mamo_complex.csv", 55, 18),
        ("mamo_easy", "mamo/mamo_easy_lp.jsonl", "alphaopt_clean/mamo_easy.json", 287, 0),
        ("optmath", "optmath/OptMATH_Bench.json", "optimind/optimind_cleaned_classified_optmath.csv", 32, 7),
        (
            "industryor",
            "optimind/optimind_cleaned_classified_industryor.csv",
            "alphaopt_clean/industryor.json",
            30,
            3,
        ),
        ("nl4opt", "optmath/NL4OPT.json", "alphaopt_clean/nl4opt.json", 111, 9),
        ("optibench", "optibench/OptiBench.json", "alphaopt_clean/optibench.json", 229, 0),
    ],
)
def test_releases_disagree_where_they_were_found_to(library, name, first, second, known, disagreeing):
    library.add(name, SHARED / first)
    added = library.add(name, SHARED / second)
    assert (added.known, len(added.disagreeing)) == (known, disagreeing)
