"""Tasks that cannot be used say so before anything is spent."""

from pathlib import Path

import guessing
import pytest
import pytest_asyncio
from optwright.errors import TaskError
from optwright.evaluators.check import check, ready
from optwright.evaluators.evaluation import preload
from optwright.evaluators.task import load
from optwright.sandbox.pool import Pool

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = Path(guessing.LINE).read_text()
REFUSAL = "        raise Infeasible(f\"a solution is a list of {len(instance['x'])} numbers\")"
SCORE = '    return float(np.abs(np.array(solution) - instance["y"]).mean())'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    async with Pool(preload=preload(load(guessing.LINE))) as pool:
        yield pool


@pytest.fixture
def written(tmp_path):
    def write(old: str = "", new: str = ""):
        assert old in GOOD
        (tmp_path / "mine.py").write_text(GOOD.replace(old, new))
        return load(str(tmp_path / "mine.py"))

    return write


async def states(pool, task):
    return {finding.name: finding for finding in await check(pool, task)}


async def test_a_good_task_passes(pool, written):
    assert {finding.state for finding in (await states(pool, written())).values()} == {"ok"}
    await ready(pool, written())


@pytest.mark.parametrize(
    ("old", "new", "name", "said"),
    [
        ("return 0.5 * x + 3.0", "return 1 / 0", "seed", "ZeroDivisionError"),
        ("return 0.5 * x + 3.0", "return 'x'", "seed", "list of numbers"),
        ('"test": 20', '"test": 10', "splits", "dev and test share 3"),
        ("first + number / 10", "first + np.random.rand()", "splits", "seeded generators"),
        ("guess(float(x))", "guess(float(x)) + __import__('time').time() % 1", "determinism", "same instance"),
        (SCORE, "    return np.random.rand()", "scorer", "one solution the scores"),
        (SCORE, "    return float('nan')", "seed", "nan"),
        (SCORE, "    return float('inf')", "seed", "inf"),
        (SCORE, "    return 'good'", "seed", "'good', which is no number"),
        (SCORE, "    return 1j", "seed", "1j, which is no number"),
        (SCORE, "    raise KeyError('x')", "seed", "KeyError"),
        (REFUSAL, "        return 0.0", "nonsense", "None the score 0"),
        ("number in range(3)", "number in range(0)", "splits", "empty"),
        ("yield {", "raise OSError('gone'); yield {", "instances", "gone"),
    ],
)  # fmt: skip
async def test_each_flaw_is_named(pool, written, old, new, name, said):
    found = (await states(pool, written(old, new)))[name]
    assert found.state == "failed" and said in found.detail and "\n" not in found.detail


async def test_a_search_refuses_what_it_cannot_do_without(pool, written):
    with pytest.raises(TaskError, match="dev and test share"):
        await ready(pool, written('"test": 20', '"test": 10'))
    with pytest.raises(TaskError, match="ZeroDivisionError"):
        await ready(pool, written("return 0.5 * x + 3.0", "return 1 / 0"))


async def test_a_task_without_a_test_split_gets_a_warning(pool, written):
    task = written("    first =", "    if split == 'test':\n        return\n    first =")
    assert (await states(pool, task))["splits"].state == "warning"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('direction = "minimize"', 'direction = "down"', "direction is 'down'"),
        ("@evolve\n", "", "0 functions marked @evolve"),
        ("def drive", "@evolve\ndef second(x):\n    return x\n\n\ndef drive", "2 functions marked @evolve; choose one"),
        ("def score", "def skore", "no function 'score'"),
        ("import numpy as np", "import numpie as np", "No module named 'numpie'"),
        ("def drive(", "def drive((", "SyntaxError"),
    ],
)
async def test_a_file_that_is_no_task_says_what_is_missing(written, old, new, said):
    with pytest.raises(TaskError, match=said):
        written(old, new)


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("online_bin_paking", "no task is named 'online_bin_paking'"),
        ("nothing_here.py", "cannot read the task nothing_here.py"),
        (f"{guessing.LINE}@drive", "no function 'drive' marked @evolve; it has guess"),
    ],
)
async def test_a_reference_that_leads_nowhere_says_so(reference, said):
    with pytest.raises(TaskError, match=said):
        load(reference)


async def test_one_of_several_functions_is_chosen(pool, tmp_path):
    (tmp_path / "two.py").write_text(GOOD.replace("def drive", "@evolve\ndef other(x):\n    return x\n\n\ndef drive"))
    task = load(f"{tmp_path / 'two.py'}@other")
    assert task.function == "other" and "def other" in task.seeds[0] and "import" not in task.seeds[0]
    assert (await states(pool, task))["seed"].state == "ok"
