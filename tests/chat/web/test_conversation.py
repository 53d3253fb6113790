"""Whole conversations on the page, in a real browser."""

import re
import zipfile

import pytest
import web_pieces as pieces
from workshop import PROGRAM, TEXT, fenced

expect = pytest.importorskip("playwright.sync_api", reason="playwright is not installed").expect
pytestmark = pytest.mark.slow


def solved(person, served):
    """A workshop whose reading was chosen by its button: version 1."""
    served.replies(*pieces.WORKSHOP)
    person.open()
    person.say(TEXT)
    choices = person.page.locator(".choice")
    expect(choices).to_have_count(2)
    expect(choices.nth(0)).to_contain_text("leads to 4,110 euros; earnings 4,110, tables 28, chairs 43")
    person.page.get_by_role("button", name="whole leads to").click()
    assert "Optimal: 4,110 euros" in person.answers(1)


def test_a_problem_is_solved_changed_explained_and_taken_back(person, served):
    page = person.page
    solved(person, served)
    assert re.search(r"/c/[0-9a-f]{16}$", page.url)
    expect(page.locator(".choice")).to_have_count(0)  # it is answered, and what was asked stays readable
    expect(page.locator(".question")).to_contain_text("fractional leads to 4,116.67 euros")

    person.set("hours", "300")  # a what-if: the queue is empty, so no model was asked
    assert "hours: 241 → 300" in person.answers(2)
    expect(page.locator(".title")).to_have_text("Workshop · version 2")
    expect(page.locator('[data-key="hours"]')).to_be_focused()

    served.replies(*pieces.CHANGE, fenced(PROGRAM))
    person.say(pieces.FEW)
    person.answers(3)
    expect(page.locator(".choice")).to_have_count(0)  # the reading was chosen already
    program = person.tab_open("Program")
    expect(program.locator(".added")).to_contain_text("model.few = pyo.Constraint(expr=model.table <= 20)")
    formulas = person.tab_open("Mathematics")
    expect(formulas.locator(".katex").first).to_be_visible()
    assert "≤20" in formulas.locator(".katex-html").inner_text().replace("\n", "").replace(" ", "")

    person.tab_open("Formulation")
    page.get_by_role("button", name="Why hours?").click()
    assert "hours binds." in person.answers(4)
    person.tab_open("Solution")
    page.get_by_role("button", name="Why chair?").click()
    assert "With at least" in person.answers(5)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(".moved").last).to_contain_text("Back to version 2")

    history = person.tab_open("History")
    expect(history.locator(".version.here")).to_contain_text("Version 2")
    history.get_by_label("Compare version").select_option("1")
    history.get_by_label("with version").select_option("3")
    history.get_by_role("button", name="Compare").click()
    expect(history.locator(".comparison")).to_contain_text("Before: optimal, 4,110 euros. After: optimal, 5,060 euros")
    expect(history.locator(".comparison .added")).to_contain_text("model.few")
    history.get_by_role("button", name="Go back to version 1").click()
    expect(page.locator(".title")).to_have_text("Workshop · version 1")


def test_readings_and_assumptions_can_be_changed_where_they_are_listed(person, served):
    solved(person, served)
    person.page.get_by_role("radio", name="fractional").check()
    assert "4,116.67 euros" in person.answers(2)
    expect(person.page.get_by_role("radio", name="fractional")).to_be_checked()
    person.page.get_by_role("button", name="Change in words: no stock").click()
    expect(person.page.locator("#words")).to_have_value("Instead of “no stock”: ")
    person.set("hours", "many")  # refused, and the field shows again what is
    expect(person.page.locator(".failed")).to_contain_text("it is a number (241); give a number")
    expect(person.page.locator('[data-key="hours"]')).to_have_value("241")


def test_a_version_can_be_taken_home(person, served):
    solved(person, served)
    person.tab_open("History")
    with person.page.expect_download() as started:
        person.page.get_by_role("link", name="Download version 1").click()
    with zipfile.ZipFile(started.value.path()) as archive:
        assert {"model.py", "data.json", "report.html"} <= set(archive.namelist())
    with person.context.expect_page() as opened:
        person.page.get_by_role("link", name="Report on version 1").click()
    expect(opened.value.get_by_role("heading", name="Workshop")).to_be_visible()


def test_what_cannot_be_is_relaxed_by_the_button(person, served):
    served.replies(*pieces.STORE_REPLIES)
    person.open()
    person.say(pieces.STORE_TEXT)
    told = person.answers(1)
    assert "Infeasible" in told and "at least 120 pieces in all" in told
    checks = person.tab_open("Checks")
    expect(checks).to_contain_text("These cannot all hold")
    checks.get_by_role("button", name="Apply the cheapest way out").click()
    assert "After: optimal" in person.answers(2)
    solution = person.tab_open("Solution")
    chart = solution.get_by_role("img", name=re.compile("^4 bars, from 0 pieces"))
    expect(chart.locator("svg")).to_be_visible()
    person.tab_open("Formulation")
    person.set("cost['Jan']", "9")
    assert "cost['Jan']: 1 → 9" in person.answers(3)


