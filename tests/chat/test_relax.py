"""The cheapest way out of an infeasible run as edits of its data. Real sandbox, real solvers, no model."""

import pytest
import pytest_asyncio
from optwright.agent.changes import Edit, edited
from optwright.agent.engine import Engine
from optwright.agent.finished import Finished, load
from optwright.agent.formulate.formulation import Constraint, Formulation, Objective, Parameter
from optwright.agent.formulate.nodes import bind
from optwright.agent.relax import apply_relaxation
from optwright.agent.settings import Settings
from optwright.agent.solution import Solution
from optwright.datasets.bundled import problem, problems
from optwright.evaluators.program import judge
from optwright.evaluators.verdict import Diagnosis, Relaxation, SolveOptions

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPTIONS = SolveOptions()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(tmp_path_factory):
    async with Engine(Settings(model="replay", home=tmp_path_factory.mktemp("home"))) as engine:
        yield engine


PROGRAM = """import pyomo.environ as pyo


def build_model(data):
    model = pyo.ConcreteModel()
    {body}
    model.objective = pyo.Objective(expr={objective})
    return model


def report(model):
    return {{}}
"""


@pytest.fixture
def relaxed(engine):
    """`await relaxed(body, constraints, **data)` → the edits, as a dict, of a program that is infeasible."""

    async def relax(body: str, constraints: dict[str, str], objective: str = "0", relaxations=None, **data):
        program = PROGRAM.format(body="\n    ".join(body.strip().splitlines()), objective=objective)
        tables = {key: value for key, value in data.items() if isinstance(value, list)}
        formulation = Formulation(
            title="",
            parameters=[
                Parameter(name=name, description="", value=value, column=None, unit="", quote="", more="unclear")
                for name, value in data.items()
                if name not in tables
            ],
            objective=Objective(sense="minimize", expression="", unit="", quote=""),
            constraints=[Constraint(name=n, expression=e, unit="", quote="") for n, e in constraints.items()],
        )
        data = bind(formulation, ()) | tables
        verdict = await judge(engine.pool, program, data, OPTIONS)
        assert verdict.status == "infeasible" and verdict.diagnosis.relaxations
        if relaxations:
            verdict = verdict.model_copy(update={"diagnosis": Diagnosis(kind="infeasible", relaxations=relaxations)})
        solution = Solution(
            run="a1", status="infeasible", problem="", model="", effort="quick", objective=None, answers={},
            explanation="", formulation=formulation, program=program, verdict=verdict,
        )  # fmt: skip
        run = Finished(solution, formulation, verdict, (), data)
        edits = await apply_relaxation(engine.pool, run, OPTIONS)
        if edits is None:
            return None
        assert (await judge(engine.pool, program, edited(run, edits)[0], OPTIONS)).solved
        return {edit.name: edit.value for edit in edits}

    return relax


WAYS_OUT = {"night_desk": ("min_hours", 288), "choir_boats": ("singers", 252), "footbridge": ("fair_day", 32)}


@pytest.mark.parametrize("name", [each.name for each in problems() if each.expected_status == "infeasible"])
async def test_a_bundled_problem_becomes_feasible(engine, name):
    solution = await engine.solve(problem(name).text, problem(name).data)
    run = await load(engine.store, solution.run)
    edits = await apply_relaxation(engine.pool, run, OPTIONS)
    datum, value = WAYS_OUT[name]
    assert edits == (Edit(name=datum, value=value),) and isinstance(edits[0].value, int)
    assert (await judge(engine.pool, solution.program, edited(run, edits)[0], OPTIONS)).solved


async def test_a_run_that_is_solved_is_left_alone(engine):
    solution = await engine.solve(problem("bakery").text)
    assert await apply_relaxation(engine.pool, await load(engine.store, solution.run), OPTIONS) is None


DAYS = """
model.nurses = pyo.Var(list(data["need"]), bounds=(0, 9))
model.cover = pyo.Constraint(list(data["need"]), rule=lambda m, d: m.nurses[d] >= data["need"][d])
model.budget = pyo.Constraint(expr=sum(model.nurses.values()) <= data["most"])
"""


