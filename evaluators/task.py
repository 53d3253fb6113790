"""What an evolution task is: one annotated Python file, which also runs without optwright's engine.

    '''Online bin packing: place each arriving item at once; fewer bins is better.'''
    direction = "minimize"

    @evolve
    def priority(item, bins): ...                # the seed; its docstring states shapes and units

    def instances(split): ...                    # of "train", "dev", "test", and "ood" where it makes sense
    def drive(priority, instance): ...           # a solution; runs in the sandbox, with the candidate
    def score(instance, solution): ...           # a number; runs here, on what came back; raises Infeasible(reason)

Instances and solutions are JSON and numpy arrays, so that they can cross the sandbox's border. Optional constants:
`imports` (modules that a candidate may import), `preload` (modules that the sandbox imports beforehand), `seconds` and
`memory_mb` (what one candidate may use for all instances of a split), `cheap` (how many train instances are tried
before the rest) and `baselines` (published scores on a split, by split and name).

Where the candidate is a solution and no code (Yang et al., OPRO, arXiv:2309.03409), the file has no evolvable function
and no `drive`, but `seeds() -> list` of first solutions, and `show(instance) -> str`, the instance in words.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ..errors import TaskError

if TYPE_CHECKING:
    import numpy as np

Split = Literal["train", "dev", "test", "ood"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test", "ood")
Direction = Literal["minimize", "maximize"]
Kind = Literal["code", "solution"]
Instance = Any
"""JSON types and numpy arrays, such as `{"capacity": 100, "items": array}`."""
Solution = Any
"""JSON types and numpy arrays, as `drive` returned them."""

FOLDER = Path(__file__).parent / "tasks"
IMPORTS = ("numpy", "math", "itertools", "functools", "collections", "heapq", "bisect", "operator", "random", "typing")
"""What a candidate may import where its task does not say."""
SECONDS, MEMORY_MB = 30.0, 1024

F = TypeVar("F", bound=Callable[..., Any])


class Infeasible(Exception):
    """Raised by a task's `score`: the solution breaks a rule, and which."""


class ScorerError(Exception):
    """A task's `score` failed on a solution, or returned something that is no finite number."""


def evolve(function: F) -> F:
    """Marks the function that evolution may rewrite."""
    vars(function)["__evolve__"] = True
    return function


def indices(solution: Solution, count: int) -> np.ndarray:
    """The solution as an array of different indices from 0 to count - 1. Raises Infeasible for anything else."""
    import numpy as np

    found = np.asarray(solution)
    if found.ndim != 1 or not found.size or found.dtype.kind not in "iu":
        raise Infeasible("a solution is a list of indices")
    if found.min() < 0 or found.max() >= count:
        raise Infeasible(f"an index is below 0 or above {count - 1}")
    if len(np.unique(found)) < len(found):
        raise Infeasible("an index occurs twice")
    return found


def highest(ratings: object, count: int) -> int:
    """Where the highest of `count` ratings stands, the first of them. Raises ValueError for another number of them."""
    import numpy as np

    rated = np.asarray(ratings)
    if rated.shape != (count,):
        raise ValueError(f"it returned an array of shape {rated.shape}, not of shape ({count},)")
    return int(rated.argmax())


@dataclass(frozen=True)
class Task:
    """A task's file, read and looked over. Make one with `load`."""

    name: str
    words: str
    """The file's docstring: the task in plain words."""
    direction: Direction
    kind: Kind
    function: str
    """Name of the evolvable function; empty where the candidate is a solution."""
    seeds: tuple[str, ...]
    """First candidates: the seed function's program, or first solutions as JSON."""
    driver: str
    """What of the file goes into the sandbox: all but `instances` and `score`."""
    source: str
    imports: tuple[str, ...] = IMPORTS
    preload: tuple[str, ...] = ()
    seconds: float = SECONDS
    memory_mb: int = MEMORY_MB
    cheap: int = 0
    """Train instances that are tried first; the others follow where they look promising. 0: all at once."""
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    module: ModuleType = field(repr=False, compare=False, default_factory=lambda: ModuleType("task"))

    def instances(self, split: Split) -> tuple[Instance, ...]:
        """The instances of a split, in order; none where the task has no such split. Raises TaskError."""
        try:
            return tuple(self.module.instances(split))
        except TaskError:
            raise
        except Exception as error:  # the user's own code may raise anything
            raise TaskError(f"{self.name}: instances({split!r}) raised {_said(error)}; mend the task") from error

    def score(self, instance: Instance, solution: Solution) -> float:
        """Raises Infeasible, and ScorerError where the scorer cannot score this."""
        try:
            value = self.module.score(instance, solution)
        except Infeasible:
            raise
        except Exception as error:  # a scorer may raise anything on a solution that makes no sense
            raise ScorerError(f"the scorer raised {_said(error)}") from None
        if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, complex):
            raise ScorerError(f"the scorer returned {value!r:.60}, which is no number")
        number = float(value)
        if not math.isfinite(number):
            raise ScorerError(f"the scorer returned {number}, which cannot be compared")
        return number

    def drive(self, candidate: Callable[..., Any], instance: Instance) -> Solution:
        """The task's own driver, on this side of the border: for candidates that are stepped from here."""
        return self.module.drive(candidate, instance)

    def better(self, one: float, other: float) -> bool:
        """Whether a score beats another one."""
        return one < other if self.direction == "minimize" else one > other

    def merit(self, score: float) -> float:
        """The score turned such that more is better."""
        return -score if self.direction == "minimize" else score


