"""Chats with the real graph, sandbox, solvers and store; only the model's replies are queued."""

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import pytest_asyncio
import talking
import workshop
from optwright.agent.chat import events
from optwright.agent.chat.chats import Chats
from optwright.agent.chat.events import Answered, Asked, Failed, Formulated, Judged, Moved, Programmed, Said, Step
from optwright.agent.chat.session import STOPPED
from optwright.agent.engine import Engine, Given
from optwright.agent.formulate.formulation import Missing
from optwright.agent.llm import FakeLLM
from optwright.agent.settings import Settings
from optwright.errors import EndpointError, UsageError
from talking import BEST, FEW, edits, first, intent, objective, revision, turn
from workshop import PROGRAM, TEXT, WHOLE, fenced, formulation

HOURS = Missing(name="hours", why="the text does not say how many hours there are", essential=True)


@pytest_asyncio.fixture
async def chat(tmp_path):
    """`await chat(*replies)` → a new session whose model has these replies; more can be queued: `llm.queue`."""
    opened = []

    async def begin(*replies, effort="quick", llm=None):
        begin.llm = llm or FakeLLM(replies)
        engine = await Engine(Settings(home=tmp_path, effort=effort), llm=begin.llm).__aenter__()
        opened.append(engine)
        begin.chats = Chats(engine)
        return begin.chats.new("me")

    yield begin
    for engine in opened:
        await engine.__aexit__(None, None, None)


def kinds(session) -> list[str]:
    return [event.kind for event in session.events if not isinstance(event, Step)]


def asked(llm) -> list[str]:
    return [request.name for request in llm.requests]


# ---- a problem is told


async def test_a_problem_is_formulated_solved_and_told_step_by_step(chat):
    session = await chat(*first())
    answer = await turn(session, TEXT)
    assert kinds(session) == ["said", "began", "formulated", "program", "verdict", "answer"]
    assert objective(answer) == pytest.approx(BEST)
    assert answer.version.number == 1 and answer.version.parent == 0 and answer.version.title == "Workshop"
    assert "Optimal: 4,116.67 euros" in answer.text[0]
    assert session.solution().objective == pytest.approx(BEST)
    steps = [event.step for event in session.events if isinstance(event, Step)]
    assert steps[:3] == ["formalize", "write program", "run"]


async def test_words_that_are_no_problem_cost_nothing(chat):
    session = await chat(*first())
    assert "what is to be decided" in (await turn(session, "Hello there!")).text[0]
    assert not chat.llm.requests
    await turn(session, TEXT)
    assert "Hello" not in chat.llm.requests[0].messages[1]["content"]


async def test_what_is_missing_is_asked_for_and_the_answer_is_part_of_the_problem(chat):
    session = await chat(formulation(missing=[HOURS]), *first())
    question = await turn(session, TEXT)
    assert isinstance(question, Asked) and question.question.kind == "missing"
    assert HOURS.why in question.question.text
    assert objective(await turn(session, "There are 241 hours")) == pytest.approx(BEST)
    told = chat.llm.requests[1].messages[1]["content"]
    assert HOURS.why in told and "Answered: There are 241 hours" in told


async def test_a_model_that_never_stops_asking_is_stopped(chat):
    session = await chat(*[formulation(missing=[HOURS])] * 4)
    for _ in range(3):
        assert isinstance(await turn(session, TEXT), Asked)
    end = await turn(session, "I do not know")
    assert isinstance(end, Answered) and end.version is None
    assert "hours" in " ".join(end.text)


async def test_an_incomplete_problem_is_told_on_in_the_next_message(chat):
    session = await chat(*[formulation(missing=[HOURS])] * 4, *first())
    for words in (TEXT, "maybe", "perhaps", "who knows"):
        await turn(session, words)
    assert objective(await turn(session, "I looked it up: 241 hours")) == pytest.approx(BEST)
    assert TEXT in chat.llm.requests[-1].messages[1]["content"]


READ = (formulation(readings=[WHOLE]), fenced(PROGRAM))