async def test_the_member_of_the_rows_index_is_moved(relaxed):
    # Mon needs 12 where a day has room for 9, a bound that is no datum; Tue's need is the same number.
    found = await relaxed(
        DAYS.replace("data['need'][d]", "need"),
        {"cover": "nurses[d] >= need[d]", "budget": "sum(nurses) <= most"},
        need={"Sun": 9, "Mon": 12, "Tue": 9},
        most=40,
        relaxations=(Relaxation(constraint="cover[Mon]", side="lower", bound=12, by=3),),
    )
    assert found == {"need['Mon']": 9}


async def test_a_bound_that_is_a_multiple_moves_its_datum_so_much_less(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, None))
model.oven = pyo.Constraint(expr=3 * model.x <= 60 * data["oven_hours"])
model.order = pyo.Constraint(expr=model.x >= 200)
"""
    # 200 kilograms take 600 minutes, which are 10 hours.
    found = await relaxed(
        body,
        {"oven": "3 x <= 60 * oven_hours"},
        oven_hours=9.5,
        relaxations=(Relaxation(constraint="oven", side="upper", bound=570, by=30),),
    )
    assert found == {"oven_hours": 10}


async def test_a_whole_number_is_rounded_outward_and_a_fraction_is_not(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, None))
model.oven = pyo.Constraint(expr=model.x <= 60 * data["hours"])
model.order = pyo.Constraint(expr=model.x >= 555)
"""
    move = (Relaxation(constraint="oven", side="upper", bound=540, by=15),)
    assert await relaxed(body, {"oven": "x <= 60 * hours"}, hours=9, relaxations=move) == {"hours": 10}
    assert await relaxed(body, {"oven": "x <= 60 * hours"}, hours=9.0, relaxations=move) == {"hours": 9.25}


async def test_an_equality_takes_the_exact_value_where_rounding_is_too_much(relaxed):
    body = """
model.x = pyo.Var(bounds=(2.5, 2.5))
model.same = pyo.Constraint(expr=model.x == data["wanted"])
"""
    move = (Relaxation(constraint="same", side="upper", bound=2, by=0.5),)
    assert await relaxed(body, {"same": "x == wanted"}, wanted=2, relaxations=move) == {"wanted": 2.5}


async def test_constants_around_a_datum_are_no_matter(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, 10))
model.late = pyo.Constraint(expr=model.x + 7 - data["start"] >= 2 * data["wanted"])
"""
    found = await relaxed(body, {"late": "x + 7 - start >= 2 wanted"}, start=1, wanted=20)
    # 24 at least are missing: 12 less is wanted, a little more of it than 24 more of the start would be.
    assert found == {"wanted": 8}


async def test_rows_that_lean_on_one_datum_move_it_once_and_as_far_as_the_farthest(relaxed):
    body = """
model.x = pyo.Var(range(2), bounds=(0, 100))
model.cover = pyo.Constraint(range(2), rule=lambda m, i: m.x[i] >= data["need"])
model.room = pyo.Constraint(range(2), rule=lambda m, i: m.x[i] <= [7, 5][i])
"""
    moves = tuple(Relaxation(constraint=f"cover[{i}]", side="lower", bound=10, by=by) for i, by in ((0, 3), (1, 5)))
    assert await relaxed(body, {"cover": "x[i] >= need"}, need=10, relaxations=moves) == {"need": 5}


async def test_rows_that_pull_a_datum_apart_have_no_way_out(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, 100))
model.low = pyo.Constraint(expr=model.x >= data["level"])
model.high = pyo.Constraint(expr=model.x <= data["level"] - 4)
"""
    moves = (
        Relaxation(constraint="low", side="lower", bound=10, by=2),
        Relaxation(constraint="high", side="upper", bound=6, by=2),
    )
    assert await relaxed(body, {"low": "x >= level", "high": "x <= level - 4"}, level=10, relaxations=moves) is None


