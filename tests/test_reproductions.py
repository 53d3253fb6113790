"""`benchmarks/reproductions.py` on a part of what it measures; the published figures stand here once more."""

import importlib.util
import subprocess
import sys
from dataclasses import replace
from math import nextafter
from pathlib import Path
from types import ModuleType

import pytest
from optwright.errors import DataError
from optwright.evaluators import task

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "benchmarks" / "reproductions.py"
DOCUMENT = ROOT / "docs" / "reproductions.md"
DATA = ROOT.parent / "shared" / "data" / "bin_packing"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no development data in ../shared/data/bin_packing")

# Lower bound, First Fit and Best Fit: FunSearch's Table 1; without a bound: EoH's Table 1.
PUBLISHED = {
    "OR1": ("49.05", "6.42", "5.81"),
    "OR2": ("101.55", "6.45", "6.06"),
    "Weibull 5k (FunSearch's)": ("1987.8", "4.23", "3.98"),
    "Weibull 1k (EoH's), C = 100": ("", "5.32", "4.87"),
    "Weibull 1k (EoH's), C = 500 as published": ("", "4.97", "4.50"),
}
BEST_FIT = "def priority(item, bins):\n    return item - bins\n"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reproductions", SCRIPT)
    assert spec and spec.loader
    module = sys.modules["reproductions"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def packing() -> task.Task:
    return task.load("online_bin_packing")


def named(script: ModuleType, name: str):
    return next(benchmark for benchmark in script.BENCHMARKS if benchmark.name == name)


def run(*options: object) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, SCRIPT, *map(str, options)], capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout, done.stderr


@needs_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_first_fit_and_best_fit_have_the_published_excess(name: str, script: ModuleType, packing: task.Task) -> None:
    measured = script.measure(packing, DATA, named(script, name))
    bound, *excess = PUBLISHED[name]
    assert bound in ("", f"{measured.bound:g}")
    assert [f"{found:.2f}" for found in measured.excess.values()] == excess
    assert list(measured.differences()) == []


@needs_data
def test_first_fit_puts_each_item_of_an_instance_where_a_plain_loop_does(
    script: ModuleType, packing: task.Task
) -> None:
    instance = script.instances(DATA, named(script, "Weibull 5k (FunSearch's)"))[0]
    rooms: list[float] = []
    chosen = []
    for item in instance["items"].tolist():
        place = next((number for number, room in enumerate(rooms) if room >= item), len(rooms))
        rooms[place:] = (
            [instance["capacity"] - item] if place == len(rooms) else [rooms[place] - item, *rooms[place + 1 :]]
        )
        chosen.append(place)
    assert packing.drive(script.RULES["First Fit"], instance).tolist() == chosen


@pytest.mark.parametrize(
    ("cities", "published"), [(20, 4.446566634076893), (50, 6.891886602053466), (100, 9.650788327301203)]
)
def test_nearest_neighbour_has_the_published_mean_to_the_last_bit(
    cities: int, published: float, script: ModuleType
) -> None:
    length = script.nearest_neighbour(cities)
    assert length == published
    assert script.tour_row(cities, length).endswith("| yes |")
    assert "| no: +" in script.tour_row(cities, nextafter(length, 100))


@needs_data
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_document_holds_what_is_measured(name: str, script: ModuleType, packing: task.Task) -> None:
    assert script.row(script.measure(packing, DATA, named(script, name))) in DOCUMENT.read_text().splitlines()


@needs_data
def test_a_digit_that_differs_is_named(script: ModuleType, packing: task.Task) -> None:
    benchmark = named(script, "OR1")
    other = replace(benchmark, bound=49.1, excess=benchmark.excess | {"Best Fit": 5.82})
    assert list(script.measure(packing, DATA, other).differences()) == [
        "OR1: lower bound 49.05, published 49.1",
        "OR1: Best Fit 5.81 %, published 5.82 %",
    ]


@needs_data
async def test_a_program_is_verified_in_the_sandbox_and_has_its_own_figures(
    script: ModuleType, packing: task.Task
) -> None:
    some = [named(script, name) for name in PUBLISHED]
    found = await script.verify(BEST_FIT, DATA, some)
    assert found == {each.name: script.measure(packing, DATA, each).excess["Best Fit"] for each in some}