def names() -> tuple[str, ...]:
    """The tasks that come with optwright."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.py")))


def load(reference: str) -> Task:
    """The task that `NAME`, `FILE.py` or `FILE.py@FUNCTION` stands for. Raises TaskError."""
    place, _, function = reference.partition("@")
    path = Path(place).expanduser()
    if path.suffix != ".py":
        path = FOLDER / f"{place}.py"
        if place not in names():
            raise TaskError(
                f"no task is named {place!r}; name a file such as my_task.py, or one of {', '.join(names())}"
            )
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise TaskError(f"cannot read the task {path}: {why}") from None
    return _task(path, source, function)


def _task(path: Path, source: str, function: str) -> Task:
    module = _imported(path)
    _need(module, path, "instances", "score")
    direction = getattr(module, "direction", None)
    if direction not in ("minimize", "maximize"):
        raise TaskError(f'{path}: direction is {direction!r}; set direction = "minimize" or "maximize"')
    evolvable = [name for name, thing in vars(module).items() if getattr(thing, "__evolve__", False) is True]
    solution = not evolvable and hasattr(module, "seeds")
    if solution:
        _need(module, path, "seeds", "show")
    else:
        _need(module, path, "drive")
    chosen = "" if solution else _chosen(path, evolvable, function)
    tree = ast.parse(source)
    return Task(
        name=path.stem,
        words=inspect.cleandoc(module.__doc__ or ""),
        direction=direction,
        kind="solution" if solution else "code",
        function=chosen,
        seeds=_solutions(module, path) if solution else (_seed(source, tree, chosen),),
        driver="" if solution else _driver(tree),
        source=source,
        module=module,
        **{name: getattr(module, name) for name in _OPTIONS if hasattr(module, name)},
    )


_OPTIONS = ("imports", "preload", "seconds", "memory_mb", "cheap", "baselines")
_HERE_ONLY = ("instances", "score", "seeds", "show")


def _imported(path: Path) -> ModuleType:
    """The file as a module of its own, whatever else has its name."""
    spec = importlib.util.spec_from_file_location(f"optwright_task_{path.stem}", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and type hints look their module up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # the user's own code may raise anything
        raise TaskError(f"{path} cannot be imported: {_said(error)}") from error
    return module


def _need(module: ModuleType, path: Path, *names: str) -> None:
    for name in names:
        if not callable(getattr(module, name, None)):
            raise TaskError(f"{path} defines no function {name!r}; a task needs it (docs/evolve.md)")


def _chosen(path: Path, evolvable: list[str], wanted: str) -> str:
    if wanted and wanted not in evolvable:
        raise TaskError(f"{path} has no function {wanted!r} marked @evolve; it has {', '.join(evolvable) or 'none'}")
    if not wanted and len(evolvable) != 1:
        how = f"choose one with {path}@{evolvable[0]}" if evolvable else "mark the one to evolve with @evolve"
        raise TaskError(f"{path} has {len(evolvable)} functions marked @evolve; {how}")
    return wanted or evolvable[0]


def _seed(source: str, tree: ast.Module, name: str) -> str:
    """The evolvable function as a program of its own: the file's imports, and the function without its decorator."""
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
    parts = [function.args, *function.body, *filter(None, [function.returns])]
    used = {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) and used & _bound(node)]
    text = "\n".join(source.splitlines()[function.lineno - 1 : function.end_lineno])
    return "".join(f"{ast.unparse(node)}\n" for node in imports) + "\n\n" + text + "\n"


def _bound(node: ast.Import | ast.ImportFrom) -> set[str]:
    """The names that an import makes known."""
    return {alias.asname or alias.name.split(".")[0] for alias in node.names}


def _driver(tree: ast.Module) -> str:
    kept = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name in _HERE_ONLY)]
    return ast.unparse(ast.Module(kept, []))


def _solutions(module: ModuleType, path: Path) -> tuple[str, ...]:
    import json

    try:
        return tuple(json.dumps(solution) for solution in _listed(module.seeds()))
    except Exception as error:  # the user's own code may raise anything
        raise TaskError(f"{path}: seeds() raised {_said(error)}; it returns a list of JSON values") from error


def _listed(found: Iterable[Any]) -> list[Any]:
    values = list(found)
    if not values:
        raise ValueError("there are none")
    return values


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
