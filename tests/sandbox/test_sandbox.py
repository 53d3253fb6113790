"""Every Sandbox, on this machine or on a cluster: one Outcome for everything that a program can do."""

import asyncio
import time

import numpy as np
import pytest
import pytest_asyncio
from optwright.errors import SandboxError
from optwright.sandbox.outcome import Limits
from optwright.sandbox.pool import MAX_SOURCE, Pool
from optwright.sandbox.ray_pool import RayPool

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", params=["local", pytest.param("ray", marks=pytest.mark.slow)])
def make(request, drivers):
    """Makes a sandbox that runs three candidates at once."""
    if request.param == "local":
        return lambda **options: Pool(size=3, **options)
    cluster = request.getfixturevalue("cluster")
    return lambda **options: RayPool(cluster.address, per_node=3, **options)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool(make):
    async with make(preload=("numpy", "sandbox_test_driver")) as pool:
        yield pool


async def test_a_value_comes_back_with_what_was_printed_and_used(pool):
    source = "import sys\ndef f(x, y):\n    print('out')\n    print('err', file=sys.stderr)\n    return {'sum': x + y}"
    outcome = await pool.run(source, "f", [1, 2.5])
    assert (outcome.status, outcome.value, outcome.error) == ("ok", {"sum": 3.5}, None)
    assert (outcome.stdout, outcome.stderr) == ("out\n", "err\n")
    assert 0 < outcome.seconds < 2 and 0 < outcome.cpu_seconds < 2 and 5 < outcome.peak_mb < 500
    assert outcome.walls == tuple(name for name, state in pool.walls.items() if state == "up")


async def test_arrays_go_in_and_out(pool):
    arrays = {"a": np.arange(12.0).reshape(3, 4), "b": [np.array([True]), np.zeros((0, 2), "i4")]}
    outcome = await pool.run("def f(x): x['a'] *= 2; return x", "f", [arrays])
    assert np.array_equal(outcome.value["a"], arrays["a"] * 2) and outcome.value["a"].dtype == np.float64
    assert outcome.value["b"][0].dtype == bool and outcome.value["b"][1].shape == (0, 2)


async def test_a_large_array_goes_in_and_out(pool):
    array = np.random.default_rng(0).random(3_000_000)
    outcome = await pool.run("def f(x): return -x", "f", [array])
    assert np.array_equal(outcome.value, -array)


async def test_an_exception_names_its_line_in_the_source_and_only_frames_of_it(pool):
    source = "import json\ndef f(text):\n    return g(text)\n\ndef g(text):\n    return json.loads(text)\n"
    outcome = await pool.run(source, "f", ["{"])
    assert outcome.status == "error" and outcome.error.type == "JSONDecodeError" and outcome.error.line == 6
    assert "return json.loads(text)" in outcome.error.traceback and "decoder.py" not in outcome.error.traceback


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("def f():\n    return 1 +", "SyntaxError", 2),
        ("def f():\n  return 1\n return 2", "IndentationError", 3),
        ("x = 1\ny = x.z\ndef f(): pass", "AttributeError", 2),
        ("def f():\n    import sys\n    sys.exit(0)", "SystemExit", 3),
        ("def f():\n    raise KeyboardInterrupt", "KeyboardInterrupt", 2),
        ("def f(): return f()", "RecursionError", 1),
        ("def f(a): pass", "TypeError", None),
        ("\0", "SyntaxError", None),
        ("import optwright_no_such_module", "ModuleNotFoundError", 1),
    ],
)
async def test_whatever_is_raised_is_an_error(pool, source, kind, line):
    outcome = await pool.run(source, "f")
    assert outcome.status == "error" and outcome.error.type == kind
    if line is not None:
        assert outcome.error.line == line


@pytest.mark.parametrize(("value", "named"), [("{1, 2}", "set"), ("object()", "object"), ("lambda: 1", "function")])
async def test_a_value_that_cannot_be_sent_is_an_error_that_names_its_type(pool, value, named):
    outcome = await pool.run(f"def f(): return [{value}]", "f")
    assert outcome.status == "error" and named in outcome.error.message


