"""The bundled problems with messy files: a second means for each, and that each oddity of the files counts.

As in `test_catalog`, the second means read files and text again and share nothing with the references.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from datetime import date, time
from itertools import combinations, pairwise

import highspy
import pytest
from optwright.datasets.bundled import problem, problems
from optwright.datasets.tables import read_data, to_data
from pyomo.contrib.solver.common.factory import SolverFactory

NAMES = [bundled.name for bundled in problems() if "messy files" in bundled.tags]


@pytest.mark.parametrize("name", NAMES)
def test_second_means_agrees(name):
    assert problem(name).expected_objective == pytest.approx(CHECKS[name](), rel=1e-8)


@pytest.mark.parametrize(
    "name, file, change",
    [
        ("loading_docks", "trucks", {"waits_until": "15:00"}),
        ("loading_docks", "trucks", {"tail_lift": "yes"}),
        ("loading_docks", "docks", {"longest_m": 0}),
        ("loading_docks", "closures", {"window": "12:00"}),
        ("spare_parts", "parts", {"purchase_eur": 0}),
        ("spare_parts", "machines", {"hours": 0}),
        ("spare_parts", "certificates", {"valid_until": "01.01.2025"}),
    ],
)
def test_what_a_blank_means_changes_the_optimum(name, file, change):
    data = to_data(read_data(problem(name).data))
    ((column, meaning),) = change.items()
    data[file] = [{**row, column: meaning if row[column] is None else row[column]} for row in data[file]]
    assert optimum(name, data) != pytest.approx(problem(name).expected_objective)


@pytest.mark.parametrize(
    "name, file, key",
    [
        ("loading_docks", "trucks", ["truck"]),
        ("spare_parts", "certificates", ["machine", "article"]),
        ("workshop_supplies", "needs", ["wanted_by", "workshop", "article", "pieces"]),
    ],
)
def test_leaving_out_repeated_rows_changes_the_optimum(name, file, key):
    data = to_data(read_data(problem(name).data))
    first = {tuple(row[column] for column in key): row for row in reversed(data[file])}
    assert len(first) < len(data[file])
    data[file] = list(first.values())
    assert optimum(name, data) != pytest.approx(problem(name).expected_objective)


@pytest.mark.parametrize(
    "name, file, column", [("loading_docks", "closures", "day"), ("workshop_supplies", "needs", "wanted_by")]
)
def test_dates_change_the_optimum(name, file, column):
    data = to_data(read_data(problem(name).data))
    data[file] = [{**row, column: "2025-05-14"} for row in data[file]]
    assert optimum(name, data) != pytest.approx(problem(name).expected_objective)


def optimum(name: str, data) -> float:
    """NaN where there is no plan: that, too, differs from the answer."""
    program: dict = {}
    exec(problem(name).reference or "", program)
    model = program["build_model"](data)
    result = SolverFactory("highs").solve(
        model, load_solutions=False, raise_exception_on_nonoptimal_result=False, rel_gap=1e-7
    )
    return math.nan if result.incumbent_objective is None else result.incumbent_objective


# The second means ----------------------------------------------------------------------------------------------------


def loading_docks() -> float:
    """Least-cost flow: every truck in turn takes a shortest path to the sink, through a dock and a window or away."""
    graph: dict[tuple, dict[tuple, list[float]]] = defaultdict(dict)  # [free capacity, cost]

    def arc(tail: tuple, head: tuple, capacity: int, cost: float) -> None:
        graph[tail][head], graph[head][tail] = [capacity, cost], [0, -cost]

    closed = {tuple(row.values())[1:] for row in rows("loading_docks", "closures.csv") if row["day"] == "2025-05-14"}
    closed = {(int(dock.strip("D")), window.rjust(5, "0") if window else "") for dock, window in closed}
    loads: dict[tuple[str, ...], int] = defaultdict(int)
    for name, length, lift, pallets, *times in rows_plain("loading_docks", "trucks.csv"):
        loads[name, length, lift, *times] += int(pallets)
    for window in (360, 540, 720, 900):
        arc((window,), ("sink",), 11, 0)
        for dock, *_ in rows_plain("loading_docks", "docks.csv"):
            if not {(int(dock), ""), (int(dock), f"{window // 60:02d}:00")} & closed:
                arc((dock, window), (window,), 1, 0)
    for (name, length, lift, come, leave), pallets in loads.items():
        arc((name, "truck"), ("sink",), 1, 90 + 7 * pallets)
        for dock, kind, longest, metres in rows_plain("loading_docks", "docks.csv"):
            if (longest and float(length) > float(longest)) or (kind == "ground" and not lift):
                continue
            for window in (360, 540, 720, 900):
                in_time = minutes(come) <= window and (not leave or window + 180 <= minutes(leave))
                if in_time and (dock, window) in graph:
                    arc(
                        (name, "truck"), (dock, window), 1, 0.03 * pallets * int(metres) + (window - minutes(come)) / 12
                    )
    return sum(augment(graph, (truck[0], "truck")) for truck in loads)


def augment(graph, source) -> float:
    """Sends one unit from source to sink along a shortest path (Bellman and Ford, with a queue)."""
    length, before, waiting = {source: 0.0}, {}, [source]
    while waiting:
        tail = waiting.pop(0)
        for head, (free, cost) in graph[tail].items():
            if free and length[tail] + cost < length.get(head, math.inf) - 1e-9:
                length[head], before[head] = length[tail] + cost, tail
                waiting += [head] if head not in waiting else []
    path = [("sink",)]
    while path[-1] != source:
        path.append(before[path[-1]])
    for head, tail in pairwise(path):
        graph[tail][head][0] -= 1
        graph[head][tail][0] += 1
    return length["sink",]


def minutes(clock: str) -> int:
    return 60 * int(clock[:-3]) + int(clock[-2:])


def spare_parts() -> float:
    """The dual: worth of a piece of each article, and what an hour more is worth on each machine and in each hall."""
    highs = highspy.Highs()
    highs.silent()
    (path,) = [path for path in problem("spare_parts").data if path.suffix == ".json"]
    hall_hours = {key: hall.get("hours") for key, hall in json.loads(path.read_text(encoding="utf-8"))["halls"].items()}
    price = {key: highs.addVariable(lb=0) for key, hours in hall_hours.items() if hours is not None}
    value = [hall_hours[key] * -price[key] for key in price]
    hour_cost = {}
    for machine, hall, hours, wage in rows_plain("spare_parts", "machines.csv"):
        hour_cost[machine] = float(wage) + price.get(hall, 0)
        if hours:
            own = highs.addVariable(lb=0)
            hour_cost[machine] = hour_cost[machine] + own
            value.append(-float(hours) * own)
    worth = {}
    for article, pieces, bought in rows_plain("spare_parts", "parts.csv"):
        worth[article] = highs.addVariable(lb=0, ub=float(bought) if bought else highspy.kHighsInf)
        value.append(float(pieces) * worth[article])
    last = {(machine, code[2:]): rest for machine, code, *rest in rows_plain("spare_parts", "certificates.csv")}
    for (machine, article), (rate, until) in last.items():
        in_time = not until or "".join(reversed(until.split("."))) >= "20250430"
        if machine in hour_cost and article in worth and in_time:  # broken: 0 pieces in an hour that costs something
            highs.addConstr(float(rate) * worth[article] <= hour_cost[machine])
    highs.maximize(highs.qsum(value))
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return highs.getInfo().objective_function_value


def workshop_supplies() -> float:
    """Every set of three suppliers; articles tied by pairs go, as one, where they are cheapest."""
    pieces: dict[str, int] = defaultdict(int)
    for day, _, article, count in rows_plain("workshop_supplies", "needs.csv"):
        pieces[article] += int(count) if day < "2025-07" else 0
    tied = {article: {article} for article, count in pieces.items() if count}
    for a, b in rows_plain("workshop_supplies", "pairs.csv"):
        if a in tied and b in tied:
            both = tied[a] | tied[b]
            tied |= dict.fromkeys(both, both)
    (path,) = [path for path in problem("workshop_supplies").data if path.suffix == ".json"]
    suppliers = json.loads(path.read_text(encoding="utf-8"))["suppliers"].values()
    suppliers = [(supplier["freight_eur"], supplier["articles"]) for supplier in suppliers if supplier["articles"]]
    bundles = {frozenset(bundle) for bundle in tied.values()}
    cost = [[sum(paid(offers.get(a), pieces[a]) for a in bundle) for _, offers in suppliers] for bundle in bundles]
    return min(
        sum(suppliers[s][0] for s in chosen) + sum(min(row[s] for s in chosen) for row in cost)
        for count in (1, 2, 3)
        for chosen in combinations(range(len(suppliers)), count)
    )


def paid(offer, pieces: int) -> float:
    """Least cost over every quantity that is enough, one by one, each at the price that holds for it."""
    if offer is None:
        return math.inf
    prices = sorted((int(start), price) for start, price in offer["prices"].items())
    largest = max(pieces, prices[-1][0])
    limit = offer["most"] if offer.get("most") is not None else largest
    costs = [
        quantity * [price for start, price in prices if start <= quantity][-1]
        for quantity in range(max(pieces, prices[0][0]), min(limit, largest) + 1)
    ]
    return min(costs, default=math.inf)


def rows(name: str, file: str) -> list[dict[str, str]]:
    (path,) = [path for path in problem(name).data if path.name == file]
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def rows_plain(name: str, file: str) -> list[list[str]]:
    return [list(row.values()) for row in rows(name, file)]


def food_stalls() -> int:
    (path,) = problem("food_stalls").data
    best = {(0, 0): 0}  # minutes used in the morning and in the afternoon: the most points
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        if row["open"] == "closed":
            continue
        opens, closes = (time.fromisoformat(clock) for clock in row["open"].split("-"))
        minutes = int(row["minutes"])
        points = int(row["points"]) * (2 if date.fromisoformat(row["last_inspected"]) < date(2024, 6, 1) else 1)
        duties = ((minutes, 0, time(8), time(12)), (0, minutes, time(13), time(17)))
        for (morning, afternoon), earned in list(best.items()):
            for first, second, begins, ends in duties:
                after = (morning + first, afternoon + second)
                if opens <= begins and closes >= ends and max(after) <= 240:
                    best[after] = max(best.get(after, 0), earned + points)
    return max(best.values())


CHECKS = {
    "food_stalls": food_stalls,
    "loading_docks": loading_docks,
    "spare_parts": spare_parts,
    "workshop_supplies": workshop_supplies,
}
