"""The problems that come with optwright: original texts with data, an expected answer and a program that proves it.

Each is a folder `problems/NAME/`: `problem.md` (front matter and the text), data files, and `reference.py`, a program
that keeps the contract of `build_model` and `report` and has the text's numbers in it. Tests solve every reference and
check its answer by a second means (enumeration, dynamic programming, a scan); nothing else runs them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import DataError, ProblemError

FOLDER = Path(__file__).parent / "problems"
TEXT, REFERENCE = "problem.md", "reference.py"


class BundledProblem(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    text: str
    data: tuple[Path, ...]
    kind: Literal["LP", "MIP", "QP", "NLP", "MINLP"]
    expected_status: Literal["optimal", "infeasible", "unbounded", "incomplete"]
    expected_objective: float | None = None
    expected_answers: dict[str, float] = {}
    """Quantities that are the same at every optimum, under the reference's names."""
    expected_other: float | None = None
    """The optimum under the second sensible reading of an ambiguous text."""
    tags: tuple[str, ...]
    demo: bool = False

    @property
    def reference(self) -> str | None:
        """Source of the hand-checked program; None where the text lacks a number that any program needs."""
        path = FOLDER / self.name / REFERENCE
        return path.read_text(encoding="utf-8") if path.exists() else None


@cache
def problems() -> tuple[BundledProblem, ...]:
    """All bundled problems, those of the demo first, by name."""
    found = (_load(path.parent) for path in FOLDER.glob(f"*/{TEXT}"))
    return tuple(sorted(found, key=lambda problem: (not problem.demo, problem.name)))


def problem(name: str) -> BundledProblem:
    """One bundled problem. Raises ProblemError when there is none of that name."""
    for candidate in problems():
        if candidate.name == name:
            return candidate
    raise ProblemError(f"no bundled problem {name!r}; there are {', '.join(known.name for known in problems())}")


def _load(folder: Path) -> BundledProblem:
    _, header, text = (folder / TEXT).read_text(encoding="utf-8").split("---\n", 2)
    fields: dict[str, Any] = yaml.safe_load(header)
    data = sorted(path for path in folder.iterdir() if path.is_file() and path.name not in (TEXT, REFERENCE))
    try:
        return BundledProblem(name=folder.name, text=text.strip(), data=tuple(data), **fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(f"{folder.name}/{TEXT}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