OVERFULL = """
import numpy as np

def priority(item, bins):
    __import__("sys")._getframe(1).f_locals["room"][:] = 150
    return -np.arange(len(bins))
"""
FORESEEING = """
def priority(item, bins):
    instance = __import__("sys")._getframe(1).f_locals.get("instance")
    return bins if instance is not None and len(instance["items"]) == 5000 else -bins
"""
PROGRAMS = {
    "another name": ("def score(item, bins):\n    return -bins\n", "forbidden", "it defines no function 'priority'"),
    "a forbidden import": ("import os\n" + BEST_FIT, "forbidden", "it imports 'os'"),
    "no Python": ("priority = \n", "forbidden", "the program cannot be parsed"),
    "raises": ("def priority(item, bins):\n    return bins / None\n", "error", "line 2: TypeError"),
    "ends the process": ("def priority(item, bins):\n    raise SystemExit\n", "error", ""),
    "too high a place": ("def priority(item, bins):\n    return [0] * len(bins) + [1]\n", "error", ""),
    "fills bins beyond their capacity": (OVERFULL, "infeasible", "bin 0 holds 5763, more than 150"),
}


@needs_data
@pytest.mark.parametrize("what", PROGRAMS)
async def test_a_bad_program_is_a_row_with_its_failure(what: str, script: ModuleType) -> None:
    program, status, reason = PROGRAMS[what]
    found = await script.verify(program, DATA, [named(script, "OR1"), named(script, "OR2")])
    assert list(found) == ["OR1"]
    assert found["OR1"].startswith(f"{status} on instance 0: {reason}"), found
    assert "\n" not in found["OR1"]


@needs_data
def test_the_command_prints_the_failure_and_ends_there(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(PROGRAMS["raises"][0])
    code, out, said = run("--verify", tmp_path / "own.py", "--data", DATA)
    assert (code, said) == (0, "")
    _, figures, reason = out.splitlines()
    assert figures.split() == ["OR1", "fails", "6.42", "5.81", "5.30"]
    assert reason.startswith("OR1: error on instance 0: line 2: TypeError")


async def test_a_program_that_looks_at_the_items_to_come_is_found_out(script: ModuleType) -> None:
    assert "stepped on test instance 0 it scores" in await script.foresight(FORESEEING)
    assert await script.foresight(BEST_FIT) == ""


@needs_data
async def test_a_set_that_was_changed_is_refused(script: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "eoh_weibull_1k.json").write_text('{"1000": [[50, 50]]}')
    (tmp_path / "binpack1.txt").write_text("1\nu1\n150 1 1\n42\n")
    with pytest.raises(DataError, match="1 instances where 5 were published"):
        script.instances(tmp_path, named(script, "Weibull 1k (EoH's), C = 100"))
    with pytest.raises(DataError, match=r"binpack2\.txt is not in"):
        await script.verify(BEST_FIT, tmp_path, [named(script, "OR1"), named(script, "OR2")])


def test_who_has_no_data_is_told_where_to_get_them(tmp_path: Path) -> None:
    code, out, said = run("--data", tmp_path)
    assert (code, out) == (2, "")
    assert said.startswith("binpack1.txt is not in") and "--data" in said and said.count("\n") == 1
    for where in ("OR-Library", "FunSearch", "EoH", "docs/reproductions.md"):
        assert where in said


def test_what_cannot_be_read_or_written_to_is_said_in_one_line_before_anything_is_measured(tmp_path: Path) -> None:
    assert run("--verify", tmp_path / "none.py")[::2] == (
        2,
        f"cannot read {tmp_path}/none.py: No such file or directory\n",
    )
    (tmp_path / "own.md").write_text("no markers")
    code, _, said = run("--write", tmp_path / "own.md", "--data", tmp_path)
    assert code == 2 and "lacks the lines <!-- measured: begin -->" in said and said.count("\n") == 1
    assert (tmp_path / "own.md").read_text() == "no markers"
    (tmp_path / "own.py").write_bytes(b"\xff\xfe")
    assert "it is not UTF-8 text" in run("--verify", tmp_path / "own.py")[2]


def test_what_stands_around_the_markers_is_kept(script: ModuleType, tmp_path: Path) -> None:
    document = tmp_path / "own.md"
    document.write_text(f"before\n{script.BEGIN}\nold\n{script.END}\nafter\n")
    for _ in range(2):
        script.write(document, lambda: "new")
        assert document.read_text() == f"before\n{script.BEGIN}\nnew\n{script.END}\nafter\n"
