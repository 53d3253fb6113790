"""Second means for bundled problems with data files, as in `bundled_proofs`; they read the files again."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from itertools import combinations, pairwise, permutations, product
from math import floor

import numpy as np
from optwright.datasets.bundled import problem
from optwright.datasets.tables import Table, read_data
from scipy.optimize import linprog


def rows(name: str, file: str) -> list[dict[str, str]]:
    (path,) = [path for path in problem(name).data if path.name == file]
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def bookbinder() -> float:
    """Dynamic programming over the set of finished jobs and the evening of the last of them."""
    jobs = rows("bookbinder", "books.csv")
    closed = {date(2025, 3, 19), date(2025, 3, 20)}
    days = [day for k in range(70) if (day := date(2025, 3, 3) + timedelta(k)).weekday() < 5 and day not in closed]
    cheapest = {(frozenset(), 0): 0.0}
    for _ in jobs:
        following: dict[tuple[frozenset[str], int], float] = {}
        for (done, morning), cost in cheapest.items():
            for job in jobs:
                name = job["job"]
                if name in done or (name == "index" and "atlas" not in done):
                    continue
                begin = max(morning, days.index(date(2025, 3, 11))) if name == "missal" else morning
                end = begin + int(job["working_days"])
                late = max(0, (days[end - 1] - date.fromisoformat(job["promised"])).days)
                state = (done | {name}, end)
                total = cost + late * float(job["eur_per_day_late"])
                following[state] = min(total, following.get(state, np.inf))
        cheapest = following
    return min(cheapest.values())


def box_scheme() -> float:
    """The shortest round through every set of villages, then every way to give villages to vehicles."""
    km: dict[frozenset[str], float] = {
        frozenset((row["between"], row["and"])): float(row["km"]) for row in rows("box_scheme", "legs.csv")
    }
    room = {s["stop"]: 5 * int(s["large_boxes"]) + 2 * int(s["small_boxes"]) for s in rows("box_scheme", "stops.csv")}
    shortest = {frozenset(): 0.0} | {
        frozenset(group): min(
            sum(km[frozenset(leg)] for leg in pairwise(("Farm", *order, "Farm"))) for order in permutations(group)
        )
        for size in range(1, 8)
        for group in combinations(room, size)
    }
    best = np.inf
    for given in product(range(3), repeat=7):
        groups = [frozenset(stop for stop, to in zip(room, given, strict=True) if to == v) for v in range(3)]
        own, borrowed, tricycle = (shortest[group] for group in groups)
        loads = [sum(room[stop] for stop in group) for group in groups]
        if loads[0] <= 5 * 24 and loads[1] <= 5 * 24 and loads[2] <= 5 * 11 and tricycle <= 18:
            best = min(best, 0.64 * (own + borrowed) + 0.15 * tricycle + 9.5 * (borrowed > 0) + 12 * (tricycle > 0))
    return best


def lab_courier() -> float:
    def clock(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    minutes = {row["from"]: row for row in rows("lab_courier", "minutes.csv")}
    windows = {
        row["practice"]: (clock(row["ready"]), clock(row["closes"])) for row in rows("lab_courier", "practices.csv")
    }

    def back(order) -> float:
        """As early as possible at every door, except that a later hand-over at Bauer's may spare its tests waiting.

        Whether the doors in between stay open for that is not looked at: a bound, which the reference has to reach.
        """
        now, place, slack, bauer = 9 * 60, "Lab", np.inf, 0.0
        for practice in order:
            ready, closes = windows[practice]
            arrives = now + int(minutes[place][practice])
            now = max(arrives, ready) + 4
            if now > closes:
                return np.inf
            # What is waited at doors after Bauer's could be waited at his, as far as he is open.
            if practice == "Bauer":
                bauer, slack, waited = now, closes - now, 0
            elif bauer:
                waited += now - 4 - arrives
            place = practice
        now += int(minutes[place]["Lab"])
        return now - 9 * 60 if now - bauer - min(slack, waited) <= 75 else np.inf

    return min(back(order) for order in permutations(windows) if "Dahl" in order[-2:])


def stove_works() -> float:
    """Dynamic programming over the net stock at the end of each month."""
    (months,) = [t.rows for t in read_data(problem("stove_works").data) if isinstance(t, Table) and t.name == "Months"]
    lowest, size = -60, 2000
    net = np.arange(size) + lowest
    cheapest = np.where(net == -15, 0.0, np.inf)
    for month in months:
        ordered, regular = int(str(month["ordered"])), 11 * int(str(month["working_days"]))
        following = np.full(size, np.inf)
        for made in range(floor(1.25 * regular) + 1):
            shift = made - ordered
            cost = 214 * made + 48 * max(0, made - regular) + 3900 * (made > 0)
            target, source = following[max(shift, 0) :][: size - abs(shift)], cheapest[max(-shift, 0) :]
            np.minimum(target, source[: len(target)] + cost, out=target)
        cheapest = following + 12 * np.maximum(net, 0) + 15 * np.maximum(-net, 0)
    return cheapest[net >= 20].min()


def battery_park() -> float:
    """Dynamic programming over the whole MWh in the cells, which suffice: see the reference's docstring."""
    most = np.full(11, -np.inf)
    most[3] = 0
    for row in rows("battery_park", "prices.csv"):
        following = most.copy()
        if row["price_eur_mwh"]:
            price = float(row["price_eur_mwh"])
            for k in range(1, 5):
                np.maximum(following[k:], most[:-k] - k / 0.94 * (price + 3.1), out=following[k:])
            for k in range(1, 6):
                np.maximum(following[:-k], most[k:] + k * (0.96 * price - 5), out=following[:-k])
        most = following
    return most[3:].max()


