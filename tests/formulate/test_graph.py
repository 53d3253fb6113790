"""The graph with a real sandbox and real solvers; only the model's replies are queued."""

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest
from optwright import Solution
from optwright.agent.engine import Engine
from optwright.agent.formulate.formulation import IndexSet
from optwright.agent.formulate.state import Reconciliation
from optwright.agent.llm import FakeLLM
from optwright.agent.settings import Settings
from optwright.errors import DataError, EndpointError, ProblemError, UsageError
from workshop import PROGRAM, TEXT, WHOLE, edit, fenced, formulation, parameter

BEST = 30 * 70 + 121 / 3 * 50  # 30 tables, then chairs for the hours that are left
DEMAND = """    model.demand = pyo.Constraint(expr=model.table <= data["most_tables"])\n"""
WITHOUT_DEMAND = PROGRAM.replace(DEMAND, "")
ADD_DEMAND = edit("    model.earned = pyo.Objective(", DEMAND + "    model.earned = pyo.Objective(")

TOTAL = """import pyomo.environ as pyo


def build_model(data):
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, None))
    model.needs = pyo.Constraint(expr=model.x >= sum(row["weight"] for row in data["loads"]))
    model.objective = pyo.Objective(expr=model.x)
    return model


def report(model):
    return {"total": pyo.value(model.x)}
"""


def asked(llm) -> list[str]:
    return [request.name for request in llm.requests]


async def test_quick_takes_two_calls_and_says_what_it_did_not_check(ask):
    solution = await ask("quick", formulation(), fenced(PROGRAM))
    assert asked(ask.llm) == ["formalize", "write_program"]
    assert solution.status == "optimal" and solution.objective == pytest.approx(BEST)
    assert solution.answers["tables"] == pytest.approx(30)
    assert solution.flags == ()
    assert any("independent" in line for line in solution.unchecked)


async def test_standard_adds_one_independent_program_and_moves_the_data(ask):
    solution = await ask("standard", formulation(), fenced(PROGRAM), fenced(opinion(PROGRAM)))
    assert asked(ask.llm) == ["formalize", "write_program", "direct"]
    assert solution.flags == () and solution.samples[0].agrees
    assert {s.path for s in solution.perturbation.sensitivities} >= {"hours", "most_tables"}


def opinion(program: str) -> str:
    """A program that carries its numbers itself, as an independent one does."""
    values = {p.name: p.value for p in formulation().parameters}
    return program.replace(
        "def build_model(data):", f"def build_model(data):\n    data = {{**{values}, 'readings': {{}}}}"
    )


async def test_a_program_that_crashes_is_edited_and_not_rewritten(ask):
    broken = PROGRAM.replace('data["most_tables"]', 'data["most_table"]')
    mend = edit('    model.demand = pyo.Constraint(expr=model.table <= data["most_table"])',
                '    model.demand = pyo.Constraint(expr=model.table <= data["most_tables"])')  # fmt: skip
    solution = await ask("quick", formulation(), fenced(broken), mend)
    assert solution.objective == pytest.approx(BEST) and solution.program == PROGRAM
    assert "most_table" in solution.repairs[0].problem
    told = ask.llm.requests[2].messages[-1]["content"]
    assert "KeyError" in told and "Line 12" in told  # the line that failed, shown


async def test_repairs_are_bounded_and_the_failure_is_named(ask):
    broken = PROGRAM.replace("pyo.ConcreteModel()", "pyo.NoModel()")
    solution = await ask("quick", formulation(), fenced(broken), edit("x", "y"), "I give up.")
    assert solution.status == "failed" and "NoModel" in solution.error
    assert asked(ask.llm) == ["formalize", "write_program", "repair", "repair"]
    assert "changed nothing" in ask.llm.requests[3].messages[-1]["content"]


async def test_a_report_that_stays_broken_is_an_answer_with_a_flag(ask):
    broken = PROGRAM.replace('{"earnings"', '1 / 0, {"earnings"')
    solution = await ask("quick", formulation(), fenced(broken), "no", "no")
    assert solution.status == "optimal" and solution.objective == pytest.approx(BEST) and solution.answers == {}
    assert [flag.kind for flag in solution.flags] == ["cross-check"] and "ZeroDivisionError" in solution.flags[
        0
    ].message


