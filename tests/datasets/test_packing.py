import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optwright.datasets import packing
from optwright.datasets.packing import Packing
from optwright.errors import DataError

DATA = Path(__file__).parents[3] / "shared" / "data" / "bin_packing"
WORDS = st.text("abcdefgh_0123456789", min_size=1, max_size=8).filter(lambda word: not word[0].isdigit())


@st.composite
def drawn(draw: st.DrawFn, capacity: float | None = None) -> Packing:
    room = capacity or draw(st.integers(1, 1000))
    sizes = st.integers(1, int(room)) | st.floats(0.25, room).map(lambda size: round(size, 2)).filter(bool)
    items = draw(st.lists(sizes.filter(lambda size: size <= room), min_size=1, max_size=12))
    return Packing(draw(WORDS), room, np.array(items, float))


SOME = st.lists(drawn(), min_size=1, max_size=5, unique_by=lambda instance: instance.name)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packing") / "own.txt"


def same(read: tuple[Packing, ...], written: list[Packing]) -> None:
    assert [instance.name for instance in read] == [instance.name for instance in written]
    assert [instance.capacity for instance in read] == [instance.capacity for instance in written]
    for one, other in zip(read, written, strict=True):
        assert one.items.dtype == float
        np.testing.assert_array_equal(one.items, other.items)


def as_or_library(instances: list[Packing], gap: str = "\n") -> str:
    parts = [str(len(instances))]
    for each in instances:
        parts += [f" {each.name} ", f" {each.capacity} {len(each.items)} 1", *map(repr, each.items.tolist())]
    return gap.join(parts)


@given(SOME, st.sampled_from(["\n", "\r\n", " \n\n", "\t"]))
def test_or_librarys_format_is_one_set_named_after_the_file(file: Path, instances: list[Packing], gap: str) -> None:
    file.write_text(as_or_library(instances, gap) + gap, newline="")
    (name,) = sets = packing.read(file)
    assert name == "own"
    same(sets[name], instances)


@given(st.dictionaries(WORDS, SOME, min_size=1, max_size=3))
def test_funsearchs_format_has_sets_and_instances_with_names(file: Path, sets: dict[str, list[Packing]]) -> None:
    def entry(each: Packing) -> dict:
        return {"capacity": each.capacity, "num_items": len(each.items), "items": each.items.tolist()}

    file.write_text(json.dumps({name: {each.name: entry(each) for each in found} for name, found in sets.items()}))
    read = packing.read(file)
    assert list(read) == list(sets)
    for name, found in sets.items():
        same(read[name], found)


@given(st.sampled_from([100, 500]), st.data())
def test_eohs_format_takes_its_capacity_from_whoever_reads_it(file: Path, capacity: int, data: st.DataObject) -> None:
    instances = data.draw(st.lists(drawn(100), min_size=1, max_size=5))
    file.write_text(json.dumps({"1000": [each.items.tolist() for each in instances]}))
    (read,) = packing.read(file, capacity).values()
    same(read, [Packing(str(number), capacity, each.items) for number, each in enumerate(instances)])


@given(SOME, st.data())
def test_a_file_of_or_library_that_lacks_its_end_or_has_more_is_refused(
    file: Path, instances: list[Packing], data: st.DataObject
) -> None:
    words = as_or_library(instances).split()
    file.write_text(" ".join(words[: data.draw(st.integers(1, len(words) - 1))]))
    with pytest.raises(DataError, match=r"it ends after|sizes of|get .*again"):
        packing.read(file)
    file.write_text(" ".join([*words, data.draw(WORDS)]))
    with pytest.raises(DataError, match="1 words too many"):
        packing.read(file)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.just("items"), inner, max_size=4),
    max_leaves=12,
)