async def test_two_readings_with_different_optima_are_asked_about_and_the_other_one_is_chosen(chat):
    session = await chat(*READ, workshop.fenced(PROGRAM), effort="standard")
    question = await turn(session, TEXT)
    assert isinstance(question, Asked) and question.question.kind == "reading"
    here, there = question.question.choices
    assert (here.option, here.objective) == ("whole", 4110) and there.option == "fractional"
    assert there.objective == pytest.approx(BEST) and there.report["tables"] == pytest.approx(30)
    answer = await turn(session, "Fractional.")
    assert objective(answer) == pytest.approx(BEST)
    assert session.solution().formulation.readings[0].chosen == "fractional"
    assert not [flag for flag in session.solution().flags if flag.kind == "assumption"]


async def test_the_chosen_reading_can_be_kept_by_its_number(chat):
    session = await chat(*READ, workshop.fenced(PROGRAM), effort="standard")
    await turn(session, TEXT)
    assert objective(await turn(session, "1")) == 4110
    assert asked(chat.llm) == ["formalize", "write_program", "direct"]


async def test_a_reading_that_was_chosen_is_not_asked_about_again(chat):
    second = fenced(PROGRAM)
    session = await chat(
        *READ, second, intent("change", change="at most two tables"), revision(FEW), second, effort="standard"
    )
    await turn(session, TEXT)
    await turn(session, "whole")
    assert "Answered: whole" in chat.llm.requests[-1].messages[1]["content"]
    assert objective(await turn(session, "a pair of tables is plenty")) == 70 + 79 * 50
    assert not [flag for flag in session.solution().flags if flag.kind == "assumption"]


async def test_an_answer_in_other_words_is_formulated(chat):
    session = await chat(*READ, *first(), workshop.fenced(PROGRAM), effort="standard")
    await turn(session, TEXT)
    assert objective(await turn(session, "only tables come whole")) == pytest.approx(BEST)
    assert "Answered: only tables come whole" in chat.llm.requests[2].messages[1]["content"]


async def test_a_question_survives_a_restart(chat):
    session = await chat(*READ, effort="standard")
    await turn(session, TEXT)
    before, id = list(session.events), session.id
    del session
    await chat(fenced(PROGRAM), effort="standard")
    again = chat.chats.open(id, "me")
    assert kinds(again) == [event.kind for event in before if event.kind != "step"]
    assert objective(await turn(again, "2")) == pytest.approx(BEST)


async def test_a_file_that_answers_a_question_is_read(chat, tmp_path):
    file = tmp_path / "week.csv"
    file.write_text("week,hours\n1,241\n")
    session = await chat(formulation(missing=[HOURS]), *first())
    await turn(session, TEXT)
    assert objective(await turn(session, "it is in the file", [file])) == pytest.approx(BEST)
    assert "week.csv" in chat.llm.requests[1].messages[1]["content"]


# ---- what if


async def test_other_data_are_solved_again_and_no_model_is_asked(chat):
    session = await chat(*first())
    await turn(session, TEXT)
    session.what_if(edits(hours=50))
    answer = await session.settled()
    assert objective(answer) == 875
    assert answer.comparison.before.objective == pytest.approx(BEST)
    assert "hours: 241 → 50" in answer.text
    assert [each.name for each in answer.version.edits] == ["hours"] and answer.version.parent == 1
    assert "Changed afterwards: hours: 241 → 50" in session.solution().problem
    assert len(chat.llm.requests) == 2


async def test_words_that_edit_data_need_no_model_either(chat):
    session = await chat(*first())
    await turn(session, TEXT)
    assert objective(await turn(session, "What if hours are 50?")) == 875
    assert len(chat.llm.requests) == 2


async def test_what_ifs_add_up_and_one_that_is_taken_back_is_gone(chat):
    session = await chat(*first())
    await turn(session, TEXT)
    for changes in ({"hours": 50}, {"most_tables": 5}, {"hours": 241}):
        session.what_if(edits(**changes))
        await session.settled()
    assert [(each.name, each.before, each.after) for each in session.version.edits] == [("most_tables", 30, 5)]
    assert [version.parent for version in session.standing.versions.values()] == [0, 1, 2, 3]