async def test_several_rows_move_several_data(relaxed):
    body = """
model.x = pyo.Var(["a", "b"], bounds=(0, None))
model.cap = pyo.Constraint(["a", "b"], rule=lambda m, i: m.x[i] <= data["cap"][i])
model.order = pyo.Constraint(["a", "b"], rule=lambda m, i: m.x[i] >= {"a": 8, "b": 30}[i])
"""
    moves = tuple(
        Relaxation(constraint=f"cap[{i}]", side="upper", bound=bound, by=by)
        for i, bound, by in (("a", 5, 3), ("b", 20, 10))
    )
    found = await relaxed(body, {"cap": "x[i] <= cap[i]"}, cap={"a": 5, "b": 20, "c": 5}, relaxations=moves)
    assert found == {"cap['a']": 8, "cap['b']": 30}


async def test_a_cell_of_a_table_is_called_by_its_row(relaxed):
    body = """
need = {row["day"]: row["need"] for row in data["week"]}
model.x = pyo.Var(list(need), bounds=(0, 7))
model.cover = pyo.Constraint(list(need), rule=lambda m, d: m.x[d] >= need[d])
"""
    week = [{"day": f"day {at}", "need": need} for at, need in enumerate([5, 9, 4, 4, 4, 4, 4, 4, 4, 4])]
    move = (Relaxation(constraint="cover[day 1]", side="lower", bound=9, by=2),)
    found = await relaxed(body, {"cover": "x[d] >= need[d]"}, week=week, relaxations=move)
    assert found == {"week['day 1'].need": 7}


async def test_a_bound_of_a_variable_has_its_datum_too(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, data["room"]))
model.order = pyo.Constraint(expr=model.x >= 3 + 4)
"""
    move = (Relaxation(constraint="bound:x", side="upper", bound=5, by=2),)
    assert await relaxed(body, {}, room=5, relaxations=move) == {"room": 7}


async def test_of_two_data_that_the_constraint_names_the_least_change_is_made(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, None))
model.hours = pyo.Constraint(expr=model.x <= data["regular"] + data["overtime"])
model.order = pyo.Constraint(expr=model.x >= 50)
"""
    move = (Relaxation(constraint="hours", side="upper", bound=45, by=5),)
    data = {"overtime": 5, "regular": 40, "other": 45}
    assert await relaxed(body, {"hours": "x <= regular + overtime"}, relaxations=move, **data) == {"regular": 45}


async def test_where_the_bound_is_structure_there_is_no_edit(relaxed):
    # Half of it is more than all of it: 0 stands on the right, and the 2 is a coefficient, not a bound.
    body = """
model.x = pyo.Var(bounds=(1, 9))
model.half = pyo.Constraint(expr=data["share"] * model.x <= model.x)
"""
    assert await relaxed(body, {"half": "share x <= x"}, share=2) is None


async def test_numbers_that_only_look_like_the_bound_are_no_datum_of_it(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, None))
model.room = pyo.Constraint(expr=model.x <= 20)
model.order = pyo.Constraint(expr=model.x >= 30)
"""
    move = (Relaxation(constraint="room", side="upper", bound=20, by=10),)
    assert await relaxed(body, {"room": "x <= 20"}, price=20, relaxations=move) is None


async def test_what_measures_does_not_become_negative(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, 3))
model.need = pyo.Constraint(expr=model.x >= data["need"] + 10)
"""
    assert await relaxed(body, {"need": "x >= need + 10"}, need=5) is None


async def test_a_datum_that_does_not_move_its_bound_evenly_is_left(relaxed):
    body = """
model.x = pyo.Var(bounds=(0, 10))
model.area = pyo.Constraint(expr=model.x >= data["side"] ** 2)
"""
    assert await relaxed(body, {"area": "x >= side ** 2"}, side=4.0) is None


async def test_a_nonlinear_model_goes_by_its_numbers(relaxed):
    body = """
model.x = pyo.Var(bounds=(1, 10), initialize=2)
model.growth = pyo.Constraint(expr=pyo.exp(model.x) + model.x >= 10 * data["wanted"])
model.limit = pyo.Constraint(expr=pyo.log(model.x) + model.x <= 2)
"""
    move = (Relaxation(constraint="growth", side="lower", bound=100, by=95),)
    found = await relaxed(body, {"growth": "exp(x) + x >= 10 wanted"}, wanted=10.0, relaxations=move)
    assert found == {"wanted": 0.5}