@pytest.mark.parametrize(
    ("source", "limits", "status", "said"),
    [
        ("def f():\n  while True: pass", {"seconds": 0.3}, "timeout", "0.3 s"),
        ("import time\ndef f(): time.sleep(60)", {"seconds": 0.3}, "timeout", "0.3 s"),
        ("def f(): return len(bytearray(10**9))", {"memory_mb": 200}, "memory", ""),
        ("import numpy as np\ndef f(): return np.ones(10**9)", {"memory_mb": 200}, "memory", "allocate"),
        ("def f(): return 'x' * 2000", {"result_bytes": 1000}, "output", "1000"),
        ("import os\ndef f(): os._exit(0)", {}, "crashed", "without a result"),
        ("import os\ndef f(): os._exit(3)", {}, "crashed", "exit status 3"),
        ("import os\ndef f(): os.abort()", {}, "crashed", "SIGABRT"),
        ("import os\ndef f(): os.kill(os.getpid(), 40)", {}, "crashed", "signal 40"),
        ("import ctypes\ndef f(): ctypes.string_at(1)", {}, "crashed", "SIGSEGV"),
        ("def g(): pass", {}, "refused", "'f'"),
        ("f = 1", {}, "refused", "'f'"),
    ],
)
async def test_each_end_has_its_status(pool, source, limits, status, said):
    outcome = await pool.run(source, "f", limits=Limits(**limits))
    assert outcome.status == status and said in outcome.error.message


@pytest.mark.parametrize("source", [b"def f(): pass", None, "#" * (MAX_SOURCE + 1)])
async def test_what_is_not_a_source_is_refused(pool, source):
    assert (await pool.run(source, "f")).status == "refused"


async def test_arguments_that_cannot_be_sent_are_the_callers_mistake(pool):
    with pytest.raises(TypeError, match="set"):
        await pool.run("def f(x): pass", "f", [{1}])
    assert (await pool.run("def f(): return 1", "f")).value == 1


async def test_a_flood_is_cut_and_is_no_error(pool):
    source = "def f():\n  for _ in range(1000): print('é' * 999)\n  return 7"
    outcome = await pool.run(source, "f", limits=Limits(output_bytes=5000))
    assert (outcome.status, outcome.value) == ("ok", 7) and len(outcome.stdout.encode()) == 5000


async def test_what_was_printed_before_a_timeout_is_kept(pool):
    outcome = await pool.run("def f():\n  print('so far')\n  while True: pass", "f", limits=Limits(seconds=0.3))
    assert (outcome.status, outcome.stdout) == ("timeout", "so far\n")


async def test_a_file_larger_than_scratch_fails_in_the_candidate(pool):
    source = "def f():\n  with open('big', 'wb') as file: file.write(bytes(3 << 20))"
    assert (await pool.run(source, "f", limits=Limits(scratch_mb=2))).error.type == "OSError"
    assert (await pool.run(source, "f", limits=Limits(scratch_mb=4))).status == "ok"


async def test_a_driver_is_called_with_the_program(pool):
    outcome = await pool.run("def f(x): return x * 2", "sandbox_test_driver:drive", [21])
    assert outcome.value == [42, "program"]
    failed = await pool.run("def f(x):\n    return 1 / 0", "sandbox_test_driver:drive", [21])
    assert (failed.error.type, failed.error.line) == ("ZeroDivisionError", 2)
    assert (await pool.run("", "sandbox_test_driver:fail")).error.message == "the driver failed"


@pytest.mark.parametrize("call", ["os:system", "sandbox_test_driver:nothing"])
async def test_a_call_that_is_no_preloaded_driver_is_refused(pool, call):
    assert (await pool.run("", call, ["true"])).status == "refused"


async def test_ordinary_python_works_behind_the_walls(pool):
    source = """
import asyncio, dataclasses, sqlite3, tempfile, threading, zoneinfo
@dataclasses.dataclass
class Point:
    x: "int"
def f():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(i,)) for i in range(4)]
    [t.start() for t in threads]; [t.join() for t in threads]
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("x"); file.seek(0)
        text = file.read()
    async def later():
        await asyncio.sleep(0.001)
        return 5
    db = sqlite3.connect("test.db")
    rows = db.execute("select 1").fetchall()
    return [sorted(seen), text, asyncio.run(later()), rows, dataclasses.asdict(Point(1)), str(zoneinfo.ZoneInfo("UTC"))]
"""
    outcome = await pool.run(source, "f")
    assert outcome.value == [[0, 1, 2, 3], "x", 5, [[1]], {"x": 1}, "UTC"], outcome.error


