"""Pages of runs in a real browser, of runs that were made for real. As a script it is the server: `HOME PORT`."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import pytest_asyncio

pytest.importorskip("nicegui", reason="nicegui is not installed: pip install 'optwright[ui]'")

CHROMIUM = "/usr/bin/chromium"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "tests" / "support" / "evolving.py"

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def serve(home: str, port: str) -> None:
    import uvicorn
    from fastapi import FastAPI
    from nicegui import ui
    from optwright.agent.chat.serving import engine_for
    from optwright.agent.chat.web import runs
    from optwright.agent.chat.web.door import Policy
    from optwright.agent.settings import Settings

    async with engine_for(Settings(home=Path(home))) as engine:
        app = FastAPI()
        runs.add(engine)
        ui.run_with(app, title="optwright", dark=None, language="en-US", tailwind=False)
        config = uvicorn.Config(Policy(app), port=int(port), log_level="warning", lifespan="on")
        await uvicorn.Server(config).serve()


# ---- what there is to see


def optwright(home: Path, *command: str) -> None:
    environment = {**os.environ, "OPTWRIGHT_HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "optwright", *command], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """One run of each kind, made by the command line, and some that nobody may see."""
    home = tmp_path_factory.mktemp("home")
    with closing(store(home)) as opened:
        talked(opened)
        hostile(opened)
    optwright(home, "evolve", "run", "online_bin_packing", "--offline", "--budget", "60")
    optwright(home, "bench", "run", "own", "--method", "agent", "--model", "replay", "--limit", "4")
    optwright(home, "solve", str(ROOT / "datasets" / "problems" / "bakery" / "problem.md"), "--model", "replay")
    ids(home)
    return home


def store(home: Path):
    from optwright.agent.store import Store

    return Store(home / "runs.sqlite")


def talked(store) -> None:
    """A chat and a run that belongs to it; a run that belongs to none, not finished."""
    from optwright.agent.chat.chats import Opened
    from optwright.agent.engine import Given

    given = Given(problem="a secret of somebody's", data=(), effort="quick")
    store.create_run("chat0001", "chat", "a secret of somebody's", Opened(owner="web:somebody", effort="quick"))
    store.create_run("secret01", "solve", "a secret of somebody's", given.model_copy(update={"chat": "chat0001"}))
    store.create_run("waiting1", "solve", "a problem that is not solved yet", given)


def hostile(store) -> None:
    from optwright.agent.evolve.records import Begun, Candidate, Given

    given = Given(
        task=f"task {HOSTILE}", source="", words=HOSTILE, direction="minimize", kind="code", strategy=HOSTILE,
        window=1, budget="candidates=3", baselines={"test": {HOSTILE: 1.0}},
    )  # fmt: skip
    store.create_run("hostile1", "evolve", f"title {HOSTILE}", given)
    store.append("hostile1", "begun", Begun())
    text = f"def f():\n\treturn '{HOSTILE}\u202e'  # </pre></script>\n"
    for number, score in enumerate((2.0, 1.0, None)):
        store.append("hostile1", "candidate", Candidate(
            number=number, text=text, key=str(number), operator=HOSTILE, thought=HOSTILE, reason=HOSTILE,
            status="ok" if score else "error", score=score, scores=(score,) if score else (),
        ))  # fmt: skip
    store.finish_run("hostile1", "interrupted")


@cache
def ids(home: Path) -> dict[str, str]:
    """The run of each kind that the command line made."""
    with closing(store(home)) as opened:
        made = [run for run in opened.runs() if run.id not in ("secret01", "waiting1", "hostile1")]
    return {kind: next(run.id for run in made if run.kind == kind) for kind in ("evolve", "bench", "solve")}


# ---- the server and the browser


@contextmanager
def serving(home: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, __file__, str(home), str(port)])
    try:
        address, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while not answers(address):
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


def answers(address: str) -> bool:
    try:
        return urllib.request.urlopen(f"{address}/runs", timeout=10).status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(home) -> Iterator[str]:
    with serving(home) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    playwright = pytest.importorskip("playwright.async_api", reason="there is no playwright: no page was looked at")
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no {CHROMIUM}: no page was looked at")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def look(browser, server):
    """`await look(path, …)` opens a page; none may ask anybody else, complain, or ask the reader anything."""
    wrong, contexts = [], []

    async def look(path: str, width: int = 1280, scheme: str = "light"):
        contexts.append(await browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme))
        page = await contexts[-1].new_page()
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("request", lambda request: wrong.append(request.url) if not own(server, request.url) else None)
        await page.goto(server + path)
        await page.wait_for_function("window.did_handshake === true || !document.querySelector('#app')")
        return page

    yield SimpleNamespace(at=look, wrong=wrong)
    for each in contexts:
        await each.close()
    assert wrong == []


def own(server: str, url: str) -> bool:
    return url.startswith((server, server.replace("http:", "ws:"), "data:", "blob:"))


async def series(page) -> dict[str, int]:
    """How many points each series of the page's chart has."""
    return await page.evaluate(
        "() => { const e = document.querySelector('.nicegui-echart');"
        " const found = getElement(+e.id.slice(1)).chart.getOption().series;"
        " return Object.fromEntries(found.map((s, at) => [s.name || at, s.data.length])) }"
    )