async def test_a_reply_without_a_program_is_repaired_too(ask):
    solution = await ask("quick", formulation(), "I would rather not.", fenced(PROGRAM))
    assert solution.objective == pytest.approx(BEST)


async def test_infeasible_is_an_answer_when_the_words_conflict(ask):
    text = TEXT + " At least 100 chairs and 20 tables are promised."
    impossible = PROGRAM.replace(
        "    return model\n", "    model.promised = pyo.Constraint(expr=model.chair >= 100)\n    return model\n", 1
    )
    solution = await ask(
        "quick", formulation(), fenced(impossible), "KEEP: 100 chairs take 300 hours, there are 241.", text=text
    )
    assert solution.status == "infeasible" and solution.objective is None
    assert set(solution.verdict.diagnosis.conflict) >= {"hours", "promised"}
    assert "300 hours" in solution.explanation
    assert "cannot hold together" in ask.llm.requests[2].messages[-1]["content"]


async def test_unbounded_names_what_can_grow(ask):
    unlimited = PROGRAM.replace("""    model.hours = pyo.Constraint(expr=used <= data["hours"])\n""", "")
    solution = await ask("quick", formulation(), fenced(unlimited), "KEEP: nothing limits the chairs.")
    assert solution.status == "unbounded" and "chair" in solution.verdict.diagnosis.ray


async def test_a_second_reading_that_changes_the_optimum_is_solved_and_flagged(ask):
    solution = await ask("standard", formulation(readings=[WHOLE]), fenced(PROGRAM), fenced(opinion(PROGRAM)))
    reading = solution.readings[0]
    assert reading.changes and reading.objective == pytest.approx(BEST) and solution.objective < BEST
    assert "assumption" in {flag.kind for flag in solution.flags}
    # The independent program took the second reading: that explains the difference, and costs no further call.
    assert asked(ask.llm) == ["formalize", "write_program", "direct"]


async def test_a_reading_without_a_switch_in_the_program_is_repaired(ask):
    fixed = PROGRAM.replace('data["readings"].get("units", "fractional") == "whole"', "True")
    mend = edit("    whole = True", '    whole = data["readings"]["units"] == "whole"')
    solution = await ask("quick", formulation(readings=[WHOLE]), fenced(fixed), mend)
    assert "units" in solution.repairs[0].problem and solution.status == "optimal"


async def test_a_difference_that_the_words_do_not_settle_is_flagged(ask):
    verdict = Reconciliation(difference="Only one limits the tables.", words="", right="ambiguous", correction="")
    solution = await ask("standard", formulation(), fenced(PROGRAM), fenced(opinion(WITHOUT_DEMAND)), verdict)
    assert asked(ask.llm)[-1] == "reconcile"
    assert [flag.kind for flag in solution.flags] == ["samples"] and "Only one limits" in solution.flags[0].message
    assert solution.objective == pytest.approx(BEST)


async def test_a_program_that_the_words_prove_wrong_is_corrected(ask):
    verdict = Reconciliation(
        difference="The first has no limit on tables.", words="At most 30 tables", right="second", correction="Add it."
    )
    mend = ADD_DEMAND
    solution = await ask("standard", formulation(), fenced(WITHOUT_DEMAND), fenced(opinion(PROGRAM)), verdict, mend)
    assert solution.objective == pytest.approx(BEST) and solution.samples[0].agrees
    assert [flag.kind for flag in solution.flags] == ["samples"]


async def test_a_repair_that_breaks_a_working_program_is_undone(ask):
    verdict = Reconciliation(difference="d", words="", right="second", correction="Break it.")
    breaking = edit("    return model", "    return modell")
    replies = [formulation(), fenced(PROGRAM), fenced(opinion(WITHOUT_DEMAND)), verdict, breaking, "no", "no"]
    solution = await ask("standard", *replies)
    assert solution.status == "optimal" and solution.program == PROGRAM


