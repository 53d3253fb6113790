"""`optwright doctor`: what is here, shown by using it: solvers solve, walls are counted, the endpoint is asked."""

from __future__ import annotations

import platform
import sys
import tempfile
from contextlib import closing
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from ..errors import OptwrightError, SandboxError
from ..evaluators.program import judge
from ..evaluators.verdict import Verdict
from ..sandbox.contract import Sandbox
from ..sandbox.walls import OPTIONAL as OPTIONAL_WALLS
from .llm.wiring import OPENAI, is_openai
from .pools import sandbox
from .settings import Settings
from .store import Store

if TYPE_CHECKING:
    from rich.console import RenderableType

State = Literal["ok", "warning", "missing"]
PACKAGES = ("pyomo", "highspy", "pyscipopt", "numpy", "polars", "openai", "langgraph", "pydantic", "sqlalchemy")
EXTRAS = {"litellm": "models beyond OpenAI-compatible endpoints", "psycopg": "runs in PostgreSQL"}
"""What each of them is for."""

_PROBE = """
import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(bounds=(0, 4))
    m.y = pyo.Var(bounds=(0, 4))
    m.gain = pyo.Objective(expr={objective}, sense=pyo.maximize)
    m.limit = pyo.Constraint(expr=m.x + m.y <= 6)
    return m

def report(m):
    return {{"x": pyo.value(m.x)}}
"""
PROBES = {"HiGHS": ("2*m.x + m.y", 10.0), "SCIP": ("m.x*m.y", 9.0)}
"""A two-variable model for each solver, and its optimum."""


class Check(BaseModel):
    model_config = ConfigDict(frozen=True)

    group: Literal["python", "solver", "sandbox", "model", "store"]
    name: str
    state: State
    detail: str


class Findings(BaseModel):
    model_config = ConfigDict(frozen=True)

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing that solving needs is missing; a model may still be."""
        return all(check.state != "missing" for check in self.checks)


async def examine(settings: Settings) -> Findings:
    """Tries everything that a solve needs; never raises for what is missing, it says so."""
    machine = await _machine(settings)
    return Findings(checks=(*_python(), *machine, await _model(settings), _store(settings)))


def _python() -> list[Check]:
    where = f"{platform.python_version()} on {platform.system()} {platform.release()} ({sys.executable})"
    return [
        Check(group="python", name="Python", state="ok", detail=where),
        *(_package(name) for name in (*PACKAGES, *EXTRAS)),
    ]


def _package(name: str) -> Check:
    try:
        return Check(group="python", name=name, state="ok", detail=version(name))
    except PackageNotFoundError:
        state: State = "warning" if name in EXTRAS else "missing"
        what = f"not installed; only for {EXTRAS[name]}" if name in EXTRAS else "not installed"
        return Check(group="python", name=name, state=state, detail=what)


async def _machine(settings: Settings) -> list[Check]:
    """The solvers, as they run inside the sandbox, and the walls that stood around them."""
    try:
        async with sandbox(settings) as pool:
            solvers = [await _solver(pool, name) for name in PROBES]
            return [*solvers, *(_wall(name, state, settings) for name, state in pool.walls.items())]
    except SandboxError as error:
        return [Check(group="sandbox", name="sandbox", state="missing", detail=str(error))]


async def _solver(pool: Sandbox, name: str) -> Check:
    objective, best = PROBES[name]
    verdict = await judge(pool, _PROBE.format(objective=objective), {})
    right = verdict.status == "optimal" and verdict.objective is not None and abs(verdict.objective - best) < 1e-4
    detail = (
        f"solved a model of 2 variables in {1000 * verdict.timings.solve:.0f} ms" if right else _wrong(verdict, best)
    )
    return Check(group="solver", name=name, state="ok" if right else "missing", detail=detail)


def _wrong(verdict: Verdict, best: float) -> str:
    if verdict.failure:
        return f"{verdict.failure.kind}: {verdict.failure.message}"
    return f"{verdict.status} with {verdict.objective} where the optimum is {best:g}"


def _wall(name: str, state: str, settings: Settings) -> Check:
    if state == "up":
        return Check(group="sandbox", name=name, state="ok", detail="up")
    if name in OPTIONAL_WALLS:
        return Check(group="sandbox", name=name, state="warning", detail=f"not required: {state}")
    return Check(group="sandbox", name=name, state="missing" if settings.require_walls else "warning", detail=state)


async def _model(settings: Settings) -> Check:
    if not settings.model and not settings.base_url:
        how = "none configured; demo and recordings work without. Set --model and a key or --base-url (docs/models.md)"
        return Check(group="model", name="endpoint", state="warning", detail=how)
    if settings.model == "replay":
        return Check(group="model", name="endpoint", state="ok", detail="recordings only, no endpoint is asked")
    if not settings.base_url and not is_openai(settings.model or ""):
        detail = f"{settings.model} goes through litellm; its endpoint was not asked"
        return Check(group="model", name="endpoint", state="warning", detail=detail)
    return await _endpoint(settings)


async def _endpoint(settings: Settings) -> Check:
    """Asks `/v1/models`, which costs nothing."""
    from openai import AsyncOpenAI, OpenAIError

    key = settings.api_key.get_secret_value() if settings.api_key else "none"
    name = (settings.model or "").removeprefix("openai/")
    async with AsyncOpenAI(base_url=settings.base_url or OPENAI, api_key=key, max_retries=0, timeout=5.0) as client:
        host = client.base_url.host
        try:
            found = [model.id async for model in await client.models.list()]
        except (OpenAIError, ValueError, AttributeError, TypeError) as error:  # the latter: an answer of another shape
            detail = f"{host} does not answer /models: {type(error).__name__}; is the address right, is the server up?"
            return Check(group="model", name="endpoint", state="warning", detail=detail)
    if name and name not in found:
        detail = f"{host} answers, but does not list {name!r}; it has {', '.join(sorted(found)[:5]) or 'no models'}"
        return Check(group="model", name="endpoint", state="warning", detail=detail)
    return Check(group="model", name="endpoint", state="ok", detail=f"{host} answers, {len(found)} models")


def _store(settings: Settings) -> Check:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        detail = f"cannot write {settings.home}: {error.strerror}; set OPTWRIGHT_HOME to a folder that can be written"
        return Check(group="store", name="runs and cache", state="missing", detail=detail)
    try:
        with closing(Store.of(settings)) as store:
            return Check(group="store", name="runs and cache", state="ok", detail=f"{store.name}, {settings.home}")
    except OptwrightError as error:
        return Check(group="store", name="runs and cache", state="missing", detail=str(error))


def table(findings: Findings) -> RenderableType:
    """For a `rich` console."""
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "warning": "yellow", "missing": "red"}
    grid = Table.grid(padding=(0, 2))
    for _ in range(3):
        grid.add_column(overflow="fold")
    for check in findings.checks:
        grid.add_row(Text(check.name), Text(check.state, style=styles[check.state]), Text(check.detail))
    return grid
