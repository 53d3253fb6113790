"""Reads the files of TSPLIB95 (.tsp) and CVRPLIB (.vrp, and .sol with routes)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import DataError

_HEADING = re.compile(r"([A-Z0-9_]+)\s*(?::\s*(.*))?")
_RADIUS = 6378.388


@dataclass(frozen=True)
class Routing:
    """A travelling-salesman or vehicle-routing instance; its nodes are numbered from 0."""

    name: str
    distances: np.ndarray
    """Shape (n, n), whole numbers, rounded as TSPLIB95 prescribes."""
    coordinates: np.ndarray
    """Shape (n, 2), as in the file."""
    capacity: int | None = None
    """Of each vehicle; None for a travelling salesman."""
    demands: np.ndarray | None = None
    """Shape (n,), whole numbers; None for a travelling salesman."""
    depot: int = 0


def read(path: Path) -> Routing:
    """An instance with EDGE_WEIGHT_TYPE EUC_2D or GEO. Raises DataError."""
    header, sections = _parts(path)
    try:
        count = int(header["DIMENSION"])
        points = np.array(sections["NODE_COORD_SECTION"].split(), float).reshape(count, 3)[:, 1:]
        distances = _DISTANCES[header["EDGE_WEIGHT_TYPE"]](points)
        if "DEMAND_SECTION" not in sections:
            return Routing(header["NAME"], distances, points)
        demands = np.array(sections["DEMAND_SECTION"].split(), int).reshape(count, 2)[:, 1]
        depot = int(sections["DEPOT_SECTION"].split()[0]) - 1
        return Routing(header["NAME"], distances, points, int(header["CAPACITY"]), demands, depot)
    except KeyError as error:
        raise DataError(f"{path.name}: {error} is missing, or no EDGE_WEIGHT_TYPE that is read: EUC_2D, GEO") from None
    except (ValueError, IndexError) as error:
        raise DataError(f"{path.name}: not a TSPLIB file ({error}); get it again from where it came") from None


def read_routes(path: Path) -> tuple[list[list[int]], int]:
    """The routes of a .sol file, as nodes of `read` without the depot, and the cost it states. Raises DataError."""
    text = _text(path)
    routes = [[int(node) for node in found.split()] for found in re.findall(r"Route #\d+:([\d \t]*)", text)]
    cost = re.search(r"^Cost\s+(\d+)", text, re.MULTILINE)
    if not routes or not cost:
        raise DataError(f"{path.name}: no routes, or no cost; a .sol file of CVRPLIB has both")
    return routes, int(cost[1])


def _parts(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What the lines `KEY : value` say, and the text of each section."""
    header, sections, section = {}, {}, ""
    for line in map(str.strip, _text(path).splitlines()):
        heading = _HEADING.fullmatch(line)
        if heading and not line[0].isdigit():
            key, value = heading.groups()
            section = key if value is None else ""
            (header if value is not None else sections)[key] = (value or "").strip()
        elif section:
            sections[section] += f"{line}\n"
    return header, sections


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="latin-1")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from None


def _euclidean(points: np.ndarray) -> np.ndarray:
    return (np.sqrt(((points[:, None] - points) ** 2).sum(-1)) + 0.5).astype(int)


def _geographical(points: np.ndarray) -> np.ndarray:
    """Kilometres on TSPLIB95's idealized sphere, with its own value of pi; coordinates are degrees.minutes."""
    degrees = np.trunc(points)
    latitude, longitude = (3.141592 * (degrees + 5 * (points - degrees) / 3) / 180).T
    q1 = np.cos(longitude[:, None] - longitude)
    q2 = np.cos(latitude[:, None] - latitude)
    q3 = np.cos(latitude[:, None] + latitude)
    angle = np.arccos(np.clip(0.5 * ((1 + q1) * q2 - (1 - q1) * q3), -1, 1))
    kilometres = (_RADIUS * angle + 1).astype(int)
    np.fill_diagonal(kilometres, 0)
    return kilometres


_DISTANCES = {"EUC_2D": _euclidean, "GEO": _geographical}