async def drawn(page, name: str, at_least: int, seconds: float = 10) -> int:
    until = time.monotonic() + seconds
    while True:
        found = 0
        if await page.locator(".nicegui-echart canvas").count():
            found = (await series(page)).get(name, 0)
        if found >= at_least:
            return found
        assert time.monotonic() < until, f"{found} of {at_least} {name} after {seconds} s"
        await asyncio.sleep(0.1)


async def rows(page) -> list[str]:
    return await page.locator(".list tbody th").all_inner_texts()


# ---- the list


async def test_the_list_has_all_runs_but_those_of_chats(look, home):
    page = await look.at("/runs")
    made = ids(home)
    assert await rows(page) == [made["solve"], made["bench"], made["evolve"], "hostile1", "waiting1"]
    assert "secret" not in await page.content()
    assert await page.get_by_text("5 runs, 1 running").is_visible()
    assert await page.get_by_role("row", name="waiting1").get_by_text("running").is_visible()
    assert await page.get_by_text(f"title {HOSTILE}").is_visible()


async def test_the_list_is_filtered_by_kind_status_and_title_and_its_address_keeps_that(look, home):
    page = await look.at("/runs")
    await page.get_by_label("Kind").select_option("evolution")
    await page.get_by_text("2 runs").wait_for()
    assert await rows(page) == [ids(home)["evolve"], "hostile1"]
    await page.get_by_label("Status").select_option("interrupted")
    await page.get_by_text("1 run", exact=True).wait_for()
    await page.get_by_label("Title holds").fill("nothing like it")
    await page.get_by_text("No run is like that.").wait_for()
    await page.get_by_label("Title holds").fill("TITLE")
    await page.get_by_text("1 run", exact=True).wait_for()
    await page.wait_for_url("**/runs?kind=evolve&status=interrupted&title=TITLE")
    await page.reload()
    await page.get_by_text("1 run", exact=True).wait_for()
    assert await rows(page) == ["hostile1"] and await page.get_by_label("Title holds").input_value() == "TITLE"


async def test_a_run_is_reached_by_keyboard(look, home):
    page = await look.at("/runs")
    await page.get_by_label("Title holds").focus()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.innerText") == ids(home)["solve"]
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", level=1, name="bakery").wait_for()
    await page.go_back()
    await page.get_by_role("heading", level=1, name="Runs").wait_for()


async def test_a_run_that_begins_and_ends_is_seen_without_reloading(look, home):
    page = await look.at("/runs")
    with closing(store(home)) as opened:
        hostile_again = opened.run("hostile1")
        assert hostile_again.status == "interrupted"
        opened.finish_run("hostile1", "running")
        await page.get_by_text("2 running").wait_for(timeout=5000)
        opened.finish_run("hostile1", "interrupted")
        await page.get_by_text("1 running").wait_for(timeout=5000)


# ---- one run


async def test_an_evolution_run_shows_its_candidates_champion_and_program(look, home):
    page = await look.at(f"/runs/{ids(home)['evolve']}")
    assert (
        await drawn(page, "scored", 1) + (await series(page))["beyond the axis"] + (await series(page))["no score"]
        == 60
    )
    assert (await series(page))["best so far"] >= 2
    assert await page.get_by_text("60 of 60").is_visible()
    assert "on test, verified" in await page.locator(".headline").inner_text()
    await page.get_by_text("and is verified.").wait_for()
    assert await page.get_by_role("table", name="Mean score by split").get_by_role("row", name="test").is_visible()
    assert await page.get_by_role("table", name="Candidates that were the best").is_visible()
    assert "def priority" in await page.locator("pre").inner_text()
    assert (await page.get_by_role("img").first.get_attribute("aria-label")).startswith("Champion #")
    await page.get_by_text("none", exact=True).nth(2).wait_for()  # models, calls and cost of an offline run


async def test_what_models_wrote_is_text_wherever_it_stands(look):
    page = await look.at("/runs/hostile1")
    assert await drawn(page, "scored", 2) == 2
    assert await page.get_by_role("heading", level=1).inner_text() == f"task {HOSTILE}"
    assert f"    return '{HOSTILE}\\u202e'  # </pre></script>" in await page.locator("pre").inner_text()
    assert await page.get_by_text("Not yet verified").is_visible()
    box = await page.locator("canvas").first.bounding_box()
    for x in range(60, int(box["width"]), 60):  # tooltips
        await page.mouse.move(box["x"] + x, box["y"] + 100)
    assert await page.locator("img, .runs script").count() == 0