def lake_lifeguards() -> float:
    """Dynamic programming over the days: who had how many shifts, how many days in a row, and who was late."""
    guards, week = rows("lake_lifeguards", "guards.csv"), rows("lake_lifeguards", "week.csv")
    who, wage = range(5), [float(guard["eur_per_hour"]) for guard in guards]
    boat = {g for g in who if guards[g]["boat_licence"] == "yes"}
    cheapest = {((0,) * 5, (0,) * 5, frozenset()): 0.0}
    for row in week:
        day, sunday = row["day"], row["day"] == "Sun"
        here = [g for g in who if day not in guards[g]["cannot_work"]]
        following: dict = {}
        for early, late in product(combinations(here, int(row["early"])), combinations(here, int(row["late"]))):
            if set(early) & set(late) or (day in ("Sat", "Sun") and not (boat & set(early) and boat & set(late))):
                continue
            pay = sum(wage[g] * 6.5 * (1.5 if sunday else 1) for g in early)
            pay += sum(wage[g] * (8 * (1.5 if sunday else 1) + 1.5 * 0.25) for g in late)
            for (shifts, streak, were_late), cost in cheapest.items():
                on = {*early, *late}
                now = tuple(shifts[g] + (g in on) for g in who)
                row_of = tuple(streak[g] + 1 if g in on else 0 for g in who)
                tired = were_late & set(early) or max(row_of) > 4
                if not tired and all(now[g] <= int(guards[g]["most_shifts"]) for g in who):
                    state = (now, row_of, frozenset(late))
                    following[state] = min(cost + pay, following.get(state, np.inf))
        cheapest = following
    return min(cost for (shifts, _, _), cost in cheapest.items() if min(shifts) >= 2)


def gauge_curve() -> float:
    """Pool adjacent violators (Barlow et al. 1972), then clip at the bounds, which keeps the optimum of either."""
    measured: dict[int, list[float]] = defaultdict(list)
    for row in rows("gauge_curve", "measurements.csv"):
        if row["remark"] not in ("ice", "weed"):
            litres = float(row["discharge"]) * {"l/s": 1, "m3/s": 1000}[row["unit"]]
            measured[int(row["level_cm"])].append(litres / (0.92 if int(row["day"][:4]) <= 2021 else 1))
    pools: list[list[float]] = []
    for level in sorted(measured):
        pools.append(list(measured[level]))
        while len(pools) > 1 and np.mean(pools[-2]) > np.mean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    return sum(float(np.sum((np.array(pool) - np.clip(np.mean(pool), 40, 2600)) ** 2)) for pool in pools)