@given(st.text(max_size=60) | st.text("0123456789 .-\neab", max_size=60) | JSON.map(json.dumps))
def test_any_text_is_instances_or_an_error_of_one_line(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", errors="replace")
    try:
        sets = packing.read(file)
    except DataError as error:
        assert "own.txt" in str(error) and "\n" not in str(error)
        return
    for instance in [each for found in sets.values() for each in found]:
        assert 0 < instance.items.min() <= instance.items.max() <= instance.capacity


WRONG = {
    "empty": (" \n", "own.txt: the file is empty"),
    "prose": ("Please see the web page\n", "first line: 'Please' where a number of instances"),
    "no instances": ("0\n", "first line: '0' where a number"),
    "fewer instances": ("2\nu1\n150 2 1\n42\n69\n", "it ends after 1 of 2 instances"),
    "fewer sizes": ("1\nu1\n150 3 1\n42\n69\n", "instance 'u1': 2 sizes of 3"),
    "more sizes": ("1\nu1\n150 2 1\n42\n69\n67\n", "1 words too many after 1 instances"),
    "a word for a size": ("1\nu1\n150 2 1\n42\nsix\n", "instance 'u1': 'six' where a capacity or a size"),
    "an item above the capacity": ("1\nu1\n150 2 1\n42\n151\n", r"size 151 \(item 1\) is above the capacity 150"),
    "an item of size zero": ("1\nu1\n150 2 1\n42\n0\n", "instance 'u1': a size is 0.0; expected a number above 0"),
    "NaN in OR-Library's": ("1\nu1\n150 1 1\nnan\n", "a size is nan"),
    "no JSON": ('{"OR3": ', "line 1: not JSON: Expecting value"),
    "a list": ("[[42, 69]]", "no sets of instances"),
    "an empty set": ('{"OR3": {}}', "set 'OR3': no instances"),
    "no capacity": ('{"OR3": {"u1": {"items": [42]}}}', "instance 'u1': it has no capacity or no items"),
    "another number of items": (
        '{"OR3": {"u1": {"capacity": 150, "num_items": 2, "items": [42]}}}',
        "num_items is 2, but there are 1 items",
    ),
    "a negative capacity": ('{"OR3": {"u1": {"capacity": -1, "items": [42]}}}', "its capacity is -1"),
    "text for a size": ('{"1000": [[42, "69"]]}', "set '1000', list 0: a size is '69'"),
    "true for a size": ('{"1000": [[42, true]]}', "a size is True"),
    "NaN in JSON": ('{"1000": [[42, NaN]]}', "NaN is not a size"),
    "a size beyond all floats": ('{"1000": [[1e999]]}', "a size is inf"),
    "a size of a thousand digits": (f'{{"1000": [[{"9" * 1000}]]}}', "a size is 999"),
    "a size of five thousand digits": (f'{{"1000": [[{"9" * 5000}]]}}', "a number too long"),
    "brackets": ('{"1000": ' + "[" * 100_000, "too many brackets"),
    "an empty list": ('{"1000": [[]]}', r"list 0: its items are \[\]"),
    "sizes without a list": ('{"1000": [42, 69]}', "list 0: its items are 42"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_in_one_line_with_its_place(what: str, tmp_path: Path) -> None:
    text, reason = WRONG[what]
    file = tmp_path / "own.txt"
    file.write_text(text)
    with pytest.raises(DataError, match=reason) as refusal:
        packing.read(file)
    assert str(refusal.value).startswith("own.txt") and "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*own\.txt: No such file"):
        packing.read(tmp_path / "own.txt")
    with pytest.raises(DataError, match=r"cannot read .*: Is a directory"):
        packing.read(tmp_path)
    (tmp_path / "own.pkl").write_bytes(b"\x80\x04\x95\xff\xfe")
    with pytest.raises(DataError, match=r"own\.pkl: not a text file"):
        packing.read(tmp_path / "own.pkl")


@pytest.mark.skipif(not DATA.is_dir(), reason="no development data in ../shared/data/bin_packing")
def test_the_same_set_from_or_library_and_from_funsearch_is_the_same() -> None:
    (published,) = packing.read(DATA / "binpack3.txt").values()
    assert len(published) == 20
    same(packing.read(DATA / "funsearch_or3_weibull5k.json")["OR3"], list(published))
