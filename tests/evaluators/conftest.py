"""Programs are written as the lines between `m = pyo.ConcreteModel()` and `return m`, and run in a real sandbox."""

import linecache
from textwrap import dedent, indent
from types import ModuleType

import pytest
import pytest_asyncio
from optwright.evaluators.contract import PROGRAM_FILE
from optwright.evaluators.driver import judge_module
from optwright.evaluators.program import PRELOAD, judge
from optwright.evaluators.verdict import SolveOptions
from optwright.sandbox.pool import Pool


def source(body: str, report: str = "{}") -> str:
    lines = indent(dedent(body).strip(), "    ")
    return f"""import pyomo.environ as pyo

def build_model(data):
    m = pyo.ConcreteModel()
{lines}
    return m

def report(m):
    return {report}
"""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pool():
    async with Pool(preload=PRELOAD, size=2) as pool:
        yield pool


@pytest.fixture(scope="session")
def program():
    """`program(body, report)`: the source of a program."""
    return source


@pytest.fixture
def verdict_of(pool):
    """`await verdict_of(body, data, report=…, **options)`: the verdict of a real run in the sandbox."""

    async def run(body, data=None, report="{}", **options):
        return await judge(pool, source(body, report), data or {}, SolveOptions(**options))

    return run


@pytest.fixture(scope="session")
def inside():
    """`inside(body, data)`: the driver's verdict without the sandbox around it, for many quick runs."""

    def run(body, data=None, report="{}", **options):
        text = source(body, report)
        candidate = ModuleType("candidate")
        linecache.cache[PROGRAM_FILE] = (len(text), None, text.splitlines(True), PROGRAM_FILE)
        exec(compile(text, PROGRAM_FILE, "exec"), vars(candidate))
        return judge_module(candidate, data or {}, SolveOptions(**options))

    return run