@pytest.mark.parametrize("changes", [{"hourz": 1}, {"hours": "many"}, {}])
async def test_an_edit_that_cannot_be_made_changes_nothing(chat, changes):
    session = await chat(*first())
    await turn(session, TEXT)
    session.what_if(edits(**changes))
    failed = await session.settled()
    assert isinstance(failed, Failed) and "\n" not in failed.message
    assert session.version.number == 1


async def test_tables_are_changed_for_this_chat_only(chat, tmp_path):
    file = tmp_path / "goods.csv"
    import asking

    file.write_text(asking.GOODS)
    session = await chat(asking.formulation(), fenced(asking.PROGRAM))
    assert objective(await turn(session, asking.TEXT, [file])) == 162
    session.what_if(edits(**{"goods['jam'].price": 40}))
    changed = objective(await session.settled())
    assert changed > 162 and file.read_text() == asking.GOODS
    session.what_if(edits(hours=38.5))
    assert objective(await session.settled()) > changed, "the second edit has the first one's table"
    session.go(1)
    await session.settled()
    assert (await session.finished()).data["goods"][0]["price"] == 4


async def test_new_figures_of_the_same_shape_are_solved_with_the_program_at_hand(chat, tmp_path):
    import asking

    first_file, second = asking.goods_file(tmp_path), tmp_path / "new" / "goods.csv"
    second.parent.mkdir()
    second.write_text("name,price,hours,demand\njam,5,1,20\nhoney,9,2,10\n")
    session = await chat(asking.formulation(), fenced(asking.PROGRAM))
    await turn(session, asking.TEXT, [first_file])
    answer = await turn(session, "next week", [second])
    assert objective(answer) == 20 * 5 + 9 * 9 and len(chat.llm.requests) == 2
    assert answer.version.edits[0].name == "goods"


# ---- changes of the model


async def test_a_structural_change_is_a_minimal_edit_shown_as_a_difference(chat):
    session = await chat(*first(), intent("change", change="at most two tables"), revision(FEW))
    await turn(session, TEXT)
    answer = await turn(session, "I never want to see more than a pair of tables")
    program = next(event for event in reversed(session.events) if isinstance(event, Programmed))
    assert [line for line in program.diff.splitlines() if line.startswith("+ ")] == ["+" + FEW.splitlines()[0]]
    assert objective(answer) == pytest.approx(2 * 70 + (241 - 8) / 3 * 50)
    assert answer.version.rules == ("at most two tables",)
    assert session.solution().problem.endswith("Changed afterwards: at most two tables")


async def test_an_edit_that_fits_nowhere_is_repaired(chat):
    bad = revision(FEW, search="    return nothing\n")
    repaired = workshop.edit("    return model", FEW.rstrip("\n"))
    session = await chat(*first(), intent("change", change="at most two tables"), bad, repaired)
    await turn(session, TEXT)
    assert objective(await turn(session, "no more than a pair")) == pytest.approx(2 * 70 + (241 - 8) / 3 * 50)
    assert "stands in the program nowhere" in chat.llm.requests[-1].messages[1]["content"]


async def test_a_change_that_lacks_a_number_asks_for_it(chat):
    rent = Missing(name="rent", why="you do not say what the rent is", essential=True)
    rented = revision(
        '    model.earned.set_value(model.earned.expr - data["rent"])\n' + talking.RETURN,
        parameters=[workshop.parameter("rent", 100, "It is 100 euros", "hurts")],
    )
    session = await chat(*first(), intent("change", change="pay the rent"), revision(missing=[rent]), rented)
    await turn(session, TEXT)
    question = await turn(session, "and subtract the rent")
    assert isinstance(question, Asked) and "rent" in question.question.text
    assert objective(await turn(session, "It is 100 euros")) == pytest.approx(BEST - 100)
    assert session.version.rules and session.solution().formulation.parameters[-1].name == "rent"


