from itertools import pairwise
from pathlib import Path

import highspy
import numpy as np
import pytest
from optwright.datasets import tsplib
from optwright.errors import DataError
from optwright.evaluators.local_search import improve

DATA = Path(__file__).parents[3] / "shared" / "data"
OPTIMA = {"burma14": 3323, "eil51": 426, "berlin52": 7542, "kroA100": 21282, "ch130": 6110, "ch150": 6528, "a280": 2579}
NEEDS_TSPLIB, NEEDS_CVRPLIB = (
    pytest.mark.skipif(not (DATA / name).is_dir(), reason=f"no development data in ../shared/data/{name}")
    for name in ("tsplib", "cvrplib")
)


def optimal_tour_length(distances: np.ndarray) -> int:
    """By integer programming: tours fall apart into subtours, which are forbidden one by one."""
    n = len(distances)
    first, second = np.triu_indices(n, 1)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.addVars(len(first), np.zeros(len(first)), np.ones(len(first)))
    whole = np.arange(len(first), dtype=np.int32)
    solver.changeColsCost(len(first), whole, distances[first, second].astype(float))
    solver.changeColsIntegrality(len(first), whole, np.full(len(first), highspy.HighsVarType.kInteger))

    def leave(city_set: list[int], least: int, most: float) -> None:
        edges = np.nonzero(np.isin(first, city_set) != np.isin(second, city_set))[0].astype(np.int32)
        solver.addRow(least, most, len(edges), edges, np.ones(len(edges)))

    for city in range(n):
        leave([city], 2, 2)
    while True:
        solver.run()
        taken = np.array(solver.getSolution().col_value) > 0.5
        parts = subtours(n, first[taken].tolist(), second[taken].tolist())
        if len(parts) == 1:
            return round(solver.getObjectiveValue())
        for part in parts:
            leave(part, 2, highspy.kHighsInf)


def subtours(n: int, first: list[int], second: list[int]) -> list[list[int]]:
    part = list(range(n))
    for a, b in zip(first, second, strict=True):
        old, new = part[b], part[a]
        part = [new if label == old else label for label in part]
    return [[city for city in range(n) if part[city] == label] for label in sorted(set(part))]


@NEEDS_TSPLIB
@pytest.mark.parametrize("name", ["burma14", "eil51", "berlin52"])
def test_the_shortest_tour_has_the_length_that_tsplib_states(name: str) -> None:
    instance = tsplib.read(DATA / "tsplib" / f"{name}.tsp")
    assert instance.name == name
    assert instance.capacity is None
    assert optimal_tour_length(instance.distances) == OPTIMA[name]


@NEEDS_TSPLIB
@pytest.mark.parametrize("name", OPTIMA)
def test_local_search_comes_close_to_the_optimum_that_tsplib_states(name: str) -> None:
    instance = tsplib.read(DATA / "tsplib" / f"{name}.tsp")
    tour = improve(np.arange(len(instance.distances)), instance.distances.astype(float))
    length = instance.distances[tour, np.roll(tour, -1)].sum()
    assert OPTIMA[name] <= length <= 1.12 * OPTIMA[name]


@NEEDS_CVRPLIB
@pytest.mark.parametrize("name", ["A-n32-k5", "B-n31-k5", "X-n101-k25", "X-n139-k10", "X-n200-k36"])
def test_published_routes_are_feasible_and_cost_what_they_state(name: str) -> None:
    instance = tsplib.read(DATA / "cvrplib" / f"{name}.vrp")
    routes, cost = tsplib.read_routes(DATA / "cvrplib" / f"{name}.sol")
    assert instance.capacity and instance.demands is not None and instance.depot == 0
    assert sorted(node for route in routes for node in route) == list(range(1, len(instance.distances)))
    assert all(instance.demands[route].sum() <= instance.capacity for route in routes)
    assert sum(instance.distances[leg] for route in routes for leg in pairwise([0, *route, 0])) == cost


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    file = tmp_path / "own.tsp"
    with pytest.raises(DataError, match=r"cannot read .*own\.tsp"):
        tsplib.read(file)
    file.write_text("NAME: own\nDIMENSION: 2\nEDGE_WEIGHT_TYPE: ATT\nNODE_COORD_SECTION\n1 0 0\n2 3 4\nEOF\n")
    with pytest.raises(DataError, match="'ATT' is missing, or no EDGE_WEIGHT_TYPE that is read: EUC_2D, GEO"):
        tsplib.read(file)
    file.write_text("NAME: own\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 3 4\nEOF\n")
    with pytest.raises(DataError, match="not a TSPLIB file"):
        tsplib.read(file)
    with pytest.raises(DataError, match="no routes"):
        tsplib.read_routes(file)


def test_coordinates_may_be_written_with_exponents(tmp_path: Path) -> None:
    file = tmp_path / "own.tsp"
    file.write_text("NAME : own\nDIMENSION : 2\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n 1 0 0\n 2 3e1 4.0E+1\n")
    assert tsplib.read(file).distances.tolist() == [[0, 50], [50, 0]]
