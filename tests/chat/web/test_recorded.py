"""The ten recorded conversations on the page, in a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import conversations
import pytest
from optwright.agent.wording import number

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def replaying(tmp_path_factory):
    """The address of `optwright chat --web` with the recordings that come with the package."""
    pytest.importorskip("nicegui", reason="nicegui is not installed: pip install 'optwright[ui]'")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "optwright", "chat", "--web", "--port", str(port), "--model", "replay"]
    home = tmp_path_factory.mktemp("home")
    process = subprocess.Popen(command, env={**os.environ, "OPTWRIGHT_HOME": str(home)}, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/assets/page.js").close()
            break
        except OSError:
            time.sleep(0.1)
    yield url
    process.terminate()
    process.wait(20)


@pytest.mark.parametrize("name", conversations.NAMES)
def test_a_conversation_on_the_page(somebody, replaying, name, tmp_path):
    person = somebody()
    person.url = replaying
    person.open()
    ends = person.page.locator(".answer, .question, .moved, .failed")
    for count, turn in enumerate(conversations.turns(name, tmp_path / "files"), 1):
        for file in turn.files:
            person.page.set_input_files("#files", str(file))
            person.page.locator(".chips", has_text=file.stem).wait_for()
        person.say(turn.say)
        person.page.wait_for_function(
            "n => document.querySelectorAll('.answer, .question, .moved, .failed').length >= n", arg=count
        )
        person.rested()
        said = ends.last.inner_text()
        assert turn.objective is None or number(turn.objective) in said, said
        assert not turn.asks or "question" in (ends.last.get_attribute("class") or "")