async def test_a_later_change_knows_the_earlier_data(chat):
    session = await chat(*first(), intent("change", change="at most two tables"), revision(FEW))
    await turn(session, TEXT)
    session.what_if(edits(hours=50))
    await session.settled()
    assert objective(await turn(session, "no more than a pair of tables")) == pytest.approx(2 * 70 + 42 / 3 * 50)
    assert 'data["hours"] = 50' in chat.llm.requests[-1].messages[1]["content"]


# ---- why, undo, branches


async def test_why_explains_and_makes_no_version(chat):
    session = await chat(*first())
    await turn(session, TEXT)
    session.why("table")
    answer = await session.settled()
    assert "`table` is 30" in answer.text[0] and answer.version is None
    session.why("nonsense")
    assert "no constraint or variable 'nonsense'" in (await session.settled()).message


async def test_undo_goes_back_and_the_next_change_branches_off(chat):
    session = await chat(*first())
    await turn(session, TEXT)
    for hours in (50, 60):
        session.what_if(edits(hours=hours))
        await session.settled()
    session.undo()
    assert isinstance(await session.settled(), Moved) and session.version.number == 2
    session.go(1)
    await session.settled()
    session.what_if(edits(most_tables=5))
    branch = await session.settled()
    assert (branch.version.number, branch.version.parent) == (4, 1)
    found, changed = await session.compare(2, 4)
    assert found.before.objective == 875 and found.after.objective == objective(branch) and changed == ""


@pytest.mark.parametrize("wrong", [lambda s: s.go(7), lambda s: s.undo(), lambda s: s.relax()])
async def test_there_is_nothing_to_go_back_to_or_to_relax(chat, wrong):
    session = await chat(*first())
    await turn(session, TEXT)
    wrong(session)
    assert isinstance(await session.settled(), Failed) and session.version.number == 1


@pytest.mark.parametrize("wrong", [lambda s: s.why("whole"), lambda s: s.what_if(edits(hours=1)), lambda s: s.undo()])
async def test_there_is_no_model_to_ask_yet(chat, wrong):
    session = await chat()
    wrong(session)
    assert isinstance(await session.settled(), Failed)
    with pytest.raises(UsageError, match="no model yet"):
        session.solution()


async def test_talk_is_answered_and_changes_nothing(chat):
    session = await chat(*first(), intent("talk", reply="You are welcome."))
    await turn(session, TEXT)
    assert (await turn(session, "Thanks a lot!")).text == ("You are welcome.",)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (intent("why", about="hours"), Answered),
        (intent("undo"), Moved),
        (intent("edit", edits=edits(hours=50)), Answered),
        (intent("edit", edits=edits(nothing=50)), Failed),
        (intent("relax"), Failed),
    ],
)
async def test_what_the_words_ask_for_is_done(chat, found, kind):
    session = await chat(*first(), found)
    await turn(session, TEXT)
    session.what_if(edits(most_tables=20))
    await session.settled()
    assert isinstance(await turn(session, "please do what I have in mind"), kind)


async def test_another_problem_begins_anew(chat):
    session = await chat(*first(), intent("problem"), *first())
    await turn(session, TEXT)
    answer = await turn(session, "Now something else altogether: " + TEXT)
    assert (answer.version.number, answer.version.parent) == (2, 0)


# ---- infeasible

KEEP = "KEEP: 40 tables are promised, and only 30 can be sold"
SHORT = PROGRAM.replace(
    "    return model\n", '    model.least = pyo.Constraint(expr=model.table >= data["least"])\n    return model\n'
)


def too_many():
    parts = formulation()
    constraint = workshop.Constraint(name="least", expression="table >= least", unit="tables", quote="40 tables")
    least = workshop.parameter("least", 40, "40 tables are promised", "hurts")
    return parts.model_copy(
        update={"parameters": [*parts.parameters, least], "constraints": [*parts.constraints, constraint]}
    )


async def test_the_cheapest_way_out_is_taken_as_other_data_and_no_model_is_asked(chat):
    session = await chat(too_many(), fenced(SHORT), KEEP)
    answer = await turn(session, TEXT + " 40 tables are promised.")
    assert answer.version.status == "infeasible" and answer.relaxes
    assert any("40 tables" in line for line in answer.text)
    session.relax()
    relaxed = await session.settled()
    assert relaxed.version.status == "optimal" and not relaxed.relaxes
    assert len(relaxed.version.edits) == 1 and len(chat.llm.requests) == 3


