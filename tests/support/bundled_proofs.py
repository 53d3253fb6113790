"""Second means for bundled problems whose numbers stand in their text: `CHECKS` gives (value, relative tolerance).

They take their numbers from the text again, not from the reference, and share no formulation with it. Those of the
problems with data files are in `bundled_file_proofs`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations, product

import numpy as np
from optwright.datasets.bundled import problem
from scipy.optimize import linprog


def cells(name: str) -> list[list[str]]:
    """The table in a problem's text, without its head."""
    lines = [line for line in problem(name).text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().replace(",", "") for cell in line.strip("|").split("|")] for line in lines]


def enamel_signs() -> float:
    shades = ["white", "yellow", "red", "black"]
    orders = [(shades.index(colour), int(booth), int(kiln)) for _, colour, booth, kiln in cells("enamel_signs")]

    def last_fired(sequence) -> int:
        colour, sprayed, kiln_free = 1, 0, 0
        for shade, booth, kiln in sequence:
            sprayed += (4 if shade == colour else 10 if shade > colour else 27) + booth
            fired = max(sprayed + 15, kiln_free) + kiln
            colour, kiln_free = shade, fired + 6
        return fired

    return min(map(last_fired, permutations(orders)))


def olive_oil() -> float:
    """A linear program for each acidity of the tank, in steps of 0.001 % around the best of a coarser scan."""

    def earned(acidity: float) -> float:
        terrace = (1.5 - acidity) / 1.2  # part of the tank
        price = terrace * 6.4 + (1 - terrace) * 3.9
        gains = [7.7 - price, 6.1 - price, 7.7 - 5.3, 6.1 - 5.3]  # tank to riserva and cucina, coast to riserva, cucina
        rows = [[terrace, terrace, 0, 0], [1 - terrace, 1 - terrace, 0, 0], [0, 0, 1, 1]]
        rows += [[acidity - 0.6, 0, 0.2, 0], [0, acidity - 1, 0, -0.2]]
        rows += [[1, 0, 1, 0], [0, 1, 0, 1], [-1, 0, -1, 0]]
        result = linprog(-np.array(gains), rows, [14_000, 22_000, 9_000, 0, 0, 8_000, 20_000, -2_500])
        return -result.fun if result.success else -np.inf

    coarse = max((round(0.3 + 0.02 * k, 2) for k in range(61)), key=earned)
    return max(earned(round(coarse + 0.001 * k, 3)) for k in range(-20, 21) if 0.3 <= coarse + 0.001 * k <= 1.5)


def sludge_dryers() -> float:
    """Concave costs are least in a corner: all sites but one at a bound, or all but two where the road is full, too."""
    sites = [tuple(map(float, row[1:])) for row in cells("sludge_dryers")]

    def cost(tonnes) -> float:
        if abs(sum(tonnes) - 96) > 1e-9 or tonnes[0] + tonnes[4] > 28:
            return np.inf
        total = -90.0 if tonnes[3] else 0.0
        for dried, (fixed, factor, most, haulage) in zip(tonnes, sites, strict=True):
            if dried and not 12 <= dried <= most:
                return np.inf
            total += fixed + factor * dried**0.72 + haulage * dried if dried else 0
        return total

    best = np.inf
    for at_bound in product(*((0.0, 12.0, most) for _, _, most, _ in sites)):
        for free in range(5):
            tonnes = list(at_bound)
            tonnes[free] += 96 - sum(tonnes)
            best = min(best, cost(tonnes))
        for near, far in product((0, 4), (1, 2, 3)):
            tonnes = list(at_bound)
            tonnes[near] = 28 - at_bound[4 - near]
            tonnes[far] += 96 - sum(tonnes)
            best = min(best, cost(tonnes))
    return best


def curtain_rails() -> float:
    """Bar by bar: the cheapest way to every number of rails of each length, with 0 to 5 of the shorter bars."""
    lengths, wanted = zip(*((int(row[1]), int(row[2])) for row in cells("curtain_rails")), strict=True)
    cheapest = np.full((6, *(n + 1 for n in wanted)), np.inf)
    cheapest[0, 0, 0, 0, 0] = 0
    for _ in range(sum(wanted)):
        following = cheapest.copy()
        for (length, price, short), taken in product(
            ((6000, 31.5, 0), (4000, 22.4, 1)), product(*(range(n + 1) for n in (2, 3, 4, 6)))
        ):
            rails, usable = sum(taken), length - 25 - 25
            used = sum(n * size for n, size in zip(taken, lengths, strict=True))
            if rails == 0 or used + 4 * (rails - 1) > usable:
                continue
            cost = price - 1.1 * (usable - used - 4 * rails >= 1000)
            source = (slice(0, 6 - short), *(slice(0, n + 1 - k) for n, k in zip(wanted, taken, strict=True)))
            target = (slice(short, 6), *(slice(k, n + 1) for n, k in zip(wanted, taken, strict=True)))
            np.minimum(following[target], cheapest[source] + cost, out=following[target])
        if np.array_equal(following, cheapest):
            break
        cheapest = following
    return cheapest[:, *wanted].min()


def piano_tuner() -> float:
    customers = [(name, *map(float, numbers)) for name, *numbers in cells("piano_tuner")]
    best = 0.0
    for served in product((False, True), repeat=10):
        visits = [customer for customer, taken in zip(customers, served, strict=True) if taken]
        names = {name for name, *_ in visits}
        outside = "Gut Wiesen" in names
        hours = (140 + 10 + sum(there + 15 for _, _, there, _ in visits) + 25 * outside) / 60
        allowed = ("Music school" in names) == ("Theatre" in names) and not names >= {"Eisele", "Hepp"}
        if visits and allowed and hours <= 10:
            best = max(best, (sum(fee - spent for _, fee, _, spent in visits) - 46 - 18 * outside) / hours)
    return best


CHECKS: dict[str, Callable[[], tuple[float, float]]] = {
    "curtain_rails": lambda: (curtain_rails(), 1e-9),
    "enamel_signs": lambda: (enamel_signs(), 1e-9),
    "olive_oil": lambda: (olive_oil(), 1e-7),
    "piano_tuner": lambda: (piano_tuner(), 1e-7),
    "sludge_dryers": lambda: (sludge_dryers(), 1e-7),
}