async def test_a_missing_number_is_asked_for_and_never_invented(ask, missing):
    solution = await ask("standard", formulation(missing=[missing]))
    assert asked(ask.llm) == ["formalize"]
    assert solution.status == "incomplete" and "how many hours" in solution.error and solution.objective is None


async def test_a_sentence_that_lacks_a_number_is_left_out_and_flagged(ask, missing):
    lacking = missing.model_copy(update={"essential": False})
    solution = await ask("quick", formulation(missing=[lacking]), fenced(PROGRAM))
    assert solution.status == "optimal"
    assert [flag.kind for flag in solution.flags] == ["missing"] and "how many hours" in solution.flags[0].message


async def test_a_number_that_the_text_does_not_state_is_flagged(ask):
    invented = [*formulation().parameters[:-1], parameter("most_tables", 25, "tables")]
    solution = await ask("quick", formulation(parameters=invented), fenced(PROGRAM))
    assert [flag.kind for flag in solution.flags] == ["source"] and "most_tables" in solution.flags[0].message


async def test_a_datum_that_the_model_never_uses_is_flagged(ask):
    solution = await ask("standard", formulation(), fenced(WITHOUT_DEMAND), fenced(opinion(WITHOUT_DEMAND)))
    assert [flag.kind for flag in solution.flags] == ["cross-check"] and "most_tables" in solution.flags[0].message


async def test_a_number_that_only_counts_something_may_go_unused(ask, tmp_path):
    sizes = tmp_path / "sizes.json"
    sizes.write_text('{"products": 2, "rebate": 7}')
    given = [parameter(name, None, "", column=f"sizes.{name}") for name in ("products", "rebate")]
    asked_for = formulation(parameters=[*formulation().parameters, *given])
    table = tmp_path / "products.csv"
    table.write_text("name\ntable\nchair\n")
    replies = [asked_for, fenced(PROGRAM), fenced(opinion(PROGRAM))]
    solution = await ask("standard", *replies, data=[sizes, table])
    assert solution.perturbation.unused == ("sizes['rebate']",)


TWO = parameter("most_tables", 2, "At most 30 tables can be sold")


async def test_a_forgotten_limit_is_flagged_though_its_number_is_that_of_a_sets_members(ask):
    products = IndexSet(name="products", description="", members=["table", "chair"])
    given = formulation(parameters=[*formulation().parameters[:-1], TWO], sets=[products], readings=[WHOLE])
    named = WITHOUT_DEMAND.replace("    domain = ", '    data["most_tables"]\n    domain = ')
    solution = await ask("standard", given, fenced(named), fenced(opinion(WITHOUT_DEMAND)))
    assert "most_tables" in solution.perturbation.unused


async def test_a_datum_that_only_another_reading_uses_was_not_forgotten(ask):
    sold = WHOLE.model_copy(update={"name": "demand", "chosen": "no_limit", "other": "limit"})
    switched = PROGRAM.replace(
        "    model.demand =", '    if data["readings"]["demand"] == "limit":\n        model.demand ='
    )
    solution = await ask("standard", formulation(readings=[sold]), fenced(switched), fenced(opinion(WITHOUT_DEMAND)))
    assert solution.perturbation.unused == ()
    assert [flag.kind for flag in solution.flags] == ["assumption"]


async def test_thorough_gives_the_cross_check_a_repair_round(ask):
    replies = [formulation(), fenced(WITHOUT_DEMAND), ADD_DEMAND, *[fenced(opinion(PROGRAM))] * 2]
    solution = await ask("thorough", *replies)
    assert asked(ask.llm)[2:] == ["repair", "direct", "direct"]
    assert "most_tables" in solution.repairs[0].problem
    assert solution.objective == pytest.approx(BEST) and solution.flags == ()


async def test_the_whole_table_reaches_the_program_and_only_a_sketch_the_model(ask, tmp_path):
    table = tmp_path / "loads.csv"
    table.write_text("item,weight\n" + "".join(f"i{i},{i % 97 + 1}\n" for i in range(200_000)))
    bare = formulation(parameters=[parameter("weight", None, "", column="loads.weight")], constraints=[], quantities=[])
    solution = await ask("quick", bare, fenced(TOTAL), data=[table])
    assert solution.objective == sum(i % 97 + 1 for i in range(200_000))
    shown = ask.llm.requests[0].messages[-1]["content"]
    assert "weight" in shown and "200,000" in shown and "i2345" not in shown and len(shown) < 8000