async def test_a_way_out_that_is_in_no_datum_is_a_change_of_the_model(chat):
    hard = SHORT.replace('data["least"]', "40").replace('data["most_tables"]', "30")
    least = "    model.least = pyo.Constraint(expr=model.table >= {})\n"
    session = await chat(too_many(), fenced(hard), KEEP, revision(least.format(30), search=least.format(40)))
    await turn(session, TEXT)
    session.relax()
    assert (await session.settled()).version.status == "optimal"
    assert "least" in chat.llm.requests[-1].messages[1]["content"]


# ---- what goes wrong


async def test_a_turn_at_a_time_and_stop_ends_it(chat):
    llm = talking.SlowLLM(first(), 60)
    session = await chat(llm=llm)
    session.say(TEXT)
    await llm.started.wait()
    with pytest.raises(UsageError, match="still being worked on"):
        session.say("and another thing")
    begun = time.monotonic()
    await session.stop()
    assert time.monotonic() - begun < 1 and session.events[-1] == Failed(message=STOPPED)
    assert not session.busy


async def test_stop_really_ends_the_program_that_runs(chat):
    session = await chat(formulation(), fenced(talking.NEVER), *first())
    session.say(TEXT)
    async for event in session.watch():
        if isinstance(event, Step) and event.step == "write program":
            break
    await asyncio.sleep(0.3)
    await session.stop()
    begun = time.monotonic()
    assert objective(await turn(session, TEXT)) == pytest.approx(BEST)
    assert time.monotonic() - begun < 10, "the place in the pool was free again"


@pytest.mark.parametrize("text", ["", "   ", "x" * 1_000_000])
async def test_messages_that_are_no_messages_are_refused(chat, text):
    session = await chat()
    with pytest.raises(UsageError):
        session.say(text)
    assert not session.events


async def test_an_endpoint_that_fails_ends_the_turn_not_the_chat(chat):
    session = await chat(EndpointError("the endpoint is down; start it"), *first())
    assert (await turn(session, TEXT)).message == "the endpoint is down; start it"
    assert objective(await turn(session, "Try again")) == pytest.approx(BEST)


async def test_a_defect_of_ours_is_one_line(chat, tmp_path):
    session = await chat(ZeroDivisionError("oops"))
    failed = await turn(session, TEXT)
    assert failed.message.startswith(f"unexpected ZeroDivisionError (details in {tmp_path}")


async def test_a_program_that_never_runs_leaves_no_version(chat):
    session = await chat(formulation(), *[fenced("def build_model(data):\n    return 1\n")] * 3)
    answer = await turn(session, TEXT)
    assert answer.version is None and "Failed" in answer.text[0]


async def test_a_bad_file_is_told_in_one_line(chat, tmp_path):
    session = await chat()
    (tmp_path / "bad.csv").write_text("")
    assert "is empty" in (await turn(session, TEXT, [tmp_path / "bad.csv"])).message


# ---- whose it is, and how it lasts


async def test_nobody_else_can_open_or_list_a_chat(chat):
    session = await chat(*first())
    await turn(session, TEXT)
    for id, owner in ((session.id, "you"), ("nonsense", "me"), (session.version.run, "me")):
        with pytest.raises(UsageError, match="there is no chat"):
            chat.chats.open(id, owner)
    assert [each.id for each in chat.chats.listed("me")] == [session.id] and not chat.chats.listed("you")
    assert chat.chats.listed("me")[0].title.startswith("A workshop makes tables")


async def test_every_run_of_a_chat_says_whose_it_is(chat):
    session = await chat(*first())
    await turn(session, "(Urgent!) " + TEXT)
    session.what_if(edits(hours=50))
    await session.settled()
    runs = [session.engine.store.run(version.run) for version in session.standing.versions.values()]
    assert [Given.model_validate_json(run.settings).chat for run in runs] == [session.id] * 2
    assert [each.title[:9] for each in chat.chats.listed("me")] == ["(Urgent!)"]