@pytest.mark.parametrize("solver", ["highs", "scip_direct"])
async def test_solvers_that_were_not_preloaded_work_behind_the_walls(pool, solver):
    source = """
import pyomo.environ as pyo
from pyomo.contrib.solver.common.factory import SolverFactory
def f(solver):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(10), domain=pyo.Integers, bounds=(0, 5))
    m.o = pyo.Objective(expr=sum((i % 3 + 1) * m.x[i] for i in range(10)), sense=pyo.maximize)
    m.c = pyo.Constraint(expr=sum((i % 4 + 1) * m.x[i] for i in range(10)) <= 17)
    return SolverFactory(solver).solve(m).incumbent_objective
"""
    outcome = await pool.run(source, "f", [solver])
    assert outcome.value == pytest.approx(35), outcome


async def test_two_runs_of_one_program_agree(pool):
    source = "def f(): return [list({'a', 'b', 'c', 'd'}), hash('x')]"
    assert (await pool.run(source, "f")).value == (await pool.run(source, "f")).value


async def test_candidates_run_side_by_side_up_to_the_size_and_in_order(pool):
    source = "import time\ndef f(i):\n  time.sleep(0.2)\n  return [i, time.monotonic()]"
    start = time.monotonic()
    outcomes = await asyncio.gather(*(pool.run(source, "f", [i]) for i in range(9)))
    assert [outcome.value[0] for outcome in outcomes] == list(range(9))
    assert 0.6 <= time.monotonic() - start < 1.5
    ends = [outcome.value[1] for outcome in outcomes]
    assert max(ends[:3]) < min(ends[6:])


async def test_arguments_that_are_never_read_do_not_hang_the_run(pool):
    outcome = await asyncio.wait_for(pool.run("", "f", [np.zeros(10_000_000)], Limits(memory_mb=20)), 5)
    assert outcome.status in ("memory", "crashed")


async def test_arrays_come_back_writable_with_their_types_and_every_number(pool):
    numbers = {"nan": [float("nan"), float("-inf"), -0.0], "long": 10**30, "float": 0.1 + 0.2}
    arrays = [np.array([np.nan, -0.0]).astype(kind) for kind in ("f2", ">f8", "c16")] + [np.array(7, "u1")]
    outcome = await pool.run("def f(x): return x", "f", [[numbers, arrays]])
    back, arrays_back = outcome.value
    assert repr(back) == repr(numbers)
    for array, other in zip(arrays, arrays_back, strict=True):
        assert (other.dtype, other.shape, other.tobytes()) == (array.dtype, array.shape, array.tobytes())
        assert other.flags.writeable


async def test_a_deep_value_is_an_outcome(pool):
    for depth in (100, 950, 5000):
        source = "def f(n):\n  x = 1\n  for _ in range(n): x = [x]\n  return x"
        outcome = await pool.run(source, "f", [depth])
        assert outcome.status in ("ok", "error", "crashed"), outcome
        assert depth > 100 or outcome.status == "ok"


async def test_cancelled_runs_give_their_places_back_at_once(pool):
    runs = [asyncio.create_task(pool.run("def f():\n  while True: pass", "f")) for _ in range(5)]
    await asyncio.sleep(0.3)
    for run in runs:
        run.cancel()
    assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*runs, return_exceptions=True))
    again = (pool.run("def f(x): return x", "f", [i]) for i in range(6))
    assert [end.value for end in await asyncio.wait_for(asyncio.gather(*again), 5)] == list(range(6))


async def test_closing_ends_what_runs_and_the_next_run_starts_again(make):
    pool = make(preload=())
    assert pool.walls == {}
    assert (await pool.run("def f(): return 1", "f")).value == 1 and pool.walls
    run = asyncio.create_task(pool.run("import time\ndef f():\n  time.sleep(60)", "f"))
    await asyncio.sleep(0.3)
    await pool.close()
    assert (await asyncio.wait_for(run, 5)).status == "crashed" and pool.walls == {}
    assert (await pool.run("def f(): return 1", "f")).value == 1
    await pool.close()


async def test_what_cannot_be_preloaded_is_named(make):
    with pytest.raises(SandboxError, match="No module named 'optwright_no_such_module'") as raised:
        await make(preload=("optwright_no_such_module",)).run("def f(): pass", "f")
    assert "\n" not in str(raised.value)


async def test_a_pool_belongs_to_one_loop(pool):
    with pytest.raises(SandboxError, match="another event loop"):
        await asyncio.to_thread(asyncio.run, pool.run("def f(): return 1", "f"))