async def test_candidates_of_another_process_appear_on_the_open_page(look, home):
    """Without reloading, within about two seconds, and each event is read once."""
    command = [sys.executable, str(SCRIPT), str(home), "2000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            run = process.stdout.readline().split()[0]
            page = await look.at(f"/runs/{run}")
            await page.evaluate("window.mark = 1")
            await drawn(page, "scored", 1)
            for _ in range(3):
                with closing(store(home)) as opened:
                    made = len(opened.events(run, "candidate"))
                await page.wait_for_function(
                    "n => document.querySelector('.used progress').value >= n",
                    arg=made,
                    timeout=3000,
                )
                assert sum((await series(page)).values()) >= made
                await asyncio.sleep(0.5)
            assert await page.get_by_text("Not yet verified").is_visible()
            assert await page.locator(".status").get_by_text("running").is_visible()
            assert await page.evaluate("window.mark") == 1
        finally:
            process.kill()


async def test_a_benchmark_run_shows_every_rule_as_chart_and_table(look, home):
    page = await look.at(f"/runs/{ids(home)['bench']}")
    await page.get_by_role("table", name="Scoring rules").wait_for()
    count = await page.get_by_role("table", name="Scoring rules").locator("tbody tr").count()
    assert count >= 8 and await drawn(page, "accuracy", count) == count
    assert await page.get_by_role("row", name="optwright").get_by_text("[").first.is_visible()
    assert await page.get_by_text("4 of 4", exact=True).first.is_visible()
    assert await page.locator("dt", has_text="Wrong without a warning").is_visible()
    assert await page.locator("dt", has_text="Cost").is_visible()


async def test_a_benchmark_run_is_followed_and_scored_while_it_goes_on(look, home):
    whole = [sys.executable, "-m", "optwright", "bench", "run", "own", "--method", "agent", "--model", "replay"]
    environment = {**os.environ, "OPTWRIGHT_HOME": str(home)}
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*whole, "--limit", "30"], env=environment, **silent) as process:
        try:
            page = await look.at("/runs?kind=bench")
            await page.get_by_text("1 running").wait_for(timeout=60_000)
            await page.get_by_role("row", name="running").get_by_role("link").click()
            await page.wait_for_function("document.querySelector('.used progress')?.value >= 2", timeout=60_000)
            await page.get_by_role("table", name="Scoring rules").wait_for(timeout=30_000)
            made = await page.evaluate("document.querySelector('.used progress').value")
            assert await page.locator(".status").get_by_text("running").is_visible() and made < 30
            await page.wait_for_function(f"document.querySelector('.used progress').value > {made}", timeout=60_000)
        finally:
            process.kill()


async def test_a_solve_run_shows_its_sections_or_that_it_waits(look, home):
    page = await look.at(f"/runs/{ids(home)['solve']}")
    for heading in ("Problem", "Formulation", "Answer", "What was checked", "Program"):
        assert await page.get_by_role("heading", name=heading, exact=True).is_visible()
    waiting = await look.at("/runs/waiting1")
    assert await waiting.get_by_text("optwright solve --resume waiting1").is_visible()


@pytest.mark.parametrize("kind", ["evolve", "bench", "solve"])
async def test_the_full_report_opens_in_an_origin_of_its_own(look, home, kind):
    page = await look.at(f"/runs/{ids(home)[kind]}")
    await page.get_by_role("link", name="Full report").click()
    await page.wait_for_url("**/report")
    assert await page.evaluate("origin") == "null"
    assert await page.locator("h2").count() >= 3


@pytest.mark.parametrize("path", ["/runs/nothing", "/runs/chat0001", "/runs/secret01", "/runs/secret01/report"])
async def test_what_may_not_be_seen_is_not_there(server, look, path):
    page = await look.at(path)
    look.wrong.clear()  # a browser complains of any 404
    assert await page.get_by_text(f"There is no run '{path.split('/')[2]}' here.").is_visible()
    await page.get_by_role("link", name="All runs").click()
    await page.get_by_role("heading", level=1, name="Runs").wait_for()
    look.wrong[:] = [each for each in look.wrong if "404" not in each]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_fit_a_phone_and_can_be_heard(look, home, scheme):
    for path in ("/runs", *(f"/runs/{each}" for each in (*ids(home).values(), "hostile1"))):
        page = await look.at(path, 390, scheme)
        await page.wait_for_timeout(1500)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390, path
        assert await page.locator("h1").count() == 1 and await page.locator("main").count() == 1
        assert await page.locator("table:not(:has(caption))").count() == 0, path
        assert await page.locator(".nicegui-echart:not([role=img][aria-label])").count() == 0
        assert await page.evaluate("[...document.querySelectorAll('select, input')].every(e => e.labels.length)")
        light = await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert light == (scheme == "light")


# ---- reading the store


async def test_each_event_is_read_once(tmp_path):
    from optwright.agent.chat.web.runs_feed import Evolution

    with closing(store(tmp_path)) as opened:
        hostile(opened)
        asked = []
        events = opened.events
        opened.events = lambda run, kind=None, after=0: asked.append(after) or events(run, kind, after)
        feed = Evolution(opened, "hostile1")
        for _ in range(3):
            feed._due = 0.0
            await feed.update()
        assert asked == [0, 4, 4] and len(feed.view.candidates) == 3
        await asyncio.gather(*(feed.update() for _ in range(5)))  # pages that look at the same time share one look
        assert len(asked) == 3


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