async def test_two_tabs_share_a_session_and_an_idle_one_takes_no_memory(chat):
    session = await chat(*first())
    await turn(session, TEXT)
    id = session.id
    assert chat.chats.open(id, "me") is session
    seen = [event async for event in session.watch(since=3)]
    assert seen == session.events[3:]
    del session
    gc.collect()
    assert not chat.chats._sessions


async def test_another_process_at_work_is_told_and_its_events_are_read(chat):
    session = await chat(*first())
    other = Chats(session.engine).open(session.id, "me")
    await turn(session, TEXT)
    with session.engine.store.claim(session.id):
        assert "another process" in (await turn(other, "hello")).message
    other.what_if(edits(hours=50))
    assert objective(await other.settled()) == 875
    session.undo()
    await session.settled()
    assert session.standing.versions.keys() == {1, 2}


async def test_every_event_is_kept_as_it_was(chat):
    session = await chat(*first(), intent("change", change="at most two tables"), revision(FEW))
    await turn(session, TEXT)
    await turn(session, "a pair of them is plenty")
    session.why("hours")
    await session.settled()
    kept = [each for each in session.events if not isinstance(each, Step)]
    id = session.id
    await chat()
    again = chat.chats.open(id, "me")
    assert again.events == kept
    for event in kept:
        assert events.EVENT.validate_json(event.model_dump_json()) == event
    assert {type(event) for event in kept} >= {Said, Formulated, Programmed, Judged, Answered}


KILLED = """
import asyncio, sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
import talking
from optwright.agent.chat.chats import Chats
from optwright.agent.engine import Engine, Given
from optwright.agent.settings import Settings
from workshop import TEXT

class Stuck(talking.SlowLLM):
    async def answer(self, request, on_call):
        self.seconds = 0 if request.name == "formalize" else 60
        if self.seconds:
            print(session.id, flush=True)
        return await super().answer(request, on_call)

async def main():
    global session
    async with Engine(Settings(home=Path(sys.argv[1]), effort="quick"), llm=Stuck(talking.first(), 0)) as engine:
        session = Chats(engine).new("me")
        session.say(TEXT)
        await session.settled()

asyncio.run(main())
"""


async def test_a_killed_server_goes_on_where_it_was(chat, tmp_path):
    support = os.path.dirname(talking.__file__)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), "", support], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    id = process.stdout.readline().strip()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    await chat(fenced(PROGRAM))
    session = chat.chats.open(id, "me")
    assert session.busy
    assert objective(await session.settled()) == pytest.approx(BEST)
    assert asked(chat.llm) == ["write_program"], "the formulation was there already"


async def test_a_turn_that_was_cut_short_before_anything_was_done_says_so(chat):
    session = await chat()
    session.engine.store.append(session.id, "said", Said(text="hello"))
    id = session.id
    del session
    gc.collect()
    again = chat.chats.open(id, "me")
    assert "say it again" in (await again.settled()).message


async def test_chats_and_their_questions_in_postgresql(postgres, tmp_path):
    address = postgres.database()
    settings = Settings(home=tmp_path, effort="standard", store=address)
    async with Engine(settings, llm=FakeLLM(READ)) as engine:
        session = Chats(engine).new("me")
        assert isinstance(await turn(session, TEXT), Asked)
    async with Engine(settings, llm=FakeLLM([fenced(PROGRAM)])) as engine:
        again = Chats(engine).open(session.id, "me")
        assert objective(await turn(again, "2")) == pytest.approx(BEST)
    assert not (tmp_path / "checkpoints.sqlite").exists()


async def test_a_cell_that_gives_orders_changes_nothing(chat, tmp_path):
    import asking

    session = await chat(asking.formulation(), fenced(asking.PROGRAM))
    await turn(session, asking.TEXT, [asking.goods_file(tmp_path)])
    solution = json.loads(session.solution().model_dump_json())
    assert solution["objective"] == 162 and any(asking.HOSTILE in key for key in solution["answers"]["sold"])