def steady_turbines() -> float:
    sites = ("coast", "ridge", "plain", "valley")
    yields = np.array([[float(row[site]) for site in sites] for row in rows("steady_turbines", "yields.csv")])
    plans = np.array(list(product(*([0, *range(4, most + 1)] for most in (15, 12, 9, 20)))))
    millions = plans @ [3.1, 3.4, 2.6, 2.3] + (plans[:, [0, 1, 3]] > 0).sum(axis=1) * 2.5
    allowed = plans[(millions <= 92 + 1e-9) & ((plans[:, 0] == 0) | (plans[:, 1] == 0))]
    return float(((allowed @ yields.T - 9000) ** 2).sum(axis=1).min())


def linen_service() -> float:
    demand: dict[str, float] = defaultdict(float)
    for row in rows("linen_service", "deliveries.csv"):
        kg = float(row["weight"] or 20) / (1000 if row["unit"] == "g" and row["weight"] else 1)
        demand[row["district"].capitalize()] += kg / 8 * (row["status"] != "cancelled")
    km = {(row["site"], row["district"]): float(row["km"]) for row in rows("linen_service", "routes.csv")}
    sites = {row["site"]: row for row in rows("linen_service", "sites.csv")}
    best = np.inf
    for chosen in (set(some) for size in range(1, 5) for some in combinations(sites, size)):
        if len({"Mühlau", "Sand"} & chosen) != 1:
            rent = sum(float(sites[site]["rent_eur"]) for site in chosen)
            best = min(best, rent + transport([sites[site] for site in chosen], demand, km))
    return best


def transport(sites, demand, km) -> float:
    legs = [(site["site"], district) for site in sites for district in demand if (site["site"], district) in km]
    arrive = [[float(leg[1] == district) for leg in legs] for district in demand]
    leave = [[float(leg[0] == site["site"]) for leg in legs] for site in sites]
    limits = [float(site["kg_a_week"]) for site in sites]
    cost = [0.019 * km[leg] for leg in legs]
    result = linprog(cost, A_ub=leave, b_ub=limits, A_eq=arrive, b_eq=list(demand.values()))
    return result.fun if result.success else np.inf


def valley_fibre() -> float:
    """A cheapest tree (Kruskal 1956) for every set of splice boxes, with the Oberhof as a leaf of it."""
    metre = {"road": 64, "meadow": 31, "rock": 118}
    trenches = sorted(
        (int(t["metres"]) * (3.5 + (0 if t["empty_duct"] else metre[t["ground"]])), t["from"], t["to"])
        for t in rows("valley_fibre", "trenches.csv")
    )
    wanted, best = {"Exchange", "School", "Mill", "Chapel", "Sawmill", "Alm", "Lindner"}, np.inf
    for boxes in (set(some) for n in range(5) for some in combinations(("Cross", "Bridge", "Fork", "Hut"), n)):
        tree = {place: place for place in wanted | boxes}
        total, dug = 1150.0 * len(boxes), 0
        for cost, a, b in trenches:
            if a in tree and b in tree and tree[a] != tree[b]:
                gone, stays = tree[a], tree[b]
                tree = {place: stays if root == gone else root for place, root in tree.items()}
                total, dug = total + cost, dug + 1
        last = min(cost for cost, a, b in trenches if "Oberhof" in (a, b) and {a, b} & tree.keys())
        if dug == len(tree) - 1:
            best = min(best, (total + last) * 2 / 3)
    return best


