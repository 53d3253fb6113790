"""A real server in a process of its own, and a real browser. Every request, console error and dialog is watched."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE = 30_000
"""Milliseconds; nothing here takes a tenth of it on an idle machine."""


class Server:
    def __init__(self, home: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, str(HERE / "served.py"), str(home), str(port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._wait()

    def _wait(self) -> None:
        for _ in range(300):
            if self._process.poll() is not None:
                raise RuntimeError("the server ended before it served")
            try:
                urllib.request.urlopen(f"{self.url}/assets/page.js").close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server does not answer")

    def tell(self, what) -> None:
        self._process.stdin.write(f"{json.dumps(what)}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "heard\n"

    def replies(self, *replies) -> None:
        """What the model says from now on, in order; what was left of earlier replies is forgotten, and none held."""
        self.tell("forget")
        self.tell("go")
        for each in replies:
            self.tell({"reply": each if isinstance(each, str) else each.model_dump_json()})

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    pytest.importorskip("nicegui", reason="nicegui is not installed: pip install 'optwright[ui]'")
    server = Server(tmp_path_factory.mktemp("home"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def chromium():
    """For one module: while it is there an event loop is running, in which no asynchronous test can run its own."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed: apt-get install chromium")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Person:
    """Somebody with a browser of their own, and what they do on the page."""

    def __init__(self, context, url: str) -> None:
        self.context, self.url = context, url
        self.wrong: list[str] = []
        """Console errors, exceptions, dialogs, and requests to anybody else."""
        self.page = self.tab()

    def tab(self):
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.wrong.append(f"exception: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        page.on("websocket", lambda socket: self._address(re.sub("^ws", "http", socket.url)))
        return page

    def _console(self, message) -> None:
        # Chromium reports an upload that is answered with a refusal as an error too.
        if message.type == "error" and "422" not in message.text:
            self.wrong.append(f"console: {message.text}")

    def _dialog(self, dialog) -> None:
        self.wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request) -> None:
        self._address(request.url)

    def _address(self, url: str) -> None:
        if not url.startswith((f"{self.url}/", "data:", "blob:")):
            self.wrong.append(f"request: {url}")

    # ---- what they do

    def open(self, path: str = "/") -> None:
        self.page.goto(f"{self.url}{path}")
        self.page.wait_for_selector("#words")
        self.page.wait_for_function("window.did_handshake === true")

    def say(self, text: str) -> None:
        self.page.fill("#words", text)
        self.page.press("#words", "Enter")

    def rested(self) -> None:
        """Until no turn is under way."""
        self.page.wait_for_selector("[type=submit].primary", state="visible")

    def answers(self, count: int) -> str:
        """Wait for so many answers; the text of the last."""
        self.page.wait_for_function("count => document.querySelectorAll('.answer').length >= count", arg=count)
        self.rested()
        return self.page.locator(".answer").last.inner_text()

    def tab_open(self, name: str):
        self.page.click(f"#tab-{name}")
        panel = self.page.locator(f"#panel-{name}")
        panel.locator("fieldset > *").first.wait_for()
        return panel

    def set(self, name: str, value: str) -> None:
        field = self.page.locator(f'[data-key="{name}"]')
        field.fill(value)
        field.press("Enter")


@pytest.fixture
def somebody(chromium, served):
    """`somebody(**context options)` comes with a browser of their own; nothing may have gone wrong in it at the end."""
    people = []

    def come(**options) -> Person:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 860}, **options})
        people.append(Person(context, served.url))
        return people[-1]

    yield come
    for each in people:
        each.context.close()
    assert [each.wrong for each in people] == [[] for _ in people]


@pytest.fixture
def person(somebody):
    return somebody()