async def test_progress_comes_step_by_step_with_the_runs_id(ask):
    solution = await ask("standard", formulation(), fenced(PROGRAM), fenced(opinion(PROGRAM)))
    assert [event.step for event in ask.events] == ["formalize", "write program", "run", "samples"]
    assert "6 data moved, no findings" in ask.events[2].message
    assert {event.run for event in ask.events} == {solution.run}


# ---- stopping and going on


async def test_a_run_that_stopped_goes_on_where_it_stood(tmp_path):
    settings = Settings(effort="quick", home=tmp_path)
    events = []
    async with Engine(settings, llm=FakeLLM([formulation(), EndpointError("the server is down")])) as engine:
        with pytest.raises(EndpointError):
            await engine.solve(TEXT, on_event=events.append)
    second = FakeLLM([fenced(PROGRAM)])
    async with Engine(settings, llm=second) as engine:
        solution = await engine.resume(events[0].run)
    assert asked(second) == ["write_program"] and solution.objective == pytest.approx(BEST)
    assert solution.usage.calls == 2  # both processes' calls


def test_a_run_that_was_killed_goes_on_where_it_stood(tmp_path):
    script = f"""
import asyncio, json, sys
from optwright import Solution
from optwright.agent.engine import Engine
from optwright.agent.formulate.formulation import Formulation
from optwright.agent.llm import FakeLLM
from optwright.agent.settings import Settings

class Hangs(FakeLLM):
    async def answer(self, request, on_call):
        if request.name == "write_program":
            print("HANGS", flush=True)
            await asyncio.sleep(60)
        return await super().answer(request, on_call)

async def main():
    llm = Hangs([Formulation.model_validate_json({formulation().model_dump_json()!r})])
    async with Engine(Settings(effort="quick", home={str(tmp_path)!r}), llm=llm) as engine:
        await engine.solve({TEXT!r}, on_event=lambda event: print(event.run, flush=True))

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline().strip(), process.stdout.readline().strip()]
        assert "HANGS" in lines
        os.kill(process.pid, signal.SIGKILL)
    run = next(line for line in lines if line != "HANGS")
    llm = FakeLLM([fenced(PROGRAM)])

    async def go_on():
        async with Engine(Settings(effort="quick", home=tmp_path), llm=llm) as engine:
            return await engine.resume(run)

    assert asyncio.run(go_on()).objective == pytest.approx(BEST)
    assert asked(llm) == ["write_program"]


async def test_a_finished_run_is_returned_again_without_a_call(tmp_path):
    settings = Settings(effort="quick", home=tmp_path)
    async with Engine(settings, llm=FakeLLM([formulation(), fenced(PROGRAM)])) as engine:
        solution = await engine.solve(TEXT)
    async with Engine(settings, llm=FakeLLM()) as engine:
        assert await engine.resume(solution.run) == solution
        with pytest.raises(UsageError, match="no run 'nonesuch'"):
            await engine.resume("nonesuch")


@pytest.mark.parametrize("problem", ["", "  \n", "x" * 1_000_000])
async def test_an_unusable_problem_costs_nothing(ask, problem):
    with pytest.raises(ProblemError):
        await ask("quick", text=problem)


async def test_a_missing_data_file_costs_nothing(ask, tmp_path):
    with pytest.raises(DataError, match=r"nowhere\.csv"):
        await ask("quick", data=[tmp_path / "nowhere.csv"])


def test_a_solution_is_json_both_ways(tmp_path):
    async def go():
        async with Engine(
            Settings(effort="quick", home=tmp_path), llm=FakeLLM([formulation(), fenced(PROGRAM)])
        ) as engine:
            return await engine.solve(TEXT)

    solution = asyncio.run(go())
    assert json.loads(solution.model_dump_json())["objective"] == pytest.approx(BEST)
    assert Solution.model_validate_json(solution.model_dump_json()) == solution