def test_a_turn_goes_on_whoever_watches(person, somebody, served):
    page = person.page
    person.open()
    served.replies(*pieces.WORKSHOP)
    served.tell("hold")
    person.say(TEXT)
    expect(page.locator(".working")).to_be_visible()
    page.wait_for_url("**/c/*")
    address = page.url.removeprefix(served.url)
    person.open(address)  # a reload in the middle of it
    expect(page.locator(".said")).to_contain_text("A workshop makes tables")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    second = person.tab()
    second.goto(page.url)
    page.close()  # nobody but the second tab watches
    served.tell("go")
    expect(second.locator(".choice")).to_have_count(2)
    person.page = person.tab()
    person.open(address)
    person.page.locator(".choice").first.click()
    person.answers(1)
    expect(second.locator(".answer")).to_have_count(1)  # both show the same, live
    person.page.locator("summary", has_text="My chats").click()
    expect(person.page.locator(".menu a").first).to_contain_text("A workshop makes tables")

    stranger = somebody()
    answer = stranger.context.request.get(person.page.url)
    assert answer.status == 404 and "There is no such chat." in answer.text()
    assert stranger.context.request.get(f"{person.page.url}/1.zip").status == 404


def test_a_long_solve_shows_its_progress_and_can_be_stopped(person, served):
    served.replies(*pieces.HARD_REPLIES)
    person.open()
    person.say(pieces.HARD_TEXT)
    person.answers(1)
    person.set("rows", "5")
    expect(person.page.locator(".working")).to_contain_text(re.compile(r"Solving, \d+\.\d s, .*bound"))
    expect(person.page.locator('[data-key="rows"]')).to_be_disabled()
    person.page.get_by_role("button", name="Stop").click()
    expect(person.page.locator(".stopped")).to_contain_text("the version at hand is the same as before")
    expect(person.page.locator('[data-key="rows"]')).to_have_value("1")


CSV = b"name,most\ntable,30\nchair,90\n"


def test_files_come_by_the_chooser_and_by_drop(person, served):
    page = person.page
    person.open()
    page.set_input_files("#files", {"name": "limits.csv", "mimeType": "text/csv", "buffer": CSV})
    expect(page.locator(".chips")).to_contain_text("limits.csv")
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["a,b\\n1,2\\n"], "dropped.csv"));
            document.querySelector(".log").dispatchEvent(new DragEvent("drop", {dataTransfer: files, bubbles: true}));
        }"""
    )
    expect(page.locator(".chips li")).to_have_count(2)
    page.get_by_role("button", name="Remove dropped.csv").click()
    expect(page.locator(".chips li")).to_have_count(1)
    page.set_input_files("#files", {"name": "bad.exe", "mimeType": "text/plain", "buffer": b"\x00\x01"})
    expect(page.locator(".notice")).to_contain_text("bad.exe")
    expect(page.locator(".chips li")).to_have_count(1)
    served.replies(*pieces.WORKSHOP)
    person.say(TEXT)
    expect(page.locator(".said")).to_contain_text("Files: limits.csv")
    expect(page.locator(".choice")).to_have_count(2)
    expect(page.locator(".chips")).to_be_hidden()
    page.locator(".choice").first.click()
    person.answers(1)
    person.set("limits[1].most", "80")  # a cell of the table, where it stands
    assert "limits[1].most: 90 → 80" in person.answers(2)
    expect(page.locator('[data-key="limits[1].most"]')).to_have_value("80")


def test_no_word_of_a_model_is_taken_for_markup(person, served):
    page = person.page
    served.replies(*pieces.HOSTILE_REPLIES)
    person.open()
    person.say(f"Make as much as you can of {pieces.EVIL} and </td>b with 10 hours; it earns 3 and 2. {pieces.EVIL}")
    page.wait_for_selector(".choice, .answer")
    if page.locator(".choice").count():
        page.locator(".choice").first.click()
    person.answers(1)
    for tab in ("Formulation", "Mathematics", "Program", "Solution", "Checks", "History"):
        panel = person.tab_open(tab)
        page.wait_for_timeout(300)
        assert not panel.locator("img, script, a[href^=javascript]").count()
    person.tab_open("Formulation")
    person.set(f"price['{pieces.EVIL}']", "4")
    person.answers(2)
    page.get_by_role("button", name="Why this answer?").click()
    person.answers(3)
    person.open(page.url.removeprefix(served.url))
    expect(page.locator(".answer")).to_have_count(3)
    page.locator("summary", has_text="My chats").click()
    expect(page.locator(".menu a").first).to_contain_text("<img src=x")
    assert not page.locator("img").count()