def bird_recordings() -> float:
    """Tries the tapes of the species that is hardest to find one after the other, those before ruled out."""
    tapes, minutes, in_c = {}, {}, set()
    for row in rows("bird_recordings", "tapes.csv"):
        number, whole, seconds = int(row["tape"]), row["length"].split("m")[0], row["length"].split("m")[1].strip(" s")
        tapes[number] = {s.strip().lower() for s in row["species"].split(";") if "?" not in s}
        minutes[number] = 7 + (int(whole) + int(seconds) / 60) * (1 if row["condition"] == "A" else 1.5)
        in_c |= {number} if row["condition"] == "C" else set()
    needed = {s: 2 if s in ("corncrake", "curlew", "bittern") else 1 for s in set.union(*tapes.values())}
    best = np.inf

    def search(missing: dict[str, int], free: frozenset[int], cost: float, most_c: int) -> None:
        nonlocal best
        open_species = [s for s, n in missing.items() if n > 0]
        if cost >= best or not open_species:
            best = min(best, cost)
            return
        hardest = min(open_species, key=lambda s: sum(s in tapes[t] for t in free))
        for tape in sorted(t for t in free if hardest in tapes[t]):
            free -= {tape}
            if tape in in_c and most_c == 0:
                continue
            left = {s: n - (s in tapes[tape]) for s, n in missing.items()}
            search(left, free - ({9, 21} if tape in (9, 21) else set()), cost + minutes[tape], most_c - (tape in in_c))

    search(needed, frozenset(tapes), 0, 2)
    return best


def christmas_trees() -> float:
    """All orders; the trailer takes firs first, for a fetched fir earns 8 euros and a fetched spruce 6.50."""
    winters = [
        (float(w["probability_percent"]) / 100, int(w["firs_wanted"]), int(w["spruces_wanted"]))
        for w in rows("christmas_trees", "winters.csv")
    ]
    winters.append((1 - sum(weight for weight, *_ in winters), -1, -1))  # no market
    best = -np.inf
    for firs, spruces in product(range(0, 500, 10), range(0, 930, 15)):
        paid = 17.5 * firs + 9.2 * spruces
        if paid > 8000:
            continue
        expected = -paid
        for weight, want_firs, want_spruces in winters:
            if want_firs < 0:
                expected += weight * 2 * spruces
                continue
            fetched = min(60, max(0, want_firs - firs))
            also = min(60 - fetched, max(0, want_spruces - spruces))
            sold = 34 * min(firs, want_firs) + 22 * min(spruces, want_spruces)
            expected += weight * (sold + 8 * fetched + 6.5 * also + 2 * max(0, spruces - want_spruces))
        best = max(best, expected)
    return best


def drought_canals() -> float:
    """What enters a set of places must do for the rights within: the tightest set, as in Gale (1957)."""
    (path,) = problem("drought_canals").data
    network = json.loads(path.read_text(encoding="utf-8"))
    canals = [(c["from"], c["to"], c["litres_per_second"]) for c in network["canals"]]
    right = {farm: cubic / 86.4 for farm, cubic in network["farms_m3_per_day"].items()}
    places = sorted({place for a, b, _ in canals for place in (a, b)})
    best = 1.0
    for inside in product((False, True), repeat=len(places)):
        group = {place for place, within in zip(places, inside, strict=True) if within}
        claims = sum(right.get(place, 0) for place in group)
        if claims:
            enters = sum(most for a, b, most in canals if b in group and a not in group)
            enters += sum(network["sources"].get(place, 0) for place in group) - 45 * ("D" in group)
            best = min(best, enters / claims)
    return 100 * best


CHECKS: dict[str, Callable[[], tuple[float, float]]] = {
    check.__name__: lambda check=check: (check(), 1e-7)
    for check in (
        battery_park,
        bird_recordings,
        bookbinder,
        box_scheme,
        christmas_trees,
        drought_canals,
        gauge_curve,
        lab_courier,
        lake_lifeguards,
        linen_service,
        steady_turbines,
        stove_works,
        valley_fibre,
    )
}
